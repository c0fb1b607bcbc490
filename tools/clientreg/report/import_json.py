"""What an import wrote, as `schema/import-output.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clientreg.importing import Imported
from clientreg.importing.drafts import Draft
from clientreg.importing.found import LeftOut
from clientreg.report import structured


def imported(made: Imported, *, dry_run: bool) -> str:
    """Every client with what became of it; of a dry run the files' texts, too."""
    return structured.document(
        environment=made.environment,
        source=made.source,
        dry_run=dry_run,
        written=[_draft(draft) for draft in made.drafts if draft.there is None],
        merged=[{**_draft(draft), "fields": list(draft.data)} for draft in made.drafts if draft.there is not None],
        present=list(made.present),
        left_out=[_left_out(one) for one in made.left_out],
        organizations=[{"file": file, "name": name} for file, name in made.organizations.items()],
        scopes=list(made.scopes),
        files=[{"file": file, **({"text": text} if dry_run else {})} for file, text in made.files.items()],
        summary=counts(made),
    )


def counts(made: Imported) -> dict[str, int]:
    """How many clients each thing happened to, and how much there is to look at."""
    return {
        "written": _number(draft.there is None for draft in made.drafts),
        "merged": _number(draft.there is not None for draft in made.drafts),
        "present": len(made.present),
        "left_out": _number(one.expected for one in made.left_out),
        "refused": len(made.refused),
        "guesses": sum(len(draft.guesses) for draft in made.drafts),
        "waivers": sum(len(draft.waivers) for draft in made.drafts),
        "unmanaged": _number(bool(draft.unmanaged) for draft in made.drafts),
    }


def _number(claims: Iterable[bool]) -> int:
    return sum(claims)


def _draft(draft: Draft) -> dict[str, Any]:
    return {
        "file": draft.file,
        "client_id": draft.client_id,
        "guesses": list(draft.guesses),
        "waivers": [{"rule": waiver["rule"], "expires": waiver["expires"]} for waiver in draft.waivers],
        "unmanaged": list(draft.unmanaged),
    }


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {"client_id": one.client_id, "why": one.why, "hint": one.hint, "expected": one.expected}
