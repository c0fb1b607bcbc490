"""Owners of files as code hosts name them: users, teams, e-mail addresses of accounts."""

from __future__ import annotations

import re

_NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_ACCOUNT = rf"@{{1,2}}{_NAME}(?:/{_NAME})*"
_MAIL = r"[A-Za-z0-9.!$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_OWNER = re.compile(f"{_ACCOUNT}|{_MAIL}")


def is_owner(text: str) -> bool:
    """Whether it is one owner in a CODEOWNERS file: `@user`, `@organization/team`, `@@role` (GitLab), an address."""
    return _OWNER.fullmatch(text) is not None
