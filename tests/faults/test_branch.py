"""A remote that refuses, hangs, is gone, or is faster than we are; a branch and a clone that others have been at."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from disk import Disk
from steps import counted

import clientreg.gitrepo.branch as module
from clientreg import sinks
from clientreg.errors import CannotFinish
from clientreg.gitrepo.process import Answer
from clientreg.settings import SinkEntry
from memory import registration
from remotes import Remote, branch, closed, edit, git, silent


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote.made(tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience."""
    monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setattr(module, "TRIES", 4)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hardly any patience, and a promise that nobody waits longer."""
    monkeypatch.setattr(module, "WAIT", 1.0)
    monkeypatch.setattr(module, "WAIT_FOR_FETCH", 1.0)
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 30


def said(caught: pytest.ExceptionInfo[CannotFinish]) -> tuple[str, str]:
    return caught.value.message, caught.value.hint


def test_the_first_push_makes_a_branch_without_a_past(remote: Remote) -> None:
    branch(remote.clone()).write([edit("a"), edit("b")])
    assert (remote.files(), remote.commits()) == (["test/a", "test/b"], ["put b", "put a"])
    who = git(remote.root, "log", "--format=%an <%ae> %cn <%ce>", "handover").splitlines()
    assert who == ["clientreg <clientreg@localhost> clientreg <clientreg@localhost>"] * 2
    assert git(remote.root, "rev-list", "--max-parents=0", "--count", "handover") == "1"


def test_what_the_branch_says_already_is_not_pushed(remote: Remote) -> None:
    branch(remote.clone()).write([edit()])
    remote.hook("pre-receive", "exit 1")
    branch(remote.clone("other")).write([edit(), edit("never there", None)])
    assert remote.commits() == ["put a"]


def test_a_push_that_is_refused_is_said_in_the_remotes_words(remote: Remote, quick: None) -> None:
    remote.hook("pre-receive", "echo 'GH006: Protected branch update failed'; echo x >> tried; exit 1")
    one = branch(remote.clone())
    with pytest.raises(CannotFinish) as caught:
        one.write([edit()])
    assert said(caught) == (
        "branch handover of origin: cannot be pushed to: GH006: Protected branch update failed "
        "[remote rejected] (pre-receive hook declined)",
        "let whoever runs this push to handover, and no rule protect it (GitHub Actions: "
        "`permissions: {contents: write}`); nothing was pushed",
    )
    assert ((remote.root / "tried").read_text().count("x"), remote.has()) == (2, False)
    remote.hook("pre-receive", "exit 0")
    one.write([edit()])
    assert remote.files() == ["test/a"]


def test_a_push_that_loses_a_race_is_made_again_on_what_won_it(remote: Remote, quick: None) -> None:
    """The remote takes somebody else's push each time just before ours, twice."""
    remote.hook(
        "pre-receive",
        "test $(cat tried 2> /dev/null | wc -l) -lt 2 || exit 0\necho x >> tried\nunset GIT_QUARANTINE_PATH\n"
        "tree=$(printf '100644 blob %s\\tother%s\\n' $(git hash-object -w tried) $(wc -l < tried) | git mktree)\n"
        "git update-ref refs/heads/handover $(git commit-tree $(git rev-parse -q --verify handover | sed 's/^/-p /') "
        "-m theirs $tree)",
    )
    branch(remote.clone()).write([edit()])
    assert (remote.commits(), remote.files()) == (["put a", "theirs", "theirs"], ["other2", "test/a"])


def test_a_race_that_is_always_lost_ends(remote: Remote, quick: None) -> None:
    remote.hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH\n"
        "git update-ref refs/heads/handover $(git commit-tree -m theirs$$ $(git mktree < /dev/null))",
    )
    with pytest.raises(CannotFinish, match="others kept writing to it, 4 times in a row"):
        branch(remote.clone()).write([edit()])
    assert remote.files() == [""]


def test_a_push_that_arrived_while_its_answer_did_not_is_not_made_again(remote: Remote, quick: None) -> None:
    remote.hook("post-receive", "kill -9 $PPID")
    one = branch(remote.clone())
    one.write([edit("a")])
    one.write([edit("b")])
    assert remote.commits() == ["put b", "put a"]


