"""How fast the tool is and how much memory it takes, beside named peers on the same files. Asserts nothing."""
