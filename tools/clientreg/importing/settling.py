"""Proposed files under the eyes of the linter: what it forbids becomes a dated exception, or the client has no file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from clientreg import lint, registry, rules, servers
from clientreg.errors import FilesBroken
from clientreg.finding import Finding, Severity
from clientreg.importing.drafts import Draft, text
from clientreg.importing.found import LeftOut
from clientreg.jsonvalue import JsonObject
from clientreg.judge import INSISTENT
from clientreg.reading.overlay import Overlay
from clientreg.registry import Ignored, Registry
from clientreg.rules.waivers import LONGEST_DAYS
from clientreg.settings import FILE

_SOONEST_DAYS = 90
_CREDENTIALS = "CR206"
_NEVER_WAIVED = frozenset({"CR201", _CREDENTIALS})
"""A placeholder would be registered as it stands, and a password in an address would be read by everybody."""

Write = Callable[[Sequence[Draft]], Mapping[str, str]]
"""All files that some drafts are: their own, and those around them."""


class Settled(NamedTuple):
    """Drafts in which nothing is an error, their files, and the clients that have none."""

    drafts: tuple[Draft, ...]
    files: Mapping[str, str]
    left_out: tuple[LeftOut, ...]


def settle(
    present: Registry,
    drafts: Sequence[Draft],
    write: Write,
    *,
    ignored: Ignored,
    today: str,
    origin: str,
    progress: Callable[[str], None],
) -> Settled:
    """Judge the registry with the drafts in it until nothing new is wrong.

    Raises FilesBroken where something would be wrong that is no imported client's doing, such as an environment
    without a place for secrets.
    """
    known = {_identity(finding) for finding in lint.run(present, servers=servers.types(), today=today).findings}
    out: list[LeftOut] = []
    while drafts:
        files = write(drafts)
        progress(f"judging {len(drafts):,} proposed files")
        found = _errors(present.root, files, ignored, today, known)
        if not found:
            return Settled(tuple(drafts), files, tuple(out))
        blamed = _blamed(found, drafts)
        drafts, dropped = _answered(drafts, blamed, origin, today)
        out += dropped
    return Settled((), {}, tuple(out))


def _errors(
    root: str, files: Mapping[str, str], ignored: Ignored, today: str, known: set[tuple[object, ...]]
) -> list[Finding]:
    tree = Overlay.over(root, {file: text.encode("utf-8") for file, text in files.items()})
    report = lint.run(registry.load(root, ignored, tree=tree), servers=servers.types(), today=today)
    errors = (one for one in report.findings if one.severity is Severity.ERROR and one.waived is None)
    return [one for one in errors if _identity(one) not in known]


def _identity(finding: Finding) -> tuple[object, ...]:
    return finding.file, finding.code, finding.path, finding.environment, finding.message


def _blamed(found: Iterable[Finding], drafts: Sequence[Draft]) -> dict[str, list[Finding]]:
    """Each error with the files of the drafts that it is said of. Raises FilesBroken for one that is said of none."""
    ours = {draft.file for draft in drafts}
    homes: dict[str, list[str]] = {}
    for draft in drafts:
        homes.setdefault(f"{draft.file.rpartition('/')[0]}/organization.yaml", []).append(draft.file)
    blamed: dict[str, list[Finding]] = {}
    for one in found:
        named = [file for file in (one.file, *(other.file for other in one.related)) if file in ours]
        guilty = [] if one.file == FILE else named[:1] or homes.get(one.file, [])
        if not guilty:
            hint = f"{one.hint}; nothing was written" if one.hint else "nothing was written"
            raise FilesBroken(f"with the imported clients {one.file} would be wrong: {one.code} {one.message}", hint)
        for file in guilty:
            blamed.setdefault(file, []).append(one)
    return blamed


def _answered(
    drafts: Sequence[Draft], blamed: Mapping[str, list[Finding]], origin: str, today: str
) -> tuple[list[Draft], list[LeftOut]]:
    kept: list[Draft] = []
    out: list[LeftOut] = []
    for draft in drafts:
        found = blamed.get(draft.file, [])
        final = next((one for one in found if not _waivable(one, draft)), None)
        if final is not None:
            out.append(_refused(draft, final))
            continue
        waived = draft.waived(_waivers(draft, found, origin, today)) if found else draft
        if found and draft.there and text(waived, origin, today) is None:
            why = f"{draft.file} is written in a way that no exception can be added to"
            out.append(LeftOut(draft.client_id, why, "write its waivers one below the other"))
        else:
            kept.append(waived)
    return kept, out


def _waivable(finding: Finding, draft: Draft) -> bool:
    """Whether an exception lifts it: one in another file than the draft's own cannot, and a second one would not."""
    rule = rules.load().get(finding.code)
    already = any(waiver["rule"] == finding.code for waiver in draft.waivers)
    known = rule is not None and rule.waivable and finding.code not in _NEVER_WAIVED
    return known and finding.file == draft.file and not already


def _waivers(draft: Draft, found: Sequence[Finding], origin: str, today: str) -> tuple[JsonObject, ...]:
    """One per rule. All of a client's end on one day, between the 90th and the 180th: the id decides on which."""
    days = _SOONEST_DAYS + _spread(draft.client_id) % (LONGEST_DAYS - _SOONEST_DAYS + 1)
    until = (date.fromisoformat(today) + timedelta(days=days)).isoformat()
    merging = draft.there is not None
    made: dict[str, JsonObject] = {}
    for one in found:
        reason = f"It was so when it was imported from {origin}: {rules.load()[one.code].title}"
        waiver: JsonObject = {"rule": one.code, "reason": reason, "expires": until}
        made[one.code] = {**waiver, "environment": draft.environment} if merging and _only_here(one, draft) else waiver
    return tuple(made[code] for code in sorted(made))


def _only_here(finding: Finding, draft: Draft) -> bool:
    return draft.environment in {finding.environment, *finding.path[1:2]}


def _spread(client_id: str) -> int:
    return int.from_bytes(hashlib.sha256(client_id.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _refused(draft: Draft, finding: Finding) -> LeftOut:
    if finding.code == INSISTENT:
        rule = rules.load()[_waived_by(draft, finding)]
        return LeftOut(draft.client_id, f"{rule.code} {rule.title}, and {finding.message}", rule.hint)
    said = rules.load()[finding.code].title if finding.code == _CREDENTIALS else finding.message
    field = next((str(step) for step in finding.path if isinstance(step, str)), "")
    place = f"{finding.file}: " if finding.file != draft.file else f"{field}: " if field else ""
    return LeftOut(draft.client_id, f"{place}{finding.code} {said}", finding.hint)


def _waived_by(draft: Draft, finding: Finding) -> str:
    """The rule of the waiver that a finding is about."""
    there = draft.there.data if draft.there else {}
    before = there.get("waivers", []) if isinstance(there, dict) else []
    index = finding.path[1]
    assert isinstance(before, list)
    assert isinstance(index, int)
    entry = [*before, *draft.waivers][index]
    assert isinstance(entry, dict)
    return str(entry["rule"])
