"""What a server answered, read whole and bounded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NoReturn, cast
from urllib.parse import quote, quote_plus

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, shortened
from clientreg.secret import Secret

_DESCRIPTIONS = ("error_description", "errorMessage", "message", "detail", "title")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, of any status. `asked` says to what: method and address, without the query.

    Headers and body may hold secrets and are in no `repr`; `headers` are found in any case of letters. `kept` are
    the secrets of the request, which a server may repeat in its complaint.
    """

    asked: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    kept: tuple[Secret, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        """Whether the request was done (status 2xx)."""
        return 200 <= self.status < 300

    @property
    def location(self) -> str | None:
        """Where a redirect leads or a new object lies, as the server wrote it."""
        return self.headers.get("Location")

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Json:
        """The body as JSON. Raises CannotFinish where it is none: then something else is answering."""
        try:
            return cast("Json", json.loads(self.body, parse_constant=_refuse))
        except (ValueError, RecursionError):
            kind = shortened(self.headers.get("Content-Type", "no content type"), 40)
            message = f"{self.asked} answered {self.status} with something that is not JSON ({kind})"
            raise CannotFinish(message, "is that the server's address, or does a proxy or login page answer?") from None

    def why(self) -> str:
        """The server's own words for a refusal, in one line, without a secret of the request; else the status."""
        words = masked(self._words(), self.kept)
        return shortened(" ".join(words.split()), 300) or self._status()

    def _words(self) -> str:
        """RFC 6749 section 5.2 and what servers make of it."""
        try:
            said: Any = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(said, dict):
            return ""
        text = next((said[name] for name in _DESCRIPTIONS if isinstance(said.get(name), str)), "")
        error = said.get("error")
        code = error if isinstance(error, str) and error != text else ""
        return ": ".join(part for part in (code, text) if part)

    def _status(self) -> str:
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)


def masked(text: str, secrets: Iterable[Secret]) -> str:
    """A text of a server's without the secrets that it was sent, as they are or as forms and addresses spell them."""
    for secret in secrets:
        plain = secret.reveal()
        for spelling in (plain, quote_plus(plain), quote(plain), quote(plain, safe="")):
            text = text.replace(spelling, str(secret))
    return text


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
