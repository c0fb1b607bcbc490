"""Registries of any size that look like those in the field: seeded, so that every run has the same bytes.

Half of the clients are web applications, the rest browser, native and service clients; comments, folded text and lists
in both styles; addresses differ between environments in a third. Dates are quoted: a peer that reads YAML 1.1 would
take a bare one for no text, and fail.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RECIPIENT = "age1j84pqjg3d3jw8ar4z2v4du6ufgmthwcc65fl2wqmxmezta0mty3qymef9v"
HERE = Path(__file__).parent
MIX = ("web",) * 5 + ("javascript",) * 2 + ("android",) + ("service",) * 2
PLACES = ("fjord", "vik", "berg", "dal", "nes", "sund", "holm", "strand", "haug", "elv", "skog", "tind", "lund", "foss")
TRADES = ("media", "energi", "kraft", "reiser", "handel", "skole", "helse", "bank", "trykk", "fisk", "data", "sport")
SUBJECTS = ("orders", "bills", "figures", "tickets", "pages", "places", "books", "meters", "courses", "players")
WORDS = ("brought up to date every hour", "kept for a year", "shown on phones too", "printed on request")

TEXT = """# yaml-language-server: $schema=../../schema/client.schema.json
# Kept by team {team}; ask them before changing an address.
product: {product}
client_name: {name}{localized}
description: >-
  Shows the {subject} of {home} to the people who work there, with what belongs to them, {words}.
  It can be taken along as a table; nothing is written back. The department for {subject} answers questions.
contacts:
  technical:
    - team-{team}@{domain}
    - on-call@{domain}
  support: [help@{domain}]

platform: {platform}
{body}
software_id: {slug}
software_version: "1.{minor}.0"
lifecycle: {{review_by: "20{year}-0{month}-15"}}
environments:
  test: {{}}
{production}"""
WEB = """application_type: web
client_type: {kind}
scopes:
  - openid
  - profile
  - email
redirect_uris:
  # one per place that users come from
  - https://{domain}/{slug}/callback
  - https://www.{domain}/{slug}/callback
grant_types: [authorization_code, refresh_token]
refresh_token_lifetime: 14d

# users come here from the pages of their department
single_sign_on: true
post_logout_redirect_uris:
  - https://{domain}/{slug}/signed-out
client_uri: https://{domain}/{slug}/
policy_uri: https://{domain}/privacy
purpose:
  profile: greets people by their name
  email: sends the {subject} when they are ready, to people who asked for them
"""
NATIVE = """application_type: native
client_type: public
scopes:
  - openid
  - profile
redirect_uris:
  - example.{scheme}:/callback  # a scheme of the organization's own
  - http://127.0.0.1/callback
grant_types:
  - authorization_code
  - refresh_token
refresh_token_lifetime: 30d

# the tab of the system's browser, which shares its session
single_sign_on: true
browser: system
purpose:
  profile: greets people by their name and prints it on what they take along
"""
SERVICE = """application_type: web
client_type: confidential
scopes:
  - reports.read
grant_types: [client_credentials]

# the archive's library sends the secret in the body
token_endpoint_auth_method: client_secret_post
access_token_lifetime: 5m
purpose:
  reports.read: takes the night's {subject} to the archive
