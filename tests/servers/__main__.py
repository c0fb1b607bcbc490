"""`make servers`: installs every real server that the tests can use, and prints what is there. Exit 1 if one is not."""

from __future__ import annotations

import subprocess
import sys

from servers import CACHE, kinds


def main() -> int:
    """Each in turn; one that cannot be installed stops no other."""
    failed = False
    for kind in kinds().values():
        try:
            kind.install(lambda words: print(words, file=sys.stderr, flush=True))
        except (OSError, subprocess.SubprocessError) as error:
            print(f"{kind.NAME} {kind.VERSION}: {error}", file=sys.stderr)
        missing = kind.missing()
        failed = failed or missing is not None
        print(f"{kind.NAME} {kind.VERSION}  {'ready' if missing is None else f'MISSING: {missing}'}")
    print(f"in {CACHE}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
