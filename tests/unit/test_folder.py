"""What lies below `clients/` is read, or said to be out of place: once, at the file to rename or move."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientreg.reading import folder

OUT_OF_PLACE = {
    "another ending": ("acme/shop.yml", "CR011", "rename it to shop.yaml: clients live in"),
    "no ending": ("acme/shop", "CR011", "move the file there or out of clients/"),
    "beside the organizations": ("shop.yml", "CR011", "move the file there or out of clients/"),
    "a folder in a folder": ("acme/sub/shop.yaml", "CR011", "move the files there or out of clients/"),
    "capital letters": ("acme/Web_Shop.yaml", "CR014", "at most 59 characters, for example web-shop.yaml"),
    "hidden": ("acme/.shop.yaml", "CR014", "at most 59 characters, for example shop.yaml"),
    "nothing to suggest": ("acme/店.yaml", "CR014", "use a-z, 0-9 and single hyphens, at most 59 characters"),
    "an organization in capital letters": ("Acme Ltd/shop.yaml", "CR014", "characters, for example acme-ltd"),
}
TWINS = {
    "another case": ("acme/zoo.yaml", "acme/Zoo.yaml", "acme/Zoo.yaml"),
    "another form": ("acme/cafe.yaml", "acme/\uff43afe.yaml", "acme/\uff43afe.yaml"),
    "another ending": ("acme/zoo.yaml", "acme/zoo.YAML", "acme/zoo.YAML"),
    "of the organization's file": ("acme/organization.yaml", "acme/Organization.yaml", "acme/Organization.yaml"),
    "of a file that is skipped": ("acme/README.md", "acme/readme.md", "acme/readme.md"),
    "of a folder": ("acme/zoo.yaml", "Acme/zoo.yaml", "Acme"),
}


def scanned(root: Path, *files: str) -> list[tuple[str, str, str]]:
    for file in files:
        (root / "clients" / file).parent.mkdir(parents=True, exist_ok=True)
        (root / "clients" / file).touch()
    return [(one.file, one.code, one.hint) for one in folder.scan(folder.WorkTree(str(root))).strangers]


@pytest.mark.parametrize(("file", "code", "hint"), OUT_OF_PLACE.values(), ids=OUT_OF_PLACE)
def test_what_is_out_of_place_is_said_with_where_it_belongs(tmp_path: Path, file: str, code: str, hint: str) -> None:
    [(_, found, said)] = scanned(tmp_path, file)
    assert (found, said.endswith(hint) or said.startswith(hint)) == (code, True), said


@pytest.mark.parametrize(("kept", "other", "place"), TWINS.values(), ids=TWINS)
def test_of_two_spellings_the_one_that_cannot_stay_is_found_once(
    tmp_path: Path, kept: str, other: str, place: str
) -> None:
    assert [one[:2] for one in scanned(tmp_path, kept, other)] == [(f"clients/{place}", "CR013")]
