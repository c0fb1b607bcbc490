"""What somebody changed by hand becomes one issue: opened, kept up to date, closed; `drift.yml` with a stand-in gh."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.test_drift import by_hand
from workflows.conftest import SHOP, Hosted
from workflows.runner import Job
from workflows.test_sync import plans

COMPARE, ISSUE = "Compare every environment that a runner can sync", "Open, update or close the issue"
CLIENT = "acme-as.acme-shop"
_GH = """#!/bin/sh
here={here}
{{ for word in "$@"; do printf '%s\\0' "$word"; done; printf '\\n'; }} >> "$here/calls"
printf '%s %s\\n' "$GH_TOKEN" "$GH_REPO" >> "$here/who"
for word in "$@"; do case "$word" in --body-file=*) cp "${{word#--body-file=}}" "$here/body.md" ;; esac; done
case "$1 $2" in
  "issue list") cat "$here/open" 2>/dev/null || true ;;
  "issue create") echo 7 > "$here/open" ;;
  "issue close") rm "$here/open" ;;
esac
"""


class Gh:
    """A code host's issues, as far as the workflow asks for them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "gh").write_text(_GH.format(here=folder))
        (folder / "gh").chmod(0o755)

    def calls(self) -> list[list[str]]:
        """The calls since this was asked last, each with its words."""
        path = self.folder / "calls"
        lines = path.read_text("utf-8").split("\n")[:-1] if path.exists() else []
        path.unlink(missing_ok=True)
        return [line.split("\0")[:-1] for line in lines]

    @property
    def body(self) -> str:
        """What the issue says."""
        return (self.folder / "body.md").read_text("utf-8")


@pytest.fixture
def gh(hosted: Hosted, tmp_path: Path) -> Gh:
    """The stand-in, on the path of every job."""
    made = Gh(tmp_path / "tools")
    hosted.runner.tools = made.folder
    return made


@pytest.fixture
def synced(hosted: Hosted) -> Hosted:
    """The registry, once what it holds was merged and applied."""
    planned = hosted.plan()
    assert hosted.apply(planned, plans(planned)[0]).green
    return hosted


def drift(hosted: Hosted) -> Job:
    """The job of `drift.yml` on main."""
    github = {"sha": hosted.scratch.git("rev-parse", "main"), "token": "t0ken", "repository": "acme/registry"}
    return hosted.runner.job(hosted.workflows / "drift.yml", "drift", github=github)


def verbs(gh: Gh) -> list[str]:
    return [" ".join(call[:3] if call[1] in {"edit", "close"} else call[:2]) for call in gh.calls()]


def test_one_issue_is_opened_updated_and_closed(synced: Hosted, gh: Gh) -> None:
    calm = drift(synced)
    assert (calm.green, verbs(gh)) == (True, ["issue list"]), calm.log
    by_hand(synced.scratch, CLIENT, "../production.db", client_name="Evil")
    first = drift(synced)
    assert first.green, first.log
    assert verbs(gh) == ["issue list", "label create", "issue create"]
    assert ("Evil" in gh.body, "Evil" in first.summary, f"changed `{CLIENT}`" in gh.body) == (True, True, True)
    by_hand(synced.scratch, CLIENT, "../production.db", client_name="Worse")
    assert (drift(synced).green, verbs(gh)) == (True, ["issue list", "issue edit 7"])
    assert "Worse" in gh.body
    by_hand(synced.scratch, CLIENT, "../production.db", client_name="Acme Shop")
    assert (drift(synced).green, verbs(gh)) == (True, ["issue list", "issue close 7"])
    assert (gh.folder / "who").read_text().split("\n")[0] == "t0ken acme/registry"


def test_it_is_found_by_who_opened_it_and_its_label(synced: Hosted, gh: Gh) -> None:
    drift(synced)
    (call,) = gh.calls()
    assert {"--app=github-actions", "--label=clientreg-drift", "--state=open"} <= set(call)


def test_what_is_merged_and_not_applied_opens_nothing(synced: Hosted, gh: Gh) -> None:
    synced.scratch.edit(SHOP, "client_name: Acme Shop ", "client_name: Acme Store ")
    synced.merge(synced.propose())
    job = drift(synced)
    assert (job.green, verbs(gh)) == (True, ["issue list"]), job.log
    assert "1 pending" in job.summary


def test_hostile_values_are_words_of_a_file_alone(synced: Hosted, gh: Gh) -> None:
    evil = "$(touch ran) `touch ran` ``` \n::error::forged @everyone <img src=x> ${{ github.token }}"
    by_hand(synced.scratch, CLIENT, "../production.db", client_name=evil, description=evil)
    job = drift(synced)
    assert job.green, job.log
    assert not any("touch" in word for call in gh.calls() for word in call)
    assert not any(line.startswith("::error::forged") for line in job.log.splitlines())
    assert "t0ken" not in gh.body
    inside = False
    for line in gh.body.splitlines():  # everything of it stands in a fence
        inside = not inside if line.startswith("````") else inside
        assert inside or ("@everyone" not in line and "<img" not in line)


def test_what_cannot_be_compared_is_red_and_closes_nothing(synced: Hosted, gh: Gh) -> None:
    by_hand(synced.scratch, CLIENT, "../production.db", client_name="Evil")
    drift(synced)
    gh.calls()
    Path(synced.scratch.root.parent / "production.db").write_text("no database")
    job = drift(synced)
    assert (job.red, verbs(gh)) == ([ISSUE], ["issue list"]), job.log
    assert "::error title=Not compared::production could not be compared" in job.log
    broken = synced.scratch.read(SHOP).replace("product:", "product: [")
    synced.scratch.write(SHOP, broken)
    synced.scratch.commit()
    synced.scratch.git("push", "--quiet", "origin", "main")
    assert drift(synced).red == [ISSUE]
    assert verbs(gh) == ["issue list"]


def test_many_environments_make_one_page_that_is_short_enough(hosted: Hosted, gh: Gh) -> None:
    text = hosted.scratch.read("registry.yaml")
    block = text[text.index("  production:\n") :].partition("\nscopes:")[0].rstrip().rpartition("\n#")[0] + "\n"
    for name in ("second", "third"):
        more = block.replace("  production:", f"  {name}:").replace("production.db", f"{name}.db")
        hosted.scratch.edit("registry.yaml", "  production:\n", f"{more}  production:\n")
        hosted.scratch.edit(
            SHOP, "  test: {}", f"  test: {{}}\n  {name}:\n    redirect_uris: [https://{name}.acme.example/cb]"
        )
    hosted.scratch.commit()
    hosted.scratch.git("push", "--quiet", "origin", "main")
    planned = hosted.plan()
    for plan in plans(planned):
        assert hosted.apply(planned, plan).green
    for name in ("production", "second", "third"):
        by_hand(hosted.scratch, CLIENT, f"../{name}.db", description="a-word-of-a-console " * 1_300)
    job = drift(hosted)
    assert (job.green, len(gh.body) < 65_536) == (True, True), job.log
    assert "## Drift in `production`\n\n`1 client drifted`" in gh.body
    assert "## Drift in `third`\n\nIt did not fit on this page" in gh.body
    assert job.summary.count("a-word-of-a-console") > 3_000
