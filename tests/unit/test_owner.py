"""What a code host understands as an owner."""

from __future__ import annotations

import pytest

from clientreg.values.owner import is_owner


@pytest.mark.parametrize("text", ["@kari", "@acme/identity", "@group/sub/team", "@@maintainer", "dev@acme.example"])
def test_an_owner(text: str) -> None:
    assert is_owner(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kari",
        "@",
        "@acme/",
        "@a b",
        "@a\n@b",
        "#@a",
        "@a#b",
        "@*",
        "a@b",
        "\\@a",
        "@a,@b",
        "-@a",
        "@acme/identity ",
    ],
)
def test_no_owner(text: str) -> None:
    assert not is_owner(text)
