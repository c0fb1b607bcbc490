"""What was written against what a server then says: "it said done" is not enough. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from clientreg.jsonvalue import plain
from clientreg.planning.plan import Action, Change
from clientreg.planning.state import CredentialMark, Mark, Observed


def differences(change: Change, mark: Mark, found: Observed | None) -> tuple[str, ...]:
    """The names of the fields in which a client is not as the change was to leave it; empty when all is well."""
    if change.action is Action.DELETE:
        return () if found is None else ("client_id",)
    if found is None:
        return ("client_id",)
    held = plain(found.payload)
    fields = [name for name, value in (change.payload or {}).items() if not _same(held.get(name), value)]
    return (*fields, *_mark_differences(mark, found.mark))


def _same(left: object, right: object) -> bool:
    return type(left) is type(right) and left == right


def _mark_differences(wanted: Mark, found: Mark | None) -> tuple[str, ...]:
    if found is None:
        return ("mark",)
    left, right = _members(wanted), _members(found)
    return tuple(f"mark.{name}" for name in left if left[name] != right[name])


def _members(mark: Mark) -> Mapping[str, str | CredentialMark | None]:
    return {
        "registry": mark.registry,
        "environment": mark.environment,
        "source": mark.source,
        "commit": mark.commit,
        "credential": mark.credential,
        "disabled_since": mark.disabled_since,
    }
