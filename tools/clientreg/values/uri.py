"""One URI taken apart, and what is wrong with its text: the single parse that every rule about addresses shares.

Never raises. ASCII expressions decide what is common; only a host that they cannot decide loads the WHATWG parser.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

DANGEROUS_SCHEMES = frozenset(
    {
        "javascript", "vbscript", "livescript", "data", "blob", "filesystem", "file", "about", "view-source", "jar",
        "mailto", "tel", "sms", "ftp", "ftps", "sftp", "tftp", "ldap", "ldaps", "ssh", "telnet", "gopher", "ws", "wss",
        "chrome", "resource", "intent", "content", "mocha", "mhtml", "cid", "mid", "imap", "nntp", "news", "smb",
        "nfs", "rtsp", "rtmp", "callto", "facetime", "sip", "sips", "xmpp", "magnet", "webcal", "feed", "geo",
        "market", "itms-services", "ms-appinstaller", "search-ms", "shell", "res",
    }
)  # fmt: skip
"""Schemes that run, read or call something on the user's side instead of handing a code to the client."""

_PORTS = {"http": "80", "https": "443"}
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PCHAR = r"[A-Za-z0-9._~!&'+,;=:@-]"
_APP_CHAR = r"[A-Za-z0-9._~!&'+=:@-]"
# The last label starts with a letter, so that the host is no IPv4 address; punycode is left to the careful way.
_COMMON = re.compile(
    rf"(https?)://((?:(?!xn--){_LABEL}\.)*(?!xn--)(?=[a-z]){_LABEL}|\[::1\]|127\.0\.0\.1)(?::([1-9][0-9]{{0,3}}))?"
    rf"((?:/(?!\.){_PCHAR}+)*/?)(?:\?((?:{_PCHAR}|[/?])*))?"
)
_USUAL = re.compile(
    rf"https://((?:(?!xn--){_LABEL}\.)+(?!xn--)(?=[a-z])(?!localhost){_LABEL})(?:(?:/(?!\.){_PCHAR}+)+/?|/)"
)
_APP = re.compile(
    r"([a-z][a-z0-9+.-]*):(?://([A-Za-z0-9._-]*)(?=[/?]|\Z)|(?!//))"
    rf"((?:/(?!\.){_APP_CHAR}*)+|(?![0-9.]){_APP_CHAR}+|)(?:\?((?:{_PCHAR}|[/?])*))?"
)
_TEMPLATE = re.compile(r"\$\{|\{\{|##\S+##|\$\(|<%|%\{")
# What only odd texts need is compiled when the first one comes.
# The seed writes `<client-specific-host>`; in an address, unlike in a text, that can only be a blank to fill in.
_BLANK = r"<[A-Za-z][\w .-]*>"
_SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*):"
_HOST_AND_PORT = r"[A-Za-z0-9.-]+:[0-9]+(?:[/?#].*)?"
_SEVERAL = rf"{_SCHEME}[^?#]*?[\s,;|]\s*{_SCHEME}/"
_CHARACTERS = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()+,;=-]|%[0-9A-Fa-f]{2})+"
_PARTS = r"(?s)[^:]+:(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?"
_AUTHORITY = r"(?s)(.*?)(?::([0-9]*))?"
_PLAIN_HOST = rf"(?:(?!xn--){_LABEL}\.)*(?!xn--)(?=[a-z]){_LABEL}"
_ANY_HOST = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
_DOTS = r"(?i)(?:^|/)(?:\.|%2e){1,2}(?:/|\Z)"
_LOOPBACK = re.compile(r"127(?:\.[0-9]{1,3}){3}|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]|(?:.+\.)?localhost")
UNSPECIFIED = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 - refused, not bound
"""Where a program listens on every interface: no address to go to (RFC 6890 section 2.2.2, RFC 4291 section 2.5.2)."""
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Flaw(StrEnum):
    """What makes a text no address that a server should hold: of all that apply, the first in this order."""

    TEMPLATE = "template"
    DANGEROUS = "dangerous scheme"
    WILDCARD = "wildcard"
    RELATIVE = "relative"
    SEVERAL = "several addresses"
    CHARACTERS = "characters"
    USERINFO = "user info"
    HOST = "host"
    DOTS = "dot segments"


