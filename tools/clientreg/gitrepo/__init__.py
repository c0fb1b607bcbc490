"""What only Git knows: the commit, whether the tree is clean, ancestry, ignored paths. The only import of GitPython.

Runs Git's own commands and reads exit codes, never the wording of an error. No hook, pager, file-system monitor or
external diff of the repository's configuration is run: each is switched off on the command line, which wins.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from clientreg.errors import CannotFinish

if TYPE_CHECKING:
    from git.cmd import Git

_REGISTRY_PATHS = ("clients", "schema", "registry.yaml")
_OPTIONS = {"c": ["core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.quotePath=false", "diff.external="]}


class Ancestry(Enum):
    """How one commit stands to another."""

    ANCESTOR = "ancestor"
    DESCENDANT = "descendant"
    UNRELATED = "unrelated"
    UNKNOWN = "unknown"


class _Answer(NamedTuple):
    status: int
    raw: bytes
    error: str

    @property
    def out(self) -> str:
        """What Git wrote, as text."""
        return os.fsdecode(self.raw)


@dataclass(frozen=True)
class Repository:
    """The Git repository around a registry's folder. Nothing that is asked of it changes it."""

    root: Path

    @cached_property
    def head(self) -> str:
        """The id of the commit that is checked out. Raises CannotFinish where there is none yet."""
        answer = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
        if answer.status != 0:
            raise CannotFinish(f"{self.root}: this Git repository has no commit yet", "git add . && git commit")
        return answer.out.strip()

    @cached_property
    def dirty(self) -> bool:
        """Whether the registry's files differ from the commit: changed, staged, or there but not yet tracked."""
        arguments = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none")
        return self._checked("status", *arguments, "--", *_REGISTRY_PATHS).out != ""

    @cached_property
    def prefix(self) -> str:
        """Where the registry lies in its repository: empty, or a path that ends with a slash."""
        return self._checked("rev-parse", "--show-prefix").out.removesuffix("\n")

    @cached_property
    def branch(self) -> str:
        """The name of the branch that is checked out, also before its first commit; empty for none."""
        return self._run("symbolic-ref", "--quiet", "--short", "HEAD").out.removesuffix("\n")

    @cached_property
    def shallow(self) -> bool:
        """Whether older commits were left out when this was cloned: then ancestry cannot be told."""
        return self._checked("rev-parse", "--is-shallow-repository").out.strip() == "true"

    def ancestry(self, old: str, new: str) -> Ancestry:
        """How `old` stands to `new`. A commit is its own ancestor; one that is not here is unknown."""
        if not all(map(self._has, {old, new})):
            return Ancestry.UNKNOWN
        if old == new or self._precedes(old, new):
            return Ancestry.ANCESTOR
        return Ancestry.DESCENDANT if self._precedes(new, old) else Ancestry.UNRELATED

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or comes before it; False also for a commit that is not here."""
        return self.ancestry(old, new) is Ancestry.ANCESTOR

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Those of some paths, relative to the registry, that Git ignores. A tracked file never is."""
        given = [path for path in paths if path and "\0" not in path]
        if not given:
            return frozenset()
        answer = self._run("check-ignore", "-z", "--stdin", stdin="\0".join(given) + "\0")
        if answer.status not in {0, 1}:
            raise self._failed(answer)
        return frozenset(answer.out.split("\0")) - {""}

    def tracked(self, paths: Iterable[str]) -> frozenset[str]:
        """Those of some paths, relative to the registry, that Git tracks."""
        given = frozenset(paths)
        return given & frozenset(self._checked("ls-files", "-z", "--cached").out.split("\0"))

    def _has(self, commit: str) -> bool:
        # a commit id only: nothing from outside is read as a revision expression
        if not commit or not set(commit) <= set("0123456789abcdef"):
            return False
        return self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}").status == 0

    def _precedes(self, old: str, new: str) -> bool:
        answer = self._run("merge-base", "--is-ancestor", old, new)
        if answer.status not in {0, 1}:
            raise self._failed(answer)
        return answer.status == 0

    def _checked(self, *arguments: str, stdin: str | None = None) -> _Answer:
        answer = self._run(*arguments, stdin=stdin)
        if answer.status != 0:
            raise self._failed(answer)
        return answer

    def _failed(self, answer: _Answer, hint: str = "run `git status` there; it says more") -> CannotFinish:
        lines = answer.error.strip().splitlines()
        said = lines[0] if lines else f"it ended with status {answer.status}"
        return CannotFinish(f"{self.root}: git: {said}", hint)

    def _run(self, *arguments: str, stdin: str | None = None) -> _Answer:
        with nullcontext() if stdin is None else _spooled(stdin) as given:
            status, out, error = self._git.execute(
                [self._git.GIT_PYTHON_GIT_EXECUTABLE or "git", *_flags(), *arguments],
                istream=given,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env={
                    "GIT_OPTIONAL_LOCKS": "0",
                    "GIT_TERMINAL_PROMPT": "0",
                    "GIT_NO_REPLACE_OBJECTS": "1",
                    "LC_ALL": "C",
                },
            )
        raw = out if isinstance(out, bytes) else os.fsencode(out)
        return _Answer(int(status), raw, error if isinstance(error, str) else os.fsdecode(error))

    @cached_property
    def _git(self) -> Git:
        if shutil.which("git") is None:
            raise CannotFinish("git is not installed, or not on the PATH", "install git: https://git-scm.com/downloads")
        from git.cmd import Git  # 60 ms that most commands do not need

        return Git(str(self.root))


