"""A small registry made of an example: what a rule's `bad` and `good` texts and the files in `cases/` are written in.

The conventions stand in README.md of this folder.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from clientreg import gitrepo, lint, proposal, registry
from clientreg.capability import Capabilities, Capability, Holding, Objection, Option
from clientreg.finding import Finding
from clientreg.jsonvalue import Json
from clientreg.model import Registration
from clientreg.registry import Registry

TODAY = "2026-06-01"
HOME = "acme"
SHOP = f"clients/{HOME}/shop.yaml"
MARK = "# <-"
BEFORE = "before:"
RECIPIENT = "age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz"

REGISTRY = """\
version: 1
name: example
environments:
  test:
    class: test
    servers: {main: {type: SERVER}}
    credential_sinks: [{type: sealed-file, directory: handover, publish: none}]
  production:
    class: production
    servers: {main: {type: SERVER}}
    credential_sinks: [{type: sealed-file, directory: handover, publish: none}]
scopes:
  openid: {description: Sign in}
  profile: {description: Name and locale}
  email: {description: E-mail address}
  phone: {description: Phone number}
  offline_access: {description: Stay signed in while the user is away}
  id.user.read: {description: Read the user's basic data}
  id.user.email.read: {description: Read all e-mail addresses, sensitive: true}
  id.user.write: {description: Change the user's basic data, client_types: [confidential], sensitive: true}
  id.user.right.use: {description: Record the use of a right, client_types: [confidential]}
  acme.orders: {description: Read and place orders, organizations: [acme]}
rules: {profile: PROFILE, severity: {}}
"""

_OPTIONS = (
    Option("url", "Where it is.", "https://login.example.com"),
    Option("client_id", "Which client the registry is there.", "clientreg"),
)
_NO_CONSENT = {"require_consent": Capability(Holding.NOT_HELD, "it has no consent page")}
_NO_AGE = {"default_max_age": Capability(Holding.REFUSED, "it knows no default")}
_SERVERS = {
    "example": "",
    "narrow": "",
    "embedded": ", store: .clientreg/ENVIRONMENT.db, issuer: 'http://localhost:PORT'",
    "file": ", format: oidc-provider, path: out/ENVIRONMENT.json, issuer: 'http://localhost:PORT'"
    f", recipients: [{RECIPIENT}]",
}
_DIRECTIVE = re.compile(
    r"# (file|raw|absent|link|profile|server|severity|before|before-absent): (\S+)(?: (?:-> )?(\S+))?"
)
_KEY = re.compile(r"^([a-z_]+(?:#[\w-]+)?)[ \t]*:", re.MULTILINE)
_CLIENT = re.compile(r"clients/([^/]+)/(?!organization\.yaml$)([^/]+)\.yaml")


@dataclass(slots=True)
class Example:
    """An example taken apart: the text of each file, links, what to leave out, and the places it marks."""

    files: dict[str, str] = field(default_factory=dict)
    raw: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    before: dict[str, str | None] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    marks: list[tuple[str, int]] = field(default_factory=list)
    profile: str = "connect"
    server: str = "example"
    severity: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Example:
        """Take an example apart; what comes before the first directive is `clients/acme/shop.yaml`."""
        example, place, lines = cls(), SHOP, dict[str, list[str]]()
        for line in text.split("\n"):
            bare = line.rstrip()
            marked = bare.endswith(MARK)
            bare = bare.removesuffix(MARK).rstrip() if marked else line
            if directive := _DIRECTIVE.fullmatch(bare.rstrip()):
                word, subject, target = directive.groups()
                place = example._directed(word, subject, target) or place
                if word in {"file", "raw", "before"}:
                    lines.setdefault(place, [])
                if marked:
                    example.marks.append((subject, 1))
                continue
            own = lines.setdefault(place, [])
            own.append(bare)
            if marked:
                example.marks.append((place, len(own)))
        texts = {name: "\n".join(own) + "\n" * (name not in example.raw) for name, own in lines.items()}
        older = {name for name in texts if name.startswith(BEFORE)}
        example.before |= {name.removeprefix(BEFORE): texts.pop(name) for name in older}
        example.files = texts
        example.marks.sort()
        return example

    def _directed(self, word: str, subject: str, target: str | None) -> str | None:
        match word:
            case "file":
                return subject
            case "raw":
                self.raw.add(subject)
                return subject
            case "absent":
                self.absent.add(subject)
            case "before":
                return BEFORE + subject
            case "before-absent":
                self.before[subject] = None
            case "link":
                self.links[subject] = target or "nowhere"
            case "profile":
                self.profile = subject
            case "severity":
                self.severity[subject] = target or "error"
            case _:
                self.server = subject
        return None

    def older(self) -> dict[str, str]:
        """Every file of the registry before the change that the example is about."""
        files = {**self.files, **{name: text for name, text in self.before.items() if text is not None}}
        left = {name: text for name, text in files.items() if self.before.get(name, "") is not None}
        older = replace(self, files=left, absent={name for name, text in self.before.items() if text is None})
        return older.complete()

    def complete(self) -> dict[str, str]:
        """Every file of the registry, with what the example leaves out."""
        home = f"clients/{HOME}/organization.yaml"
        files = {"registry.yaml": _registry(self.server, self.profile, self.severity), home: _organization(HOME)}
        if home in self.absent:
            files["registry.yaml"] = files["registry.yaml"].replace(f", organizations: [{HOME}]", "")
        for name, text in self.files.items():
            client = _CLIENT.fullmatch(name)
            if client:
                files.setdefault(f"clients/{client[1]}/organization.yaml", _organization(client[1]))
            files[name] = _completed(text, *client.groups()) if client and name not in self.raw else text
        return {name: text for name, text in files.items() if name not in self.absent}


def _registry(server: str, profile: str, severity: Mapping[str, str]) -> str:
    raised = ", ".join(f"{code}: {one}" for code, one in severity.items())
    text = REGISTRY.replace("PROFILE", profile).replace("severity: {}", f"severity: {{{raised}}}")
    for name, port in (("test", "8080"), ("production", "8081")):
        options = _SERVERS.get(server, "").replace("ENVIRONMENT", name).replace("PORT", port)
        text = text.replace("SERVER", server + options, 1)
    return text


def _organization(folder: str) -> str:
    name = folder.title()
    return (
        f"name: {name} AS\nowners: ['@{folder}']\ndomains: [{folder}.example]\n"
        f"contacts: {{technical: [dev@{folder}.example]}}\nrecipients: [{RECIPIENT}]\n"
    )


def _completed(text: str, folder: str, name: str) -> str:
    """The fragment and the mandatory fields it does not state, in a form that fits its platform."""
    keys = set(_KEY.findall(text))
    missing = {key: value for key, value in _rest(text, keys, folder, name).items() if key not in keys}
    body = text if text.endswith("\n") or not text else text + "\n"
    return body + "".join(f"{key}: {value}\n" for key, value in missing.items())


def _rest(text: str, keys: set[str], folder: str, name: str) -> Mapping[str, str]:
    kind = _stated(text, "application_type")
    platform = _stated(text, "platform") or ("android" if kind == "native" else "web")
    web = kind == "web" if platform == "tv" and kind else platform in {"web", "javascript", "service", "tv"}
    machine = platform == "service" or ("client_credentials" in text and "authorization_code" not in text)
    title = f"{folder} {name}".replace("-", " ").title()
    rest = {
        "product": title,
        "client_name": title,
        "description": f"{title} is the place where customers sign in and see what they have bought.",
        "platform": platform,
        "application_type": "web" if web else "native",
        "client_type": "confidential" if platform in {"web", "service"} else "public",
        "scopes": "[acme.orders]" if machine and folder == HOME else "[openid]",
        "environments": "{test: {}}",
    }
    redirects = platform != "service" and (
        "grant_types" not in keys or bool(re.search("authorization_code|implicit", text))
    )
    if redirects and web:
        rest["single_sign_on"] = "true"
        if "single_sign_on" not in keys:
            rest["post_logout_redirect_uris"] = f"['https://{name}.{folder}.example/']"
    if redirects and platform in {"linux-desktop", "cli", "tv"}:
        host = f"https://{name}.{folder}.example" if web else "http://127.0.0.1"
        rest["redirect_uris"] = f"['{host}/callback']"
    return rest


def _stated(text: str, key: str) -> str | None:
    found = re.search(rf"^{key}:[ \t]*([\w-]+)", text, re.MULTILINE)
    return found[1] if found else None


@cache
def servers() -> Mapping[str, Capabilities]:
    """What the examples' servers can hold: `example` all, `lenient` no consent, `narrow` short names, no default age.

    `embedded` and `file` are the real ones.
    """
    from clientreg.servers.embedded import capabilities as embedded
    from clientreg.servers.file import capabilities as file

    return {
        "example": Capabilities("example", "A server that holds everything", options=_OPTIONS),
        "embedded": embedded.CAPABILITIES,
        "file": file.CAPABILITIES,
        "lenient": Capabilities("lenient", "A server that asks for no consent", options=(), fields=_NO_CONSENT),
        "narrow": Capabilities("narrow", "A server with a short column", (), _NO_AGE, objections=_too_long),
    }


def _too_long(registration: Registration, _: Mapping[str, Json]) -> Iterator[Objection]:
    if len(registration.client_name) > 24:
        yield Objection(("client_name",), "a name has 24 characters at most", "shorten it")


def load(text: str) -> Registry:
    """The registry of an example, read from a folder that is gone when it is."""
    with laid_out(Example.of(text)) as folder:
        return registry.load(folder, lambda paths: frozenset())


@contextmanager
def laid_out(example: Example) -> Iterator[str]:
    """A folder with the files of an example, for as long as it is looked at."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), example.complete())
        for name, target in example.links.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).symlink_to(target)
        yield folder


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode("utf-8", "surrogateescape"))


