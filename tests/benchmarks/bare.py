"""What any program would have to ask Keycloak for, and nothing else: httpx, a token, the same requests.

    python -m benchmarks.bare list URL REALM               every client, in pages of 50
    python -m benchmarks.bare create URL REALM BODIES      each line of a file, on four connections; then list
    python -m benchmarks.bare change URL REALM CHANGES     list; then look at each client and PUT, on four

The client's secret is read from the variable SECRET.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

PAGE, LANES = 50, 4


def main() -> None:
    """Ends with status 1 where the server refuses anything."""
    what, url, realm, *files = sys.argv[1:]
    form = {"grant_type": "client_credentials", "client_id": "clientreg", "client_secret": os.environ["SECRET"]}
    with httpx.Client(timeout=60, event_hooks={"response": [_refuse]}) as client:
        token = client.post(f"{url}/realms/{realm}/protocol/openid-connect/token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        place = f"{url}/admin/realms/{realm}/clients"
        todo = [json.loads(line) for file in files for line in Path(file).read_text("utf-8").splitlines()]
        if what == "create":
            _side_by_side(lambda body: client.post(place, json=body), todo)
        found = _listed(client, place)
        if what == "change":
            _side_by_side(lambda change: _changed(client, place, *change), todo)
    print(len(found))


def _side_by_side(work: Any, todo: Any) -> None:
    with ThreadPoolExecutor(LANES) as threads:
        list(threads.map(work, todo))


def _listed(client: httpx.Client, place: str) -> list[Any]:
    found: list[Any] = []
    while page := client.get(place, params={"first": len(found), "max": PAGE}).json():
        found += page
        if len(page) < PAGE:
            break
    return found


def _changed(client: httpx.Client, place: str, client_id: str, body: Any) -> None:
    (actual,) = client.get(place, params={"clientId": client_id}).json()
    client.put(f"{place}/{actual['id']}", json=body)


def _refuse(response: httpx.Response) -> None:
    response.read()
    response.raise_for_status()


if __name__ == "__main__":
    main()
