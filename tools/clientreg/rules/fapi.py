"""What the FAPI 2.0 Security Profile demands of every client, and no other profile does."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, Breach, Context, by_class, rule
from clientreg.rules.features import Feature

_DEMANDS = "FAPI 2.0 Security Profile section 5.3.2"
_NOWHERE = by_class(test=None, production=None)
_FAPI = {"fapi2": ERROR}
_ALGORITHMS = frozenset({"PS256", "ES256", "EdDSA", "Ed25519", "none"})
"""And `none`, which is an error of its own."""
_CERTIFICATES = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})


@rule(
    "CR350",
    _NOWHERE,
    title="public client under FAPI 2.0",
    needs=(Feature.PUBLIC,),
    profiles=_FAPI,
    bad="""
        # profile: fapi2
        platform: javascript
        client_type: public  # <-
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
    """,
    good="""
        # profile: fapi2
        platform: web
        client_type: confidential
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
    """,
    refs=(f"{_DEMANDS}.1",),
)
def public(registration: Registration, context: Context) -> Iterator[Breach]:
    """The profile is for data whose loss is a loss of money or health. Whoever asks for it has to prove who they are,
    and a public client cannot.
    """
    if registration.public:
        yield Breach(
            ("client_type",),
            "a public client cannot prove who it is, and this registry follows FAPI 2.0",
            "let a server of yours hold the keys and the tokens, and register that as a confidential client",
        )


@rule(
    "CR351",
    _NOWHERE,
    title="requests are not pushed under FAPI 2.0",
    also=("require_pushed_authorization_requests", "grant_types"),
    profiles=_FAPI,
    bad="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: false  # <-
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
    """,
    good="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
    """,
    refs=(f"{_DEMANDS}.2", "RFC 9126 section 6"),
)
def not_pushed(registration: Registration, context: Context) -> Iterator[Breach]:
    """A request that travels in the browser's address bar can be read and changed there. Pushed, it goes from server
    to server, and the client authenticates for it.
    """
    if registration.signs_users_in and not registration.require_pushed_authorization_requests:
        yield Breach(
            ("require_pushed_authorization_requests",),
            "login requests may come through the browser, and FAPI 2.0 takes pushed ones only",
            "write require_pushed_authorization_requests: true",
        )


@rule(
    "CR352",
    _NOWHERE,
    title="access tokens are not bound under FAPI 2.0",
    also=("dpop_bound_access_tokens", "token_endpoint_auth_method"),
    profiles=_FAPI,
    bad="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: false  # <-
        id_token_signed_response_alg: ES256
    """,
    good="""
        # profile: fapi2
        platform: service
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        dpop_bound_access_tokens: true
    """,
    refs=(f"{_DEMANDS}.1", "RFC 9449 section 5.2"),
)
def not_bound(registration: Registration, context: Context) -> Iterator[Breach]:
    """A token that anybody can use who finds it is not enough here: it has to be bound to a key of the client, by
    DPoP or by the certificate of the connection.
    """
    if not registration.dpop_bound_access_tokens and registration.token_endpoint_auth_method not in _CERTIFICATES:
        yield Breach(
            ("dpop_bound_access_tokens",),
            "whoever finds an access token can use it, and FAPI 2.0 wants it bound to the client",
            "write dpop_bound_access_tokens: true",
        )


@rule(
    "CR353",
    _NOWHERE,
    title="client authenticates with a secret under FAPI 2.0",
    needs=(Feature.CONFIDENTIAL,),
    also=("token_endpoint_auth_method",),
    profiles=_FAPI,
    bad="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: client_secret_post  # <-
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
    """,
    good="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
    """,
    refs=(f"{_DEMANDS}.1",),
)
def by_secret(registration: Registration, context: Context) -> Iterator[Breach]:
    """A secret is known to both sides and travels with each request. A key never leaves the client: nobody who reads
    requests or the server's store can pretend to be it.
    """
    method = registration.token_endpoint_auth_method
    if not registration.public and method != "private_key_jwt" and method not in _CERTIFICATES:
        yield Breach(
            ("token_endpoint_auth_method",),
            f"{shown(method)} is not enough: FAPI 2.0 takes keys or certificates",
            "write token_endpoint_auth_method: private_key_jwt and jwks_uri",
        )


@rule(
    "CR354",
    _NOWHERE,
    title="algorithm of ID tokens is none of FAPI 2.0",
    also=("id_token_signed_response_alg", "scopes", "grant_types"),
    profiles=_FAPI,
    bad="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: RS256  # <-
    """,
    good="""
        # profile: fapi2
        platform: web
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://www.acme.example/keys
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: PS256
    """,
    refs=("FAPI 2.0 Security Profile section 5.4.1",),
)
def weak_algorithm(registration: Registration, context: Context) -> Iterator[Breach]:
    """RS256 is the default, and rests on a padding that has been broken before. The profile names three others."""
    algorithm = registration.id_token_signed_response_alg
    if "openid" in registration.scopes and registration.signs_users_in and algorithm not in _ALGORITHMS:
        yield Breach(
            ("id_token_signed_response_alg",),
            f"ID tokens are signed with {shown(algorithm)}; FAPI 2.0 takes PS256, ES256 and EdDSA",
            "write id_token_signed_response_alg: PS256, or ES256 where the server has such a key",
        )
