"""How fast linting is beside check-jsonschema: whole processes, in turn, in the same run.

    python tests/benchmarks/lint.py [FILES] [ROUNDS]

Makes a clean registry of FILES clients in a temporary folder and prints medians and the ratio. Asserts nothing. Both
commands run as they are installed, with compiled modules; the first round, which may compile them, is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
MIX = ("web",) * 5 + ("javascript",) * 2 + ("android",) + ("service",) * 2
"""Of ten clients: half web, two in the browser, one native, two services."""

WEB = """application_type: web
client_type: {kind}
scopes:
  - openid
  - profile
  - email
redirect_uris:
  # one per place that users come from
  - https://{host}/{name}/callback
  - https://www.{host}/{name}/callback
grant_types: [authorization_code, refresh_token]
refresh_token_lifetime: 14d

# users come here from the pages of their department
single_sign_on: true
post_logout_redirect_uris:
  - https://{host}/{name}/signed-out
client_uri: https://{host}/{name}/
policy_uri: https://{host}/privacy
purpose:
  profile: greets people by their name and prints it on what they take along
  email: sends the report when it is ready, to people who asked for it
"""
NATIVE = """application_type: native
client_type: public
scopes:
  - openid
  - profile
  - email
redirect_uris:
  - example.org{org}.app{n}:/callback  # a scheme of the organization's own
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
  reports.read: takes the night's figures to the archive
"""
BODIES = {"web": WEB, "javascript": WEB, "android": NATIVE, "service": SERVICE}


def client(org: int, n: int) -> str:
    """One clean client file, different from every other: comments, folded text, lists in both styles."""
    platform = MIX[n % len(MIX)]
    kind = "public" if platform == "javascript" else "confidential"
    body = BODIES[platform].format(host=f"org{org}.example", name=f"client-{n}", org=org, n=n, kind=kind)
    return f"""# yaml-language-server: $schema=../../schema/client.schema.json
# Kept by team {n % 9}; ask them before changing an address.
product: Product {org}-{n % 7}
client_name: Application {org} number {n}
description: >-
  Shows the reports of department {n} to the people who work there, with figures that are
  brought up to date every hour and can be taken along as a table. Nothing is written back.
contacts:
  technical:
    - team-{n % 9}@org{org}.example
    - on-call@org{org}.example
  support:
    - help@org{org}.example

platform: {platform}
{body}
software_id: org{org}-{n}
software_version: "1.{n % 10}.0"
lifecycle:
  review_by: 2031-0{1 + n % 9}-15
environments:
  test: {{}}
  # shorter there: figures of the day are not for keeping
  production:
    access_token_lifetime: {5 + n % 20}m
"""


def registry(folder: Path, files: int, per_organization: int = 50) -> None:
    """A clean registry of that many client files."""
    import pyrage

    recipient = str(pyrage.x25519.Identity.generate().to_public())
    (folder / "registry.yaml").write_text((ROOT / "tests/benchmarks/registry.yaml").read_text("utf-8"), "utf-8")
    for n in range(files):
        org = n // per_organization
        place = folder / "clients" / f"org{org}"
        if n % per_organization == 0:
            place.mkdir(parents=True)
            text = f"name: Organization {org}\ndomains: [org{org}.example]\nrecipients: [{recipient}]\n"
            (place / "organization.yaml").write_text(text, "utf-8")
        (place / f"client-{n}.yaml").write_text(client(org, n), "utf-8")


def seconds(command: Sequence[str], folder: Path) -> float:
    """Wall seconds of one whole process, which must succeed."""
    start = time.perf_counter()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - start


def rounds(commands: Sequence[Sequence[str]], folder: Path, count: int) -> Iterator[tuple[float, ...]]:
    """The commands in turn, `count` times, after one round that is not counted."""
    for number in range(count + 1):
        times = tuple(seconds(command, folder) for command in commands)
        if number:
            yield times


def main() -> None:
    """Print the figures."""
    files, count = (int(a) for a in (*sys.argv[1:], *("2000", "5")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registry(folder, files)
        schema = str(ROOT / "schema/client.schema.json")
        paths = sorted(str(p) for p in folder.glob("clients/*/client-*.yaml"))
        peer = [str(BIN / "check-jsonschema"), "--schemafile", schema, *paths]
        texts = [Path(path).read_text("utf-8") for path in paths]
        figures = list(rounds([[str(BIN / "clientreg"), "lint"], peer], folder, count))
    ours, theirs = (statistics.median(column) for column in zip(*figures, strict=True))
    ratios = sorted(b / a for a, b in figures)
    lines, size = sum(text.count("\n") for text in texts) / files, sum(len(text.encode()) for text in texts) / files
    print(f"{files} clean client files of {lines:.0f} lines and {size:,.0f} bytes, whole process, median of {count}")
    print(f"  clientreg lint      {ours:7.2f} s   schema, rules, names across files")
    print(f"  check-jsonschema    {theirs:7.2f} s   schema only")
    print(f"  ratio, pair by pair {statistics.median(ratios):7.1f}     from {ratios[0]:.1f} to {ratios[-1]:.1f}")


if __name__ == "__main__":
    main()
