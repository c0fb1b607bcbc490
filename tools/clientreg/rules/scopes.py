"""Scopes: in the catalogue, for this organization and client type, and of use with the client's grants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.reading.fieldnames import nearest
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.settings import Scope
from clientreg.values.uri import template

SCOPES = 'Required registration details, "Scope values"'
_SIGN_IN_GRANTS = frozenset(
    {
        "authorization_code",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:openid:params:grant-type:ciba",
    }
)
_USER_SCOPES = frozenset({"openid", "offline_access", "profile", "email", "address", "phone"})
_GUESSED = 10
"""Unknown scopes of one client for which the nearest of a long catalogue is looked for."""


def _known(registration: Registration, context: Context) -> Iterator[tuple[int, Scope]]:
    catalogue = context.settings.scopes
    for index, name in enumerate(registration.scopes):
        if name in catalogue:
            yield index, catalogue[name]


def users_sign_in(registration: Registration) -> bool:
    """Whether any grant has a user who signs in, with a redirect or on another device."""
    return not _SIGN_IN_GRANTS.isdisjoint(registration.grant_types)


@rule(
    "CR301",
    ERROR,
    waivable=False,
    title="scope is not in the catalogue",
    fields=("scopes",),
    needs=(Feature.RESTRICTED_SCOPE,),
    bad="""
        scopes:
          - openid
          - e-mail  # <-
          - openid profile  # <-
    """,
    good="""
        scopes: [openid, email, profile]
    """,
    refs=(SCOPES, "RFC 6749 section 3.3"),
)
def unknown(registration: Registration, context: Context) -> Iterator[Breach]:
    """The catalogue in registry.yaml says what a client may ask for. An unknown scope is refused at login, or
    ignored, and then the client lacks what it counts on.
    """
    catalogue = context.settings.scopes
    unknown = [
        (at, name) for at, name in enumerate(registration.scopes) if name not in catalogue and not template(name)
    ]
    free = [scope.name for scope in catalogue.values() if unknown and available(scope, registration)]
    for count, (index, name) in enumerate(unknown):
        hint = _meant(name, free, guess=count < _GUESSED)
        yield Breach(("scopes", index), f"{shown(name)} is not in the scope catalogue", hint)


def _meant(name: str, free: Sequence[str], *, guess: bool) -> str:
    if name.split() != [name]:
        return f"write one scope per entry: [{', '.join(name.split())}]"
    near = nearest(name, free) if guess else None
    if near:
        return f"did you mean {near}?"
    return (
        f"choose from {', '.join(free[:8])}" + (", ..." if len(free) > 8 else "") + "; new ones go into registry.yaml"
    )


def available(scope: Scope, registration: Registration) -> bool:
    """Whether the catalogue lets the client's organization and its client type ask for a scope."""
    return (not scope.organizations or registration.organization in scope.organizations) and (
        not scope.client_types or registration.client_type in scope.client_types
    )


@rule(
    "CR302",
    ERROR,
    waivable=False,
    title="scope belongs to other organizations",
    fields=("scopes",),
    needs=(Feature.RESTRICTED_SCOPE,),
    bad="""
        # file: clients/zenith/shop.yaml
        scopes: [openid, acme.orders]  # <-
    """,
    good="""
        # file: clients/acme/shop.yaml
        scopes: [openid, acme.orders]
    """,
    refs=(SCOPES,),
)
def other_organization(registration: Registration, context: Context) -> Iterator[Breach]:
    """A scope of a service is for clients that belong to the service; its owner decides who else may ask for it."""
    for index, scope in _known(registration, context):
        if scope.organizations and registration.organization not in scope.organizations:
            owners = ", ".join(scope.organizations)
            yield Breach(
                ("scopes", index),
                f"{shown(scope.name)} is for clients of {owners}, not of {registration.organization}",
                f"leave it out, or have {owners} add {registration.organization} to the scope in registry.yaml",
            )


@rule(
    "CR303",
    ERROR,
    title="scope is not for this client type",
    fields=("scopes",),
    needs=(Feature.RESTRICTED_SCOPE,),
    bad="""
        platform: javascript
        client_type: public
        scopes: [openid, id.user.right.use]  # <-
    """,
    good="""
        platform: web
        client_type: confidential
        scopes: [openid, id.user.right.use]
    """,
    refs=(SCOPES, "RFC 6749 section 2.1"),
)
def other_client_type(registration: Registration, context: Context) -> Iterator[Breach]:
    """Anyone can pretend to be a public client, so what changes data is for clients that can prove who they are."""
    for index, scope in _known(registration, context):
        if scope.client_types and registration.client_type not in scope.client_types:
            yield Breach(
                ("scopes", index),
                f"{shown(scope.name)} is not available for {registration.client_type} clients",
                f"leave it out, or ask for it from a {' or '.join(scope.client_types)} client on a server",
            )


