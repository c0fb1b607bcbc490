"""The hand-over: what a developer needs to configure a client, as YAML that people read and programs parse.

The text holds the secret only as a `Secret` part, so that it can leave the process sealed or not at all.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from functools import lru_cache

from clientreg.model import Registration
from clientreg.planning.state import Credential
from clientreg.seal import group
from clientreg.secret import Secret
from clientreg.sinks import Pack

_SECRET_LINE = re.compile(r'^client_secret: "([^"\\\n]+)"$', re.MULTILINE)
_METHODS = {
    "client_secret_basic": "by HTTP Basic, the usual default. Authlib and Spring call it client_secret_basic, "
    "openid-client and AppAuth ClientSecretBasic.",
    "client_secret_post": "in the request body. Authlib and Spring call it client_secret_post, openid-client and "
    "AppAuth ClientSecretPost.",
    "private_key_jwt": "by a JWT that your private key signs (RFC 7523); there is no client secret.",
    "none": "not at all: a public client sends its client_id and PKCE (S256). Leave the secret empty.",
}


def pack(
    registration: Registration,
    environment: str,
    servers: Mapping[str, Mapping[str, str]],
    credential: Credential | None,
    *,
    source: str,
) -> Pack:
    """The pack of one client in one environment.

    `servers` gives, per server of the environment, issuer and endpoints by their discovery names, nothing for one that
    did not answer; `source` is the client file, which the how-to names.
    """
    head = _head(registration, environment)
    tail = "\n".join(
        [*_facts(registration, servers), *_how_to(registration, source, sealed=credential is not None), ""]
    )
    if credential is None:
        return Pack(environment, registration.client_id, None, (head, tail))
    parts = (head, 'client_secret: "', credential.secret, '"\n', tail)
    return Pack(environment, registration.client_id, credential.id, parts, registration.recipients)


def secret_of(opened: Secret) -> Secret | None:
    """The client secret in an opened pack; None where there is none."""
    return group(opened, _SECRET_LINE)


def _head(registration: Registration, environment: str) -> str:
    return "\n".join(
        [
            f"# {_comment(registration.client_name)}, environment {_comment(environment)}",
            "# Sealed for you: keep the secret out of code, mail and chat."
            if registration.needs_secret
            else "# Nothing here is secret.",
            f"environment: {_quoted(environment)}",
            f"client_id: {_quoted(registration.client_id)}",
            "",
        ]
    )


def _facts(registration: Registration, servers: Mapping[str, Mapping[str, str]]) -> list[str]:
    lines = [f"token_endpoint_auth_method: {_quoted(registration.token_endpoint_auth_method)}"]
    if len(servers) == 1:
        lines += [line for endpoints in servers.values() for line in _endpoints(endpoints, "")]
    elif servers:
        lines += ["servers:"]
        for name, endpoints in servers.items():
            silent = "" if endpoints else " {}  # it did not answer when this was made; it takes the same secret"
            lines += [f"  {_quoted(name)}:{silent}", *_endpoints(endpoints, "    ")]
    lists = {
        "scopes": registration.scopes,
        "grant_types": registration.grant_types,
        "redirect_uris": registration.redirect_uris,
        "post_logout_redirect_uris": registration.post_logout_redirect_uris,
    }
    for name, values in lists.items():
        if values:
            lines += [f"{name}:", *(f"  - {_quoted(value)}" for value in values)]
    return lines


def _endpoints(endpoints: Mapping[str, str], indent: str) -> list[str]:
    others = {name: url for name, url in endpoints.items() if name != "issuer"}
    lines = [f"{indent}issuer: {_quoted(endpoints['issuer'])}"] if "issuer" in endpoints else []
    if others:
        lines += [f"{indent}endpoints:", *(f"{indent}  {name}: {_quoted(url)}" for name, url in others.items())]
    return lines


def _how_to(registration: Registration, source: str, *, sealed: bool) -> list[str]:
    method = registration.token_endpoint_auth_method
    known = _METHODS.get(method, f"by {method}: see the documentation of your library.")
    words = [
        "Give your OpenID Connect library the issuer and the client_id; it finds the endpoints by itself, at "
        "<issuer>/.well-known/openid-configuration.",
        f"The client authenticates at the token endpoint {known}",
        "Send one of the redirect_uris exactly as it stands here, with state, nonce and PKCE (S256)."
        if registration.signs_users_in
        else "No user signs in: ask the token endpoint with grant_type=client_credentials and the scopes.",
        *_logout_words(registration),
    ]
    if sealed:
        words.append(
            "Ask for a new secret when this one may have been seen, or when somebody who knew it left: raise "
            f"credentials.generation by one in {_comment(source)} and open a pull request."
        )
    return ["", "# How to use it", *(line for text in words for line in _wrapped(text))]


def _logout_words(registration: Registration) -> list[str]:
    if not registration.signs_users_in:
        return []
    if registration.native:
        return ["To log out, revoke the tokens at the revocation endpoint and forget them."]
    back = " and one of the post_logout_redirect_uris" if registration.post_logout_redirect_uris else ""
    browser = f"send the browser to the end_session_endpoint with id_token_hint{back}."
    return [f"To log out, end your own session, then {browser}"]


@lru_cache(maxsize=64)
def _wrapped(text: str) -> tuple[str, ...]:
    """Most clients are told the same."""
    wrapper = textwrap.TextWrapper(78, "# - ", "#   ", break_long_words=False, break_on_hyphens=False)
    return tuple(wrapper.wrap(text))


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar in which no line end, control or direction character stands as itself."""
    scalar = json.dumps(text, ensure_ascii=False)
    return scalar if scalar.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in scalar)


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"


def _comment(text: str) -> str:
    """Text for a comment: on one line, whatever it holds."""
    return "".join(char if char.isprintable() else " " for char in text)
