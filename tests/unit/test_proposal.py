"""A branch judged by what it is to be merged into: what counts, what was there before, and whose word decides."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cli.scratch import Scratch
from clientreg import gitrepo, proposal, servers
from clientreg.errors import CannotFinish
from clientreg.finding import Finding
from clientreg.lint import Report

ROOT = Path(__file__).parents[2]
LIBRARY = "clients/lindhavn-library"
CATALOGUE = f"{LIBRARY}/catalogue.yaml"
POWER = "clients/ostavind-power/my-power.yaml"
BRANCH_ALLOWS = "this branch's registry.yaml allows it: merge that change first, by itself"


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example registry, committed on main, with a branch checked out."""
    scratch = Scratch(tmp_path_factory.mktemp("proposal") / "registry")
    shutil.copytree(ROOT / "clients", scratch.root / "clients")
    shutil.copy(ROOT / "registry.yaml", scratch.root)
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    scratch.git("checkout", "--quiet", "-b", "branch")
    return scratch.root


@pytest.fixture
def at(begun: Path, tmp_path: Path) -> Scratch:
    shutil.copytree(begun, tmp_path / "registry")
    return Scratch(tmp_path / "registry")


def judged(at: Scratch, base: str = "main") -> Report:
    read = proposal.read(gitrepo.open_repository(at.root), base)
    return proposal.judged(read, servers=servers.types(), today="2026-11-23")


def on_main(at: Scratch, change: Callable[[], None]) -> None:
    """Something that happened on main before the branch left it."""
    at.git("checkout", "--quiet", "main")
    change()
    at.commit()
    at.git("checkout", "--quiet", "-B", "branch")


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.code} {one.file}:{one.span.line}" for one in findings]


def test_a_branch_that_changes_nothing_has_nothing_to_report(at: Scratch) -> None:
    report = judged(at)
    assert (report.findings, report.earlier, report.files) == ((), (), 29)
    assert report.since is not None
    assert (report.since.base, report.since.head, report.since.changed) == (*2 * [at.git("rev-parse", "HEAD")], 0)


def test_what_is_not_committed_is_not_looked_at(at: Scratch) -> None:
    at.edit(CATALOGUE, "client_name", "client_nmae")
    at.write(f"{LIBRARY}/stray.yml", "x")
    assert judged(at).findings == ()


def test_an_error_in_a_changed_file_counts_even_if_it_was_there_before(at: Scratch) -> None:
    on_main(at, lambda: at.edit(CATALOGUE, "lindhavn.loans", "lindhavn.laons"))
    assert told(judged(at).earlier) == [f"CR301 {CATALOGUE}:14"]
    at.edit(CATALOGUE, "product: ", "product: The ")
    at.commit()
    report = judged(at)
    assert "CR301" in [one.code for one in report.findings]
    assert (report.earlier, report.failed()) == ((), True)


def test_an_error_elsewhere_that_was_there_before_does_not_count(at: Scratch) -> None:
    on_main(at, lambda: at.edit(POWER, "openid", "openidd"))
    at.edit(CATALOGUE, "product: ", "product: The ")
    at.commit()
    report = judged(at)
    assert {one.file for one in report.findings} <= {CATALOGUE}
    assert {one.file for one in report.earlier} == {POWER}
    assert not report.failed(strict=True)


def test_an_error_that_the_change_causes_elsewhere_counts(at: Scratch) -> None:
    at.edit(f"{LIBRARY}/organization.yaml", "name: ", "nmae: ")
    at.commit()
    found = judged(at)
    assert found.failed()
    assert {one.file for one in found.findings} == {f"{LIBRARY}/organization.yaml"}
    at.git("reset", "--quiet", "--hard", "main")
    at.git("rm", "--quiet", f"{LIBRARY}/organization.yaml")
    at.commit()
    assert "CR015" in {one.code for one in judged(at).findings}


