"""`Secret`: text that cannot be shown by accident."""

from __future__ import annotations

from typing import Any, NoReturn


class Secret:
    """A credential. Prints as `***` everywhere; only `reveal()` gives the text, and a test lists who calls it.

    Equality compares in constant time and only with another `Secret`. It cannot be pickled, copied into JSON or hashed
    into a key, so that it leaves the process through `reveal()` or not at all.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def generate(cls) -> Secret:
        """256 random bits as base64url: 43 characters that every server takes (RFC 6749 section 10.10 asks for 160)."""
        import secrets  # 2 ms that linting does not need

        return cls(secrets.token_urlsafe(32))

    def reveal(self) -> str:
        """The text itself, for the one place where it must leave the process."""
        return self._text

    def __eq__(self, other: object) -> bool:
        import hmac  # 5 ms that linting does not need

        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __getstate__(self) -> Any:
        raise TypeError("a Secret is not copied")
