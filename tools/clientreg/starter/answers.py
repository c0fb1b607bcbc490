"""What a new registry is made of: names, a first client, a code host. Nothing here asks anybody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from clientreg import seal
from clientreg.errors import UsageError
from clientreg.values import mailbox
from clientreg.values.owner import is_owner
from clientreg.values.slug import slug

ORGANIZATION, CLIENT, CONTACT = "Example Organization", "Example App", "dev@example.com"
"""What a pipe gets that says nothing."""

Host = Literal["github", "gitlab"]


class Kind(NamedTuple):
    """How the first client of a platform starts: `confidential` where it can keep a secret."""

    application_type: Literal["web", "native"]
    confidential: bool = False
    redirect_uris: tuple[str, ...] = ()


_LONGEST_KEY = 10_000
_LOOPBACK = ("http://127.0.0.1/callback",)
PLATFORMS = {
    "web": Kind("web", confidential=True),
    "javascript": Kind("web"),
    "android": Kind("native"),
    "ios": Kind("native"),
    "windows-phone": Kind("native"),
    "windows-desktop": Kind("native"),
    "macos-desktop": Kind("native"),
    "linux-desktop": Kind("native", redirect_uris=_LOOPBACK),
    "tv": Kind("native", redirect_uris=_LOOPBACK),
    "cli": Kind("native", redirect_uris=_LOOPBACK),
    "service": Kind("web", confidential=True),
}
"""Every platform; the seed's defaults for redirect URIs are left to be defaults."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that the files of a new registry are made from."""

    name: str
    organization: str
    client: str
    contact: str
    platform: str
    owner: str
    recipient: str | None = None
    host: Host = "github"
    branch: str = "main"

    def __post_init__(self) -> None:
        """Raise UsageError for an answer that no file could hold."""
        for what in ("organization", "client", "contact", "owner", "recipient"):
            given = getattr(self, what)
            if given is not None and not (given.strip() and given.isprintable()):
                raise UsageError(f"{given!r} cannot be the {what}", "write one line of visible characters")
        for why in (no_contact(self.contact), no_owner(self.owner)):
            if why:
                raise UsageError(why, "write, for example, dev@example.com")
        if self.platform == "service" and self.recipient is None:
            message = "a client of platform service has a secret, and nobody is named who may open it"
            raise UsageError(message, "name an age or SSH public key with --recipient, or another --platform")

    @property
    def organization_id(self) -> str:
        """The name of the organization's folder."""
        return slug(self.organization, 40) or "organization"

    @property
    def client_name(self) -> str:
        """The name of the client's file, without its ending."""
        name = slug(self.client, 59, digit_first=True)
        return "app" if name in {"", "organization"} else name

    @property
    def client_id(self) -> str:
        """The first client's id."""
        return f"{self.organization_id}.{self.client_name}"

    @property
    def kind(self) -> Kind:
        """How the first client starts."""
        return PLATFORMS[self.platform]

    @property
    def client_type(self) -> str:
        """Confidential where it can keep a secret and somebody is named who may open it."""
        return "confidential" if self.kind.confidential and self.recipient else "public"


def no_contact(text: str) -> str | None:
    """Why a text is no technical contact, None where it is one."""
    why = "no mail arrives at such a name" if mailbox.unreachable(text) else mailbox.mistake(text)
    return why and f"{text!r} is no e-mail address: {why}"


def no_owner(text: str) -> str | None:
    """Why a text is no owner."""
    return None if is_owner(text) else f"{text!r} is neither @user, @organization/team nor an e-mail address"


def no_recipient(text: str) -> str | None:
    """Why nothing can be sealed to a key; a private key is not repeated."""
    try:
        recipient(text)
    except UsageError as error:
        return error.message
    return None


def recipient(given: str | None) -> str | None:
    """A public key, or the one that a file holds. Raises UsageError for what is none."""
    if not given:
        return None
    text = given if given.startswith(("age1", "ssh-")) else _key_in(Path(given).expanduser())
    why = seal.parse_recipient(text)
    if why:
        raise UsageError(f"recipient: {why}", "name an age or SSH public key (Ed25519, RSA), or the file of one")
    return text


def _key_in(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_LONGEST_KEY).strip()
    except OSError as error:
        raise UsageError(
            f"{str(file)!r} is no public key and cannot be read: {error.strerror}", "age1... or ssh-..."
        ) from None
