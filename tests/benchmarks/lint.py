"""How fast linting is beside check-jsonschema: whole processes, in turn, in the same run.

    python tests/benchmarks/lint.py [FILES] [ROUNDS]

Makes a clean registry of FILES clients in a temporary folder and prints medians and the ratio. Asserts nothing.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
_SHARED = "\nsingle_sign_on: true\npost_logout_redirect_uris: [https://{host}/{name}/bye]"
KINDS = (
    ("web", "web", "confidential", "redirect_uris: [https://{host}/{name}/callback]" + _SHARED),
    ("javascript", "web", "public", "redirect_uris: [https://{host}/{name}/spa]" + _SHARED),
    ("android", "native", "public", "redirect_uris: [example.org{org}.app{n}:/callback]"),
    ("service", "web", "confidential", "access_token_lifetime: 5m"),
)


def client(org: int, n: int) -> str:
    """One clean client file of about 1 kB, different from every other."""
    platform, application, kind, last = KINDS[n % len(KINDS)]
    name = f"client-{n}"
    scopes = "[reports.read]" if platform == "service" else "[openid, profile, email]"
    return f"""# yaml-language-server: $schema=../../schema/client.schema.json
product: Product {org}-{n % 7}
client_name: Application {org} number {n}
description: >-
  Shows the reports of department {n} to the people who work there, with figures that are
  brought up to date every hour and can be taken along as a table.
contacts:
  technical: [team-{n % 9}@org{org}.example]
  support: [help@org{org}.example]
platform: {platform}
application_type: {application}
client_type: {kind}
scopes: {scopes}
{last.format(host=f"org{org}.example", name=name, org=org, n=n)}
software_id: org{org}-{n}
software_version: "1.{n % 10}.0"
purpose:
  {scopes.strip("[]").split(", ")[-1]}: tells people apart by it and prints it on what they take along
environments:
  test: {{}}
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
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
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
        figures = list(rounds([[str(BIN / "clientreg"), "lint"], peer], folder, count))
    ours, theirs = (statistics.median(column) for column in zip(*figures, strict=True))
    ratio = statistics.median(b / a for a, b in figures)
    print(f"{files} clean client files, whole process, median of {count}")
    print(f"  clientreg lint      {ours:7.2f} s   schema, rules, names across files")
    print(f"  check-jsonschema    {theirs:7.2f} s   schema only")
    print(f"  ratio, pair by pair {ratio:7.1f}")


if __name__ == "__main__":
    main()
