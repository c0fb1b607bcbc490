"""One whole address per item: not a part of one, and not several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown, whole
from clientreg.model import Registration
from clientreg.rules import ERROR, Breach, Context, addresses, rule
from clientreg.rules.addresses import FIELDS
from clientreg.rules.features import Feature
from clientreg.rules.kinds import native
from clientreg.values.uri import Flaw


@rule(
    "CR204",
    ERROR,
    title="address is not absolute",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad="""
        platform: web
        redirect_uris:
          - /callback  # <-
          - //www.acme.example/callback  # <-
          - localhost:3000/callback  # <-
        client_uri: www.acme.example  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        client_uri: https://www.acme.example/
    """,
    refs=("RFC 6749 section 3.1.2", "RFC 3986 section 4.3"),
)
def relative(registration: Registration, context: Context) -> Iterator[Breach]:
    """An address without scheme and host depends on who reads it; requests carry the absolute one and never match."""
    for address in addresses.flawed(registration, Flaw.RELATIVE):
        text = address.uri.text
        yield Breach(
            address.path, f"{shown(text)} is no absolute address", f"write {_absolute(text, registration, context)}"
        )


def _absolute(text: str, registration: Registration, context: Context) -> str:
    host = text.lstrip("/").split("/", 1)[0]
    if host.startswith(("localhost:", "127.0.0.1:")) and text[:1] != "/":
        return f"http://{text}"
    if (
        not native(registration)
        and re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]+)?", host)
        and text[:1] != "/"
    ):
        return f"https://{text}"
    if text.startswith("//"):
        return f"https:{text}"
    own = "http://127.0.0.1" if native(registration) else f"https://{addresses.own_host(registration, context)}"
    return f"the whole address, for example {own}{text if text.startswith('/') else '/callback'}"


@rule(
    "CR212",
    ERROR,
    title="item holds several addresses",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback,https://app.acme.example/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback, "https://app.acme.example/callback?ids=1,2"]
    """,
    refs=("RFC 7591 section 2",),
)
def several(registration: Registration, context: Context) -> Iterator[Breach]:
    """All of it is taken for one address, with a path that no page has; requests name one of them and never match."""
    for address in addresses.flawed(registration, Flaw.SEVERAL):
        text = address.uri.text
        apart = re.split(r"[\s,;|]+(?=[A-Za-z][A-Za-z0-9+.-]*:/)", text)
        yield Breach(
            address.path,
            f"{shown(text)} holds {len(apart)} addresses in one text",
            f"write each as an item of its own: {whole(', '.join(apart))[1:-1]}"
            if len(address.path) > 1
            else f"write one of them, such as {whole(apart[0])}",
        )
