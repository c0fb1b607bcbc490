"""Plans from the files of two commits, put together for `plan --since`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientreg.cli import streams, wiring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clientreg.planning.plan import Plan
    from clientreg.proposal import Proposal
    from clientreg.report.markdown import Consent
    from clientreg.settings import Environment


def plans(
    base: str,
    *,
    one: bool,
    environment_name: str | None,
    clients: tuple[str, ...],
    servers: tuple[str, ...],
    adopt: bool,
) -> tuple[Sequence[Plan], Consent]:
    """A plan for each environment, or for the one that is named; `one` says that there must be a name.

    Raises UsageError for what does not exist, FilesBroken where registry.yaml cannot be understood.
    """
    import gc
    from functools import partial

    from clientreg import intent, pages, proposal
    from clientreg import servers as types
    from clientreg.errors import UsageError
    from clientreg.sync import since

    if adopt:
        raise UsageError("--adopt says nothing with --since", "what is on a server is seen by a plan without --since")
    gc.disable()  # as in a check: what is read stays until the end
    proposed = wiring.proposal(base)
    streams.pass_by("judging and comparing the files of both commits")
    chosen = _environments(proposed, environment_name, one=one)
    today = wiring.today()
    report = proposal.judged(proposed, servers=types.types(), today=today)
    made = [
        since.plan(
            *intent.proposed(proposed, report, environment, today=today),
            clients=frozenset(clients) or None,
            only_servers=frozenset(servers) or None,
        )
        for environment in chosen
    ]
    scopes = proposed.settings.scopes if proposed.settings else {}
    return made, partial(pages.consent, proposed.after, scopes)


def _environments(proposed: Proposal, name: str | None, *, one: bool) -> Sequence[Environment]:
    from clientreg.errors import FilesBroken, UsageError

    if proposed.settings is None:
        message = f"registry.yaml cannot be understood in commit {proposed.head.commit[:12]}"
        raise FilesBroken(message, "'clientreg lint --changed-since' with the same commit says why")
    known = proposed.settings.environments
    if name is not None:
        return [wiring.pick(known, name, "environment")]
    if one:
        raise UsageError("JSON holds the plan of one environment", f"name it with --environment: {', '.join(known)}")
    return list(known.values())
