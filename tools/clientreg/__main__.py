"""`python -m clientreg`: the same as the console script."""

from __future__ import annotations

from clientreg.cli import main

main()
