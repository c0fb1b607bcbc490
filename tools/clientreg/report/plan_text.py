"""A plan for people: per server what would change, field by field with reasons; the counts; what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from clientreg.planning.plan import Action, Plan, Refusal, Risk, ServerPlan, Unread, Waiting
from clientreg.report import change_text
from clientreg.report.layout import counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style

_BELOW = " " * 4
_MOST = 20
_ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)
_VERBS = {Action.UPDATE: "change"}


def since(plans: Sequence[Plan], style: Style) -> str:
    """What a change would do in each environment, after what it does to files that are no client."""
    lines: list[str] = []
    for one in plans[:1]:
        lines += _files(one, style)
    return unforged("".join(f"{line}\n" for line in lines)) + "\n".join(plan(one, style) for one in plans)


def plan(plan: Plan, style: Style) -> str:
    """The whole plan, a counting line and the command that would apply it."""
    lines: list[str] = []
    if plan.changes or _notable(plan):
        lines = [*_header(plan, style), ""]
        recipients = dict(plan.recipients)
        for server in plan.servers:
            lines += _server(server, recipients, style)
        for one in plan.unread:
            lines += [*unread(one, style), ""]
        lines += _waivers(plan, style)
        lines += _stopped(plan, style)
        lines += _risks(plan, style)
    lines += [counting(plan), *_next(plan, style)]
    return unforged("\n".join(lines) + "\n")


def counting(plan: Plan) -> str:
    """`2 to create, 1 to change, 0 to delete, 1 refused`; for an empty plan that there is nothing to do."""
    refused = sum(len(server.refused) for server in plan.servers)
    waiting = sum(len(server.waiting) for server in plan.servers)
    stopped = "apply refuses this plan" if plan.stopped and not plan.changes else ""
    scopes = len({(server.name, scope.name) for server in plan.servers for scope in server.new_scopes})
    made = f"{counted(scopes, 'scope')} to create" if scopes else ""
    silent = f"{counted(len(plan.unread), 'server')} not read" if plan.unread else ""
    words = (f"{refused:,} refused" if refused else "", f"{waiting:,} waiting" if waiting else "")
    rest = listed([made, *words, silent, stopped])
    if not plan.changes:
        return f"no changes, {rest}" if rest else _unchanged(plan)
    counts = Counter(change.action for change in plan.changes)
    order = (*_ALWAYS, *(action for action in Action if action not in _ALWAYS and counts[action]))
    return listed([*(f"{counts[action]:,} to {_VERBS.get(action, action)}" for action in order), rest])


def refusal(refused: Refusal, style: Style) -> Iterator[str]:
    """Who or what is refused, why, and what to do about it."""
    yield _title("x refused", "error", refused.key, refused.source, style)
    yield from wrapped(printable(refused.why), style.width, first=_BELOW, rest=_BELOW)
    if refused.hint:
        yield from hint(refused.hint, style)


def unread(server: Unread, style: Style) -> Iterator[str]:
    """Which server could not be read, why, and what to do about it."""
    yield from wrapped(_about(server), style.width, rest="  ")
    yield f"{style.paint('x not read', 'error')}: what it holds is not known, and it is left as it is"
    yield from wrapped(printable(server.why), style.width, first=_BELOW, rest=_BELOW)
    if server.hint:
        yield from hint(server.hint, style)


def exceptions(plan: Plan) -> Iterator[str]:
    """Each exception in use. Of many, those of the clients that change, and the others counted rule by rule."""
    changed = {change.key for change in plan.changes}
    named = [use for use in plan.waivers if len(plan.waivers) <= _MOST or use.key in changed]
    named = named if len(named) <= _MOST else []
    yield from (f"{use.key}: {use.rule} until {use.expires}: {use.reason} ({use.source})" for use in named)
    others: dict[str, list[str]] = {}
    for use in plan.waivers:
        if use not in named:
            others.setdefault(use.rule, []).append(use.expires)
    noun = "more exception" if named else "exception"
    for rule, ends in sorted(others.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        last = f" to {max(ends)}" if max(ends) != min(ends) else ""
        yield f"{rule}: {counted(len(ends), noun)}, until {min(ends)}{last}"
    if others:
        yield "clientreg lint names each"


def hint(text: str, style: Style) -> list[str]:
    """What to do, as in the findings of a check."""
    start = f"{_BELOW}= hint: "
    first, *rest = wrapped(printable(text), style.width, first=start, rest=" " * len(start))
    painted = f"{_BELOW}{style.paint('=', 'aside')} {style.paint('hint', 'name')}: "
    return [painted + first.removeprefix(start), *rest]


def short(commit: str) -> str:
    """The first 12 digits of a commit, and `+dirty` if the work tree had more."""
    digits, plus, dirty = commit.partition("+")
    return printable(digits[:12] + plus + dirty)


def _notable(plan: Plan) -> bool:
    return bool(plan.stopped or plan.waivers or plan.unread) or any(
        s.refused or s.waiting or s.foreign for s in plan.servers
    )


def _files(plan: Plan, style: Style) -> Iterator[str]:
    for file in plan.files:
        risk = style.paint(f"[{file.risk}]", change_text.RISKS[file.risk])
        yield f"{style.paint('~ change', 'changed')} {style.paint(printable(file.file), 'name')} {risk}"
        yield from change_text.fields(file.fields, style)
        yield ""


def _unchanged(plan: Plan) -> str:
    if plan.since is not None:
        return f"no changes in {printable(plan.environment)}"
    clients = counted(max((server.owned for server in plan.servers), default=0), "client")
    part = " as far as it was looked at" if plan.partial else ""
    servers = counted(len(plan.servers), "server")
    return f"no changes: {printable(plan.environment)} is as the files say{part} ({clients} on {servers})"


def _header(plan: Plan, style: Style) -> Iterator[str]:
    name = style.paint(printable(plan.environment), "name")
    kind = "production" if plan.production else "test"
    part = ", in part" if plan.partial else ""
    if plan.since is not None:
        yield f"what {short(plan.since)}..{short(plan.commit)} changes in {name} (class {kind}{part})"
        yield style.paint("from the files of both commits: no server was asked", "aside")
        return
    yield f"plan for {name} (class {kind}{part}) at commit {short(plan.commit)}"
    if plan.changes:
        yield style.paint(f"digest {plan.digest}", "aside")


def _server(server: ServerPlan, recipients: Mapping[str, tuple[str, ...]], style: Style) -> Iterator[str]:
    yield from wrapped(_about(server), style.width, rest="  ")
    if server.notice:
        first, *rest = wrapped(printable(server.notice), style.width, first="  ! ", rest="    ")
        yield from (f"  {style.paint('!', 'warning')}{first[3:]}", *rest)
    ours = f"{counted(server.owned, 'client')} of this registry" if server.owned else "no client of this registry yet"
    foreign = f"{server.foreign:,} more {'is' if server.foreign == 1 else 'are'} not ours and left alone"
    same = f"{server.unchanged:,} unchanged" if server.unchanged else ""
    yield style.paint(f"  {listed([ours, same, foreign if server.foreign else ''])}", "aside")
    yield ""
    for change in server.changes:
        yield from change_text.change(change, recipients.get(change.key, ()), style)
        yield ""
    for refused in server.refused:
        yield from refusal(refused, style)
        yield ""
    for waiting in server.waiting:
        yield from _wait(waiting, style)
        yield ""


def _about(server: ServerPlan | Unread) -> str:
    at = f" at {printable(server.url)}" if server.url else ""
    return f"server {printable(server.name)}: {printable(server.type)}{at}"


def _wait(waiting: Waiting, style: Style) -> Iterator[str]:
    yield _title(". waiting", "aside", waiting.key, waiting.source, style)
    yield f"{_BELOW}{waiting.action} not before {printable(waiting.until)}"


def _title(word: str, role: Role, key: str, source: str, style: Style) -> str:
    return f"{style.paint(word, role)} {style.paint(printable(key), 'name')} {style.paint(printable(source), 'aside')}"


def _waivers(plan: Plan, style: Style) -> Iterator[str]:
    if not plan.waivers:
        return
    yield "exceptions in use"
    for text in exceptions(plan):
        yield from wrapped(printable(text), style.width, first="  ", rest="      ")
    yield ""


def _stopped(plan: Plan, style: Style) -> Iterator[str]:
    if not plan.stopped:
        return
    yield style.paint("this plan is stopped: apply refuses it", "error")
    for text, reasons in groupby(plan.stopped, lambda reason: reason.hint):
        for reason in reasons:
            first, *rest = wrapped(printable(reason.why), style.width, first="x ", rest=_BELOW)
            yield from (style.paint("x", "error") + first[1:], *rest)
        yield from hint(text, style)
    yield ""


def _risks(plan: Plan, style: Style) -> Iterator[str]:
    counts = Counter(change.risk for change in plan.changes)
    if counts:
        words = (style.paint(f"{counts[risk]:,} {risk}", change_text.RISKS[risk]) for risk in Risk if counts[risk])
        yield f"risk: {', '.join(words)}"


def _next(plan: Plan, style: Style) -> Iterator[str]:
    """What a reviewer would run; the options that chose a part of the plan belong to it."""
    if not plan.changes or plan.stopped or plan.since is not None:
        return
    adopts = any(change.action is Action.ADOPT for change in plan.changes)
    option = " --adopt" if adopts else ""
    yield f"clientreg apply --environment {printable(plan.environment)}{option} --expect {plan.digest}"
    if plan.partial:
        yield "  with the same --client and --server as this plan"