def test_a_remote_that_never_answers_is_left(remote: Remote, impatient: None) -> None:
    clone = remote.clone()
    with silent() as address:
        git(clone, "remote", "set-url", "origin", address)
        one = branch(clone)
        with pytest.raises(CannotFinish) as caught:
            one.write([edit()])
        assert said(caught) == (
            "branch handover of origin: cannot be read: no answer within 1 seconds",
            "this machine must reach origin without being asked for anything: git ls-remote origin",
        )
        began = time.monotonic()
        for act in (lambda: one.files(("test",)), lambda: one.write([edit("b")]), one.refresh):
            with pytest.raises(CannotFinish, match="no answer within 1 seconds"):
                act()
        assert time.monotonic() - began < 0.5


def test_a_push_that_hangs_is_ended_with_all_that_it_started(remote: Remote, quick: None, impatient: None) -> None:
    remote.hook("pre-receive", "echo $$ $PPID >> pids; sleep 100")
    with pytest.raises(CannotFinish, match=r"cannot be pushed to: no answer within 1 seconds"):
        branch(remote.clone()).write([edit()])
    pids = (remote.root / "pids").read_text().split()
    assert len(pids) == 4
    assert [pid for pid in pids if _lives(int(pid))] == []
    assert not remote.has()


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_remote_that_is_gone(remote: Remote) -> None:
    clone = remote.clone()
    remote.root.rename(remote.root.with_name("moved.git"))
    with pytest.raises(CannotFinish, match=r"cannot be read: '.*/remote\.git' does not appear to be a git repository"):
        branch(clone).refresh()


def test_a_remote_that_goes_away_under_way(remote: Remote) -> None:
    one = branch(remote.clone())
    one.write([edit()])
    remote.root.rename(remote.root.with_name("moved.git"))
    with pytest.raises(CannotFinish, match="does not appear to be a git repository"):
        one.write([edit("b")])


@pytest.mark.parametrize("who", ["", "someone:hunter2@"])
def test_nobody_is_asked_for_a_password_and_none_is_shown(remote: Remote, tmp_path: Path, who: str) -> None:
    clone = remote.clone()
    marker = tmp_path / "asked"
    script = tmp_path / "ask"
    script.write_text(f"#!/bin/sh\ntouch {marker}\necho x\n")
    script.chmod(0o755)
    git(clone, "config", "core.askPass", script)
    with closed() as (address, asked), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSH_ASKPASS", str(script))
        patch.setenv("DISPLAY", ":0")
        git(clone, "remote", "set-url", "origin", f"http://{who}{address}")
        with pytest.raises(CannotFinish) as caught:
            branch(clone).refresh()
    assert asked != []
    assert (marker.exists(), "hunter2" in str(said(caught))) == (False, False)
    assert ("Authentication failed" if who else "could not read Username") in caught.value.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("hint: x\nfatal: unable to access 'https://u:p@host/x': no\n", "unable to access 'https://host/x': no"),
        ("To host\nremote: error: GH006\nremote: \nremote: ask\nerror: failed\n", "GH006 ask"),
        ("warning: x\n", "warning: x"),
        ("", "status 1"),
    ],
)
def test_what_git_says_is_told_without_who_we_are(error: str, words: str) -> None:
    assert Answer(1, b"", error).said == words


def test_no_program_of_the_clones_configuration_is_run(remote: Remote, tmp_path: Path) -> None:
    clone = remote.clone()
    script = tmp_path / "spy"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/spied\nexit 1\n')
    script.chmod(0o755)
    for name in ("pre-push", "reference-transaction", "post-checkout", "pre-commit", "commit-msg", "pre-auto-gc"):
        (clone / ".git" / "hooks" / name).symlink_to(script)
    for name in ("core.fsmonitor", "core.pager", "core.editor", "gpg.program", "diff.external", "core.askPass"):
        git(clone, "config", name, script)
    for name in ("commit.gpgSign", "tag.gpgSign", "push.gpgSign", "push.followTags", "log.showSignature"):
        git(clone, "config", name, "true")
    git(clone, "config", "gc.auto", "1")
    one = branch(clone)
    one.write([edit("a")])
    one.write([edit("b")])
    branch(clone).newest([("test", "a"), ("test", "b")])
    assert (tmp_path / "spied").exists() is False
    assert remote.files() == ["test/a", "test/b"]