def test_a_name_taken_twice_is_found_in_the_file_that_nobody_touched(at: Scratch) -> None:
    """The error stands at the later path, which here is the owner's file."""
    text = at.read(POWER).replace("my-power", "new")
    at.write("clients/fjordvale-media/aaa.yaml", text)
    at.commit()
    report = judged(at)
    assert POWER in {one.file for one in report.findings if one.code == "CR501"}
    assert report.earlier == ()


def test_a_broken_file_that_was_there_before_does_not_count(at: Scratch) -> None:
    on_main(at, lambda: at.write(CATALOGUE, "a: [\n"))
    at.edit(POWER, "product: ", "product: The ")
    at.commit()
    report = judged(at)
    assert told(report.earlier) == [f"CR001 {CATALOGUE}:1"]
    assert not report.failed()


def test_a_new_scope_is_merged_before_the_clients_that_use_it(at: Scratch) -> None:
    at.edit("registry.yaml", "  lindhavn.loans:", "  lindhavn.new: {description: New}\n  lindhavn.loans:")
    at.edit(CATALOGUE, "lindhavn.loans", "lindhavn.new")
    at.commit()
    found = [one for one in judged(at).findings if one.code == "CR301"]
    assert [(one.file, one.hint) for one in found] == [(CATALOGUE, BRANCH_ALLOWS)]


def test_a_branch_that_relaxes_a_severity_is_judged_by_the_old_one(at: Scratch) -> None:
    on_main(at, lambda: at.edit("registry.yaml", "severity: {}", "severity: {CR403: error}"))
    at.edit("registry.yaml", "severity: {CR403: error}", "severity: {}")
    at.edit(CATALOGUE, "single_sign_on: true", "single_sign_on: false")
    at.commit()
    found = [(one.code, one.severity) for one in judged(at).findings if one.file == CATALOGUE]
    assert found == [("CR403", "error")]


def test_a_branch_that_raises_a_severity_is_judged_by_the_new_one(at: Scratch) -> None:
    at.edit("registry.yaml", "profile: connect", "profile: fapi2")
    at.commit()
    report = judged(at)
    assert report.failed()
    assert all(one.file != "registry.yaml" for one in report.findings)


def test_the_trusted_commit_is_the_one_that_was_named_not_where_the_branch_left(at: Scratch) -> None:
    """A scope that main has by now is there, although the branch is older."""
    at.edit(CATALOGUE, "lindhavn.loans", "lindhavn.new")
    at.commit()
    at.git("checkout", "--quiet", "main")
    at.edit("registry.yaml", "  lindhavn.loans:", "  lindhavn.new: {description: New}\n  lindhavn.loans:")
    at.commit()
    at.git("checkout", "--quiet", "branch")
    assert "CR301" not in [one.code for one in judged(at).findings]


def test_a_base_without_a_registry_file_fails_and_says_who_decides(at: Scratch) -> None:
    on_main(at, lambda: at.git("rm", "--quiet", "registry.yaml") and None)
    shutil.copy(ROOT / "registry.yaml", at.root)
    at.commit()
    (finding,) = [one for one in judged(at).findings if one.severity == "error"]
    assert (finding.code, finding.file) == ("CR018", "registry.yaml")
    assert "an owner of the registry must look at this change" in finding.hint


def test_a_base_whose_registry_file_cannot_be_read(at: Scratch) -> None:
    text = at.read("registry.yaml")
    on_main(at, lambda: at.write("registry.yaml", "version: 9\n"))
    at.write("registry.yaml", text)
    at.commit()
    assert [one.code for one in judged(at).findings if one.severity == "error"] == ["CR018"]


def test_a_branch_without_a_registry_file(at: Scratch) -> None:
    at.git("rm", "--quiet", "registry.yaml")
    at.commit()
    assert "CR017" in [one.code for one in judged(at).findings]


def moved(at: Scratch, to: str) -> None:
    at.git("mv", CATALOGUE, to)


