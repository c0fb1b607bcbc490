"""One hostile file: words in any order, a real file mutated, a client whose values are hostile, or a very large one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from clientreg import rules
from clientreg.reading import schemata
from clientreg.reading.schemata import SAME_EVERYWHERE
from rules.example import Example
from soak import words

_REPOSITORY = Path(__file__).parents[2]
_SIZE = 262_144
_RECIPIENT = "age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz"
_OBJECTS = {
    "lifecycle": {
        "review_by": ("2026-12-01", "2026-06-01", "2020-01-01"),
        "retire_after": ("2027-01-01", "2026-05-31"),
    },
    "credentials": {"generation": (1, 2, 10**9), "max_age": ("90d", "1s"), "recipients": ([_RECIPIENT], ["age1x"], [])},
}
_URI_LISTS = frozenset({"redirect_uris", "post_logout_redirect_uris", "allowed_cors_origins", "audience"})
_TEXTS = frozenset({"product", "client_name", "client_id", "software_id", "software_version"})


def client(rng: random.Random) -> bytes:
    """The content of a client's file; most are small, one in 2,000 is as large as a file may be."""
    make = _large if rng.random() < 1 / 2000 else rng.choices(_MAKERS, _WEIGHTS)[0]
    return encoded(make(rng))


def encoded(text: str) -> bytes:
    """The bytes of a text; a lone surrogate is a byte that is no UTF-8, or three."""
    return (
        b"".join(
            char.encode("utf-8", "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass")
            for char in text
        )
        if not text.isascii()
        else text.encode()
    )


def organization(rng: random.Random) -> bytes:
    """The content of an organization's file."""
    data = {
        "name": rng.choice(["Acme AS", "Acme", words.phrase(rng, 3) or "x"]),
        "owners": [rng.choice(["@acme", "@acme/team", "x@acme.example", words.word(rng)])],
        "domains": [rng.choice(["acme.example", "other.example", "com", words.address(rng), words.word(rng)])],
        "contacts": {"technical": [rng.choice(["dev@acme.example", words.phrase(rng, 3)])]},
        "recipients": [rng.choice([_RECIPIENT, words.word(rng)])],
    }
    kept = {name: value for name, value in data.items() if name == "name" or rng.random() < 0.9}
    return encoded(_written(rng, kept))


def mutated(rng: random.Random, text: str) -> str:
    """A text with a few accidents."""
    for _ in range(rng.randint(1, 5)):
        text = rng.choice(_MUTATIONS)(rng, text)
    return text[: _SIZE + 10]


def _words(rng: random.Random) -> str:
    return "".join(
        words.word(rng) + rng.choice(("", " ", "\n", "\n  ", ": ", "\n- ")) for _ in range(rng.randint(0, 60))
    )


def _mutated_real(rng: random.Random) -> str:
    return mutated(rng, rng.choice(_real()))


def _hostile_values(rng: random.Random) -> str:
    text = _written(rng, _data(rng))
    return mutated(rng, text) if rng.random() < 0.1 else text