def findings(text: str) -> list[Finding]:
    """Every finding of an example, in order, waived ones too; of one that says what was before, of that change."""
    return found(Example.of(text))


def found(example: Example) -> list[Finding]:
    """The same of one that was taken apart."""
    if example.before:
        return _proposed(example)
    with laid_out(example) as folder:
        _, report = lint.checked(folder, lambda paths: frozenset(), servers=servers(), today=TODAY)
    return list(report.findings)


def _proposed(example: Example) -> list[Finding]:
    """What is found in the change from one commit to the next."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root, example.older())
        first = gitrepo.start(root, "before").head
        for path in [*root.glob("clients/*/*"), root / "registry.yaml"]:
            path.unlink(missing_ok=True)
        _write(root, example.complete())
        changed = proposal.read(gitrepo.start(root, "after"), first)
        return list(proposal.judged(changed, servers=servers(), today=TODAY).findings)


def marks(text: str) -> list[tuple[str, int]]:
    """The places that an example marks with `# <-`: file and line, sorted."""
    return Example.of(text).marks


def places(found: list[Finding]) -> list[tuple[str, int]]:
    """Where findings are: file and line, sorted."""
    return sorted((finding.file, finding.span.line) for finding in found)


def told(found: list[Finding]) -> Iterator[str]:
    """Findings as a test failure shows them."""
    for finding in found:
        yield f"{finding.file}:{finding.span.line} {finding.severity} {finding.code} {finding.message}"
