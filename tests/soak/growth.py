"""Nothing may be quadratic: twice as much takes at most 2.5 times as long, for the reader, the outputs and every rule.

By ratio of processor time, the least of several, so that a busy machine does not matter.
"""

from __future__ import annotations

import gc
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from clientreg import judge, lint, registry, rules
from clientreg.lint import Report
from clientreg.model import Client, Succession
from clientreg.reading import schema, source
from clientreg.registry import Registry
from clientreg.report import github, gitlab, junit, sarif, structured, text
from clientreg.report.style import PLAIN
from clientreg.rules import Context, Rule
from clientreg.settings import Environment
from clientreg.values import uri
from rules.example import TODAY, Example, servers
from soak.batch import Memory

MOST = 2.5
_LEAST = 0.0005
"""Seconds: what takes less, with twice as much, is not measured."""
_TIMES = 5
_CONFIRMED = 15
_CLIENTS = 300
_CHARACTERS = 60_000

Costs = dict[str, float]

READ: Mapping[str, tuple[str, str]] = {
    "items": ("a:\n", "- b\n"),
    "items of one kind": ("scopes:\n", "- openid\n"),
    "items in brackets": ("a: [", "b, "),
    "names": ("", "k%d: v\n"),
    "names that are one": ("", "k: v\n"),
    "unknown names beside known ones": ("product: x\n", "scope%d: v\n"),
    "open brackets": ("a: ", "["),
    "open braces": ("a: ", "{a: "),
    "dashes": ("", "- "),
    "deeper and deeper": ("", None),  # type: ignore[dict-item]
    "blank lines": ("a: b", "\n"),
    "blank lines in text": ("a: |\n  x\n", "\n"),
    "folded text": ("a: >-\n", "  word word\n"),
    "one long line": ("a: ", "word "),
    "quoted": ("a: '", "''"),
    "escapes": ('a: "', "\\u0041"),
    "half escapes": ('a: "', "\\ud800"),
    "comments": ("a: b\n", "# c\n"),
    "anchors": ("a:\n", "- &a%d b\n"),
    "aliases of one anchor": ("a: &a b\nc:\n", "- *a\n"),
    "tags": ("a:\n", "- !t b\n"),
    "question marks": ("", "? a\n"),
    "carriage returns": ("a: b", "\r\n"),
    "tabs": ("a: b", "\t"),
    "characters beyond ASCII": ("a: ", "æ"),
    "characters that are hidden": ("a: ", "\u200b"),
    "keys": ("jwks: {keys: [", "{kty: RSA, n: AQAB, e: AQAB, d: x}, "),
    "environments": ("environments:\n", "  e%d: {}\n"),
    "waivers": ("waivers:\n", "  - {rule: CR201, reason: x, expires: 2026-07-01}\n"),
}
"""What a file may hold much of: how it begins, and what is repeated."""

PIECES = (
    "a",
    "/",
    ".",
    "-",
    "%41",
    "*",
    "/..",
    "a.",
    "æ",
    "@",
    ":",
    "а",
    "\u200c",
    "e\u0301",
    "${x}",
    "#",
    "?a=b&",
    "x--",
)
"""What addresses and texts are made long with."""


def grown() -> Iterator[str]:
    """What takes more than it should when there is twice as much."""
    for name, (head, unit) in READ.items():
        make = lambda n, head=head, unit=unit: _file(head, unit, n)  # noqa: E731
        yield from _compared(f"a file of {name}", _reading, make, _CHARACTERS)
    for piece, platform in itertools.product(PIECES, ("web", "android")):
        long = partial(_client, piece, items=5, platform=platform)
        yield from _compared(f"a client of platform {platform} made long with {piece!r}", _judging, long, 900)
    for platform in ("web", "android"):
        many = partial(_client, "ab", 40, platform=platform)
        yield from _compared(f"a client of platform {platform} with many items", _judging, many, 50)
    around = partial(_client, "ab", 40, 5)
    yield from _compared("much in an organization's and the operator's file", _judging, around, 50)
    for name, other in (("alike", False), ("each other than all others", True)):
        yield from _compared(
            f"clients that are {name}", _across, lambda n, other=other: _registry(n, other=other), _CLIENTS
        )


