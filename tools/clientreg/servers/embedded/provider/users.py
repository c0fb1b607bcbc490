"""The demo users: invented persons that anyone may sign in as, with one password that the sign-in page shows."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "try-it-out"  # noqa: S105 - public on purpose: the server is for trying out and listens on loopback only


@dataclass(frozen=True, slots=True)
class User:
    """One demo user. `name` is what one types to sign in, `display` what applications are told."""

    name: str
    sub: str
    display: str
    email: str
    phone: str
    locale: str
    password: str = PASSWORD


USERS = (
    User("ada", "7d4c1f0a-0001", "Ada", "ada@people.example", "+47 22 00 00 01", "nb-NO"),
    User("grace", "7d4c1f0a-0002", "Grace", "grace@people.example", "+47 22 00 00 02", "en-GB"),
    User("linus", "7d4c1f0a-0003", "Linus", "linus@people.example", "+47 22 00 00 03", "sv-SE"),
)


def by_name(name: str) -> User | None:
    """The user who signs in as `name` (or with that e-mail address), in any letter case."""
    wanted = name.strip().casefold()
    return next((user for user in USERS if wanted in (user.name, user.email)), None)


def by_sub(sub: str) -> User | None:
    """The user whom tokens and sessions call `sub`."""
    return next((user for user in USERS if user.sub == sub), None)


def claims(user: User, scopes: frozenset[str]) -> dict[str, str | bool]:
    """What the scopes release of a user (OpenID Connect Core section 5.4): `profile` is name and locale here."""
    released: dict[str, str | bool] = {"sub": user.sub}
    if "profile" in scopes:
        released |= {"name": user.display, "locale": user.locale}
    if "email" in scopes:
        released |= {"email": user.email, "email_verified": True}
    if "phone" in scopes:
        released |= {"phone_number": user.phone, "phone_number_verified": True}
    return released
