"""A server type that has several formats is judged by the one that its entry chooses."""

from __future__ import annotations

from pathlib import Path

from rules.example import findings

CASE = Path(__file__).parent / "cases/two-formats-of-one-server-type.yaml"


def test_what_one_format_refuses_another_may_hold() -> None:
    """Whole clients are kept for the notes of every format: `lint` looks at no other field of a clean one."""
    text = CASE.read_text("utf-8")
    one = "\n".join(line for line in text.splitlines() if not line.startswith(("#:", "      provider:")))
    assert [(found.code, found.path) for found in findings(one)] == [("CR802", ("single_sign_on",))]