def _compared(world: str, cost: Callable[[Any, int], Costs], make: Callable[[int], Any], size: int) -> Iterator[str]:
    once, twice = (make(n) for n in (size, 2 * size))
    suspects = _over(cost(once, _TIMES), cost(twice, _TIMES))
    if suspects:
        suspects &= _over(cost(once, _CONFIRMED), cost(twice, _CONFIRMED))
    for name in sorted(suspects):
        yield f"{world}: {name} takes more than {MOST} times as long for twice as much"


def _over(one: Costs, two: Costs) -> set[str]:
    return {
        name for name, spent in two.items() if spent > _LEAST and spent > MOST * max(one.get(name, 0), _LEAST / MOST)
    }


class _Clock:
    """The least that something took, by name, over several rounds."""

    def __init__(self) -> None:
        self.least: Costs = {}
        self.now: Costs = {}

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        begun = time.thread_time()
        try:
            return work()
        finally:
            self.now[name] = self.now.get(name, 0) + time.thread_time() - begun

    def checked(self, rule: Rule) -> Rule:
        """The rule by this clock."""
        check = rule.check
        assert check
        return rule._replace(check=lambda *given: iter(self.time(rule.code, lambda: list(check(*given)))))

    def round(self) -> None:
        self.least = {name: min(spent, self.least.get(name, spent)) for name, spent in self.now.items()}
        self.now = {}


