"""Names of folders and files, made of any text."""

from __future__ import annotations

import re
import unicodedata


def slug(text: str, most: int, *, digit_first: bool = False) -> str:
    """A name for a folder or file: lower-case letters, digits, single hyphens; empty where nothing of the text fits."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain)
    return (name if digit_first else re.sub(r"\A[^a-z]+", "", name)).strip("-")[:most].strip("-")
