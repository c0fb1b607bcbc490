"""Client files near the edges of what lints clean, seeded: the same seed gives the same files.

Each begins as one of the kinds of clients there are, and gets some fields at their limits: the longest texts, odd
addresses, rare grants, keys, languages. What lint refuses is left out and counted, so that generous guesses cost
nothing; what stays must be accepted, kept and working on the server that it is meant for.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientreg import lint, servers
from clientreg.finding import Severity
from clientreg.model import Registration
from clientreg.registry import load

TODAY = "2026-11-23"
SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")
EC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "ec-1",
    "use": "sig",
    "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
EC_PRIVATE = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
"""Its other half, as RFC 7515 appendix A.3 prints it: what is signed with it proves nothing to anybody."""
RSA_KEY = {
    "kty": "RSA",
    "kid": "rsa-1",
    "use": "sig",
    "e": "AQAB",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
    "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
    "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ"
    "zKnqDKgw",
}
"""The key of RFC 7517 appendix A.1, and the one of RFC 7638 section 3.1."""

Chance = random.Random
Value = Callable[[Chance], Any]


@dataclass(frozen=True)
class Clean:
    """What came out: the registrations that lint has no error for, and by which rules how many others fell."""

    registrations: tuple[Registration, ...]
    refused_by: Mapping[str, int]


def write(
    folder: Path, count: int, *, seed: int, server: Mapping[str, Any], recipient: str,
    without: Collection[str] = (), scopes: tuple[str, ...] = SCOPES,
) -> Clean:  # fmt: skip
    """A registry in `folder` of `count` clients without errors, in an environment `test` with one server.

    Their secrets are sealed to `recipient`. `without` are fields that are left alone, such as one whose address the
    server would fetch.
    """
    chance = random.Random(seed)
    home = folder / "clients" / "edge"
    home.mkdir(parents=True)
    (folder / "registry.yaml").write_text(_json(_settings(server, scopes)))
    (home / "organization.yaml").write_text(_json(_organization(recipient)))
    refused: Counter[str] = Counter()
    kept: list[str] = []
    while len(kept) < count:
        made = {f"{len(kept):05}-{number}": client(chance, scopes, without) for number in range(count - len(kept))}
        for name, data in made.items():
            (home / f"c{name}.yaml").write_text(_json({**data, "client_name": _name(chance, name)}))
        wrong = _errors(folder)
        for name in made:
            file = f"clients/edge/c{name}.yaml"
            if file in wrong:
                refused.update(wrong[file])
                (folder / file).unlink()
            else:
                kept.append(file)
    clients = load(str(folder), lambda _: frozenset()).clients
    return Clean(tuple(one.registration("test") for one in clients), dict(refused.most_common()))


def client(chance: Chance, scopes: tuple[str, ...] = SCOPES, without: Collection[str] = ()) -> dict[str, Any]:
    """One client file that may be clean: a kind of client, with a few of its fields near an edge."""
    kind = chance.choice(tuple(KINDS))
    data: dict[str, Any] = {
        "product": "Edge",
        "client_name": "Edge",
        "description": "A client that was made to stand near an edge.",
        "contacts": {"technical": ["dev@edge.example"]},
        "scopes": _some(chance, scopes, least=1),
        "environments": {"test": {}},
        **{name: value(chance) for name, value in KINDS[kind].items()},
    }
    fields = [name for name in EDGES if name not in _NOT_FOR.get(kind, ())]
    for name in chance.sample(fields, chance.randint(0, 7)):
        if name not in without:
            data[name] = EDGES[name](chance)
    if chance.random() < 0.7:
        _consistent(data)
    return {name: value for name, value in data.items() if value is not None}


def _consistent(data: dict[str, Any]) -> None:
    """What a person would not forget: else most files would fall by a rule about what goes together."""
    if data["application_type"] == "web" and data.get("single_sign_on") and not data.get("post_logout_redirect_uris"):
        data["post_logout_redirect_uris"] = ["https://edge.example/bye"]
    method = data.get("token_endpoint_auth_method")
    if data["client_type"] == "public":
        data.pop("token_endpoint_auth_method", None)
    elif method == "none":
        data["token_endpoint_auth_method"] = "client_secret_post"
    if data["platform"] != "service" and "openid" not in data["scopes"]:
        data["scopes"] = ["openid", *data["scopes"]]
    if method == "private_key_jwt" and not {"jwks", "jwks_uri"} & data.keys():
        data["jwks"] = {"keys": [EC_KEY]}
    if data.get("jwks") and data.get("jwks_uri"):
        del data["jwks_uri"]
    if "frontchannel_logout_uri" not in data:
        data.pop("frontchannel_logout_session_required", None)


def _pick(*values: Any) -> Value:
    return lambda chance: chance.choice(values)


def _some(chance: Chance, values: tuple[Any, ...], least: int = 0, most: int = 4) -> list[Any]:
    return chance.sample(values, chance.randint(least, min(most, len(values))))


def _list(value: Value, least: int = 0, most: int = 4) -> Value:
    return lambda chance: list(dict.fromkeys(value(chance) for _ in range(chance.randint(least, most))))


LETTERS = "abcxyzABCXYZ0189 -_.,'\"&<>()/+#%@!?:;=[]{}|~^`$*\\"
BEYOND = "æøåÆØÅßéñçŁžšİıȘ漢字かなカナ한국어Ελληνικάкириллицаעבריתعربيहिन्दी😀🧾"


def _text(least: int, most: int, *, lines: bool = False) -> Value:
    """A text of any length between two, often the shortest or the longest."""

    def text(chance: Chance) -> str:
        length = chance.choice((least, most, most, chance.randint(least, most), chance.randint(least, 60)))
        alphabet = chance.choice((LETTERS, LETTERS + BEYOND, "abc ", BEYOND)) + ("\n\t" if lines else "")
        made = "".join(chance.choice(alphabet) for _ in range(max(length, least)))
        return made[:1].replace(" ", "x") + made[1:-1] + made[-1:].replace(" ", "x") if len(made) > 1 else "x"

    return text


_PATHS = (
    "/cb", "/", "/a/b/c", "/cb/", "/CB", "/cb?x=1", "/cb?x=1&y=2", "/cb?x=%20", "/%C3%A5", "/cb;v=1", "/a.b_c~d-e",
    "/cb?next=https%3A%2F%2Fedge.example", "/:@!$'()+,;=", "/a//b", "/cb?", "/connect/oauth2callback", "/a,b",
    "/cb?a[]=1",
)  # fmt: skip
_HOSTS = (
    "edge.example", "www.edge.example", "a.b.c.d.edge.example", "xn--blbr-roah.edge.example", "blåbær.edge.example",
    "edge.example:8443", "edge.example:1", "edge.example:65535", "e-e.edge.example", "9.edge.example",
    f"{'a' * 63}.edge.example",
)  # fmt: skip


def https(chance: Chance) -> str:
    """An https address of the organization, now and then a long one."""
    path = chance.choice(_PATHS)
    if chance.random() < 0.1:
        host = chance.choice(_HOSTS)
        most = chance.choice((200, 254, 255, 256, 300, 1000))
        start = f"https://{host}/"
        return start + "p" * max(1, most - len(start))
    return f"https://{chance.choice(_HOSTS)}{path}"


_LOOPBACK = (
    "http://localhost:8081/connect/oauth2callback", "http://localhost/cb", "http://127.0.0.1/cb", "http://[::1]/cb",
    "http://127.0.0.1:5000/cb", "http://[::1]:5000/cb", "http://localhost:65535/", "http://127.0.0.1/", "http://localhost",
)  # fmt: skip
_SCHEMES = (
    "com.example.edge:/cb", "com.example.edge://cb", "com.example.edge:/", "com.example.edge:/oauth2/callback?x=1",
    "example.edge-app.v1:/cb", "example.edge+x:/cb", "edge://connect/oauth2callback", "com.example.EDGE:/cb",
    f"com.example.{'s' * 200}:/cb",
)  # fmt: skip
_OOB = ("urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto")


def _web_redirect(chance: Chance) -> str:
    return https(chance) if chance.random() < 0.85 else chance.choice(_LOOPBACK)


def _native_redirect(chance: Chance) -> str:
    return str(chance.choice(chance.choice((_LOOPBACK, _SCHEMES, _SCHEMES))))


KINDS: Mapping[str, Mapping[str, Value]] = {
    "web": {
        "platform": _pick("web"),
        "application_type": _pick("web"),
        "client_type": _pick("confidential", "confidential", "public"),
        "redirect_uris": _list(_web_redirect, 1),
    },
    "browser": {
        "platform": _pick("javascript"),
        "application_type": _pick("web"),
        "client_type": _pick("public"),
        "redirect_uris": _list(_web_redirect, 1),
    },
    "phone": {
        "platform": _pick("android", "ios", "windows-phone", "macos-desktop"),
        "application_type": _pick("native"),
        "client_type": _pick("public", "public", "confidential"),
        "redirect_uris": lambda chance: None if chance.random() < 0.2 else _list(_native_redirect, 1)(chance),
    },
    "desktop": {
        "platform": _pick("windows-desktop", "linux-desktop", "cli"),
        "application_type": _pick("native"),
        "client_type": _pick("public"),
        "redirect_uris": _list(lambda chance: chance.choice((_native_redirect(chance), *_OOB)), 1),
    },
    "television": {
        "platform": _pick("tv"),
        "application_type": _pick("native", "web"),
        "client_type": _pick("public"),
        "redirect_uris": _list(lambda chance: chance.choice((_native_redirect(chance), https(chance))), 1),
    },
    "device": {
        "platform": _pick("tv", "cli"),
        "application_type": _pick("native"),
        "client_type": _pick("public"),
        "grant_types": _pick(
            ["urn:ietf:params:oauth:grant-type:device_code"],
            ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        ),
    },
    "service": {
        "platform": _pick("service"),
        "application_type": _pick("web"),
        "client_type": _pick("confidential"),
        "scopes": _list(_pick("profile", "email", "phone"), 1),
    },
}
"""What a kind of client states; `None` leaves a field to its default."""

EDGES: Mapping[str, Value] = {
    "description": _text(20, 2000, lines=True),
    "product": _text(1, 200),
    "contacts": _pick(
        {"technical": ["dev@edge.example", "ops+1@edge.example"]},
        {"technical": ["dev@edge.example"], "security": ["s@edge.example"], "privacy": ["p@edge.example"]},
        {"technical": [f"{'l' * 64}@edge.example"]},
    ),
    "client_name#nb": _text(1, 200),
    "client_name#zh-Hant-TW": _text(1, 200),
    "single_sign_on": _pick(True, False),
    "stay_logged_in": _pick(True, False),
    "post_logout_redirect_uris": _list(https, 0),
    "backchannel_logout_uri": https,
    "backchannel_logout_session_required": _pick(True, False),
    "frontchannel_logout_uri": https,
    "frontchannel_logout_session_required": _pick(True, False),
    "initiate_login_uri": https,
    "token_endpoint_auth_method": _pick(
        "client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt", "none"
    ),
    "grant_types": _pick(
        ["authorization_code"],
        ["authorization_code", "refresh_token"],
        ["authorization_code", "client_credentials"],
        ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
        ["authorization_code", "refresh_token", "client_credentials"],
    ),
    "require_consent": _pick(True, False),
    "require_pushed_authorization_requests": _pick(True, False),
    "dpop_bound_access_tokens": _pick(True, False),
    "jwks": _pick({"keys": [EC_KEY]}, {"keys": [RSA_KEY]}, {"keys": [EC_KEY, RSA_KEY]}),
    "jwks_uri": https,
    "client_uri": https,
    "logo_uri": https,
    "policy_uri": https,
    "tos_uri": https,
    "client_uri#nb": https,
    "allowed_cors_origins": _list(
        _pick("https://edge.example", "https://www.edge.example:8443", "http://localhost:3000")
    ),
    "audience": _list(_pick("https://api.edge.example", "api", "urn:edge:api"), 1, 2),
    "access_token_lifetime": _pick("1s", "59s", "5m", "24h", "1d", "999999s"),
    "refresh_token_lifetime": _pick("1m", "14d", "365d", "999999m"),
    "default_max_age": _pick(0, 1, 3600, 2147483647),
    "require_auth_time": _pick(True, False),
    "default_acr_values": _pick([], ["2"], ["1", "2"], ["urn:mace:incommon:iap:silver"], ["0"]),
    "subject_type": _pick("public", "pairwise"),
    "sector_identifier_uri": https,
    "id_token_signed_response_alg": _pick("RS256", "ES256", "PS256", "RS512", "EdDSA", "HS256", "none"),
    "software_id": _text(1, 255),
    "software_version": _text(1, 255),
    "enabled": _pick(True, False),
    "credentials": _pick({"generation": 1}, {"generation": 7}, {"max_age": "90d"}),
}
"""Per field, values at and beyond its limits."""

_NOT_FOR: Mapping[str, frozenset[str]] = {
    "service": frozenset({"single_sign_on", "grant_types", "post_logout_redirect_uris", "backchannel_logout_uri",
                          "stay_logged_in", "initiate_login_uri", "frontchannel_logout_uri", "client_uri#nb"}),
    "device": frozenset({"grant_types"}),
}  # fmt: skip
"""Fields that make no sense there: lint says so, and a file with one would only be left out."""


def _name(chance: Chance, name: str) -> str:
    """A name that no other client has: names that look alike are refused. Now and then a long one, of wide letters."""
    return f"Edge {name}" + ("" if chance.random() < 0.9 else " " + "😀" * chance.choice((50, 120, 180)))


def _settings(server: Mapping[str, Any], scopes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "version": 1,
        "name": "edges",
        "environments": {
            "test": {
                "class": "test",
                "servers": {"real": dict(server)},
                "credential_sinks": [{"type": "sealed-file", "directory": "handover", "publish": "none"}],
            }
        },
        "scopes": {name: {"description": f"What {name} is for"} for name in scopes},
    }


def _organization(recipient: str) -> dict[str, Any]:
    return {"name": "Edge Ltd", "domains": ["edge.example"], "recipients": [recipient]}


def _errors(folder: Path) -> Mapping[str, list[str]]:
    """The codes of what lint refuses, by file."""
    registry = load(str(folder), lambda _: frozenset())
    found: dict[str, list[str]] = {}
    for finding in lint.run(registry, servers=servers.types(), today=TODAY).findings:
        if finding.severity is Severity.ERROR:
            found.setdefault(finding.file, []).append(finding.code)
    return found


def _json(value: object) -> str:
    """JSON is YAML, too."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
