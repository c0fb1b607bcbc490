"""An import for people: a line per file, what to look at, what stays on the server, what has no file and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from clientreg import rules
from clientreg.importing import Imported
from clientreg.report.import_json import counts
from clientreg.report.layout import columns, counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style

_MOST, _FEW = 50, 10
_BELOW = " " * 4


def imported(made: Imported, style: Style, *, dry_run: bool) -> str:
    """The whole page, ending with what comes next."""
    title = f"import into {style.paint(printable(made.environment), 'name')} from {printable(made.source)}"
    lines = [title + (": nothing is written" if dry_run else "")]
    for part in (_files(made, style), _guesses(made, style), _waivers(made, style), _unmanaged(made, style)):
        lines += _part(list(part))
    lines += _part(list(_left_out(made, style)))
    lines += ["", _counts(made, dry_run=dry_run), *_next(made, style, dry_run=dry_run)]
    return unforged("\n".join(lines) + "\n")


def _part(lines: Sequence[str]) -> list[str]:
    return ["", *lines] if lines else []


def _files(made: Imported, style: Style) -> Iterator[str]:
    room = max((columns(draft.file) for draft in made.drafts[:_MOST]), default=0)
    for draft in made.drafts[:_MOST]:
        symbol = style.paint("+" if draft.there is None else "~", "added" if draft.there is None else "changed")
        yield f"{symbol} {draft.file:<{room}}  {style.paint(printable(draft.client_id), 'aside')}".rstrip()
    yield from _more(len(made.drafts), "client")
    own = {draft.file for draft in made.drafts}
    others = [file for file in made.files if file not in own]
    for file in others[:_MOST]:
        new = file not in made.before
        symbol = style.paint("+" if new else "~", "added" if new else "changed")
        said = f"organization {made.organizations[file]}" if file in made.organizations else _scopes(made)
        yield from wrapped(printable(said), style.width, first=f"{symbol} {file}  ", rest=_BELOW)
    yield from _more(len(others), "organization")


def _scopes(made: Imported) -> str:
    return f"{counted(len(made.scopes), 'scope')}: {listed(made.scopes)}"


def _guesses(made: Imported, style: Style) -> Iterator[str]:
    found = Counter(name for draft in made.drafts for name in draft.guesses)
    if found:
        yield style.paint("guesses to look at, each marked in its file", "name")
        yield from _table(found, style)


def _waivers(made: Imported, style: Style) -> Iterator[str]:
    found = Counter(str(waiver["rule"]) for draft in made.drafts for waiver in draft.waivers)
    if not found:
        return
    days = sorted(str(waiver["expires"]) for draft in made.drafts for waiver in draft.waivers)
    end = f"from {days[0]} to {days[-1]}" if days[0] != days[-1] else f"on {days[0]}"
    yield style.paint(f"waivers for what the rules forbid; they end {end}", "name")
    book = rules.load()
    yield from _table(Counter({f"{code} {book[code].title}": number for code, number in found.items()}), style)


def _table(found: Counter[str], style: Style) -> Iterator[str]:
    for words, number in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])):
        yield from wrapped(printable(words), style.width, first=f"{number:>6,}  ", rest=" " * 8)


def _unmanaged(made: Imported, style: Style) -> Iterator[str]:
    """Each thing once, with how many clients have it and which: most realms say the same of most clients."""
    found: dict[str, list[str]] = {}
    for draft in made.drafts:
        for thing in draft.unmanaged:
            found.setdefault(thing, []).append(draft.client_id)
    if found:
        yield style.paint("stays on the server as it is, because no file can say it", "name")
    for thing, ids in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        said = f"{printable(thing)}: {_some(ids, _FEW)}"
        yield from wrapped(said, style.width, first=f"{len(ids):>6,}  ", rest=" " * 8)
    if any(len(ids) > _FEW for ids in found.values()):
        yield "  --format json names all, client by client"


def _some(ids: Sequence[str], most: int) -> str:
    return listed(map(printable, ids[:most])) + (f" and {len(ids) - most:,} more" if len(ids) > most else "")


def _left_out(made: Imported, style: Style) -> Iterator[str]:
    """What nobody has to do anything about in a line for each reason; the others one by one."""
    reasons: dict[str, list[str]] = {}
    for one in made.left_out:
        if one.expected:
            reasons.setdefault(one.why, []).append(one.client_id)
    if made.left_out:
        yield style.paint("nothing is written for", "name")
    for why, ids in reasons.items():
        yield from wrapped(f"{printable(why)}: {_some(ids, _MOST)}", style.width, first="  ", rest=_BELOW)
    for refused in made.refused[:_MOST]:
        start = f"{style.paint('x', 'error')} {style.paint(printable(refused.client_id), 'name')}"
        yield from wrapped(f"{start}: {printable(refused.why)}", style.width, rest=_BELOW)
        if refused.hint:
            yield from wrapped(printable(refused.hint), style.width, first=f"{_BELOW}hint: ", rest=" " * 10)
    yield from _more(len(made.refused), "client")


def _more(number: int, noun: str) -> Iterator[str]:
    if number > _MOST:
        yield f"  and {counted(number - _MOST, f'more {noun}')}: --format json names all"


def _counts(made: Imported, *, dry_run: bool) -> str:
    number = counts(made)
    would = "to write" if dry_run else "written"
    return listed(
        [
            f"{counted(number['written'], 'file')} {would}",
            f"{number['merged']:,} {'to extend' if dry_run else 'extended'}" if number["merged"] else "",
            f"{number['present']:,} had an entry already" if number["present"] else "",
            f"{number['left_out']:,} left out" if number["left_out"] else "",
            f"{number['refused']:,} refused" if number["refused"] else "",
            counted(number["guesses"], "guess", "guesses") if number["guesses"] else "",
            counted(number["waivers"], "waiver") if number["waivers"] else "",
        ]
    )


def _next(made: Imported, style: Style, *, dry_run: bool) -> Iterator[str]:
    if not made.drafts:
        return
    if dry_run:
        yield "the same without --dry-run writes them; with --format json the texts are shown, too"
        return
    for line in steps(made):
        yield style.paint(line, "good")


def steps(made: Imported) -> tuple[str, ...]:
    """The commands that come next."""
    return (
        "clientreg lint          # no errors; the warnings can wait",
        'git add --all && git commit -m "Import clients"',
        f"clientreg plan -e {printable(made.environment)} --adopt    # what taking them over changes",
    )
