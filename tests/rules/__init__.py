"""Every rule's examples and odd cases, run through the real reading and lint."""
