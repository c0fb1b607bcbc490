"""Which clients node oidc-provider admits: its judgement of static clients, made before they are in its file.

It judges a static client when that is first used, and then refuses every login with it; nobody reads the reason. So
the same judgement is made here, by our own reading of its `client_schema.js`. Real ones are asked by tests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from clientreg.jsonvalue import shown
from clientreg.servers.file.format import SECRET_METHODS, Refused
from clientreg.servers.file.metadata import ADDRESS

if TYPE_CHECKING:
    from clientreg.jsonvalue import Json, JsonObject

_BY_KEY = "private_key_jwt"
_METHODS = (*sorted(SECRET_METHODS), _BY_KEY, "none")
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_GRANTS = ("authorization_code", "refresh_token", "client_credentials", _DEVICE)
_FORBIDDEN_SCHEMES = frozenset({"javascript:", "vbscript:", "data:", "blob:", "file:", "about:"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_VISIBLE = re.compile(r"[\x20-\x7e]+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")

_TEXTS = (
    "client_id", "client_name", "application_type", "token_endpoint_auth_method", "subject_type", "scope",
    "id_token_signed_response_alg",
)  # fmt: skip
_LISTS = (
    "contacts",
    "default_acr_values",
    "grant_types",
    "post_logout_redirect_uris",
    "redirect_uris",
    "response_types",
)
_FLAGS = (
    "backchannel_logout_session_required", "dpop_bound_access_tokens", "require_auth_time",
    "require_pushed_authorization_requests",
)  # fmt: skip
_WEB = ("backchannel_logout_uri", "client_uri", "jwks_uri", "logo_uri", "policy_uri", "tos_uri")
_HTTPS = ("initiate_login_uri",)
_PRIVATE = {
    "RSA": frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"}),
    "EC": frozenset({"d"}),
    "OKP": frozenset({"d"}),
}
_KEY_MEMBERS = {"RSA": ("e", "n"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}


class _Address(NamedTuple):
    protocol: str
    hostname: str
    href: str


def admit(made: JsonObject, *, client_type: Json, has_secret: bool) -> None:
    """Return if the client may be in the file, else raise `Refused`. `made` is its metadata, without a secret."""
    _forms(made)
    _authentication(made, client_type=client_type, has_secret=has_secret)
    _flows(made)
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in _texts(made[name]):
            _redirect(name, uri, native=made["application_type"] == "native")
    for name in (*_WEB, *_HTTPS):
        if name in made:
            _web(name, made[name], ("https:",) if name in _HTTPS else ("https:", "http:"))
    _keys(made)


def _forms(made: JsonObject) -> None:
    for name in _TEXTS:
        if not isinstance(made.get(name), str) or not made[name]:
            raise Refused(f"{name} is a text, not {shown(made.get(name))}")
    for name in _LISTS:
        value = made.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise Refused(f"{name} is a list of texts, not {shown(value)}")
    for name in _FLAGS:
        if not isinstance(made[name], bool):
            raise Refused(f"{name} is true or false, not {shown(made[name])}")
    age = made.get("default_max_age", 0)
    if not isinstance(age, int) or isinstance(age, bool) or not 0 <= age < 2**53:
        raise Refused(f"default_max_age is a number of seconds, not {shown(age)}")
    if not _VISIBLE.fullmatch(str(made["client_id"])):
        raise Refused("client_id is made of visible ASCII characters")
    if not _SCOPE.fullmatch(str(made["scope"])):
        raise Refused("scope is at least one scope: without one, a client may ask for any")
    for address in _texts(made.get("contacts", [])):
        if not ADDRESS.fullmatch(address):
            raise Refused(f"contacts: {shown(address)} is no e-mail address")
    _one_of(made, "application_type", ("web", "native"))
    _one_of(made, "subject_type", ("public",))
    _one_of(made, "id_token_signed_response_alg", ("RS256",))
    _one_of(made, "token_endpoint_auth_method", _METHODS)
    _one_of(made, "grant_types", _GRANTS)
    _one_of(made, "response_types", ("code",))


def _one_of(made: JsonObject, name: str, known: tuple[str, ...]) -> None:
    value = made[name]
    for item in _texts(value) if isinstance(value, list) else [value]:
        if item not in known:
            raise Refused(f"{name} is of {', '.join(known)}, not {shown(item)}")


def _authentication(made: JsonObject, *, client_type: Json, has_secret: bool) -> None:
    """A client is public exactly when it does not authenticate: there is no other member to tell."""
    method = made["token_endpoint_auth_method"]
    if client_type != ("public" if method == "none" else "confidential"):
        raise Refused(f"token_endpoint_auth_method {method} is not that of a client that is {shown(client_type)}")
    if method in SECRET_METHODS and not has_secret:
        raise Refused(f"token_endpoint_auth_method {method} needs a client secret")
    if method == _BY_KEY and "jwks" not in made and "jwks_uri" not in made:
        raise Refused("token_endpoint_auth_method private_key_jwt needs jwks or jwks_uri")
    if method == "none" and "client_credentials" in _texts(made["grant_types"]):
        raise Refused("the client credentials grant is for clients that authenticate")


def _flows(made: JsonObject) -> None:
    """What oidc-provider would put right in silence is refused here: then it holds what the file says."""
    redirects = "authorization_code" in _texts(made["grant_types"])
    if redirects != bool(made["response_types"]):
        raise Refused("response_types has code exactly where grant_types has authorization_code")
    if redirects and not made["redirect_uris"]:
        raise Refused("redirect_uris has at least one where the response type is code")


def _redirect(name: str, uri: str, *, native: bool) -> None:
    address = _parsed(name, uri)
    if "#" in address.href:
        raise Refused(f"{name}: {shown(uri)} has a fragment")
    protocol, loopback = address.protocol, address.hostname in _LOOPBACK
    if not native:
        if protocol not in {"http:", "https:"}:
            raise Refused(f"{name}: {shown(uri)} of a web client is not http or https")
    elif protocol == "http:" and not loopback:
        raise Refused(f"{name}: {shown(uri)} of a native client is http, and not on loopback")
    elif protocol == "https:" and loopback:
        raise Refused(f"{name}: {shown(uri)} of a native client is https on loopback")
    elif protocol in _FORBIDDEN_SCHEMES:
        raise Refused(f"{name}: scheme {protocol[:-1]} is never called")


def _web(name: str, uri: Json, protocols: tuple[str, ...]) -> None:
    if not isinstance(uri, str) or _parsed(name, uri).protocol not in protocols:
        raise Refused(f"{name}: {shown(uri)} is no {' or '.join(one[:-1] for one in protocols)} address")


def _keys(made: JsonObject) -> None:
    if "jwks" not in made:
        return
    if "jwks_uri" in made:
        raise Refused("jwks and jwks_uri are not used at the same time")
    jwks = made["jwks"]
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        raise Refused("jwks is a JWK Set")
    for number, key in enumerate(keys):
        _key(f"jwks.keys[{number}]", key)


def _key(name: str, key: Json) -> None:
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str) or not key["kty"]:
        raise Refused(f"{name} is no JSON Web Key")
    kind = str(key["kty"])
    if kind == "oct":
        raise Refused(f"{name} is a symmetric key")
    if any(not isinstance(key.get(member), str) or not key[member] for member in _KEY_MEMBERS.get(kind, ())):
        raise Refused(f"{name} lacks a member of {kind} keys")
    if _PRIVATE.get(kind, frozenset()) & key.keys():
        raise Refused(f"{name} is a private key")
    if any(name in key and (not isinstance(key[name], str) or not key[name]) for name in ("alg", "kid", "use")):
        raise Refused(f"{name}: alg, kid and use are texts")


def _parsed(name: str, uri: str) -> _Address:
    """As browsers and Node.js take an address apart (WHATWG URL)."""
    import ada_url

    try:
        found = ada_url.URL(uri)
    except ValueError:
        raise Refused(f"{name}: {shown(uri)} is no address") from None
    return _Address(found.protocol, found.hostname, found.href)


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
