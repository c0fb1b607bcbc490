"""What a client is, and how it proves that it is the one: application type, client type, authentication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clientreg.defaults import application_type_of
from clientreg.model import Registration
from clientreg.rules import ERROR, Breach, Context, rule
from clientreg.rules.features import Feature

_FORM = "Required registration details"
_REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0 section 2"
_NONE = "none"
_MEANS: Mapping[str, str] = {
    "web": "an application on a server, used through a browser",
    "javascript": "an application that a browser loads from a server",
    "service": "a program on a server, without users",
    "android": "an app that is installed on a device",
    "ios": "an app that is installed on a device",
    "windows-phone": "an app that is installed on a device",
    "windows-desktop": "a program that is installed on a computer",
    "macos-desktop": "a program that is installed on a computer",
    "linux-desktop": "a program that is installed on a computer",
    "cli": "a program that is installed on a computer and run in a terminal",
}


@rule(
    "CR601",
    ERROR,
    title="application type does not fit the platform",
    needs=(Feature.CONTRADICTION,),
    also=("platform", "application_type"),
    bad="""
        platform: service
        application_type: native  # <-
    """,
    good="""
        platform: cli
        application_type: native
    """,
    refs=(
        f"{_FORM}: Technology/platform/device/OS",
        f"{_FORM}: Application type",
        f"{_REGISTRATION}: application_type",
    ),
)
def application_type_fits(registration: Registration, context: Context) -> Iterator[Breach]:
    """The platform says where the program runs, and with it which redirects are safe; the two must agree."""
    expected = application_type_of(registration.platform)
    if expected and expected != registration.application_type:
        platform = registration.platform
        message = f"'{platform}' is {_MEANS[platform]}: that is '{expected}', not '{registration.application_type}'"
        yield Breach(("application_type",), message, f"write 'application_type: {expected}', or another platform")


@rule(
    "CR602",
    ERROR,
    title="application in the browser cannot be confidential",
    needs=(Feature.JAVASCRIPT, Feature.CONFIDENTIAL),
    also=("platform", "client_type"),
    hint="write 'client_type: public'; if a server of its own keeps the secret, the platform is 'web'",
    bad="""
        platform: javascript
        client_type: confidential  # <-
        redirect_uris: [https://shop.acme.example/callback]
    """,
    good="""
        platform: javascript
        client_type: public
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=("RFC 6749 section 2.1", "OAuth 2.0 for Browser-Based Applications: Client Authentication"),
)
def browser_application_keeps_no_secret(registration: Registration, context: Context) -> Iterator[Breach]:
    """Whatever the browser loads, everybody can read: a secret in it is none."""
    if registration.platform == "javascript" and not registration.public:
        yield Breach(("client_type",), "'javascript' runs in the user's browser, where a secret cannot be kept")


@rule(
    "CR603",
    ERROR,
    title="public client cannot authenticate",
    fields=("token_endpoint_auth_method",),
    needs=(Feature.PUBLIC,),
    also=("client_type",),
    hint="delete the line, or write 'client_type: confidential' if a server keeps the secret or key",
    bad="""
        client_type: public
        token_endpoint_auth_method: client_secret_post  # <-
    """,
    good="""
        client_type: public
        token_endpoint_auth_method: none
    """,
    refs=("RFC 6749 section 2.1", "Client security measures: Confidential and public clients"),
)
def public_client_authenticates(registration: Registration, context: Context) -> Iterator[Breach]:
    """A public client gets no secret: what is shipped to every user proves nothing about who sends it."""
    if registration.public and registration.token_endpoint_auth_method != _NONE:
        method = registration.token_endpoint_auth_method
        yield Breach(
            ("token_endpoint_auth_method",), f"a public client does not authenticate, so {method!r} cannot be used"
        )


@rule(
    "CR604",
    ERROR,
    title="confidential client does not authenticate",
    fields=("token_endpoint_auth_method",),
    needs=(Feature.CONFIDENTIAL,),
    also=("client_type",),
    hint="delete the line (client_secret_basic is the default), or write 'client_type: public'",
    bad="""
        client_type: confidential
        token_endpoint_auth_method: none  # <-
    """,
    good="""
        client_type: confidential
        token_endpoint_auth_method: client_secret_post
    """,
    refs=("RFC 6749 section 3.2.1", "OpenID Connect Core 1.0 section 9"),
)
def confidential_client_must_authenticate(registration: Registration, context: Context) -> Iterator[Breach]:
    """Without authentication anybody who sees the client id can redeem its codes and refresh tokens."""
    if not registration.public and registration.token_endpoint_auth_method == _NONE:
        yield Breach(
            ("token_endpoint_auth_method",), "a confidential client must authenticate, 'none' says it does not"
        )


@rule(
    "CR605",
    ERROR,
    title="service is not confidential",
    needs=(Feature.SERVICE, Feature.PUBLIC),
    also=("platform", "client_type"),
    hint="write 'client_type: confidential'",
    bad="""
        platform: service
        client_type: public  # <-
    """,
    good="""
        platform: service
        client_type: confidential
    """,
    refs=("RFC 6749 section 4.4",),
)
def service_is_confidential(registration: Registration, context: Context) -> Iterator[Breach]:
    """A service asks for tokens in its own name, so whoever can pose as it has all its rights."""
    if registration.platform == "service" and registration.public:
        yield Breach(("client_type",), "a service acts in its own name, so it must prove who it is")


@rule(
    "CR614",
    ERROR,
    title="ID token is not signed",
    fields=("id_token_signed_response_alg",),
    hint="delete the line: RS256 is the default",
    bad="""
        id_token_signed_response_alg: none  # <-
    """,
    good="""
        id_token_signed_response_alg: PS256
    """,
    refs=(f"{_REGISTRATION}: id_token_signed_response_alg", "RFC 8725 section 3.1"),
)
def unsigned_token(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    Whoever can write to where the token passes, such as a browser, could sign in as anybody. The standard allows it
    only for tokens that come straight from the server; even these cannot be handed on or checked later.
    """
    if registration.id_token_signed_response_alg == _NONE:
        yield Breach(("id_token_signed_response_alg",), "'none' leaves ID tokens unsigned")


@rule(
    "CR615",
    ERROR,
    title="ID tokens are signed with a secret that the client does not have",
    fields=("id_token_signed_response_alg",),
    also=("token_endpoint_auth_method", "client_type"),
    hint="write RS256 or ES256, which need no secret",
    bad="""
        client_type: public
        id_token_signed_response_alg: HS256  # <-
    """,
    good="""
        client_type: confidential
        id_token_signed_response_alg: HS256
    """,
    refs=("OpenID Connect Core 1.0 section 10.1", "OpenID Connect Core 1.0 section 16.19"),
)
def signed_without_a_secret(registration: Registration, context: Context) -> Iterator[Breach]:
    """HS256 and its like use the client secret as the key, so both sides must have one."""
    algorithm = registration.id_token_signed_response_alg
    if algorithm.startswith("HS") and not registration.needs_secret:
        yield Breach(
            ("id_token_signed_response_alg",), f"'{algorithm}' needs a client secret, and this client has none"
        )