@rule(
    "CR304",
    WARNING,
    title="users sign in, but openid is not among the scopes",
    fields=("scopes",),
    needs=(Feature.NO_OPENID,),
    also=("grant_types",),
    bad="""
        platform: web
        scopes: [profile, email]  # <-
    """,
    good="""
        platform: web
        scopes: [openid, profile, email]
    """,
    refs=("OpenID Connect Core 1.0 section 3.1.2.1", SCOPES),
)
def no_openid(registration: Registration, context: Context) -> Iterator[Breach]:
    """Without `openid` there is no ID token, and an access token does not prove to the client who has signed in."""
    if registration.platform == "service" or "openid" not in context.settings.scopes:
        return
    if "openid" not in registration.scopes and users_sign_in(registration) and not _misspelt_openid(registration):
        yield Breach(
            ("scopes",),
            "users sign in with this client, but it does not ask for 'openid', so it gets no ID token",
            "add openid to scopes",
        )


def _misspelt_openid(registration: Registration) -> bool:
    """Whether a scope that is not in the catalogue is to be corrected to `openid`."""
    return any("openid" in name.lower().split() or nearest(name, ("openid",)) for name in registration.scopes)


@rule(
    "CR305",
    INFO,
    title="sensitive scope without a purpose",
    fields=("scopes",),
    needs=(Feature.RESTRICTED_SCOPE,),
    also=("purpose",),
    bad="""
        scopes: [openid, id.user.email.read]  # <-
    """,
    good="""
        scopes: [openid, id.user.email.read]
        purpose: {id.user.email.read: Receipts go to the address that the customer chooses}
    """,
    refs=("RFC 9700 section 2.3", "Regulation (EU) 2016/679 article 5(1)(b)"),
)
def sensitive(registration: Registration, context: Context) -> Iterator[Breach]:
    """Reviewers approve a sensitive scope for a reason; the reason belongs beside it, for the next reviewer too."""
    for index, scope in _known(registration, context):
        if scope.sensitive and scope.name not in registration.purpose and available(scope, registration):
            yield Breach(
                ("scopes", index),
                f"{shown(scope.name)} is sensitive: {scope.description}",
                f"say why it is needed: purpose: {{{scope.name}: ...}}",
            )


@rule(
    "CR306",
    WARNING,
    title="offline_access without the grants that it needs",
    fields=("scopes",),
    needs=(Feature.OFFLINE,),
    also=("grant_types",),
    bad="""
        platform: web
        grant_types: [authorization_code]
        scopes: [openid, offline_access]  # <-
    """,
    good="""
        platform: web
        grant_types: [authorization_code, refresh_token]
        scopes: [openid, offline_access]
    """,
    refs=("OpenID Connect Core 1.0 section 11",),
)
def offline_without_refresh(registration: Registration, context: Context) -> Iterator[Breach]:
    """The scope asks for a refresh token. Without the refresh_token grant, or where no code is exchanged, there is
    none, but users are asked to agree to it.
    """
    if "offline_access" in registration.scopes and users_sign_in(registration):
        missing = _missing(registration)
        if missing:
            index = registration.scopes.index("offline_access")
            yield Breach(
                ("scopes", index),
                f"'offline_access' is of no use without the grant {missing}",
                f"leave it out, or add {missing} to grant_types",
            )


def _missing(registration: Registration) -> str | None:
    if "refresh_token" not in registration.grant_types:
        return "refresh_token"
    return "authorization_code" if _SIGN_IN_GRANTS & set(registration.grant_types) == {"implicit"} else None


@rule(
    "CR307",
    WARNING,
    title="scope about a user where no user signs in",
    fields=("scopes",),
    needs=(Feature.REDIRECTS_NOBODY,),
    also=("grant_types",),
    bad="""
        platform: service
        scopes: [acme.orders, openid]  # <-
    """,
    good="""
        platform: service
        scopes: [acme.orders]
    """,
    refs=("RFC 6749 section 4.4", "OpenID Connect Core 1.0 section 5.4"),
)
def nobody_signs_in(registration: Registration, context: Context) -> Iterator[Breach]:
    """With client credentials the client acts for itself: there is no user whose name or e-mail address it could get,
    and nobody who could be offline.
    """
    if {"client_credentials"} <= set(registration.grant_types) <= {"client_credentials", "refresh_token"}:
        names = [name for name in registration.scopes if name in _USER_SCOPES]
        if names:
            yield Breach(
                ("scopes", registration.scopes.index(names[0])),
                f"{', '.join(map(shown, names))} {'is' if len(names) == 1 else 'are'} about a user, but nobody signs "
                "in with this client",
                f"leave {'it' if len(names) == 1 else 'them'} out",
            )


@rule(
    "CR308",
    WARNING,
    title="purpose for a scope that is not asked for",
    fields=("purpose",),
    also=("scopes",),
    bad="""
        scopes: [openid, email]
        purpose:
          email: Receipts are sent there
          phone: The driver calls when the parcel is near  # <-
    """,
    good="""
        scopes: [openid, email, phone]
        purpose:
          email: Receipts are sent there
          phone: The driver calls when the parcel is near
    """,
    refs=("RFC 9700 section 2.3",),
)
def idle_purpose(registration: Registration, context: Context) -> Iterator[Breach]:
    """A purpose without its scope is a scope that was forgotten, or a reason that nobody cleared away."""
    for name in registration.purpose:
        if name not in registration.scopes:
            yield Breach(
                ("purpose", name),
                f"{shown(name)} has a purpose but is not among the scopes",
                f"add {name} to scopes, or leave the purpose out",
            )