def test_a_moved_file_that_loses_its_id_is_an_error(at: Scratch) -> None:
    moved(at, f"{LIBRARY}/search.yaml")
    at.edit(f"{LIBRARY}/search.yaml", "product: ", "product: The ")
    at.commit()
    (finding,) = judged(at).findings
    assert (finding.code, finding.hint.split(";")[0]) == ("CR525", "write `client_id: lindhavn-library.catalogue`")


def test_a_moved_file_that_keeps_its_id_is_clean(at: Scratch) -> None:
    moved(at, f"{LIBRARY}/search.yaml")
    text = at.read(f"{LIBRARY}/search.yaml")
    at.write(f"{LIBRARY}/search.yaml", text.replace("product:", "client_id: lindhavn-library.catalogue\nproduct:", 1))
    at.commit()
    assert [one for one in judged(at).findings if one.severity != "info"] == []


def test_a_file_that_goes_and_another_that_comes_are_two_clients(at: Scratch) -> None:
    text = at.read(CATALOGUE)
    at.git("rm", "--quiet", CATALOGUE)
    text = text.replace("Library Catalogue", "Night Bus").replace("catalogue", "nightbus")
    text = text.replace("Single-page app for finding, reserving", "Timetables for getting home late, looking up")
    at.write(f"{LIBRARY}/night-bus.yaml", text)
    at.commit()
    assert "CR525" not in [one.code for one in judged(at).findings]


def test_a_client_id_that_is_changed_in_its_file(at: Scratch) -> None:
    text = at.read(CATALOGUE)
    at.write(CATALOGUE, text.replace("product:", "client_id: other\nproduct:", 1))
    at.commit()
    (finding,) = [one for one in judged(at).findings if one.severity == "error"]
    assert (finding.code, finding.path) == ("CR525", ("client_id",))


def test_a_generation_that_a_revert_lowers(at: Scratch) -> None:
    on_main(at, lambda: at.edit(POWER, "client_type:", "credentials: {generation: 3}\nclient_type:"))
    at.edit(POWER, "generation: 3", "generation: 2")
    at.commit()
    assert [one.code for one in judged(at).findings if one.severity == "error"] == ["CR526"]


def test_a_generation_that_goes_back_where_an_environment_gets_a_file_of_its_own(at: Scratch) -> None:
    on_main(at, lambda: at.edit(POWER, "client_type:", "credentials: {generation: 3}\nclient_type:"))
    both = at.read(POWER)
    production = both[both.index("  production: {}") :]
    at.write(POWER, both.replace(production, ""))
    first, _ = both.split("  test:\n")
    beside = first.replace("generation: 3", "generation: 2").replace(
        "product:", "client_id: ostavind-power.my-power\nproduct:", 1
    )
    at.write("clients/ostavind-power/my-power-live.yaml", beside + production)
    at.commit()
    wrong = [(one.code, one.file) for one in judged(at).findings if one.severity == "error"]
    assert wrong == [("CR526", "clients/ostavind-power/my-power-live.yaml")]


def test_the_same_findings_as_a_full_check_on_changed_files(at: Scratch) -> None:
    from clientreg import lint, registry

    at.edit(CATALOGUE, "openid", "openidd")
    at.edit(POWER, "https://", "http://")
    at.commit()
    loaded = registry.load(str(at.root), lambda _: frozenset())
    whole = lint.run(loaded, servers=servers.types(), today="2026-11-23").findings
    report = judged(at)
    assert [one for one in report.findings if one.file in {CATALOGUE, POWER}] == [
        one for one in whole if one.file in {CATALOGUE, POWER}
    ]
    assert replace(report, findings=()).failed() is False


def test_history_that_is_not_shared(at: Scratch) -> None:
    orphan = at.git("commit-tree", "-m", "other", "HEAD^{tree}")
    with pytest.raises(CannotFinish, match="share no history"):
        judged(at, orphan)
