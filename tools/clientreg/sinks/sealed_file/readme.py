"""What stands on the branch for whoever comes across it: what this is, and how to open a file of one's own."""

from __future__ import annotations

_TEXT = """\
# Hand-over of the registry {registry}

What a developer needs to configure a client of an authorization server. `clientreg apply` writes these files.

* `{folder}<environment>/<client id>.<credential id>.age` is a client with a secret, sealed to its recipients with
  [age](https://age-encryption.org): nobody else can open it.
* `{folder}<environment>/<client id>.yaml` is a client without a secret, in plain text.

## Open yours

In a clone of this repository, with the private key of a recipient (an SSH key in its usual place is found, another is
named with `-i`):

    clientreg open <client id> --environment <environment>

Without clientreg:

    git fetch {remote} {branch}
    git show FETCH_HEAD:{folder}<environment>/<file>.age | age -d -i ~/.ssh/id_ed25519

A secret that is lost, or that somebody else may have seen: raise `credentials.generation` by one in the client's file
and open a pull request. A new one is made, sealed to those who are recipients then.

## About this branch

It shares no history with the others and is never merged. A credential is here before any server knows it, so a file
that somebody removes is a credential that the next apply replaces. Other files on this branch are left as they are.

<!-- clientreg: registry {registry} -->
"""


def text(registry: str, remote: str, branch: str, above: tuple[str, ...]) -> str:
    """The README of a branch whose files are kept below some folders."""
    folder = "".join(f"{part}/" for part in above)
    return _TEXT.format(registry=registry, remote=remote, branch=branch, folder=folder)
