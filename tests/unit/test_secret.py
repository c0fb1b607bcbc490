"""A `Secret` is shown by nothing but `reveal()`, and who calls that is written down here."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from clientreg.secret import Secret

PLANTED = "planted-secret"
CALLERS = {
    "cli/settle.py": 1,
    "cli/wiring.py": 1,
    "demo/journeys.py": 1,
    "demo/party.py": 5,
    "http/__init__.py": 2,
    "http/answer.py": 1,
    "seal.py": 3,
    "servers/embedded/store.py": 1,
}
"""Every call of `reveal`, by file: opening for the owner, being a client in the demo, sealing, hashing, sending."""


@dataclass(frozen=True)
class Holder:
    """Something that holds one."""

    name: str
    secret: Secret


def raised(secret: Secret) -> str:
    """A traceback in whose arguments a secret stands."""
    try:
        raise RuntimeError("it failed with", secret)
    except RuntimeError:
        return traceback.format_exc()


SHOWN: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda secret: format(secret, ">30"),
    "f-string": lambda secret: f"{secret} {secret!r} {secret!s} {secret!a} {secret:>50}",
    "percent": lambda secret: "%s %r %a" % (secret, secret, secret),  # noqa: UP031 - one of the ways
    "str.format": lambda secret: "{} {0!r:>40}".replace("{}", "{0}").format(secret),
    "containers": lambda secret: f"{[secret]} {(secret,)} { {1: secret} }",
    "dataclass": lambda secret: repr(Holder("x", secret)),
    "traceback": raised,
    "json with default=str": lambda secret: json.dumps({"secret": secret}, default=str),
    "dir and vars": lambda secret: f"{dir(secret)} {getattr(secret, '__dict__', '')}",
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_a_secret_is_never_shown(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(PLANTED))
    assert PLANTED not in shown
    assert shown != ""


LEAVES: dict[str, Callable[[Secret], object]] = {
    "json": json.dumps,
    "pickle": pickle.dumps,
    "pickle in a holder": lambda secret: pickle.dumps(Holder("x", secret)),
    "copy": copy.copy,
    "deepcopy": lambda secret: copy.deepcopy(Holder("x", secret)),
    "bytes": lambda secret: b"".join([secret]),  # type: ignore[list-item]
    "join": lambda secret: "".join([secret]),  # type: ignore[list-item]
    "concatenation": lambda secret: "x" + secret,  # type: ignore[operator]
    "iteration": lambda secret: [*secret],  # type: ignore[misc]
    "hash": hash,
    "dictionary key": lambda secret: {secret: 1},
}


@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_a_secret_does_not_leave_in_another_shape(leave: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as error:
        leave(Secret(PLANTED))
    assert PLANTED not in str(error.value)


def test_a_failed_assertion_shows_no_secret() -> None:
    one, other = Secret(PLANTED), Secret("other")
    with pytest.raises(AssertionError) as error:
        assert one == other
    shown = f"{error.value} {error.getrepr(showlocals=True, style='long')}"
    assert ("Secret(***)" in shown, shown.count(PLANTED), shown.count('Secret(PLANTED), Secret("other")')) == (
        True,
        0,
        1,
    )


def test_secrets_are_equal_by_their_text_and_to_nothing_else() -> None:
    assert Secret(PLANTED) == Secret(PLANTED)
    assert Secret(PLANTED) != Secret("other")
    assert Secret("æ") == Secret("æ")
    assert Secret(PLANTED) != PLANTED


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: bool(compared.append((one, other))))
    assert Secret("a") != Secret("b")
    assert compared == [(b"a", b"b")]


def test_a_generated_secret_has_256_bits_and_is_never_the_same() -> None:
    made = {Secret.generate().reveal() for _ in range(50)}
    assert (len(made), {len(text) for text in made}) == (50, {43})


def test_who_reveals_is_written_down(repository: Path) -> None:
    package = repository / "tools/clientreg"
    found: dict[str, int] = {}
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        named = [
            node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in {"reveal", "_text"}
        ]
        texts = [
            node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in {"reveal", "_text"}
        ]
        calls = [node for node in [*named, *texts] if path.name != "secret.py"]
        if calls:
            found[path.relative_to(package).as_posix()] = len(calls)
    assert found == CALLERS
