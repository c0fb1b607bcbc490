"""A small browser for the demo: real sockets, cookies, forms read from the page, redirects seen one by one."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import IO, Any, NoReturn

from clientreg.errors import CannotFinish

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOPS = 12
_TIMEOUT = 10


class NotProved(CannotFinish):
    """Something that the demo set out to show did not hold; the message says what was expected and what came."""


class Said(dict[str, Any]):
    """What a server said, by name. A name that is not there is something that did not hold, and no bug of ours."""

    def __missing__(self, name: str) -> NoReturn:
        raise NotProved(f"the server's answer has no {name}")


def decoded(encoded: str) -> Said:
    """The parameters of a query or a form."""
    return Said(urllib.parse.parse_qsl(encoded))


def expect(holds: object, words: str) -> None:
    """Raises NotProved with these words unless it holds."""
    if not holds:
        raise NotProved(words)


@dataclass
class Form:
    """A form of a page: where it goes, and what it sends of itself."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """Title, visible words and forms of an HTML page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title = ""
        self.words = ""
        self.forms: list[Form] = []
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember forms and their hidden fields."""
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag == "input" and given.get("type") == "hidden" and self.forms:
            self.forms[-1].fields[given.get("name") or ""] = given.get("value") or ""
        self._in_title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        """The title ends."""
        self._in_title = False

    def handle_data(self, data: str) -> None:
        """Title or words."""
        if self._in_title:
            self.title += data
        else:
            self.words += data

    def form(self, action: str) -> Form | None:
        """The form that goes there, if the page has one."""
        return next((form for form in self.forms if form.action == action), None)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, not followed."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    text: str

    @cached_property
    def page(self) -> Page:
        """The answer as a page."""
        return Page(self.text)

    @property
    def location(self) -> str | None:
        """Where it redirects to."""
        where = self.headers["Location"]
        return None if where is None else urllib.parse.urljoin(self.url, where)

    @property
    def json(self) -> Said:
        """The answer as a JSON object. Raises NotProved if it is none."""
        try:
            value = json.loads(self.text)
        except ValueError:
            value = None
        expect(isinstance(value, dict), f"{self.url} answered {self.status} with no JSON object")
        return Said(value)


class Browser:
    """Keeps cookies, never follows a redirect by itself, and speaks to loopback only."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies, _Seen)

    def get(self, url: str, *, bearer: str | None = None) -> Answer:
        """GET an address."""
        return self._open(url, None, bearer and f"Bearer {bearer}")

    def post(self, url: str, fields: Mapping[str, str], *, authorization: str | None = None) -> Answer:
        """POST form fields."""
        return self._open(url, urllib.parse.urlencode(fields).encode(), authorization)

    def submit(self, form: Form, **fields: str) -> Answer:
        """Send a form of a page of the server."""
        return self.post(urllib.parse.urljoin(self.issuer, form.action), {**form.fields, **fields})

    def follow(self, answer: Answer) -> Answer:
        """Follow redirects as long as they stay on the server; the last answer may lead away from it."""
        for _ in range(_HOPS):
            where = answer.location
            if where is None or not where.startswith(self.issuer + "/"):
                return answer
            answer = self.get(where)
        raise NotProved(f"{answer.url} redirects in a circle")

    def _open(self, url: str, body: bytes | None, authorization: str | None) -> Answer:
        host = urllib.parse.urlsplit(url).hostname
        expect(url.startswith("http://") and host in _LOOPBACK, f"the demo was led to {url}, which is not loopback")
        request = urllib.request.Request(url, body)  # noqa: S310 - loopback, as the line above holds
        if authorization is not None:
            request.add_header("Authorization", authorization)
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                text = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise NotProved(f"{request.selector.partition('?')[0]} did not answer ({type(error).__name__})") from error
        return Answer(request.full_url, response.status, response.headers, text)


class _Seen(urllib.request.HTTPErrorProcessor):
    """Hands every answer back as it came: redirects and refusals are what the demo looks at."""

    def http_response(self, request: urllib.request.Request, response: Any) -> IO[bytes]:
        """The answer itself."""
        return response  # type: ignore[no-any-return]