"""
BODIES = {"web": WEB, "javascript": WEB, "android": NATIVE, "service": SERVICE}
MISTAKES = (
    ("description: >-", "descripton: >-"),  # misspelt
    ("platform: ", "platform: my-"),  # no such value
    ("contacts:\n", "contacts: []\nunused:\n"),  # another type, and an unknown field
    ("scopes:\n", "scopes:\n  - no.such.scope\n"),  # found by a rule
    ("https://www.", "http://www."),  # found by a rule; a native client or service has none of these
    ("@", "@@"),  # no address
)
"""What people get wrong; nothing that is no YAML, at which ajv-cli would stop."""


@dataclass(frozen=True)
class Organization:
    """An organization and how many clients it has."""

    slug: str
    size: int

    @property
    def domain(self) -> str:
        """Where its clients are."""
        return f"{self.slug}.example"


def organizations(files: int, chance: random.Random) -> Iterator[Organization]:
    """Many small ones and a few large ones, fifty clients on average."""
    number = 0
    while files > 0:
        size = min(files, chance.choice((4, 8, 15, 25, 40, 60, 80, 170)))
        yield Organization(f"{chance.choice(PLACES)}-{chance.choice(TRADES)}-{number}", size)
        files, number = files - size, number + 1


def client(home: Organization, number: int, chance: random.Random) -> str:
    """One clean client file, different from every other."""
    platform, subject = MIX[chance.randrange(len(MIX))], chance.choice(SUBJECTS)
    slug = f"{subject}-{number}"
    facts = {
        "home": home.slug.rpartition("-")[0].replace("-", " ").title(),
        "product": f"{subject.title()} of {home.slug}",
        "name": f"{subject.title()} {number} of {home.slug}",
        "localized": f"\nclient_name#nb: Tjenesten på {home.slug} {number}" if chance.random() < 0.1 else "",
        "kind": "public" if platform == "javascript" else "confidential",
        "scheme": f"{home.slug}.app{number}",
        "domain": home.domain,
        "team": chance.randrange(9),
        "minor": chance.randrange(40),
        "year": chance.randrange(30, 40),
        "month": chance.randrange(1, 10),
        "words": chance.choice(WORDS),
        "platform": platform,
        "subject": subject,
        "slug": slug,
    }
    production = "" if chance.random() < 0.1 else _production(platform, home.domain, slug, chance)
    return TEXT.format(**facts, body=BODIES[platform].format(**facts), production=production)


def _production(platform: str, domain: str, slug: str, chance: random.Random) -> str:
    if platform == "web" and chance.random() < 0.6:
        return f"  production:\n    redirect_uris: [https://login.{domain}/{slug}/callback]\n"
    if chance.random() < 0.5:
        lifetime = f"{chance.randrange(5, 25)}m"
        return f"  # shorter there: nothing is for keeping\n  production:\n    access_token_lifetime: {lifetime}\n"
    return "  production: {}\n"


def spoilt(text: str, chance: random.Random) -> str:
    """The same with a mistake that people make."""
    fitting = [pair for pair in MISTAKES if pair[0] in text]
    return text.replace(*chance.choice(fitting), 1)


def write(folder: Path, files: int, *, errors: float, seed: int = 1) -> list[str]:
    """A registry of that many client files in a Git repository, a share of them with errors; their paths."""
    chance = random.Random(seed)
    (folder / "registry.yaml").write_bytes((HERE / "registry.yaml").read_bytes())
    (folder / ".gitignore").write_text(".clientreg/\nhandover/\n", "utf-8")
    paths = []
    for home in organizations(files, chance):
        place = folder / "clients" / home.slug
        place.mkdir(parents=True)
        text = f"name: {home.slug.title()}\ndomains: [{home.domain}]\nrecipients: [{RECIPIENT}]\n"
        (place / "organization.yaml").write_text(text, "utf-8")
        for number in range(len(paths), len(paths) + home.size):
            text = client(home, number, chance)
            path = place / f"client-{number}.yaml"
            path.write_text(spoilt(text, chance) if chance.random() < errors else text, "utf-8")
            paths.append(str(path.relative_to(folder)))
    commit(folder, "the registry")
    return sorted(paths)


def change(folder: Path, files: int = 3) -> None:
    """One more commit, in which some files have another address."""
    for path in [path for path in sorted(folder.glob("clients/*/client-*.yaml")) if "/callback" in path.read_text()][
        :files
    ]:
        path.write_text(path.read_text("utf-8").replace("/callback", "/signed-in"), "utf-8")
    commit(folder, "a change")


def apply(folder: Path) -> None:
    """Bring every client to the test environment's server, as the command does, without waiting for the disk."""
    hurried = "import os; os.fsync = lambda _: None; from clientreg.cli import main; main()"
    words = [sys.executable, "-c", hurried, "apply", "--environment", "test"]
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    subprocess.run(words, cwd=folder, env=env, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    """Commit everything in the folder, whose repository is made if there is none."""
    author = (
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@localhost",
        "-c",
        "commit.gpgSign=false",
        "-c",
        "gc.auto=0",
    )
    for arguments in (("init", "-q"), ("add", "-A"), (*author, "commit", "-q", "-m", message)):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
