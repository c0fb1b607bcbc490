"""What hostile files are made of: the words of every language that a file passes through on its way to a reader."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache

_YAML = r"""
a b : ? - -- --- ... [ ] { } , # & &a * *a ! !! !!str !!python/object/apply:os.system !<x> !%ed%a0%80
| > |- >- >2 |+ ' " '' \ \n \x00 \ud800 % %YAML %TAG @ ` ~ null true yes off 12 1.5 0o17 1_000 << <<: =
<<<<<<< ======= >>>>>>> ||||||| 2026-01-01 .inf .nan 0x1F 1e999 -0
"""
_URI = """
http https HTTP hTTps javascript data file mailto intent urn com.acme.shop acme vbscript view-source ws
: :// // / ? # & = ; @ :@ user:pass@ % %2e %2F %00 %zz . .. ... /../ /./ * ** [ ] [::1] [::] [::ffff:7f00:1]
localhost LOCALHOST localhost. 127.0.0.1 127.1 0x7f.1 2130706433 0 0.0.0.0 10.0.0.1 169.254.169.254
acme.example www.acme.example ACME.example acme.example. acme。example xn--blbr-roah.acme.example xn--
blåbær.example аcme.example acme.co.uk co.uk github.io com example.com:443 :80 :0443 :65536 :-1
connect/oauth2callback oauth2callback callback cb urn:ietf:wg:oauth:2.0:oob :auto ${HOST} {{host}} ##X## <h>
"""
_LETTERS = "é e\u0301 ﬁ Ａ İ ı ß ſ K Å Ω аcme раураl 北京 日本語 עברית العربية हिन्दी 𝐀𝐜𝐦𝐞 Ⅷ ㎏ ⁄ ∕ ．"
_HIDDEN = "\u202e\u2066\u200b\u200d\u200c\u2060\u00ad\u034f\u115f\u3164\ufe0f\uffa0\U000e0041"
_NOWHERE = "\u2028\u2029\ufffd\ufffe\U0010ffff"

YAML = (*_YAML.split(), *" \t\n\r\ufeff\x85", "  ", "\n\n", "\r\n", "\n  ", "\n    ", "\n- ", ": ", ":\n  ", ", ", " #")
URI = tuple(_URI.split())
TERMINAL = (
    "\x1b[31m",
    "\x1b]0;x\x07",
    "\x1b[2J",
    "\x9b1m",
    "\x07",
    "\x08",
    "\r",
    "\x7f",
    "\x00",
    "\x1b]8;;http://e\x07",
)
MARKDOWN = (
    "`",
    "```",
    "|",
    "<b>",
    "![x](http://e)",
    "[a](b)",
    "@team",
    "# h",
    "~~~",
    "- ",
    "&lt;",
    "<!--",
    "-->",
    "]]>",
)
RUNNERS = (
    "::",
    "::error::x",
    "::set-output name=a::b",
    "::add-mask::x",
    "##[error]",
    "##vso[x]",
    "##teamcity[x",
    "%0A",
    "%25",
)
TEMPLATES = (
    "${X}",
    "$(X)",
    "{{ x }}",
    "{% x %}",
    "##X##",
    "<%= x %>",
    "%{x}",
    "{0.__class__}",
    "%s",
    "%n",
    "\\N{DASH}",
)
UNICODE = (*_LETTERS.split(), *_HIDDEN, *_NOWHERE, "a" + "\u0301" * 40, "\U0001f1f3\U0001f1f4", "\udcff", "\ud83c")
SECRETS = ("AGE-SECRET-KEY-1QQQQ", "-----BEGIN PRIVATE KEY-----", "password: x", '"d": "abc"', "https://a:b@c/")
FILES = (
    "-rf",
    "--help",
    "..",
    "con",
    "a b",
    "a\nb",
    "\x1b[31m",
    "é",
    "e\u0301",
    "A",
    "::error::x",
    "#",
    "%2e",
    "\udcff",
    "~",
    "$(x)",
)
"""What files are called that nobody reads; the last parts of paths."""

_NO_TEXT = frozenset([*map(chr, range(0xD800, 0xE000)), "\ufeff", "\ufffe", "\uffff"])
ALL = (YAML, URI, TERMINAL, MARKDOWN, RUNNERS, TEMPLATES, UNICODE, SECRETS)


@cache
def _by_category() -> dict[str, Sequence[str]]:
    """Some characters of each Unicode category, spread over the planes."""
    found: dict[str, list[str]] = {}
    for code in range(0, sys.maxunicode + 1, 7):
        found.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    return {name: chars[:: max(len(chars) // 200, 1)] for name, chars in found.items()}


def character(rng: random.Random) -> str:
    """A character of any category, rare ones as often as letters."""
    categories = _by_category()
    return rng.choice(categories[rng.choice(sorted(categories))])


def word(rng: random.Random) -> str:
    """A word of any of the languages."""
    return character(rng) if rng.random() < 0.1 else rng.choice(rng.choice(ALL))


def phrase(rng: random.Random, most: int = 6) -> str:
    """Some words of several languages, run together."""
    return "".join(word(rng) for _ in range(rng.randint(0, most)))


def line(rng: random.Random, most: int = 6) -> str:
    """A phrase that a schema lets pass nearly always: one line that is not empty, without control characters."""
    text = phrase(rng, most)
    if rng.random() < 0.03:
        return text
    text = "".join(char for char in text if char >= " " and not "\x7f" <= char <= "\x9f" and char not in _NO_TEXT)
    return text if text.strip() else "x"


def address(rng: random.Random) -> str:
    """Something near an address."""
    if rng.random() < 0.6:
        scheme = rng.choice(("https", "https", "http", "HTTPS", "com.acme.shop", "acme", "javascript", "urn"))
        host = rng.choice(
            ("acme.example", "Shop.ACME.example", "localhost", "127.0.0.1", "[::1]", "b.example", line(rng, 2))
        )
        port = rng.choice(("", "", "", ":443", ":8080", ":0", line(rng, 1)))
        path = rng.choice(("", "/", "/cb", "/cb", "/a/../b", "/cb?x=1", "/cb#f", f"/{line(rng, 2)}"))
        return f"{scheme}{rng.choice(('://', '://', '://', ':/', ':'))}{host}{port}{path}"
    return "".join(rng.choice(URI) for _ in range(rng.randint(1, 6))) + (line(rng, 1) if rng.random() < 0.2 else "")
