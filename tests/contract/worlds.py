"""The worlds of the contract suite: clients as their files would have them, and the fields one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clientreg.model import Client, Organization, Registration

World = tuple[Registration, ...]

ACME = Organization(
    id="acme", file="clients/acme/organization.yaml", name="Acme Ltd", contacts={"technical": ("dev@acme.example",)}
)

WEB: Mapping[str, Any] = {
    "product": "Shop",
    "client_name": "Acme Shop",
    "description": "The shop of Acme, in which users buy and return things.",
    "platform": "web",
    "application_type": "web",
    "client_type": "confidential",
    "scopes": ["openid", "profile"],
    "redirect_uris": ["https://shop.acme.example/cb"],
    "environments": {"test": {}},
}
APP: Mapping[str, Any] = {
    **WEB,
    "client_name": "Acme App",
    "platform": "android",
    "application_type": "native",
    "client_type": "public",
    "redirect_uris": ["com.acme.app:/cb"],
}
SERVICE: Mapping[str, Any] = {
    **{name: value for name, value in WEB.items() if name != "redirect_uris"},
    "client_name": "Acme Nightly",
    "platform": "service",
    "scopes": ["report.read"],
}


def client(name: str, base: Mapping[str, Any], **fields: Any) -> Registration:
    """One client in the environment `test`. A field that is None is left out of the file."""
    data = {key: value for key, value in {**base, **fields}.items() if value is not None}
    return Client(f"clients/acme/{name}.yaml", ACME, name, data).registration("test")


def shop(**fields: Any) -> Registration:
    return client("shop", WEB, **fields)


def app(**fields: Any) -> Registration:
    return client("app", APP, **fields)


NIGHTLY = client("nightly", SERVICE)

STATES: Mapping[str, tuple[World, ...]] = {
    "nothing at all": ((),),
    "one client": ((shop(),),),
    "one of each kind": ((shop(), app(), NIGHTLY),),
    "one after the other": ((shop(),), (shop(), app()), (shop(), app(), NIGHTLY)),
    "change one of two": ((shop(), app()), (shop(client_name="Acme Store"), app())),
    "take a redirect URI away": (
        (app(redirect_uris=["com.acme.app:/a", "com.acme.app:/b"]),),
        (app(redirect_uris=["com.acme.app:/b"]),),
    ),
    "another order is no change": (
        (shop(scopes=["openid", "profile"]),),
        (shop(scopes=["profile", "openid"]),),
    ),
    "empty a list": (
        (shop(post_logout_redirect_uris=["https://shop.acme.example/bye"]),),
        (shop(post_logout_redirect_uris=[]),),
    ),
    "take a language away": (
        (shop(**{"client_name#nb": "Acme Butikk", "client_name#sv": "Acme Butik"}),),
        (shop(**{"client_name#nb": "Acme Butikk"}),),
        (shop(),),
    ),
    "off and on again": ((shop(),), (shop(enabled=False),), (shop(),)),
    "confidential to public and back": ((shop(),), (shop(client_type="public"),), (shop(),)),
    "login to service and back": (
        (shop(),),
        (shop(grant_types=["client_credentials"], redirect_uris=None),),
        (shop(),),
    ),
    "odd text": (
        (shop(client_name='Bø"}, {"admin": true, "x": "\\ 波 <b>&amp; {{ 7*7 }} $x %s'),),
        (shop(description="Two lines,\nand a tab\t, and a quote \" and 'another' one."),),
    ),
    "text like a placeholder": ((shop(client_name="Shop ${x}"),),),
    "go and come back": ((shop(), app()), (app(),), (shop(), app())),
}
"""Lists of worlds; after each of them everything must hold."""

KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k1"}]}
LOGOUT, OTHER = "https://shop.acme.example/logout", "https://shop.acme.example/other"

FIELDS: Mapping[str, tuple[tuple[Any, Any], ...]] = {
    "client_name": (("Shop A", "Shop A"), ("Shop B", "Shop B")),
    "client_name#nb": (("Butikk", "Butikk"), ("Sjappe", "Sjappe"), (None, None)),
    "product": (("Shop", "Shop"), ("Shop and more", "Shop and more")),
    "description": (("A long text about the shop.", "A long text about the shop."), ("Another text.", "Another text.")),
    "contacts": (
        ({"technical": ["b@x.example", "a@x.example"]}, {"technical": ["a@x.example", "b@x.example"]}),
        ({"security": ["s@x.example"]}, {"technical": ["dev@acme.example"], "security": ["s@x.example"]}),
        (None, {"technical": ["dev@acme.example"]}),
    ),
    "platform": (("web", "web"), ("javascript", "javascript")),
    "application_type": (("web", "web"), ("native", "native")),
    "client_type": (("confidential", "confidential"), ("public", "public")),
    "enabled": ((False, False), (True, True), (None, True)),
    "scopes": ((["b", "a"], ["a", "b"]), (["a"], ["a"])),
    "grant_types": (
        (["authorization_code"], ["authorization_code"]),
        (["client_credentials", "authorization_code"], ["authorization_code", "client_credentials"]),
        (None, ["authorization_code", "refresh_token"]),
    ),
    "response_types": ((["code"], ["code"]), (None, ["code"])),
    "redirect_uris": (
        (["https://b.example/", "https://a.example/"], ["https://a.example/", "https://b.example/"]),
        (["https://b.example/"], ["https://b.example/"]),
        (None, ["http://localhost:8081/connect/oauth2callback"]),
    ),
    "token_endpoint_auth_method": (
        ("client_secret_post", "client_secret_post"),
        ("client_secret_jwt", "client_secret_jwt"),
        (None, "client_secret_basic"),
    ),
    "require_pkce": ((False, False), (True, True), (None, True)),
    "require_consent": ((False, False), (True, True), (None, True)),
    "require_pushed_authorization_requests": ((True, True), (False, False), (None, False)),
    "dpop_bound_access_tokens": ((True, True), (False, False), (None, False)),
    "subject_type": (("pairwise", "pairwise"), ("public", "public"), (None, "public")),
    "id_token_signed_response_alg": (("ES256", "ES256"), ("RS256", "RS256"), (None, "RS256")),
    "single_sign_on": ((True, True), (False, False), (None, False)),
    "stay_logged_in": ((True, True), (False, False), (None, False)),
    "default_max_age": ((3600, 3600), (0, 0), (None, None)),
    "default_acr_values": ((["3", "2"], ["2", "3"]), (["2"], ["2"]), ([], []), (None, [])),
    "require_auth_time": ((True, True), (False, False), (None, False)),
    "post_logout_redirect_uris": (([OTHER, LOGOUT], [LOGOUT, OTHER]), ([OTHER], [OTHER]), ([], []), (None, [])),
    "backchannel_logout_uri": ((LOGOUT, LOGOUT), (OTHER, OTHER), (None, None)),
    "backchannel_logout_session_required": ((True, True), (False, False), (None, False)),
    "allowed_cors_origins": (
        (["https://b.example", "https://a.example"], ["https://a.example", "https://b.example"]),
        ([], []),
        (None, []),
    ),
    "access_token_lifetime": (("5m", 300), ("1h", 3600), (None, None)),
    "refresh_token_lifetime": (("90s", 90), ("14d", 1209600), (None, None)),
    "initiate_login_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "sector_identifier_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "jwks": ((KEYS, KEYS), ({"keys": []}, {"keys": []}), (None, None)),
    "jwks_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "frontchannel_logout_uri": ((LOGOUT, LOGOUT), (OTHER, OTHER), (None, None)),
    "frontchannel_logout_session_required": ((True, True), (False, False), (None, False)),
    "audience": ((["https://b.example", "https://a.example"], ["https://a.example", "https://b.example"]), ([], [])),
    "client_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "client_uri#nb": ((OTHER, OTHER), (None, None)),
    "logo_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "policy_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "tos_uri": ((OTHER, OTHER), (LOGOUT, LOGOUT), (None, None)),
    "software_id": (("4NRB1", "4NRB1"), ("4NRB2", "4NRB2"), (None, None)),
    "software_version": (("2.4", "2.4"), ("2.5", "2.5"), (None, None)),
}
"""Per field, what a file says (None: nothing) and what a server then holds: set, changed, unset, forwards and back."""

BESIDE: Mapping[str, Mapping[str, Any]] = {
    "backchannel_logout_session_required": {"backchannel_logout_uri": LOGOUT},
    "frontchannel_logout_session_required": {"frontchannel_logout_uri": LOGOUT},
}
"""What a field means something with."""
