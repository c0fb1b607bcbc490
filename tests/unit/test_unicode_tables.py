"""The script that makes the Unicode tables, on a page of each of its sources."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from clientreg.values import confusable

_CONFUSABLES = """\ufeff# confusables.txt
# Date: 2026-08-06, 01:05:35 GMT
# Version: 18.0.0

0430 ;\t0061 ;\tMA\t# ( \u0430 \u2192 a ) CYRILLIC SMALL LETTER A \u2192 LATIN SMALL LETTER A\t#
006D ;\t0072 006E ;\tMA\t# ( m \u2192 rn ) LATIN SMALL LETTER M
# Total: 2
"""
_SCRIPTS = """# Scripts-18.0.0.txt
# Date: 2026-06-29, 15:25:26 GMT
0030..0039    ; Common # Nd  [10] DIGIT ZERO..DIGIT NINE
0041..005A    ; Latin # L&  [26] LATIN CAPITAL LETTER A..LATIN CAPITAL LETTER Z
0370..0373    ; Greek # L&   [4] GREEK CAPITAL LETTER HETA..
0376          ; Greek # L&       GREEK CAPITAL LETTER PAMPHYLIAN DIGAMMA
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    file = Path(__file__).parents[2] / "tools" / "unicode_tables.py"
    spec = importlib.util.spec_from_file_location("unicode_tables", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TABLES", tmp_path)
    return module


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    for name, text in (("confusables.txt", _CONFUSABLES), ("Scripts.txt", _SCRIPTS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [str(tmp_path / "confusables.txt"), str(tmp_path / "Scripts.txt")]


def test_tables_are_made_and_then_agree(script: ModuleType, sources: list[str], tmp_path: Path) -> None:
    assert script.main(sources) == 0
    assert script.main(["--check", *sources]) == 0
    assert (tmp_path / "confusables.tsv").read_text().split("\n")[2:] == ["006D\t0072 006E", "0430\t0061", ""]
    assert (tmp_path / "scripts.tsv").read_text().split("\n")[2:] == ["0041\t005A\tLatin", "0370\t0376\tGreek", ""]


def test_a_table_that_was_edited_is_noticed(script: ModuleType, sources: list[str], tmp_path: Path) -> None:
    script.main(sources)
    table = tmp_path / "scripts.tsv"
    table.write_text(table.read_text().replace("Greek", "Latin"))
    assert script.main(["--check", *sources]) == 1


def test_the_packaged_tables_are_of_the_version_that_is_named() -> None:
    heads = [(confusable._DATA / f"{name}.tsv").read_text(encoding="utf-8") for name in ("confusables", "scripts")]
    assert [re.findall(r"Unicode ([\d.]+),", head.split("\n")[0]) for head in heads] == [["18.0.0"], ["18.0.0"]]
    assert "version 18.0" in (confusable.__doc__ or "")
