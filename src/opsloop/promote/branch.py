"""A promotion on a git branch of its own, with one commit; the working tree is not touched.

The work is done in a temporary worktree, where the journal stands as it stands here. Where git ignores the journal,
its entries are marked here instead, for no branch could carry that.
"""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from opsloop.errors import BadInput, Conflict, OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

JOURNAL = ".learnings"


class Checkout:
    """The project's folder inside a temporary worktree of a new branch."""

    def __init__(self, root: Path, tree: Path, prefix: str) -> None:
        self.tree = tree
        self.root = tree / prefix
        self.carries_journal = not _ignored(root, JOURNAL)
        self.root.mkdir(parents=True, exist_ok=True)
        if self.carries_journal and (root / JOURNAL).is_dir():
            shutil.copytree(root / JOURNAL, self.root / JOURNAL, dirs_exist_ok=True)

    def commit(self, message: str, paths: Sequence[str]) -> None:
        """One commit of these paths and, where git keeps it, of the journal."""
        wanted = [*paths, *([JOURNAL] if self.carries_journal and (self.root / JOURNAL).is_dir() else [])]
        git(self.root, "add", "--", *wanted)
        git(self.root, "commit", "--quiet", "-m", message)


@contextmanager
def checkout(root: Path, branch: str) -> Iterator[Checkout]:
    """A new branch from HEAD in a worktree that is gone afterwards; without a commit the branch is gone too."""
    try:
        prefix = git(root, "rev-parse", "--show-prefix").strip()
        head = git(root, "rev-parse", "--verify", "HEAD").strip()
    except OutsideFailed:
        msg = f"--git-branch needs a git repository with a commit; {root} is none"
        raise BadInput(msg) from None
    if _exists(root, branch):
        msg = f"branch {branch} exists already; name another one"
        raise Conflict(msg)
    with TemporaryDirectory(prefix="opsloop-branch-") as folder:
        tree = Path(folder) / "tree"
        git(root, "worktree", "add", "--quiet", "-b", branch, str(tree), "HEAD")
        try:
            yield Checkout(root, tree, prefix)
        finally:
            git(root, "worktree", "remove", "--force", str(tree))
            if git(root, "rev-parse", branch).strip() == head:
                git(root, "branch", "--quiet", "-D", branch)


def git(folder: Path, *words: str) -> str:
    """Run git; raises OutsideFailed with what it said."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        msg = "--git-branch needs git on PATH"
        raise OutsideFailed(msg) from None
    if done.returncode:
        msg = f"git {words[0]}: {done.stderr.strip() or done.stdout.strip()}"
        raise OutsideFailed(msg)
    return done.stdout


def _exists(root: Path, branch: str) -> bool:
    try:
        git(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    except OutsideFailed:
        return False
    return True


def _ignored(root: Path, path: str) -> bool:
    done = subprocess.run(
        ["git", "-C", str(root), "check-ignore", "--quiet", f"{path}/LEARNINGS.md"], capture_output=True, check=False
    )
    return done.returncode == 0
