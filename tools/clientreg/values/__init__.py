"""Values as people and browsers read them: addresses, names that look alike, keys. Pure, and cheap for plain ASCII."""
