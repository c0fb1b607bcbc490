"""What the demo says at its end fits a terminal of 80 columns, whether all of it held or not."""

from __future__ import annotations

import pytest

from clientreg.demo import Proof, Shown
from clientreg.report import demo_text
from clientreg.report.layout import columns
from clientreg.report.style import PLAIN


def proof(failure: str | None = None) -> Proof:
    proved = ("login", "consent", "https redirect", "ID token", "userinfo", "refresh rotates", "logout leads back")
    return Proof("fjordvale-media.audience-report", "service, confidential", proved, 0.31, failure)


@pytest.mark.parametrize("failure", [None, "the ID token is signed by a key that is not in the JWKS"])
def test_every_line_fits_the_terminal(failure: str | None) -> None:
    shown = Shown((proof(failure),) * 21, (proof(),), (proof(),) * 5, unchanged=True, seconds=11.5)
    lines = demo_text.shown(shown, PLAIN, program="clientreg").splitlines()
    assert [line for line in lines if columns(line) > 80] == []
    assert shown.held is (failure is None)
    assert lines[-1].startswith("  clientreg plan" if shown.held else "not all of it held: 21 of 27")