def _large(rng: random.Random) -> str:
    """Near the limit of what is read, and beyond it."""
    size = rng.choice((_SIZE // 2, _SIZE - 100, _SIZE + 1))
    head = rng.choice(("", "redirect_uris:\n", "a: ", "description: >-\n", "x: [", "jwks: {keys: [", _REAL_HEAD))
    unit = rng.choice(
        ("- https://acme.example/cb\n", "[", "{a: ", "- ", "a: b\n", "  word\n", "x, ", "\n", "'", "# ", "&a ")
    )
    unit = unit if rng.random() < 0.6 else words.phrase(rng, 4) or "x"
    return (head + unit * (size // max(len(unit.encode("utf-8", "replace")), 1)))[:size]


_REAL_HEAD = "product: Acme\nclient_name: Acme\nplatform: web\nscopes: [openid]\nredirect_uris:\n"
_MAKERS: Sequence[Callable[[random.Random], str]] = (_words, _mutated_real, _hostile_values)
_WEIGHTS = (2, 3, 5)


@cache
def _real() -> tuple[str, ...]:
    """Every example of the rule book as whole files, and the clients of this repository's registry."""
    found = [path.read_text(encoding="utf-8") for path in sorted(_REPOSITORY.glob("clients/*/*.yaml"))]
    for rule in rules.load().values():
        for text in (rule.bad, rule.good):
            files = Example.of(text).complete()
            found += [content for name, content in files.items() if name.startswith("clients/")]
    return tuple(dict.fromkeys(found))


def _data(rng: random.Random) -> dict[str, Any]:
    """A client that fits its schema more often than not, with hostile values."""
    platform = rng.choice(_enum("platform"))
    web = platform in {"web", "javascript", "service"}
    data: dict[str, Any] = {
        "product": rng.choice(("Acme", "Acme Shop", words.line(rng))),
        "client_name": rng.choice(("Acme Shop", f"Acme {rng.randint(0, 9)}", words.line(rng))),
        "description": _value(rng, "description"),
        "platform": platform,
        "application_type": ("web" if web else "native") if rng.random() < 0.9 else rng.choice(("web", "native")),
        "client_type": rng.choice(("public", "confidential")),
        "scopes": _list(rng, lambda: rng.choice((*_SCOPES, words.line(rng, 1)))) or ["openid"],
    }
    for name in rng.sample(sorted(_fields().keys() - data.keys()), rng.randint(0, 9)):
        data[name] = _value(rng, name)
    data["environments"] = {
        name: {
            one: _value(rng, one) if rng.random() < 0.9 else None
            for one in rng.sample([one for one in sorted(_fields()) if one not in SAME_EVERYWHERE], rng.randint(0, 3))
        }
        for name in rng.choice((["test"], ["production"], ["test", "production"], ["nowhere"], []))
    }
    if rng.random() < 0.2:
        data["waivers"] = [_waiver(rng) for _ in range(rng.randint(1, 3))]
    return data


_SCOPES = ("openid", "email", "profile", "offline_access", "acme.orders", "id.user.write", "phone")


@cache
def _fields() -> dict[str, Any]:
    properties = dict(schemata.properties("client"))
    return {
        name: found for name, found in properties.items() if "." not in name and name not in {"environments", "waivers"}
    }


def _enum(name: str) -> Sequence[str]:
    return tuple(_fields()[name]["enum"])


def _list(rng: random.Random, item: Callable[[], Any]) -> list[Any]:
    made = [item() for _ in range(rng.choice((1, 1, 2, 3, 3, 20)) if rng.random() < 0.99 else 101)]
    return made if rng.random() < 0.05 else list({str(one): one for one in made}.values())


def _value(rng: random.Random, name: str) -> Any:
    """A value for a field: of its kind nearly always."""
    found = _fields()[name]
    if name == "description":
        return f"The place where customers sign in. {words.line(rng)}"
    if name in _TEXTS:
        return words.line(rng, 3)
    if rng.random() < 0.01:
        return rng.choice((None, 12, True, 1.5, [], {}, words.line(rng), [[words.line(rng, 1)]]))
    if name in _OBJECTS:
        return {one: rng.choice(some) for one, some in _OBJECTS[name].items() if rng.random() < 0.5}
    if name in _URI_LISTS:
        return _list(rng, lambda: words.address(rng))
    if name == "jwks":
        return {"keys": _list(rng, lambda: _key(rng))}
    if name.endswith("_uri"):
        return words.address(rng)
    if name == "contacts":
        return {
            role: _list(rng, lambda: _mailbox(rng))
            for role in rng.sample(("technical", "security", "support", "privacy", "business"), 2)
        }
    if name == "purpose":
        return {rng.choice((*_SCOPES, words.line(rng, 1))): words.line(rng) for _ in range(rng.randint(0, 3))}
    return _plain(rng, name, found)


def _plain(rng: random.Random, name: str, found: Any) -> Any:
    items = found.get("items", {})
    if allowed := found.get("enum") or items.get("enum"):
        return rng.choice(allowed) if "enum" in found else rng.sample(allowed, rng.randint(0, min(3, len(allowed))))
    kind = found.get("type")
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "integer":
        return rng.choice((0, 1, 900, 900, 900, 2**31 - 1, 2**31))
    if kind == "array":
        return _list(
            rng,
            lambda: rng.choice(("code", "id_token code", "code id_token", "1", words.line(rng, 1), words.line(rng, 3))),
        )
    return ("5m", "14d", "1s")[rng.randrange(3)] if "lifetime" in name else words.line(rng) * rng.choice((1, 1, 1, 20))


def _key(rng: random.Random) -> Any:
    parts = {
        "kty": rng.choice(("RSA", "EC", "OKP", "oct", words.line(rng, 1))),
        "use": rng.choice(("sig", "enc", words.line(rng, 1))),
        "kid": words.line(rng, 2),
        "alg": rng.choice(("RS256", "ES256", "none", words.line(rng, 1))),
        "crv": rng.choice(("P-256", "Ed25519", words.line(rng, 1))),
        "n": rng.choice(("AQAB" * rng.randint(1, 200), words.line(rng))),
        "e": rng.choice(("AQAB", "Aw", words.line(rng, 1))),
        "x": rng.choice(("A" * 43, words.line(rng, 1))),
        "y": rng.choice(("A" * 43, words.line(rng, 1))),
        "d": "c2VjcmV0",
        "x5c": [words.line(rng, 3)],
        "x5u": words.address(rng),
    }
    return {name: parts[name] for name in rng.sample(sorted(parts), rng.randint(0, 8))}


def _mailbox(rng: random.Random) -> str:
    host = rng.choice(("acme.example", "gmail.com", "x.test", "localhost", words.line(rng, 1)))
    return f"{rng.choice(('dev', 'a.b+c', words.line(rng, 1)))}@{host}" if rng.random() < 0.9 else words.line(rng)


def _waiver(rng: random.Random) -> Any:
    code = rng.choice((*rules.load(), "CR999", words.line(rng, 1)))
    waiver = {
        "rule": code,
        "reason": f"An old library needs it {words.line(rng)}",
        "expires": rng.choice(("2026-07-31", "2026-07-31", "2026-06-02", "2020-01-01", "2036-01-01")),
        "path": rng.choice(("redirect_uris[0]", "redirect_uris", words.line(rng, 2))),
        "environment": rng.choice(("test", "production", words.line(rng, 1))),
    }
    return {
        name: value for name, value in waiver.items() if name in {"rule", "reason", "expires"} or rng.random() < 0.3
    }


def _written(rng: random.Random, data: Any) -> str:
    """As YAML that people write, or as JSON; text that is no text is written as it is."""
    if rng.random() < 0.1:
        return _json(data, ascii_only=rng.random() < 0.9)
    end = rng.choice(("\n", "\n", "\n", "\r\n"))
    lines = ["# " + words.line(rng, 3)] if rng.random() < 0.1 else []
    for name, value in data.items():
        lines += _entry(rng, name, value, "")
    return end.join(lines) + end


def _entry(rng: random.Random, name: str, value: Any, indent: str) -> list[str]:
    comment = f"  # {words.line(rng, 2)}" if rng.random() < 0.05 else ""
    if isinstance(value, dict) and value and rng.random() < 0.7:
        below = [line for one, member in value.items() for line in _entry(rng, _name(one), member, indent + "  ")]
        return [f"{indent}{name}:{comment}", *below]
    if isinstance(value, list) and value and rng.random() < 0.6:
        return [f"{indent}{name}:{comment}", *(f"{indent}  - {_scalar(rng, item)}{comment}" for item in value)]
    return [f"{indent}{name}: {_scalar(rng, value)}{comment}"]


def _name(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _scalar(rng: random.Random, value: Any) -> str:
    if isinstance(value, str) and value.isprintable() and rng.random() < 0.4:
        return value if rng.random() < 0.1 or value.isalnum() else "'" + value.replace("'", "''") + "'"
    return _json(value, ascii_only=rng.random() < 0.95)


def _json(value: Any, *, ascii_only: bool) -> str:
    """As JSON, but for characters beyond the first plane, which YAML does not write as two."""
    text = json.dumps(value, ensure_ascii=False)
    if ascii_only and not text.isascii():
        text = "".join(char if char.isascii() else f"\\U{ord(char):08x}" for char in text)
    return text.replace("\x7f", "\\x7f")


def _cut(rng: random.Random, text: str) -> tuple[int, int]:
    start = rng.randint(0, len(text))
    return start, min(len(text), start + rng.choice((0, 1, 3, 12, 80)))


def _put_word(rng: random.Random, text: str) -> str:
    start, end = _cut(rng, text)
    return text[:start] + words.word(rng) + text[end:]


def _repeat(rng: random.Random, text: str) -> str:
    start, end = _cut(rng, text)
    return text[:end] + text[start:end] * rng.choice((1, 2, 50)) + text[end:]


def _swap_lines(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _other_value(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    name, colon, _ = lines[at].partition(": ")
    lines[at] = f"{name}{colon}{words.phrase(rng, 3)}" if colon else lines[at] + words.phrase(rng, 2)
    return "\n".join(lines)


def _indented(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    lines[at] = rng.choice(("", " ", "  ", "\t")) + lines[at].lstrip(" ")
    return "\n".join(lines)


def _spliced(rng: random.Random, text: str) -> str:
    other = rng.choice(_real())
    return text[: rng.randint(0, len(text))] + other[rng.randint(0, len(other)) :]


def _other_ends(rng: random.Random, text: str) -> str:
    return text.replace("\n", "\r\n") if rng.random() < 0.5 else "\ufeff" + text


_MUTATIONS: Sequence[Callable[[random.Random, str], str]] = (
    *(_put_word, _put_word, _put_word, _other_value, _other_value),
    *(_repeat, _swap_lines, _indented, _spliced, _other_ends),
)
