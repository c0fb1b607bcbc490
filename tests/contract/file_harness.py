"""A file for node oidc-provider, looked at with nothing but json, and its sealed secrets with a key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyrage import decrypt, x25519

from clientreg.capability import Capabilities
from clientreg.servers import Server
from clientreg.servers.file.capabilities import CAPABILITIES
from clientreg.servers.file.server import connect

ISSUER = "https://login.example.com"


@dataclass
class FileHarness:
    """The file and its sidecar; `key` is the private key of the server that reads it."""

    folder: Path
    capabilities: Capabilities = CAPABILITIES.formats["oidc-provider"]
    furniture: frozenset[str] = frozenset()
    atomic: bool = True
    lanes: int = 1
    key: x25519.Identity = field(default_factory=x25519.Identity.generate)

    @property
    def file(self) -> Path:
        return self.folder / "state" / "clients.json"

    @property
    def sidecar(self) -> Path:
        return self.folder / "state" / "clients.json.clientreg.json"

    def options(self) -> dict[str, Any]:
        recipients = [str(self.key.to_public())]
        return {
            "format": "oidc-provider",
            "path": "state/clients.json",
            "issuer": ISSUER,
            "recipients": recipients,
        }

    def server(self) -> Server:
        return connect("local", self.options(), self.folder)

    def raw(self) -> Mapping[str, Mapping[str, Any]]:
        there = {one["client_id"]: as_words(one) for one in self.entries()}
        left_out = {
            key: {**as_words(one["left_out"]), "enabled": False}
            for key, one in self.beside().get("clients", {}).items()
            if "left_out" in one
        }
        return {**left_out, **there}

    def knows_secret(self, client_id: str, text: str) -> bool:
        (one,) = [one for one in self.entries() if one["client_id"] == client_id]
        return self.secret(one) == text

    def secret(self, one: Mapping[str, Any]) -> str | None:
        """What a provider would be started with."""
        if "secret_ref" not in one:
            return one.get("client_secret")
        return decrypt((self.file.parent / one["secret_ref"]).read_bytes(), [self.key]).decode()

    def everything(self) -> bytes:
        top = sorted(self.file.parent.iterdir())
        return b"".join(file.read_bytes() for one in top for file in (one, *one.rglob("*")) if file.is_file())

    def plant_foreign(self, client_id: str, mark: Mapping[str, Any] | None) -> None:
        self.plant(client_id)
        if mark is not None:
            empty = {"version": 1, "revision": 0, "record": None, "under_way": None, "clients": {}}
            beside = self.beside() or empty
            beside["clients"][client_id] = {"revision": 0, "mark": mark, "digest": "theirs"}
            self.sidecar.write_text(json.dumps(beside))

    def plant(self, client_id: str) -> None:
        self.file.parent.mkdir(exist_ok=True)
        planted = f'{{ "zeta": 1.50,  "client_id": "{client_id}",\t"scope": "b a", "odd": 12345678901234567890.10 }}'
        text = self.file.read_text() if self.file.exists() else "[]"
        others = text.rstrip().removesuffix("]").rstrip()
        self.file.write_text(f"{others}{'' if others == '[' else ','}\n{planted}]")

    def touch(self, client_id: str) -> None:
        entries = self.entries()
        for one in entries:
            if one["client_id"] == client_id:
                one["logo_uri"] = "https://hand.example/logo.png"
        self.file.write_text(json.dumps(entries))

    def foreign_bytes(self) -> object:
        marks = {key: one for key, one in self.beside().get("clients", {}).items() if one["digest"] == "theirs"}
        return self.theirs(), marks

    def theirs(self) -> list[Any]:
        text = self.file.read_text()
        return sorted(line.strip().removesuffix("]").rstrip(",") for line in text.splitlines() if '"zeta"' in line)

    def entries(self) -> list[dict[str, Any]]:
        return json.loads(self.file.read_text()) if self.file.exists() else []

    def beside(self) -> dict[str, Any]:
        return json.loads(self.sidecar.read_text()) if self.sidecar.exists() else {}


def as_words(one: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of oidc-provider in the words of client files, as a reader of its documentation would say them."""
    own = dict(one.get("clientreg", {}))
    others = own.pop("contacts", {})
    unset = dict.fromkeys(
        ("jwks", "jwks_uri", "default_max_age", "initiate_login_uri", "backchannel_logout_uri",
         "client_uri", "logo_uri", "policy_uri", "tos_uri", "access_token_lifetime", "refresh_token_lifetime",
         "software_id", "software_version")
    )  # fmt: skip
    renamed = {
        "scopes": sorted(one["scope"].split(" ")),
        "contacts": {**({"technical": one["contacts"]} if "contacts" in one else {}), **others},
        "client_type": "public" if one.get("token_endpoint_auth_method") == "none" else "confidential",
        "enabled": True,
    }
    localized = own.pop("localized", {})
    gone = {"scope", "contacts", "clientreg", "secret_ref", "client_secret"}
    plain = {name: value for name, value in one.items() if name not in gone}
    return {**unset, "default_acr_values": [], **plain, **own, **localized, **renamed}
