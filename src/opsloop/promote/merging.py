"""Three-way merges (``git merge-file``) and marked blocks. Nothing is resolved by force."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from opsloop.errors import OutsideFailed

BEGIN: Final = "<!-- opsloop promoted rules: begin (edits inside are kept) -->"
END: Final = "<!-- opsloop promoted rules: end -->"
_GIT_FAILED: Final = 128


class Merged(NamedTuple):
    """The text, with conflict markers where ``conflict``."""

    text: str
    conflict: bool


def three_way(base: str, ours: str, theirs: str) -> Merged:
    """Bring together what a hand changed (``ours``) and what is rendered now (``theirs``) since ``base``."""
    if ours in (base, theirs):
        return Merged(theirs, conflict=False)
    if theirs == base:
        return Merged(ours, conflict=False)
    with TemporaryDirectory(prefix="opsloop-merge-") as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_text(text, encoding="utf-8", newline="")
        labels = ("-L", "your text", "-L", "last promotion", "-L", "this promotion")
        command = ["git", "merge-file", "-p", *labels, *map(str, paths)]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            msg = "merging your edits with the new text needs git on PATH; install it, or move the edited file away"
            raise OutsideFailed(msg) from None
    if done.returncode >= _GIT_FAILED:
        msg = f"git merge-file: {done.stderr.decode(errors='replace').strip()}"
        raise OutsideFailed(msg)
    return Merged(done.stdout.decode("utf-8"), conflict=done.returncode > 0)


def block_of(text: str) -> str | None:
    """What stands between the marks; None where there is no block."""
    _, begin, rest = text.partition(BEGIN + "\n")
    inside, end, _ = rest.partition(END)
    return inside if begin and end else None


def with_block(text: str, inside: str) -> str:
    """``text`` with the block replaced, or added at its end; nothing else changes."""
    block = f"{BEGIN}\n{inside}{END}"
    old = block_of(text)
    if old is not None:
        return text.replace(f"{BEGIN}\n{old}{END}", block, 1)
    before = text if not text or text.endswith("\n\n") else text.rstrip("\n") + "\n\n"
    return f"{before}{block}\n"