class Uri(NamedTuple):
    """A URI in parts (RFC 3986 section 3); where it has a flaw, only `text`, `scheme` and `flaw` mean anything.

    `scheme` and `host` are in lower case, an international host in punycode, `port` is None where it is the scheme's
    own. `host` is None without `//`, `fragment` without `#`. `normal` is the spelling that all spellings of one
    address share.
    """

    text: str
    scheme: str
    host: str | None = None
    port: str | None = None
    path: str = ""
    query: str | None = None
    fragment: str | None = None
    normal: str = ""
    flaw: Flaw | None = None

    @property
    def web(self) -> bool:
        """Whether a browser fetches it: http or https."""
        return self.scheme in _PORTS

    @property
    def loopback(self) -> bool:
        """Whether it stays on the machine that opens it (RFC 6761 section 6.3, RFC 5735 section 3)."""
        host = self.host or ""
        return self.web and (host == "[::1]" or _LOOPBACK.fullmatch(host) is not None)

    @property
    def over_https(self) -> str:
        """The address that is most likely meant where it must not be http."""
        return "https" + self.normal[len(self.scheme) :]

    @property
    def origin(self) -> str:
        """Scheme, host and port, as the web compares them (RFC 6454)."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")


def template(text: str) -> bool:
    """Whether a text holds a placeholder such as `${HOST}`, `{{ host }}`, `##HOST##` or `$(HOST)`."""
    return _TEMPLATE.search(text) is not None


@lru_cache(maxsize=256)
def usual_host(text: str) -> str | None:
    """The host of an https address in its `normal` spelling, with a path and nothing after it, on no loopback host.

    None for any other text, and for a few such: nine addresses in ten are known without being taken apart.
    """
    usual = _USUAL.fullmatch(text) if len(text) <= 253 else None
    return None if usual is None else usual[1]


@lru_cache(maxsize=1024)
def parse(text: str) -> Uri:
    """A text as a URI. Any text at all has an answer: what is wrong with it is its `flaw`."""
    common = _COMMON.fullmatch(text)
    if common is not None:
        scheme, host, port, path, query = common.groups()
        if port != _PORTS[scheme] and len(host) <= 253:
            return Uri(text, scheme, host, port, path, query, None, text)
    app = _APP.fullmatch(text)
    if app is not None:
        scheme, host, path, query = app.groups()
        if scheme not in _PORTS and scheme not in DANGEROUS_SCHEMES:
            return Uri(text, scheme, host, None, path, query, None, text)
    return _careful(text)


def resolved(text: str) -> str:
    """Where a browser goes for an address with `.` and `..` in its path; the text itself if it goes nowhere."""
    import ada_url

    try:
        return str(ada_url.URL(text).href)
    except ValueError:
        return text


def registrable(host: str) -> str:
    """The domain that somebody registered, of a host below it: `acme.co.uk` of `www.acme.co.uk`."""
    return str(_suffixes().privatesuffix(host) or host)


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # 40 ms, for the hint of a rare finding

    return PublicSuffixList(only_icann=True)


def _careful(text: str) -> Uri:
    if template(text) or re.search(_BLANK, text):
        return Uri(text, "", flaw=Flaw.TEMPLATE)
    # What the WHATWG URL standard drops before it looks for a scheme, so that `java<tab>script:` is found too.
    found = re.match(_SCHEME, "".join(c for c in text.strip("".join(map(chr, range(0x21)))) if c not in "\t\n\r"))
    scheme = found[1].lower() if found else ""
    if scheme in DANGEROUS_SCHEMES:
        return Uri(text, scheme, flaw=Flaw.DANGEROUS)
    if "*" in text:
        return Uri(text, scheme, flaw=Flaw.WILDCARD)
    if not scheme or re.fullmatch(_HOST_AND_PORT, text):
        return Uri(text, "", flaw=Flaw.RELATIVE)
    if re.match(_SEVERAL, text):
        return Uri(text, scheme, flaw=Flaw.SEVERAL)
    return _absolute(text, scheme)


def _absolute(text: str, scheme: str) -> Uri:
    parts = re.fullmatch(_PARTS, text)
    authority, path, query, fragment = parts.groups() if parts else (None, "", None, None)
    international = scheme in _PORTS and authority and not authority.isascii()
    rest = text.replace(authority, "", 1) if authority and international else text
    if not parts or not re.fullmatch(_CHARACTERS, rest) or _is_unsafe(authority or "", path + (query or "")):
        return Uri(text, scheme, flaw=Flaw.CHARACTERS)
    if authority and "@" in authority:
        return Uri(text, scheme, flaw=Flaw.USERINFO)
    host, port = (authority, None) if scheme not in _PORTS else _web_host(authority or "", scheme)
    if scheme in _PORTS and (host is None or host in UNSPECIFIED):
        return Uri(text, scheme, flaw=Flaw.HOST)
    if re.search(_DOTS, path):
        return Uri(text, scheme, flaw=Flaw.DOTS)
    return _settled(Uri(text, scheme, host, port, path, query, fragment))


def _is_unsafe(authority: str, rest: str) -> bool:
    """Whether parsers see different hosts, the host is not the one that is seen, or brackets are not around a host.

    Joiners belong to the spelling of some languages, in names of hosts too.
    """
    seen = authority.replace("\u200c", "").replace("\u200d", "")
    return not (seen.isprintable() and set(authority).isdisjoint(' \\"<>^`{|}') and set(rest).isdisjoint("[]"))


def _settled(uri: Uri) -> Uri:
    """The same with its one spelling."""
    normal = f"{uri.scheme}:"
    if uri.host is not None:
        normal += f"//{uri.host}" + (f":{uri.port}" if uri.port else "")
    normal += uri.path
    if uri.query is not None:
        normal += f"?{uri.query}"
    if uri.fragment is not None:
        normal += f"#{uri.fragment}"
    return uri._replace(normal=_ESCAPED.sub(_usual_escape, normal) if "%" in normal else normal)


def _usual_escape(found: re.Match[str]) -> str:
    """The one spelling of an escaped character: bare where it needs no escape, else in capitals."""
    char = chr(int(found[0][1:], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _web_host(authority: str, scheme: str) -> tuple[str | None, str | None]:
    """Host in its one spelling and port if it is not the scheme's own; no host where it can be none."""
    split = re.fullmatch(_AUTHORITY, authority)
    host, port = (split[1], split[2]) if split else ("", None)
    if port is not None:
        port = port.lstrip("0")
        if not port or len(port) > 5 or int(port) > 65_535:
            return None, None
    return _normal_host(host), None if port == _PORTS[scheme] else port


def _normal_host(host: str) -> str | None:
    lower = host.lower() if host.isascii() else host
    lower = lower.removesuffix(".")
    if len(lower) <= 253 and re.fullmatch(_PLAIN_HOST, lower):
        return lower
    if lower in {"[::1]", "127.0.0.1"}:
        return lower
    if not lower or lower.endswith(".") or (lower[0] != "[" and not {"%", ":"}.isdisjoint(lower)):
        return None  # the parser below would read something into it that others do not
    import ada_url  # 30 ms that only international and numeric hosts need

    try:
        known = str(ada_url.URL(f"http://{lower}/").hostname)
    except ValueError:
        return None
    if known.startswith("["):
        return known
    return known if len(known) <= 253 and re.fullmatch(_ANY_HOST, known) else None
