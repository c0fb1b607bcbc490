"""One report, one plan and one apply that have everything in them, for the tests of every output."""

from __future__ import annotations

from clientreg.finding import Finding, Related, Severity, Span, Waived
from clientreg.jsonvalue import Json
from clientreg.lint import Report
from clientreg.planning.plan import (
    Action,
    Change,
    CredentialStep,
    FieldChange,
    FileChange,
    NewScope,
    Plan,
    Refusal,
    Risk,
    ServerPlan,
    Unread,
    Waiting,
    WaiverUse,
)
from clientreg.planning.state import Mark
from clientreg.reading.source import Document
from clientreg.servers import Outcome
from clientreg.sync import Applied, HandedOver, ServerApplied

SHOP = "clients/acme/shop.yaml"
DOCUMENTS = {
    SHOP: Document(
        SHOP,
        "product: Shop\n"
        'client_name: "北京ショップ"  # wide\n'
        "redirect_uris:\n"
        "  - https://shop.example/cb\n"
        "  - http://shop.example/cb\n"
        "description: ##[error] Shop of a company that sells everything to everybody, as http://shop.example/about "
        "says, and much more than that\n"
        'jwks: {keys: [{kty: oct, k: "c2VjcmV0"}]}\n',
        {},
    )
}


def _finding(code: str, severity: Severity, span: Span, message: str, hint: str = "") -> Finding:
    return Finding(SHOP, span, ("redirect_uris", 1), code, severity, message, hint)


REPORT = Report(
    (
        Finding(
            SHOP,
            Span(5, 5, 5, 27),
            ("redirect_uris", 1),
            "CR291",
            Severity.ERROR,
            "'http://shop.example/cb' is sent in the clear",
            "use https, or http://127.0.0.1 for a native app",
            environment="production",
            related=(Related("clients/acme/app.yaml", 3, "'http://shop.example/cb' stands there too"),),
        ),
        _finding(
            "CR591",
            Severity.WARNING,
            Span(2, 15, 2, 21),
            "the name looks like that of another client, and this message is long enough to be wrapped",
            "choose another name",
        ),
        _finding("CR191", Severity.ERROR, Span(6, 80, 6, 106), "'http://shop.example/about' is not needed"),
        Finding(SHOP, Span(7, 1, 7, 5), ("jwks",), "CR691", Severity.ERROR, "a key is private", "publish public keys"),
        _finding("CR491", Severity.INFO, Span(1, 1, 1, 8), "single sign-on is off"),
        Finding(
            SHOP,
            Span(4, 5, 4, 28),
            ("redirect_uris", 0),
            "CR292",
            Severity.ERROR,
            "'https://shop.example/cb' is shared",
            waived=Waived("both move to one host\n::error::forged", "2027-01-01"),
        ),
        Finding(
            "clients/acme/::a,b.yaml",
            Span(4, 5, 6, 8),
            (),
            "CR001",
            Severity.ERROR,
            "\u202e\x1b[31m ##vso[task.complete] \n::set-env name=a::b",
        ),
    ),
    17,
)