@pytest.mark.parametrize("detached", [False, True], ids=["on a branch", "detached"])
def test_work_tree_index_and_branches_of_the_clone_stay_as_they_are(remote: Remote, detached: bool) -> None:
    clone = remote.clone()
    (clone / "staged").write_text("staged")
    git(clone, "add", "staged")
    (clone / "staged").write_text("changed")
    (clone / "new").write_text("new")
    if detached:
        git(clone, "switch", "--quiet", "--detach")

    def everything() -> object:
        return (
            (clone / ".git" / "index").read_bytes(),
            git(clone, "status", "--porcelain"),
            git(clone, "for-each-ref", "refs/heads", "refs/remotes/origin/main", "refs/tags"),
            (clone / ".git" / "HEAD").read_text(),
            (clone / ".git" / "FETCH_HEAD").exists(),
            sorted(path.name for path in clone.iterdir()),
        )

    before = everything()
    branch(clone).write([edit()])
    remote.put(f"100644 blob {remote.blob('x')}\tother\0")
    assert branch(clone).files(()).keys() == {"other"}
    assert everything() == before


def test_a_clone_without_that_remote_names_those_it_has(remote: Remote) -> None:
    clone = remote.clone()
    git(clone, "remote", "rename", "origin", "upstream")
    with pytest.raises(CannotFinish) as caught:
        branch(clone).check()
    assert said(caught) == (
        "branch handover of origin: this clone has no remote origin",
        "git remote add origin URL, or `remote: upstream` for this sink in registry.yaml",
    )


@pytest.mark.parametrize("name", ["../remote.git", "--upload-pack=touch x", "file:///etc", "ext::sh -c x", ""])
def test_what_is_no_remote_of_the_clone_is_never_contacted(remote: Remote, name: str) -> None:
    with pytest.raises(CannotFinish, match="this clone has no remote"):
        branch(remote.clone(), remote=name).check()


def test_a_branch_of_the_registry_itself_is_refused(remote: Remote) -> None:
    clone = remote.clone()
    before = git(remote.root, "rev-parse", "main")
    for act in (lambda: branch(clone, "main").refresh(), lambda: branch(clone, "main").write([edit()])):
        with pytest.raises(CannotFinish, match="is a branch of the registry itself"):
            act()
    assert git(remote.root, "rev-parse", "main") == before


def test_a_branch_of_another_registry_is_refused(remote: Remote) -> None:
    clone = remote.clone()
    entry = SinkEntry("files", "sealed-file", {"publish": "git-branch"})
    from clientreg.sinks import Pack

    first = sinks.load(entry, clone, registry="first")
    first.deliver(Pack("test", "acme.tv", None, ("x\n",)))
    assert first.recorded("test") == frozenset()
    with pytest.raises(CannotFinish) as caught:
        sinks.load(entry, clone, registry="second").recorded("test")
    assert said(caught) == (
        "branch handover of origin: keeps the credentials of the registry first",
        "name another `branch` for the sink files in registry.yaml",
    )
    beside = SinkEntry("files", "sealed-file", {"publish": "git-branch", "directory": "second/one"})
    second = sinks.load(beside, clone, registry="second")
    assert second.deliver(Pack("test", "acme.tv", None, ("x\n",))) == "origin/handover:second/one/test/acme.tv.yaml"
    assert remote.files() == ["README.md", "second/one/README.md", "second/one/test/acme.tv.yaml", "test/acme.tv.yaml"]


def test_nothing_stale_is_read(remote: Remote) -> None:
    clone = remote.clone()
    one = branch(clone)
    one.write([edit("a"), edit("b")])
    branch(remote.clone("other")).write([edit("a", None)])
    git(clone, "update-ref", "refs/heads/handover", "refs/remotes/origin/handover")
    assert branch(clone).files(("test",)).keys() == {"b"}
    one.refresh()
    assert one.files(("test",)).keys() == {"b"}


