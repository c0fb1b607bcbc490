"""The token side on Authlib: client authentication, the three grants, PKCE, ID tokens, revocation.

What Authlib leaves open is closed here: its PKCE extension binds public clients only and accepts `plain`; its client
authentication fails on malformed Basic credentials and accepts several at once; its ID tokens have no `kid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749 import grants as rfc6749
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import request as flask_request

from clientreg.servers.embedded.provider import cors, users
from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.state import Code, Token, fresh

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
ID_TOKEN_SECONDS = 3600
_NOT_FOR_SERVICES = {"openid", "offline_access"}


class ClientRefusedError(InvalidClientError):
    """`invalid_client`, with the challenge that HTTP asks of each 401 (RFC 6749 section 5.2, RFC 7617 section 2)."""

    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        """JSON, not stored, and the challenge."""
        return [*OAuth2Error.get_headers(self), ("WWW-Authenticate", 'Basic realm="clientreg", charset="UTF-8"')]


class Server(AuthorizationServer):
    """Authlib's server with our own client authentication: exactly the registered method, exactly once."""

    def authenticate_client(self, request: OAuth2Request, methods: object, endpoint: str = "token") -> Client:
        """The client that this request proves to come from; else `invalid_client` (RFC 6749 section 5.2)."""
        del methods
        method, client_id, secret = credentials()
        client = here().client(client_id)
        if client is not None:
            cors.admit(client)
        registered = client is not None and client.check_endpoint_auth_method(method, endpoint)
        proved = method == "none" or (client is not None and client.check_client_secret(secret))
        if client is None or not (registered and proved):
            raise ClientRefusedError("Client authentication failed")
        request.auth_method = method
        return client

    def create_oauth2_request(self, request: OAuth2Request | None) -> OAuth2Request:
        """Lets a stored authorization request pass through where Authlib would read the current one."""
        return request if isinstance(request, OAuth2Request) else super().create_oauth2_request(request)


def credentials() -> tuple[str, str | None, str]:
    """Method, client id and secret of this request; two methods in one are refused (RFC 6749 section 2.3)."""
    form = flask_request.form
    header = "Authorization" in flask_request.headers
    if header and "client_secret" in form:
        raise InvalidRequestError("The client authenticates in two ways at once")
    if header:
        basic = flask_request.authorization
        if basic is None or basic.type != "basic" or not basic.username:
            raise ClientRefusedError("The Authorization header is not HTTP Basic")
        client_id = unquote_plus(basic.username)
        if form.get("client_id", client_id) != client_id:
            raise InvalidRequestError("client_id in the body is not the one in the Authorization header")
        return "client_secret_basic", client_id, unquote_plus(basic.password or "")
    if "client_secret" in form:
        return "client_secret_post", form.get("client_id"), form["client_secret"]
    return "none", form.get("client_id"), ""


class S256(CodeChallenge):
    """PKCE with S256, for every client that redirects, unless its file excuses it; never `plain` (RFC 9700 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def __init__(self) -> None:
        super().__init__(required=False)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a request without a challenge, or with one that is not S256."""
        data = grant.request.payload.data
        if not data.get("code_challenge") and grant.request.client.require_pkce:
            raise InvalidRequestError("code_challenge is missing: this client must use PKCE with S256")
        if data.get("code_challenge") and data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256")
        super().validate_code_challenge(grant, redirect_uri)