def _file(head: str, unit: str | None, size: int) -> bytes:
    if unit is None:
        lines = (" " * at + "a:" for at in range(int((2 * size) ** 0.5)))
        return "\n".join(lines).encode()
    one = (lambda n: unit % n) if "%d" in unit else lambda _: unit
    return (head + "".join(one(n) for n in range(size // len(unit)))).encode()


def _reading(raw: bytes, times: int) -> Costs:
    clock = _Clock()
    for _ in range(times):
        source.tree.cache_clear()
        document, findings = clock.time("reading", lambda: source.read("clients/a/b.yaml", raw))
        if document is not None:
            findings = clock.time("schema", lambda document=document: schema.check("client", document))
        _told(clock, Report(tuple(findings), 1), {})
        clock.round()
    return clock.least


def _told(clock: _Clock, report: Report, documents: Mapping[str, Any]) -> None:
    clock.time("text", lambda: text.findings(report, documents, PLAIN))
    clock.time("json", lambda: structured.findings(report))
    clock.time("github", lambda: github.findings(report))
    clock.time("sarif", lambda: sarif.findings(report, None))
    clock.time("gitlab", lambda: gitlab.findings(report))
    clock.time("junit", lambda: junit.findings(report, ()))


def _client(piece: str, size: int, items: int, around: int = 5, *, platform: str = "web") -> dict[str, bytes]:
    """A client, its organization and the operator's file: many items or long ones, or much of it around them."""
    long = piece * (size // len(piece))
    short = long[: size // 10]
    uris = [f"https://acme.example/{at}/{short}" for at in range(items)]
    data = {
        "platform": platform,
        "client_name": f"Acme{short}",
        "description": f"What it is for. {long}",
        "redirect_uris": [*uris[2:], f"https://acme.example/{long}", f"acme:{long}"],
        "post_logout_redirect_uris": [f"https://{short}.example/{at}" for at in range(items)],
        "allowed_cors_origins": uris,
        "audience": [f"{long}{at}" for at in range(items)],
        "scopes": ["openid", *(f"{short}{at}" for at in range(items - 1))],
        "purpose": {f"{short}{at}": long[:990] for at in range(items)},
        "contacts": {"technical": [f"{short}{at}@acme.example" for at in range(items)]},
        "logo_uri": f"HTTPS://ACME.example/{long}",
        "backchannel_logout_uri": f"https://user{long}@acme.example",
        "jwks": {"keys": [{"kty": "RSA", "n": long, "e": "AQAB", "kid": f"{at}"} for at in range(items)]},
        "response_types": [f"code {short[:150]}{at}" for at in range(items)],
        "default_acr_values": [f"{short}{at}" for at in range(items)],
        "waivers": [{"rule": "CR203", "reason": f"It is so {at}", "expires": "2026-07-01"} for at in range(items)],
        **{f"client_name#x-{at}": f"Acme {short}{at}" for at in range(items)},
    }
    shop, home = "clients/acme/shop.yaml", "clients/acme/organization.yaml"
    files = Example.of(f"# file: {shop}\n{_written(data)}").complete()
    files[home] = _written({"name": f"Acme {short}", "domains": [f"d{at}.example" for at in range(around)]})
    scopes = "".join(f"  s{at}: {{description: Do it}}\n" for at in range(4 * around))
    files["registry.yaml"] = files["registry.yaml"].replace("scopes:\n", f"scopes:\n{scopes}")
    return {file: content.encode() for file, content in files.items()}


def _written(data: Mapping[str, Any]) -> str:
    return "".join(f"{name}: {_yaml(value)}\n" for name, value in data.items())


def _yaml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "")


def _judging(files: Mapping[str, bytes], times: int) -> Costs:
    """What every rule costs that looks at less than the registry, whatever it would not be called for."""
    clock = _Clock()
    book = {kind: tuple(map(clock.checked, found)) for kind, found in rules.by_subject().items()}
    for _ in range(times):
        uri.parse.cache_clear()
        read = registry.load("/registry", lambda paths: frozenset(), tree=Memory(files))
        for kind, subject, environment in _subjects(read):
            context = replace(_context(read), environment=environment)
            for rule in book[kind]:
                assert rule.check
                list(rule.check(subject, context))
        clock.round()
    return clock.least


def _subjects(read: Registry) -> Iterator[tuple[rules.Subject, object, Environment | None]]:
    assert read.settings
    yield "settings", read.settings, None
    yield from (("organization", one, None) for one in read.organizations.values())
    (client,) = read.clients
    yield "document", read.documents[client.file], None
    yield "client", client, None
    yield "registration", client.registration("test"), read.settings.environments["test"]
    yield "succession", _moved(client), None


def _moved(client: Client) -> Succession:
    """The client as the one that was in another file."""
    return Succession(replace(client, name=f"{client.name}-before", file=f"{client.file}-before"), client)


def _context(read: Registry) -> Context:
    assert read.settings
    return Context(read, read.settings, TODAY, servers())


def _registry(n: int, *, other: bool) -> dict[str, bytes]:
    """Many clients of several organizations, alike in everything that is looked at across files, or in nothing."""
    files = dict(Example.of("platform: android\n").complete())
    organization = files["clients/acme/organization.yaml"]
    for at in range(n):
        home, own = f"o{at % (n // 10)}", at if other else ""
        files[f"clients/{home}/organization.yaml"] = organization.replace("Acme AS", f"Acme{home if other else ''} AS")
        files[f"clients/{home}/c{at}.yaml"] = _alike(own)
    return {file: content.encode() for file, content in files.items()}


def _alike(own: object) -> str:
    return (
        f"product: Acme{own}\nclient_name: Acme Shop{own}\nclient_name#nb: Acme{own}\n"
        "description: The place where customers sign in to see it all.\n"
        f"platform: android\napplication_type: native\nclient_type: public\nscopes: [openid]\nclient_id: same{own}\n"
        f"redirect_uris: ['com.acme{own}:/cb', 'https://acme{own}.example/cb']\n"
        "environments: {test: {}, production: {}}\n"
    )


def _across(files: Mapping[str, bytes], times: int) -> Costs:
    clock = _Clock()
    for _ in range(max(times // 3, 2)):
        read = clock.time("loading", partial(registry.load, "/registry", lambda paths: frozenset(), tree=Memory(files)))
        for rule in map(clock.checked, rules.by_subject()["registry"]):
            list(judge.breaches(rule, read, _context(read)))
        report = clock.time("lint", partial(lint.run, read, servers=servers(), today=TODAY))
        moved = tuple(map(_moved, read.clients))
        judged = partial(lint.run, read, servers=servers(), today=TODAY, successions=moved)
        clock.time("lint of a change", judged)
        _told(clock, report, {})
        clock.round()
    return clock.least


def main() -> int:
    """Tell what is quadratic; the exit status says whether anything is."""
    gc.disable()  # as `lint` does
    found = _shown(grown())
    print(f"{len(found)} things grow faster than they may", file=sys.stderr)
    return int(bool(found))


def _shown(found: Iterable[str]) -> Sequence[str]:
    shown = []
    for one in found:
        print(one, flush=True)
        shown.append(one)
    return shown