def test_a_branch_that_was_deleted_is_empty_and_made_again(remote: Remote) -> None:
    one = branch(remote.clone())
    one.write([edit("a")])
    git(remote.root, "update-ref", "-d", "refs/heads/handover")
    one.refresh()
    assert one.files(("test",)) == {}
    one.write([edit("b")])
    assert (remote.files(), remote.commits()) == (["test/b"], ["put b"])


def test_a_branch_that_was_replaced_is_built_upon_and_not_forced(remote: Remote, quick: None) -> None:
    one = branch(remote.clone())
    one.write([edit("a")])
    remote.put(f"100644 blob {remote.blob('x')}\tother\0", onto=False)
    one.write([edit("b")])
    assert (remote.files(), remote.commits()) == (["other", "test/b"], ["put b", "somebody else"])


ODD = ("line\nbreak", "tab\there", "\udcff\udcfe", "-rf", "*", ":(top)x", '"', " ", "\N{BELL}\x07", "refs")


def test_odd_names_links_and_submodules_of_others_are_carried_along(remote: Remote) -> None:
    blob, gone = remote.blob("x"), "1" * 40
    lines = [f"100644 blob {blob}\t{name}" for name in ODD]
    lines += [f"120000 blob {blob}\tlink", f"160000 commit {gone}\tmodule", f"100755 blob {blob}\tprogram"]
    remote.put("".join(f"{line}\0" for line in lines))
    before = set(git(remote.root, "ls-tree", "-z", "handover").split("\0"))
    one = branch(remote.clone())
    assert one.files(()).keys() == {*ODD, "program"}
    one.write([edit("a")])
    one.write([edit("a", None)])
    assert set(git(remote.root, "ls-tree", "-z", "handover").split("\0")) == before


@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT", "a/../b"])
def test_names_that_would_leave_a_folder_are_only_names(remote: Remote, name: str) -> None:
    """No host that checks would take such a tree; where one did, nothing is written to a disk by its names."""
    git(remote.root, "config", "receive.fsckObjects", "false")
    tree = b"".join([b"100644 ", name.encode(), b"\0", bytes.fromhex(remote.blob("x"))])
    made = git(remote.root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=tree)
    commit = git(remote.root, "commit-tree", "-m", "evil", made)
    git(remote.root, "update-ref", "refs/heads/handover", commit)
    clone = remote.clone()
    one = branch(clone)
    assert one.files(()).keys() == {name}
    if "/" in name:  # Git itself makes no tree of it
        with pytest.raises(CannotFinish, match="git mktree: "):
            one.write([edit()])
    else:
        one.write([edit()])
        assert f"\t{name}\0" in git(remote.root, "ls-tree", "-z", "handover") + "\0"
    assert sorted(path.name for path in clone.iterdir()) == [".git"]
    assert sorted(path.name for path in clone.parent.iterdir()) == ["remote.git", "runner"]


def test_a_submodule_in_the_place_of_a_folder_is_said(remote: Remote) -> None:
    remote.put(f"160000 commit {'1' * 40}\ttest\0")
    clone = remote.clone()
    for act in (lambda: branch(clone).files(("test",)), lambda: branch(clone).write([edit()])):
        with pytest.raises(CannotFinish) as caught:
            act()
        assert said(caught) == (
            "branch handover of origin: test is no folder, and links are not followed",
            "somebody put it on the branch, and must take it away there; git log says who",
        )


def test_a_folder_in_the_place_of_a_file_is_said_and_stays(remote: Remote) -> None:
    one = branch(remote.clone())
    one.write([edit("a")])
    other = branch(remote.clone("other"))
    with pytest.raises(CannotFinish, match="test is a folder, and a file belongs there"):
        other.write([module.Edit("x", {("test",): b"x"})])
    other.write([module.Edit("x", {("test",): None})])
    assert remote.files() == ["test/a"]


def test_a_file_that_is_too_large_is_not_read(remote: Remote) -> None:
    remote.put(f"100644 blob {remote.blob('x' * 1_048_577)}\tbig\0")
    one = branch(remote.clone())
    with pytest.raises(CannotFinish, match="is larger than 1 MiB"):
        one.read(one.files(())["big"])


