"""The days that a client's owner has set: when to look at it again, when it should be gone."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.model import Client
from clientreg.rules import INFO, WARNING, Breach, Context, rule
from clientreg.rules.waivers import days_after

_REFS = ("clientreg: lifecycle",)
_SOON_DAYS = 30


@rule(
    "CR911",
    WARNING,
    subject="client",
    fields=("lifecycle",),
    title="review is overdue",
    hint="check contacts, scopes and addresses, then set 'review_by' to a later day",
    bad="""
        lifecycle:
          review_by: 2026-05-31  # <-
    """,
    good="""
        lifecycle:
          review_by: 2026-06-01
    """,
    refs=_REFS,
)
def review_is_overdue(client: Client, context: Context) -> Iterator[Breach]:
    """Contacts leave and products end; whoever set the day wanted to be asked whether all this still holds."""
    day = client.data.get("lifecycle", {}).get("review_by")
    if day and day < context.today:
        yield Breach(("lifecycle", "review_by"), f"this client was to be reviewed by {day}")


@rule(
    "CR912",
    WARNING,
    subject="client",
    fields=("lifecycle",),
    title="client should be gone",
    hint="delete the file, or the environments it has left; if it is still needed, set 'retire_after' to a later day",
    bad="""
        lifecycle:
          retire_after: 2026-05-31  # <-
    """,
    good="""
        lifecycle:
          retire_after: 2026-12-31
    """,
    refs=_REFS,
)
def should_be_gone(client: Client, context: Context) -> Iterator[Breach]:
    """A client that nobody uses any more can still be used by whoever finds its credentials."""
    day = _retirement(client)
    if day and day < context.today:
        yield Breach(("lifecycle", "retire_after"), f"this client was to be retired after {day}")


@rule(
    "CR913",
    INFO,
    subject="client",
    fields=("lifecycle",),
    title="client is soon to be retired",
    hint="tell those who use it; if it is still needed, set 'retire_after' to a later day",
    bad="""
        lifecycle:
          retire_after: 2026-06-30  # <-
    """,
    good="""
        lifecycle:
          retire_after: 2026-07-02
    """,
    refs=_REFS,
)
def retires_soon(client: Client, context: Context) -> Iterator[Breach]:
    """Users and other clients may still depend on it: a month is time to find out."""
    day = _retirement(client)
    if day and context.today <= day <= days_after(context.today, _SOON_DAYS):
        yield Breach(("lifecycle", "retire_after"), f"this client is to be retired after {day}")


def _retirement(client: Client) -> str | None:
    day = client.data.get("lifecycle", {}).get("retire_after")
    return str(day) if day else None
