"""Which client may use which grant: client credentials, refresh tokens, services, and PKCE."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.repair import Fix, drop
from clientreg.rules import ERROR, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.rules.grants import GRANTS, ordered


@rule(
    "CR330",
    ERROR,
    title="client credentials for a public client",
    fields=("grant_types",),
    needs=(Feature.PUBLIC,),
    bad="""
        platform: cli
        client_type: public
        grant_types: [authorization_code, client_credentials]  # <-
    """,
    good="""
        platform: service
        client_type: confidential
        grant_types: [client_credentials]
    """,
    refs=("RFC 6749 section 4.4",),
)
def public_credentials(registration: Registration, context: Context) -> Iterator[Breach]:
    """A public client has no credentials: whoever knows its id could get tokens in its name."""
    if registration.public and "client_credentials" in registration.grant_types and registration.platform != "service":
        index = registration.grant_types.index("client_credentials")
        yield Breach(
            ("grant_types", index),
            "'client_credentials' is for confidential clients, and this one is public",
            "leave it out, or register the server part as a client of platform service",
        )


@rule(
    "CR331",
    ERROR,
    title="service with another grant than client credentials",
    fields=("grant_types",),
    needs=(Feature.SERVICE,),
    bad="""
        platform: service
        grant_types: [client_credentials, authorization_code]  # <-
    """,
    good="""
        platform: service
        grant_types: [client_credentials]
    """,
    refs=("RFC 6749 section 4.4", "RFC 9700 section 2.6"),
)
def service_grants(registration: Registration, context: Context) -> Iterator[Breach]:
    """A service acts for itself. What signs users in has a platform that says how, and is a client of its own."""
    if registration.platform == "service":
        for index, name in enumerate(registration.grant_types):
            if name != "client_credentials" and name in GRANTS and name != "password":
                yield Breach(
                    ("grant_types", index),
                    f"{shown(name)} is not for a service",
                    "leave it out, or register the part that users see as a client of platform web",
                )
        if not registration.grant_types:
            yield _nothing()


@rule(
    "CR332",
    ERROR,
    title="no grant that gets a token",
    fields=("grant_types",),
    needs=(Feature.REDIRECTS_NOBODY,),
    bad="""
        platform: web
        grant_types: [refresh_token]  # <-
    """,
    good="""
        platform: web
        grant_types: [authorization_code, refresh_token]
    """,
    refs=("RFC 6749 section 6", "RFC 7591 section 2"),
)
def no_grant(registration: Registration, context: Context) -> Iterator[Breach]:
    """A refresh token renews what another grant has given; alone, like an empty list, it gives nothing."""
    if registration.platform != "service" and set(registration.grant_types) <= {"refresh_token"}:
        yield _nothing()


def _nothing() -> Breach:
    return Breach(
        ("grant_types",),
        "none of the grants here gets a first token",
        "write [authorization_code, refresh_token], or for a program without users [client_credentials]",
    )


@rule(
    "CR333",
    WARNING,
    title="refresh tokens where no grant gives any",
    fields=("grant_types",),
    needs=(Feature.NO_CODE_GRANT,),
    bad="""
        platform: web
        client_type: confidential
        grant_types: [client_credentials, refresh_token]  # <-
    """,
    good="""
        platform: web
        client_type: confidential
        grant_types: [client_credentials]
    """,
    refs=("RFC 6749 section 4.4.3", "RFC 6749 section 4.2.2"),
)
def idle_refresh(registration: Registration, context: Context) -> Iterator[Breach]:
    """Neither client credentials nor the implicit grant give refresh tokens: the client can just ask again."""
    grants = set(registration.grant_types)
    if registration.platform == "service" or "refresh_token" not in grants or len(grants) == 1:
        return
    if grants <= {"refresh_token", "client_credentials", "implicit"}:
        index = registration.grant_types.index("refresh_token")
        yield Breach(("grant_types", index), "'refresh_token' is never used with these grants", "leave it out")


@rule(
    "CR334",
    WARNING,
    title="lifetime of refresh tokens that are never given",
    fields=("refresh_token_lifetime",),
    needs=(Feature.NO_REFRESH_GRANT,),
    also=("grant_types",),
    bad="""
        platform: web
        grant_types: [authorization_code]
        refresh_token_lifetime: 14d  # <-
    """,
    good="""
        platform: web
        grant_types: [authorization_code, refresh_token]
        refresh_token_lifetime: 14d
    """,
    refs=("RFC 6749 section 6",),
)
def idle_lifetime(registration: Registration, context: Context) -> Iterator[Breach]:
    """The client may not use refresh tokens, so nothing ever lives that long."""
    if registration.refresh_token_lifetime and "refresh_token" not in registration.grant_types:
        yield Breach(
            ("refresh_token_lifetime",),
            "refresh_token_lifetime is of no use without the grant refresh_token",
            "leave it out, or add refresh_token to grant_types",
        )


@rule(
    "CR335",
    ERROR,
    title="public client without PKCE",
    fields=("require_pkce",),
    needs=(Feature.PUBLIC,),
    also=("grant_types",),
    bad="""
        platform: android
        client_type: public
        require_pkce: false  # <-
    """,
    good="""
        platform: android
        client_type: public
        require_pkce: true
    """,
    refs=("RFC 9700 section 2.1.1", "RFC 8252 section 8.1"),
)
def public_without_pkce(registration: Registration, context: Context) -> Iterator[Breach]:
    """Whoever gets hold of the code can use it, since a public client proves nothing else when it exchanges it."""
    if registration.public:
        yield from _without_pkce(registration)


@rule(
    "CR336",
    WARNING,
    title="confidential client without PKCE",
    fields=("require_pkce",),
    needs=(Feature.CONFIDENTIAL,),
    also=("grant_types",),
    profiles={"oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: web
        client_type: confidential
        require_pkce: false  # <-
    """,
    good="""
        platform: web
        client_type: confidential
    """,
    refs=("RFC 9700 section 2.1.1",),
)
def confidential_without_pkce(registration: Registration, context: Context) -> Iterator[Breach]:
    """PKCE keeps a stolen code from being slipped into another user's login; a secret does not."""
    if not registration.public:
        yield from _without_pkce(registration)


def _without_pkce(registration: Registration) -> Iterator[Breach]:
    if not registration.require_pkce and registration.signs_users_in:
        yield Breach(
            ("require_pkce",),
            "require_pkce is false, so a stolen authorization code can be used",
            "leave require_pkce out: true is the default, and every current library sends PKCE",
        )


@rule(
    "CR337",
    WARNING,
    title="response type is listed twice",
    fields=("response_types",),
    also=("grant_types",),
    bad="""
        platform: web
        grant_types: [authorization_code, implicit, refresh_token]
        response_types:
          - code id_token
          - id_token code  # <-
        redirect_uris: [https://www.acme.example/callback]
        waivers:
          - {rule: CR327, reason: An old library needs the hybrid flow, expires: 2026-07-31}
    """,
    good="""
        platform: web
        response_types: [code]
    """,
    refs=("OAuth 2.0 Multiple Response Type Encoding Practices 1.0 section 3",),
    fix=Fix("takes out the second one", drop),
)
def listed_twice(registration: Registration, context: Context) -> Iterator[Breach]:
    """The order of the words in a response type means nothing, so these two are one."""
    seen: dict[str, str] = {}
    for index, name in enumerate(registration.response_types):
        first = seen.setdefault(ordered(name), name)
        if first != name:
            yield Breach(
                ("response_types", index), f"{shown(name)} is the same as {shown(first)}", "leave this one out"
            )
