"""Grants and response types: known, in step with each other, and safe for the kind of client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.reading.fieldnames import nearest
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.values.uri import template

GRANTS = (
    "authorization_code", "refresh_token", "client_credentials", "implicit", "password",
    "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba",
    "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
)  # fmt: skip
"""The grants that have a name in a specification."""

RESPONSE_TYPES = {
    "code": ("authorization_code",),
    "id_token": ("implicit",),
    "token": ("implicit",),
    "id_token token": ("implicit",),
    "code id_token": ("authorization_code", "implicit"),
    "code token": ("authorization_code", "implicit"),
    "code id_token token": ("authorization_code", "implicit"),
}
"""Which grants a response type needs (OpenID Connect Registration 1.0 section 2; RFC 7591 section 2.1 for `token`)."""

_TABLE = "OpenID Connect Registration 1.0 section 2"
_STRICT = {"oauth2.1": ERROR, "fapi2": ERROR}


def has_unknown(grant_types: Iterable[str]) -> bool:
    """Whether one of these is no known grant: which was meant, and so who is redirected, cannot be told."""
    return not all(name in GRANTS for name in grant_types)


def ordered(response_type: str) -> str:
    """A response type with its words in alphabetical order: they mean the same in any."""
    return response_type if " " not in response_type else " ".join(sorted(response_type.split()))


@rule(
    "CR320",
    ERROR,
    title="grant is unknown",
    fields=("grant_types",),
    needs=(Feature.RARE_GRANT,),
    bad="""
        platform: web
        grant_types:
          - authorisation_code  # <-
          - authorization_code
    """,
    good="""
        platform: web
        grant_types: [authorization_code, refresh_token]
    """,
    refs=("RFC 7591 section 2", "RFC 6749 section 4.5"),
)
def unknown_grant(registration: Registration, context: Context) -> Iterator[Breach]:
    """A server ignores a grant that it does not know, or refuses the client."""
    for index, name in enumerate(registration.grant_types):
        if name not in GRANTS and not template(name):
            meant = _in_full(name) or nearest(name, GRANTS)
            instead = f"did you mean {meant}?" if meant else f"choose from {', '.join(GRANTS[:4])}"
            yield Breach(("grant_types", index), f"{shown(name)} is no known grant", instead)


def _in_full(name: str) -> str | None:
    """The grant that is a URN and ends in that name, as people say it: `device_code`, `token-exchange`."""
    end = ":" + name.replace("-", "_")
    return next((grant for grant in GRANTS if grant.replace("-", "_").endswith(end)), None)


@rule(
    "CR321",
    ERROR,
    title="response type is unknown",
    fields=("response_types",),
    bad="""
        platform: web
        response_types:
          - code
          - token_id  # <-
    """,
    good="""
        platform: web
        response_types: [code]
    """,
    refs=("OAuth 2.0 Multiple Response Type Encoding Practices 1.0 section 3", _TABLE),
)
def unknown_response_type(registration: Registration, context: Context) -> Iterator[Breach]:
    """No login can use a response type that the server does not know."""
    for index, name in enumerate(registration.response_types):
        if ordered(name) not in RESPONSE_TYPES and not template(name):
            meant = nearest(name, RESPONSE_TYPES)
            instead = f"did you mean {shown(meant)}?" if meant else "write [code], or leave response_types out"
            yield Breach(("response_types", index), f"{shown(name)} is no known response type", instead)


@rule(
    "CR322",
    ERROR,
    title="response type without the grant that it needs",
    fields=("response_types",),
    needs=(Feature.UNEVEN,),
    also=("grant_types",),
    bad="""
        platform: service
        response_types: [code]  # <-
    """,
    good="""
        platform: service
        response_types: []
    """,
    refs=(_TABLE, "RFC 7591 section 2.1"),
)
def response_without_grant(registration: Registration, context: Context) -> Iterator[Breach]:
    """Both fields say the same thing twice, and have to agree.

    A server repairs the difference in silence, or fails at the first login.
    """
    for index, name in enumerate(registration.response_types):
        missing = [g for g in RESPONSE_TYPES.get(ordered(name), ()) if g not in registration.grant_types]
        if missing:
            yield Breach(
                ("response_types", index),
                f"{shown(name)} needs the grant {' and '.join(missing)}",
                f"add {' and '.join(missing)} to grant_types"
                if registration.signs_users_in
                else "leave response_types out: this client redirects nobody",
            )


@rule(
    "CR323",
    ERROR,
    title="grant without a response type that uses it",
    fields=("response_types", "grant_types"),
    needs=(Feature.UNEVEN,),
    bad="""
        platform: web
        grant_types: [authorization_code, refresh_token]
        response_types: []  # <-
        # file: clients/acme/office.yaml
        grant_types: [authorization_code, implicit]  # <-
        redirect_uris: [https://www.acme.example/office]
        waivers:
          - {rule: CR325, reason: An old library cannot do without it, expires: 2026-07-31}
    """,
    good="""
        platform: web
        grant_types: [authorization_code, refresh_token]
        response_types: [code]
    """,
    refs=(_TABLE, "RFC 7591 section 2.1"),
)
def grant_without_response(registration: Registration, context: Context) -> Iterator[Breach]:
    """A grant that redirects is of no use without its response type; some servers take it away in silence."""
    types = {ordered(name) for name in registration.response_types}
    if not types <= RESPONSE_TYPES.keys():
        return
    used = {grant for name in types for grant in RESPONSE_TYPES[name]}
    for grant, response in (("authorization_code", "code"), ("implicit", "id_token")):
        if grant in registration.grant_types and grant not in used:
            yield Breach(
                ("response_types",),
                f"nothing here uses the grant {grant}",
                f"add {response}, or leave {grant} out of grant_types"
                if "response_types" in registration.given
                else f"leave {grant} out of grant_types, or write response_types too: code is the default",
                default=("grant_types",),
            )


@rule(
    "CR324",
    ERROR,
    title="password grant",
    fields=("grant_types",),
    needs=(Feature.RARE_GRANT,),
    bad="""
        platform: web
        grant_types: [authorization_code, password]  # <-
    """,
    good="""
        platform: web
        grant_types: [authorization_code, refresh_token]
    """,
    refs=("RFC 9700 section 2.4",),
)
def password(registration: Registration, context: Context) -> Iterator[Breach]:
    """The client sees the user's password: single sign-on, consent and a second factor have no place in it, and users
    learn to type their password anywhere.
    """
    if "password" in registration.grant_types:
        index = registration.grant_types.index("password")
        yield Breach(
            ("grant_types", index),
            "'password' hands the users' passwords to the client",
            "write authorization_code; for a program without users client_credentials",
        )


@rule(
    "CR325",
    WARNING,
    title="implicit grant",
    fields=("grant_types",),
    needs=(Feature.RARE_GRANT,),
    also=("response_types",),
    profiles=_STRICT,
    bad="""
        platform: web
        grant_types: [implicit]  # <-
        response_types: [id_token token]
        redirect_uris: [https://www.acme.example/callback]
    """,
    good="""
        platform: web
        grant_types: [authorization_code]
        response_types: [code]
    """,
    refs=("RFC 9700 section 2.1.2",),
)
def implicit(registration: Registration, context: Context) -> Iterator[Breach]:
    """Tokens travel in the address bar, where histories, logs and other scripts find them, and cannot be bound to
    the client. The code grant with PKCE does the same without that.
    """
    if registration.platform not in {"javascript", "service"}:
        yield from _implicit(registration)


@rule(
    "CR326",
    ERROR,
    title="implicit grant in a browser app",
    fields=("grant_types",),
    needs=(Feature.JAVASCRIPT, Feature.RARE_GRANT),
    also=("response_types",),
    bad="""
        platform: javascript
        grant_types: [implicit]  # <-
        response_types: [token]
        redirect_uris: [https://www.acme.example/callback]
    """,
    good="""
        platform: javascript
        grant_types: [authorization_code]
    """,
    refs=("OAuth 2.0 for Browser-Based Applications, section 7.1", "RFC 9700 section 2.1.2"),
)
def implicit_in_browser(registration: Registration, context: Context) -> Iterator[Breach]:
    """Browser apps can use the code grant today, with PKCE and without a secret; tokens in addresses leak."""
    if registration.platform == "javascript":
        yield from _implicit(registration)


def _implicit(registration: Registration) -> Iterator[Breach]:
    if "implicit" in registration.grant_types and not _only_id_tokens(registration):
        index = registration.grant_types.index("implicit")
        yield Breach(
            ("grant_types", index),
            "'implicit' puts tokens into the address bar",
            "write grant_types: [authorization_code, refresh_token] and response_types: [code]",
        )


def _only_id_tokens(registration: Registration) -> bool:
    """Whether what uses the implicit grant gets ID tokens by it, and no access token."""
    words = {word for name in registration.response_types for word in name.split()}
    return "id_token" in words and "token" not in words


@rule(
    "CR327",
    INFO,
    title="ID tokens come through the browser",
    fields=("grant_types",),
    needs=(Feature.RARE_GRANT,),
    also=("response_types",),
    profiles={"oauth2.1": WARNING, "fapi2": ERROR},
    bad="""
        platform: web
        grant_types: [authorization_code, implicit]
        response_types: [code id_token]  # <-
        redirect_uris: [https://www.acme.example/callback]
    """,
    good="""
        platform: web
        grant_types: [authorization_code]
        response_types: [code]
    """,
    refs=("OpenID Connect Core 1.0 section 3.3", "FAPI 2.0 Security Profile section 5.3.2.1"),
)
def id_token_through_browser(registration: Registration, context: Context) -> Iterator[Breach]:
    """An ID token in the address names the user to histories and logs; fetched with the code, nobody else sees it.

    It is no access token, so nothing can be done with it elsewhere: legal, and no longer needed where PKCE is used.
    """
    if "implicit" in registration.grant_types and _only_id_tokens(registration) and registration.platform != "service":
        for index, name in enumerate(registration.response_types):
            if "id_token" in name.split():
                yield Breach(
                    ("response_types", index),
                    f"{shown(name)} lets the ID token travel in the address",
                    "write grant_types: [authorization_code, refresh_token] and response_types: [code]",
                )