_MARK = Mark("connect", "production", "clients/acme/shop.yaml", "155954c")
_CALLBACK = "https://play.test.fjordvale.example/connect/oauth2callback"
_KEY = {"kty": "RSA", "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}


def field(name: str, before: Json, after: Json, risk: Risk = Risk.PLAIN, why: str = "") -> FieldChange:
    """A change of a field at the top of a payload."""
    return FieldChange((name,), before, after, risk, why)


def change(action: Action, key: str, risk: Risk, *fields: FieldChange, step: str = "none") -> Change:
    """A change of a client whose file has its name."""
    source = f"clients/{key.replace('.', '/')}.yaml"
    return Change(action, key, source, risk, fields, {}, _MARK, "1", CredentialStep(step))


def _generation(before: int | None, after: int, risk: Risk, why: str) -> FieldChange:
    return FieldChange(("credentials", "generation"), before, after, risk, why)


_CREATED = change(
    Action.CREATE,
    "fjordvale-media.play-web",
    Risk.SENSITIVE,
    field("organization", None, "Fjordvale Broadcasting"),
    field("client_name", None, "Fjordvale Play", Risk.VISIBLE, "end users read it"),
    field("localized", None, {"client_name#nb": "Fjordvale Nett-TV"}, Risk.VISIBLE, "end users read it"),
    field(
        "description",
        None,
        "Website of the streaming service. Viewers sign in to continue watching where they stopped on another device.",
    ),
    field("contacts", None, {"technical": ["play-web@fjordvale.example"], "support": ["help@fjordvale.example"]}),
    field(
        "scopes",
        None,
        ["openid", "profile", "email", "id.user.write", "offline_access"],
        Risk.SENSITIVE,
        "scopes: openid, profile, email, id.user.write (sensitive), offline_access",
    ),
    field(
        "redirect_uris",
        None,
        [_CALLBACK, "http://localhost:3000/connect/oauth2callback"],
        Risk.SENSITIVE,
        "new redirect host play.test.fjordvale.example; new redirect scheme http for localhost",
    ),
    field("token_endpoint_auth_method", None, "client_secret_basic"),
    field("require_pushed_authorization_requests", None, True),
    field("require_pkce", None, True),
    field("subject_type", None, "public"),
    field("grant_types", None, ["authorization_code"], Risk.SENSITIVE, "grant added: authorization_code"),
    field("access_token_lifetime", None, 900),
    _generation(None, 1, Risk.PLAIN, "a client secret of its own"),
    step="new",
)
_LOANS = NewScope(
    "id.user.write", "Change user data | `of` \x1b[31mothers, wherever they are kept, for as long as they stay"
)
CREATE = _CREATED._replace(new_scopes=(_LOANS,))
UPDATE = change(
    Action.UPDATE,
    "lindhavn-library.catalogue",
    Risk.BREAKING,
    field("client_name", "Catalogue", "Lindhavn \u202eCatalogue", Risk.VISIBLE, "end users read it"),
    field(
        "description",
        "The catalogue of the library, where readers reserve books.",
        "The catalogue of the library, where readers reserve books and newspapers and pay fines.\n- Always.",
    ),
    field(
        "redirect_uris",
        ["https://a.example/cb", "https://b.example/cb", "https://c.example/cb"],
        ["https://b.example/cb", "https://c.example/cb", "https://d.example/cb"],
        Risk.BREAKING,
        "redirect URI removed: https://a.example/cb; new redirect host d.example",
    ),
    field(
        "contacts",
        {"support": ["s@x.example"], "technical": ["a@x.example"]},
        {"support": ["s@x.example"], "technical": ["b@x.example", "c@x.example"]},
        Risk.SENSITIVE,
        "another technical contact",
    ),
    field("require_pkce", True, False, Risk.SENSITIVE, "PKCE is no longer required"),
    field("logo_uri", None, f"{_CALLBACK}/logo-of-the-catalogue.svg", Risk.VISIBLE, "end users read it"),
    field("jwks", [{**_KEY, "kid": "a"}], [{**_KEY, "kid": "b"}], Risk.BREAKING, "keys replaced without overlap"),
    field("access_token_lifetime", 900, None),
)
ROTATE = change(
    Action.ROTATE,
    "acme.shop",
    Risk.BREAKING,
    _generation(1, 2, Risk.BREAKING, "the file asks for a new client secret"),
    step="shared",
)
DISABLE = change(
    Action.DISABLE,
    "acme.old",
    Risk.BREAKING,
    field("enabled", True, False, Risk.BREAKING, "its file is gone; deleted after 14 days unless it comes back"),
)
ENABLE = change(
    Action.ENABLE,
    "acme.back",
    Risk.SENSITIVE,
    field("enabled", False, True, Risk.SENSITIVE, "it can be used again"),
)
DELETE = change(
    Action.DELETE,
    "acme.older",
    Risk.BREAKING,
    field("disabled_since", "2026-10-01", None, Risk.BREAKING, "its file is gone, and 14 days of grace are over"),
)
ADOPT = change(
    Action.ADOPT,
    "acme.found",
    Risk.SENSITIVE,
    field("owner", None, "connect, production", Risk.SENSITIVE, "this registry takes the client over"),
)
CHANGES = (CREATE, UPDATE, ROTATE, DISABLE, ENABLE, DELETE, ADOPT)
REFUSED = Refusal(
    "acme.taken",
    "clients/acme/taken.yaml",
    "the server has a client of this id already, with no registry's mark: it is not ours to change",
    "choose another client_id; or, if this registry shall own it from now on, plan with --adopt",
)
SERVER = ServerPlan(
    "local",
    "embedded",
    "http://127.0.0.1:8081",
    CHANGES,
    refused=(REFUSED,),
    waiting=(Waiting("acme.waits", "clients/acme/waits.yaml", Action.DELETE, "2026-12-07"),),
    owned=17,
    foreign=3,
    unchanged=11,
)
COMMIT = "155954c0f400584b36adaaac831f2f6be9922cf3+dirty"
PLAN = Plan(
    "production",
    True,
    COMMIT,
    (SERVER,),
    recipients=(("fjordvale-media.play-web", ("age1first", "age1second")),),
    waivers=(WaiverUse("acme.shop", SHOP, "CR206", "Both move to one host in March", "2027-01-01"),),
)
_GUARD = "registry.yaml: environments.production.guard."
_ONCE = "if it is meant, apply this very plan once: --override-guard sha256:" + "0" * 64
STOPPED = Plan(
    "production",
    True,
    COMMIT,
    (ServerPlan("local", "embedded", "http://127.0.0.1:8081", (DELETE,), owned=4),),
    stopped=(
        Refusal(
            "history", "server local", "server local: commit 155954c0f400, applied last, is not in this clone", "fetch"
        ),
        Refusal(
            "max_deletes",
            _GUARD + "max_deletes",
            f"1 client would be disabled or deleted; max_deletes is 0 ({_GUARD}max_deletes)",
            _ONCE,
        ),
        Refusal(
            "max_breaking",
            _GUARD + "max_breaking",
            f"1 client would see a breaking change; max_breaking is 0 ({_GUARD}max_breaking)",
            _ONCE,
        ),
    ),
)
UNCHANGED = Plan("test", False, COMMIT, (ServerPlan("local", "embedded", "http://127.0.0.1:8080", (), owned=17),))

UNREAD = PLAN._replace(
    servers=(SERVER._replace(changes=(ROTATE,), refused=(), waiting=()),),
    recipients=(),
    waivers=(),
    unread=(
        Unread(
            "us",
            "keycloak",
            "https://us.login.example.com/realms/connect",
            "https://us.login.example.com: was not answered in time (30 s), and `it` | ended\n::error::forged",
            "it is overloaded, or something between drops requests: run the command again",
        ),
    ),
)

SINCE = PLAN._replace(
    commit="155954c0f400584b36adaaac831f2f6be9922cf3",
    since="7b2f954c0f400584b36adaaac831f2f6be9922aa",
    files=(
        FileChange(
            "clients/acme/organization.yaml",
            Risk.SENSITIVE,
            (
                field(
                    "domains", ["a.example"], ["a.example", "`b`.example"], Risk.SENSITIVE, "other hosts may receive"
                ),
                field("name", "Acme", "Acme | ![x](http://e.example)", Risk.VISIBLE, "end users read it"),
            ),
        ),
    ),
)

_CONFLICT = "somebody changed it meanwhile (409)\n::error::forged"
APPLIED = Applied(
    PLAN,
    (
        ServerApplied(
            "local",
            (Outcome(CREATE), Outcome(UPDATE, _CONFLICT), Outcome(ROTATE), Outcome(DISABLE)),
            "the applied commit could not be written: the database is locked",
        ),
    ),
    (
        HandedOver("fjordvale-media.play-web", "sealed-file", "handover/production/fjordvale-media.age", sealed=True),
        HandedOver("acme.app", "sealed-file", "handover/production/acme.app.md", sealed=False),
    ),
    interrupted=True,
)
