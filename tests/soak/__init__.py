"""Hostile files by the thousand, seeded: what the linter promises of any file holds for each of them."""