def open_repository(root: str | Path) -> Repository:
    """The repository that holds a registry's folder. Raises CannotFinish with the next step where there is none."""
    folder = Path(root).resolve()
    if not folder.is_dir():
        raise CannotFinish(f"{folder}: there is no such folder", "name the registry's folder with --directory")
    repository = Repository(folder)
    answer = repository._run("rev-parse", "--is-inside-work-tree")
    if answer.status == 0 and answer.out.strip() == "true":
        return repository
    top = _work_tree(folder)
    if top is None or answer.status == 0:
        message = f"{folder}: there is no Git repository here, and every plan is about a commit"
        raise CannotFinish(message, "git init && git add . && git commit -m 'Start the registry'")
    if hasattr(os, "geteuid") and top.stat().st_uid != os.geteuid():
        message = f"{top}: belongs to another user, so Git does not trust its configuration"
        raise CannotFinish(message, f"if you do: git config --global --add safe.directory {top}")
    raise repository._failed(answer)


def user_address() -> str:
    """The e-mail address in the user's own Git configuration, empty where there is none."""
    if shutil.which("git") is None:
        return ""
    return Repository(Path.cwd())._run("config", "--get", "user.email").out.strip()


def create(root: Path, *, branch: str = "main") -> Repository:
    """A new repository in `root` without a commit. Raises CannotFinish."""
    return _made(Repository(root), ("init", "--quiet", "--template=", f"--initial-branch={branch}", "."))


def start(root: Path, message: str) -> Repository:
    """A new repository with everything in `root` committed, by an author of its own. Raises CannotFinish."""
    author = ("-c", "user.name=clientreg", "-c", "user.email=clientreg@localhost", "-c", "commit.gpgSign=false")
    return _made(create(root), ("add", "--all"), (*author, "commit", "--quiet", "--message", message))


def _made(repository: Repository, *steps: tuple[str, ...]) -> Repository:
    for arguments in steps:
        answer = repository._run(*arguments)
        if answer.status != 0:
            raise repository._failed(answer, "is there room on that disk? git must be able to write there")
    return repository


@contextmanager
def _spooled(text: str) -> Iterator[BinaryIO]:
    """A temporary file with this text. Raises CannotFinish where no folder takes one."""
    import tempfile

    try:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
        spool.write(os.fsencode(text))
        spool.seek(0)
    except OSError as error:
        message = f"no temporary file can be written: {error.strerror}"
        raise CannotFinish(message, "free some space, or name a folder that has some in TMPDIR") from error
    with spool:
        yield spool


def _flags() -> list[str]:
    return ["--no-pager", *(part for value in _OPTIONS["c"] for part in ("-c", value))]


def _work_tree(folder: Path) -> Path | None:
    """The nearest folder upwards that holds a `.git`, found without asking Git."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)
