"""Which field somebody meant who wrote a name that no field has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

_MEANT = {
    "redirect_uris": "redirects callback callbacks callback_url allowed_callback_urls reply_url reply_urls",
    "post_logout_redirect_uris": "logout_uri logout_uris logout_redirect_uri logout_redirect_uris "
    "post_logout_uri post_logout_uris allowed_logout_urls signout_uri",
    "backchannel_logout_uri": "backchannel_logout backchannel_logout_endpoint",
    "frontchannel_logout_uri": "frontchannel_logout frontchannel_logout_endpoint",
    "scopes": "scope allowed_scopes default_scopes default_client_scopes",
    "client_name": "name display_name title user_facing_name app_name",
    "client_id": "id identifier",
    "description": "desc summary detailed_description about",
    "contacts": "contact email emails e_mail mail technical_contact",
    "technical": "tech technical_contact developer developers dev email",
    "product": "service product_name service_name",
    "platform": "technology device os operating_system",
    "application_type": "app_type kind",
    "client_type": "oauth_client_type type access_type public_client confidential",
    "single_sign_on": "sso",
    "grant_types": "grant grants allowed_grant_types flows",
    "response_types": "allowed_response_types",
    "token_endpoint_auth_method": "auth_method client_authentication authentication client_auth_method",
    "require_pkce": "pkce pkce_required pkce_code_challenge_method",
    "require_consent": "consent consent_required",
    "require_pushed_authorization_requests": "par require_par",
    "dpop_bound_access_tokens": "dpop",
    "allowed_cors_origins": "cors cors_origins web_origins allowed_origins allowed_web_origins origins",
    "access_token_lifetime": "access_token_ttl access_token_lifespan token_lifetime access_token_duration",
    "refresh_token_lifetime": "refresh_token_ttl refresh_token_lifespan refresh_token_duration",
    "client_uri": "url homepage home_page website base_url root_url client_url",
    "logo_uri": "logo icon image",
    "policy_uri": "privacy_policy privacy_policy_uri privacy_uri privacy_url",
    "tos_uri": "tos terms terms_uri terms_of_service terms_of_service_uri terms_url",
    "environments": "env envs stages",
    "enabled": "disabled active",
    "domains": "hosts allowed_domains",
    "owners": "maintainers codeowners teams",
    "organization_number": "organisation_number org_number orgnr org_nr vat",
    "recipients": "keys public_keys",
    "credential_sinks": "sinks secrets secret_sinks",
    "servers": "backends authorization_servers",
    "class": "kind type",
}


def meant(name: str, known: Collection[str]) -> str | None:
    """The one of the known names that was probably meant: another spelling, another product's word, a slip."""
    return _meant(name, tuple(known))


@lru_cache(maxsize=128)
def _meant(name: str, known: tuple[str, ...]) -> str | None:
    spelt = {_bare(other): other for other in known}
    bare = _bare(name)
    if bare in spelt:
        return spelt[bare]
    for field, words in _MEANT.items():
        if field in known and bare in map(_bare, words.split()):
            return field
    near = _close(bare, spelt, 0.75)
    return spelt[near[0]] if near else None


def nearest(value: str, allowed: Iterable[str]) -> str | None:
    """The allowed value that was probably meant, whatever its case."""
    spelt = {_bare(other): other for other in allowed}
    begun = [name for name in spelt if name.startswith(_bare(value))]
    near = begun if len(begun) == 1 else _close(_bare(value), spelt, 0.6)
    return spelt[near[0]] if near else None


def guess(near: str | None, choice: str) -> str:
    """A hint that asks whether the near one was meant, if any, before the `choice` that there is."""
    return f"did you mean '{near}'? {choice[0].upper()}{choice[1:]}" if near else choice


def _close(word: str, known: Collection[str], cutoff: float) -> list[str]:
    from difflib import get_close_matches  # of use for a wrong word only

    return get_close_matches(word, known, n=1, cutoff=cutoff)


@lru_cache(maxsize=512)
def _bare(name: str) -> str:
    return re.sub(r"ur[il]s?$", "uri", re.sub(r"[\s_.-]", "", name.lower()))
