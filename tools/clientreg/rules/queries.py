"""What the query of an address holds: parameters of the answer, secrets, and other addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, addresses, rule
from clientreg.rules.addresses import FIELDS, REDIRECTS
from clientreg.rules.features import Feature
from clientreg.values.uri import Uri

_ANSWER = {
    "redirect_uris": frozenset({"code", "state", "iss", "error", "error_description", "id_token", "access_token"}),
    "post_logout_redirect_uris": frozenset({"state"}),
}
"""What a server adds to an address (RFC 6749 section 4.1.2, RFC 9207 section 2, RP-Initiated Logout 1.0 section 2)."""
_SECRET = re.compile(
    r"(?:client_?|api_?|auth_?|access_?|shared_?)?(?:secret|password|passwd|pwd|key|token)|sig|signature|x-amz-signature"
)
_SHORT = 7
"""Characters of a value that is hardly a secret, such as `key=home`."""
_ONWARD = re.compile(
    r"(?:redirect|return|target|dest|destination|continue|forward|next|goto|back)(?:_?(?:ur[il]|to|path))?|ur[il]|rurl"
)
_LEADS_ON = re.compile(r"(?i)\Z|https?(?::|%3a)|(?:/|%2f){2}")


@rule(
    "CR253",
    ERROR,
    title="redirect URI holds a parameter of the answer",
    fields=REDIRECTS,
    needs=(Feature.QUERY,),
    bad="""
        platform: web
        redirect_uris: ["https://www.acme.example/callback?state=shop"]  # <-
    """,
    good="""
        platform: web
        redirect_uris: ["https://www.acme.example/callback?shop=1"]
    """,
    refs=("RFC 6749 section 3.1.2", "RFC 6749 section 4.1.2"),
)
def answer_in_address(registration: Registration, context: Context) -> Iterator[Breach]:
    """The server adds `code`, `state` and others to the query: two of a name, and the client reads the wrong one.

    Most often the address was copied out of a browser after a login.
    """
    for address in addresses.sound(registration, REDIRECTS):
        names = [pair.partition("=")[0] for pair in (address.uri.query or "").split("&")]
        taken = [name for name in names if name in _ANSWER[address.field]]
        if taken:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} holds {shown(taken[0])}, which the server adds to it",
                f"leave {taken[0]} out of the address, or give the parameter another name",
            )


@rule(
    "CR213",
    ERROR,
    title="address holds a secret",
    fields=FIELDS,
    needs=(Feature.QUERY,),
    bad="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        backchannel_logout_uri: https://www.acme.example/logout?api_key=9f8e7d6c5b4a  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        backchannel_logout_uri: https://www.acme.example/logout?tenant=9f8e7d6c5b4a
    """,
    refs=("RFC 9700 section 4.2", "RFC 3986 section 7.5"),
)
def secret_in_address(registration: Registration, context: Context) -> Iterator[Breach]:
    """Addresses are no place for secrets: this file, its history, browsers, proxies and logs all keep them.

    A logout notice proves itself by its signature; nothing else needs to be in the address.
    """
    for address in addresses.sound(registration, FIELDS):
        for name, value in _pairs(address.uri):
            if name in _ANSWER.get(address.field, ()):
                continue
            if _SECRET.fullmatch(name.lower()) and len(value) > _SHORT:
                yield Breach(
                    address.path,
                    f"{shown(name)} in the query of an address for {shown(address.uri.host)}"
                    " is a secret in plain sight",
                    "leave it out, and replace the secret: it is in the history of this file",
                )


@rule(
    "CR256",
    INFO,
    title="redirect URI looks as if it sends users on",
    fields=("redirect_uris",),
    needs=(Feature.QUERY,),
    profiles={"bcp": WARNING, "oauth2.1": WARNING, "fapi2": WARNING},
    bad="""
        platform: web
        redirect_uris: ["https://www.acme.example/out?url=https://app.acme.example/"]  # <-
    """,
    good="""
        platform: web
        redirect_uris: ["https://www.acme.example/callback?shop=1"]
    """,
    refs=("RFC 9700 section 2.1", "RFC 9700 section 4.11"),
)
def open_redirector(registration: Registration, context: Context) -> Iterator[Breach]:
    """A page that sends browsers to wherever its address says hands the code on with them.

    Where users go after the login belongs into their session or into `state`, not into the redirect URI.
    """
    for address in addresses.sound(registration, ("redirect_uris",)):
        for name, value in _pairs(address.uri):
            if _ONWARD.fullmatch(name.lower()) and _LEADS_ON.match(value):
                yield Breach(
                    address.path,
                    f"{shown(name)} looks like the place that users are sent on to",
                    "leave it out of the address, and remember in the session where users go after the login",
                )


def _pairs(uri: Uri) -> Iterator[tuple[str, str]]:
    for pair in (uri.query or "").split("&"):
        name, _, value = pair.partition("=")
        yield name, value
