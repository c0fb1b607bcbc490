"""The form that each member of a client must have, one by one: a table. What members mean together is `admission`'s."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clientreg.jsonvalue import Json

GRANT_TYPES = frozenset({"authorization_code", "refresh_token", "client_credentials"})
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})

_CLIENT_ID = re.compile(r"[\x20-\x7e]{1,255}")
"""RFC 6749 appendix A.1: visible characters and space."""
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
"""RFC 6749 section 3.3."""
_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]{1,4000}")
_ORIGIN = re.compile(r"https?://[^/?#@*\s\\]+")
_LOCALIZED = re.compile(r"(client_name|client_uri|logo_uri|policy_uri|tos_uri)#[A-Za-z0-9-]{1,100}")
_NEVER = 2**53


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and _TEXT.fullmatch(value) is not None


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and _is_text(value) and value.strip() != "" and not {"\n", "\r", "\t"} & set(value)


def _is_optional_text(value: Json) -> bool:
    return value is None or _is_text(value)


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _is_contacts(value: Json) -> bool:
    return isinstance(value, dict) and all(_is_text(role) and _is_texts(people) for role, people in value.items())


def _is_localized(value: Json) -> bool:
    return isinstance(value, dict) and all(_LOCALIZED.fullmatch(key) and _is_name(text) for key, text in value.items())


def _is_seconds(least: int) -> Callable[[Json], bool]:
    def fits(value: Json) -> bool:
        return value is None or (isinstance(value, int) and not isinstance(value, bool) and least <= value < _NEVER)

    return fits


def _matches(pattern: re.Pattern[str]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _one_of(*values: Json) -> Callable[[Json], bool]:
    return lambda value: any(value is known or (value == known and isinstance(value, str)) for known in values)


def _some_of(known: frozenset[str], least: int) -> Callable[[Json], bool]:
    return lambda value: (
        isinstance(value, list)
        and len(value) >= least
        and all(isinstance(item, str) and item in known for item in value)
    )


def _all_match(pattern: re.Pattern[str], least: int) -> Callable[[Json], bool]:
    return lambda value: (
        isinstance(value, list) and len(value) >= least and all(_matches(pattern)(item) for item in value)
    )


_FLAG = (_is_flag, "is true or false")
_URIS = (_is_texts, "is a list of URIs")
_OPTIONAL = (_is_optional_text, "is a text or null")
_LIFETIME = (_is_seconds(1), "is a number of seconds, at least 1, or null")

FORMS: Mapping[str, tuple[Callable[[Json], bool], str]] = {
    "client_id": (_matches(_CLIENT_ID), "is 1 to 255 visible ASCII characters (RFC 6749 appendix A.1)"),
    "organization": _OPTIONAL,
    "product": _OPTIONAL,
    "client_name": (_is_name, "is a text that users can read"),
    "localized": (_is_localized, "maps names with a language tag to texts"),
    "description": _OPTIONAL,
    "contacts": (_is_contacts, "maps roles to lists of texts"),
    "platform": _OPTIONAL,
    "application_type": (_one_of("web", "native"), "is web or native"),
    "client_type": (_one_of("public", "confidential"), "is public or confidential"),
    "enabled": _FLAG,
    "scopes": (_all_match(_SCOPE, 1), "is a list of at least one scope (RFC 6749 section 3.3)"),
    "grant_types": (_some_of(GRANT_TYPES, 1), f"is one or more of {', '.join(sorted(GRANT_TYPES))}"),
    "response_types": (_some_of(frozenset({"code"}), 0), "is [code] or empty"),
    "redirect_uris": _URIS,
    "token_endpoint_auth_method": (
        _one_of("none", *sorted(SECRET_METHODS)),
        "is none, client_secret_basic or client_secret_post",
    ),
    "require_pkce": _FLAG,
    "require_consent": _FLAG,
    "require_pushed_authorization_requests": (_one_of(False), "is false: there is no such endpoint (RFC 9126)"),
    "dpop_bound_access_tokens": (_one_of(False), "is false: tokens are bearer tokens"),
    "subject_type": (_one_of("public"), "is public"),
    "id_token_signed_response_alg": (_one_of("RS256"), "is RS256"),
    "single_sign_on": _FLAG,
    "stay_logged_in": _FLAG,
    "default_max_age": (_is_seconds(0), "is a number of seconds or null"),
    "default_acr_values": (_some_of(frozenset({"2"}), 0), "is [2] or empty: there is one level"),
    "require_auth_time": _FLAG,
    "post_logout_redirect_uris": _URIS,
    "backchannel_logout_uri": _OPTIONAL,
    "backchannel_logout_session_required": _FLAG,
    "allowed_cors_origins": (_all_match(_ORIGIN, 0), "is a list of origins: scheme, host and port (RFC 6454)"),
    "access_token_lifetime": _LIFETIME,
    "refresh_token_lifetime": _LIFETIME,
    "client_uri": _OPTIONAL,
    "logo_uri": _OPTIONAL,
    "policy_uri": _OPTIONAL,
    "tos_uri": _OPTIONAL,
    "software_id": _OPTIONAL,
    "software_version": _OPTIONAL,
}
"""Per member, the form it must have, and how a refusal says so. A test holds it to the members there are."""