class AuthorizationCode(rfc6749.AuthorizationCodeGrant):
    """Codes: one minute, one use; a second use revokes what came of the first (RFC 6749 section 4.1.2)."""

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """The code if it is this client's and unused."""
        found = here().issued.code(code)
        if found is None or found.family.client_id != client.client_id:
            return None
        if found.used:
            here().issued.revoke(found.family.id)
        return None if found.used or found.family.revoked else found

    def create_token_response(self) -> Any:
        """Tokens, if no other request was faster with the same code."""
        code = self.request.authorization_code
        if not here().issued.use_code(code):
            here().issued.revoke(code.family.id)
            raise InvalidGrantError("The code was already used")
        return super().create_token_response()

    def authenticate_user(self, authorization_code: Code) -> users.User | None:
        """Whom the code is about."""
        return users.by_sub(authorization_code.family.sub or "")

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Used codes stay, so that a second use is noticed."""


class IdToken(OpenIDCode):
    """ID tokens (OpenID Connect Core section 2); claims about the user come from userinfo."""

    def exists_nonce(self, nonce: str, request: object) -> bool:
        """The nonce is for the client to check (Core section 15.5.2): a server need not remember it."""
        del nonce, request
        return False

    def resolve_client_private_key(self, client: Client) -> Any:
        """The one signing key."""
        del client
        return provider().key.key

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """With the key's id."""
        del client
        return provider().key.header

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Issuer, audience and times; the expiry is a point in time."""
        now = here().now
        return {"iss": provider().issuer, "aud": client.client_id, "iat": now, "exp": now + ID_TOKEN_SECONDS}

    def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
        """How and when the user signed in."""
        claims = login_claims(authorization_code.auth_time)
        optional = {"nonce": authorization_code.nonce, "sid": authorization_code.family.sid}
        return claims | {name: value for name, value in optional.items() if value}

    def generate_user_info(self, user: users.User, scope: str) -> dict[str, Any]:
        """Only who it is."""
        del scope
        return {"sub": user.sub}


def login_claims(auth_time: int) -> dict[str, Any]:
    """A password was typed: `pwd` (RFC 8176), level of assurance 2."""
    return {"auth_time": auth_time, "amr": ["pwd"], "acr": "2"}


class RefreshToken(rfc6749.RefreshTokenGrant):
    """Rotation: each refresh token works once; a second use revokes the family (RFC 9700 section 4.14.2)."""

    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """The token if it is this client's and unused."""
        found = here().issued.token(refresh_token, "refresh")
        if found is None or not found.check_client(self.request.client):
            return None
        if found.used:
            here().issued.revoke(found.family.id)
        return None if found.used or found.family.revoked else found

    def create_token_response(self) -> Any:
        """New tokens, if no other request was faster with the same one."""
        token = self.request.refresh_token
        if not here().issued.use_token(token):
            here().issued.revoke(token.family.id)
            raise InvalidGrantError("The refresh token was already used")
        return super().create_token_response()

    def issue_token(self, user: users.User, refresh_token: Token) -> Any:
        """For the scopes asked, else all granted, and of these what the client still has registered."""
        asked = self.request.payload.scope or refresh_token.scope
        registered = self.request.client.texts("scopes")
        scope = " ".join(one for one in asked.split() if one in registered)
        return self.generate_token(user=user, scope=scope, include_refresh_token=True)

    def authenticate_user(self, refresh_token: Token) -> users.User | None:
        """Whom the token is about."""
        return users.by_sub(refresh_token.family.sub or "")

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """It was marked used before the new one was made."""


class ClientCredentials(rfc6749.ClientCredentialsGrant):
    """A service for itself: registered scopes, but none that speak of a user who signs in."""

    def validate_token_request(self) -> None:
        """Refuse what is not registered; without a wish, all registered scopes."""
        super().validate_token_request()
        allowed = self.request.client.get_allowed_scope(self.request.payload.scope)
        if allowed is None or (self.request.payload.scope and _NOT_FOR_SERVICES & set(allowed.split())):
            raise InvalidScopeError
        self.request.scope = " ".join(one for one in allowed.split() if one not in _NOT_FOR_SERVICES)

    def generate_token(self, **options: Any) -> Any:
        """With the scopes found above."""
        return super().generate_token(**{**options, "scope": self.request.scope})


class Revocation(RevocationEndpoint):
    """RFC 7009: a refresh token takes everything of its authorization along, an access token only itself."""

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """The token; the hint is not needed."""
        del token_type_hint
        issued = here().issued
        return issued.token(token_string, "refresh") or issued.token(token_string, "access")

    def revoke_token(self, token: Token, request: object) -> None:
        """Void it."""
        del request
        if token.kind == "refresh":
            here().issued.revoke(token.family.id)
        else:
            here().issued.use_token(token)


def bearer(
    *, grant_type: str, client: Client, user: users.User | None, scope: str, expires_in: int | None,
    include_refresh_token: bool,
) -> dict[str, Any]:  # fmt: skip
    """A token response; the tokens are opaque and live as long as the client's file says."""
    del grant_type, user, expires_in
    token: dict[str, Any] = {"token_type": "Bearer", "access_token": fresh(), "expires_in": client.access_seconds}
    if include_refresh_token:
        token["refresh_token"] = fresh()
    return token | {"scope": scope}


def save_token(token: Mapping[str, Any], request: OAuth2Request) -> None:
    """Keep the tokens' hashes in the family they belong to."""
    issued, client = here().issued, request.client
    origin = request.authorization_code or request.refresh_token
    if origin is None:
        seconds = client.access_seconds
        family = issued.start_family(client_id=client.client_id, sub=None, sid=None, offline=False, seconds=seconds)
    else:
        family = origin.family.id
    issued.add_token(token["access_token"], "access", family, scope=token["scope"], seconds=client.access_seconds)
    if origin is not None and "refresh_token" in token:
        seconds = origin.family.expires - here().now
        issued.add_token(token["refresh_token"], "refresh", family, scope=token["scope"], seconds=seconds)


def authorization_request(params: Mapping[str, str]) -> OAuth2Request:
    """A stored authorization request, as Authlib reads one."""
    found = OAuth2Request("GET", f"{provider().issuer}/authorize")
    found.payload = BasicOAuth2Payload(dict(params))
    return found


def server() -> Server:
    """The server with its grants; it holds no state of its own."""
    made = Server(query_client=lambda client_id: here().client(client_id), save_token=save_token)
    made.register_token_generator("default", bearer)
    made.register_grant(AuthorizationCode, [S256(), IdToken()])
    made.register_grant(RefreshToken)
    made.register_grant(ClientCredentials)
    made.register_endpoint(Revocation)
    return made


__all__ = ["OAuth2Error", "Server", "authorization_request", "credentials", "login_claims", "server"]
