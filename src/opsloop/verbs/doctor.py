"""``doctor``: everything that is broken or in doubt, each with what to do about it."""

from __future__ import annotations

import importlib
from dataclasses import asdict, dataclass
from sqlite3 import DatabaseError
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import OpsloopError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsloop.verbs.workspace import Workspace

CHECKS: Final[tuple[str, ...]] = (
    "setup:check",
    "entries:unreadable",
    "promote:cut_off",
    "metrics:objectives",
    "coverage:check",
    "agents:check_hooks",
    "journals:unreadable",
)
"""The checks, as ``module:function`` below opsloop.verbs; each takes a Workspace and yields Trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong: which check saw it, where (file:line, source, ...), what it is and what to do."""

    check: str
    where: str
    what: str
    fix: str


def doctor(ws: Workspace) -> dict[str, Any]:
    """Run every check; a check that cannot run is itself a trouble, so that one broken file hides nothing else."""
    troubles: list[Trouble] = []
    for place in CHECKS:
        module, _, name = place.partition(":")
        check = getattr(importlib.import_module(f"opsloop.verbs.{module}"), name)
        found = _run(name, check, ws)
        troubles += [trouble for trouble in found if trouble.what not in {known.what for known in troubles}]
    return {"root": str(ws.root), "checks": len(CHECKS), "problems": [asdict(trouble) for trouble in troubles]}


def _run(name: str, check: Callable[[Workspace], Iterable[Trouble]], ws: Workspace) -> list[Trouble]:
    """What a check yields, up to where it fails; that is a trouble too."""
    found: list[Trouble] = []
    try:
        found.extend(check(ws))
    except OpsloopError as error:
        found.append(Trouble(check=name, where=str(ws.root), what=str(error), fix="mend this first"))
    except (OSError, ValueError, DatabaseError) as error:
        what = f"{type(error).__name__}: {error}"
        found.append(Trouble(check=name, where=str(ws.root), what=what, fix="mend or move away what it names"))
    return found