def test_names_that_only_end_like_the_branch_are_others(remote: Remote) -> None:
    main = git(remote.root, "rev-parse", "main")
    for ref in ("refs/tags/handover", "refs/heads/x/refs/heads/handover", "refs/heads/x/handover"):
        git(remote.root, "update-ref", ref, main)
    one = branch(remote.clone())
    one.refresh()
    assert one.files(()) == {}
    one.write([edit()])
    assert git(remote.root, "ls-tree", "-r", "--name-only", "refs/heads/handover") == "test/a"


def test_a_shallow_clone_reads_the_branch_and_stays_shallow(remote: Remote) -> None:
    tip = git(remote.root, "rev-parse", "main")
    two = git(remote.root, "commit-tree", "-p", tip, "-m", "two", f"{tip}^{{tree}}")
    git(remote.root, "update-ref", "refs/heads/main", two)
    branch(remote.clone("whole")).write([edit("a"), edit("b")])
    shallow = remote.root.with_name("shallow")
    git(remote.root, "clone", "--quiet", "--depth", "1", remote.root.as_uri(), shallow)
    assert branch(shallow).files(("test",)).keys() == {"a", "b"}
    assert git(shallow, "rev-list", "--count", "HEAD") == "1"


def test_a_clone_of_a_folder_of_the_repository(remote: Remote) -> None:
    """A registry need not be at the top of its repository."""
    below = remote.clone() / "registry"
    below.mkdir()
    one = branch(below)
    one.write([edit("b"), edit("a")])
    for again in (one, branch(below)):
        newest = again.newest([("test", "b"), ("test", "a")])
        assert (again.files(("test",)).keys(), newest) == ({"a", "b"}, ("test", "a"))


def test_a_clone_that_takes_no_object_is_said(remote: Remote) -> None:
    clone = remote.clone()
    for number in range(256):
        place = clone / ".git" / "objects" / f"{number:02x}"
        if not place.exists():
            place.write_text("a file where Git wants a folder")
    with pytest.raises(CannotFinish, match="branch handover of origin: git hash-object: "):
        branch(clone).write([edit()])
    assert not remote.has()


@pytest.mark.parametrize("landed", [False, True], ids=["before it lands", "when it has landed"])
def test_ctrl_c_ends_the_push_and_the_next_look_is_a_fresh_one(remote: Remote, landed: bool) -> None:
    hook = "post-receive" if landed else "pre-receive"
    remote.hook(hook, "echo $$ >> pids; sleep 100")
    one = branch(remote.clone())

    def interrupt() -> None:
        while not (remote.root / "pids").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where the tests run in the background
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            one.write([edit()])
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    pids = (remote.root / "pids").read_text().split()
    soon = time.monotonic() + 20
    while any(_lives(int(pid)) for pid in pids) and time.monotonic() < soon:
        time.sleep(0.05)
    assert [pid for pid in pids if _lives(int(pid))] == []
    remote.hook(hook, "exit 0")
    assert one.files(("test",)).keys() == ({"a"} if landed else set())
    one.write([edit("b")])
    assert remote.files() == (["test/a", "test/b"] if landed else ["test/b"])


def test_git_is_not_installed(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = remote.clone()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotFinish, match="git cannot be started") as caught:
        branch(clone).check()
    assert caught.value.hint == "install git: https://git-scm.com/downloads"


def test_every_client_costs_one_push_and_nothing_is_fetched_for_it(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "disk", branch=True).made()
    assert not disk.apply(registration("first", client_name="First")).failed
    clients = [registration(f"shop-{number}", client_name=f"Shop {number}") for number in range(5)]
    with counted(lambda *_: None) as seen:
        assert not disk.apply(registration("first", client_name="First"), *clients).failed
    commands = Counter(name.split()[2] for name in seen if name.startswith("before run"))
    far = {name: commands[name] for name in ("push", "ls-remote", "fetch")}
    assert far == {"push": 5, "ls-remote": 2, "fetch": 1}
    assert sum(commands.values()) < 5 * 6 + 15
