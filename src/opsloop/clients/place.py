"""Where hooks are installed, and what a change of a client's files is: text before, text after, nothing written yet."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from opsloop.errors import BadInput, OutsideFailed

if TYPE_CHECKING:
    from pathlib import Path

Scope = Literal["project", "user"]
By = Literal["hooks", "instructions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``folder`` is the project's root or the user's home, ``python`` the real interpreter, ``hook`` where hook.py is.

    ``by`` says how the client learns of us: by hooks, or by a block in the file of instructions that it reads.
    """

    folder: Path
    scope: Scope
    python: str
    hook: str
    by: By = "hooks"

    def command(self, client: str) -> str:
        """The shell line that a client runs: isolated, without site-packages, nothing relative in it."""
        return shlex.join([self.python, "-I", "-S", self.hook, "--client", client])

    def read(self, relative: str) -> str | None:
        """A file's text, line ends as they are; None where it does not exist.

        Raises BadInput for what is no text, OutsideFailed for what may not be read.
        """
        path = self.folder / relative
        try:
            return path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None
        except (UnicodeDecodeError, IsADirectoryError):
            msg = f"{path} is not a UTF-8 text file; nothing was changed"
            raise BadInput(msg) from None
        except OSError as error:
            msg = f"{path} cannot be read: {error.strerror or error}; nothing was changed"
            raise OutsideFailed(msg) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file of a client. ``before`` and ``after`` are its text, None where it does not exist.

    ``guesses`` are other texts that the file may have had before our addition; the caller may know which is true.
    """

    path: Path
    before: str | None
    after: str | None
    guesses: tuple[str | None, ...] = ()


def ours(command: Any) -> bool:
    """Is this shell line a hook of ours, whichever interpreter or checkout it names?"""
    return isinstance(command, str) and ("opsloop/hook.py" in command.replace("\\", "/") or "opsloop-hook" in command)


def pretty(value: Any) -> str:
    """JSON as we write a file of our own."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
