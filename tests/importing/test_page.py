"""What an import of many clients tells a person: each thing once, however many clients it is true of."""

from __future__ import annotations

from pathlib import Path

from clientreg.importing.found import Found, Source
from clientreg.report import import_text
from clientreg.report.style import PLAIN
from importing.place import begin, propose


def test_what_stays_on_the_server_is_said_once_for_all_that_have_it(tmp_path: Path) -> None:
    values = {"redirect_uris": ["https://acme.example/cb"], "client_type": "confidential"}
    clients = [Found(f"c{number:02}", {**values, "client_name": f"App {number}"}, ("roles",)) for number in range(11)]
    clients[4] = Found("c04", {**values, "client_name": "Four"}, ("flow overrides", "roles"))
    made = propose(begin(tmp_path / "registry"), Source("list.json", tuple(clients)))
    assert len(made.drafts) == 11
    page = import_text.imported(made, PLAIN, dry_run=True)
    part = page.partition("no file can say it\n")[2].partition("\n\n")[0]
    assert part == (
        "    11  roles: c00, c01, c02, c03, c04, c05, c06, c07, c08, c09 and 1 more\n"
        "     1  flow overrides: c04\n"
        "  --format json names all, client by client"
    )
