"""Patterns compiled once for a machine, not once for a process: a hook lives for some twenty milliseconds.

Importing ``re`` and compiling what one output asks for took longer than all else that a hook does. So the form that
``re`` hands to its engine is kept where Python keeps a module's byte code: of the same trust, thrown away with it, and
made anew where it is missing, cannot be written or is another Python's.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern

    Form = tuple[int, int, bytes]
    """Flags, number of groups, the engine's code in words of 32 bits."""

_BYTECODE = __spec__.cached  # None where Python keeps none
_PLACE = f"{_BYTECODE.removesuffix('.pyc')}.patterns" if _BYTECODE else None
_ready: dict[str, Pattern[str]] = {}
_forms: dict[str, Form] | None = None
_fresh = False


def compiled(source: str) -> Pattern[str]:
    """The pattern; flags are part of its source, and its groups have no names."""
    ready = _ready.get(source)
    if ready is None:
        ready = _ready[source] = _made(source)
    return ready


def keep() -> None:
    """Put what was compiled by this process beside the byte code, for the next one."""
    global _fresh  # noqa: PLW0603 - what belongs to the process, as its modules do
    if not _fresh or _PLACE is None or sys.dont_write_bytecode:
        return
    _fresh = False
    import os
    from marshal import dumps

    try:
        with open(f"{_PLACE}.{os.getpid()}", "wb") as file:  # noqa: PTH123 - pathlib is too dear for the hook
            file.write(dumps((_magic(), _forms)))
        os.replace(f"{_PLACE}.{os.getpid()}", _PLACE)  # noqa: PTH105
    except OSError:
        return  # somebody else's folder: every process compiles for itself


def _made(source: str) -> Pattern[str]:
    global _forms, _fresh  # noqa: PLW0603
    try:
        from _sre import compile as engine  # type: ignore[import-not-found]

        if _forms is None:
            _forms = _kept()
        if source not in _forms:
            _forms[source], _fresh = _form(source), True
        flags, groups, code = _forms[source]
        made: Pattern[str] = engine(source, flags, list(memoryview(code).cast("I")), groups, {}, (None,) * (groups + 1))
    except (ImportError, AttributeError):  # a Python whose engine is another one
        import re

        return re.compile(source)
    return made


def _kept() -> dict[str, Form]:
    """What earlier processes compiled for this version of the engine."""
    from marshal import loads

    try:
        with open(_PLACE or "", "rb") as file:  # noqa: PTH123
            magic, forms = loads(file.read())  # noqa: S302 - as trusted as the byte code beside it
    except (OSError, EOFError, ValueError, TypeError):
        return {}
    return forms if magic == _magic() else {}


def _form(source: str) -> Form:
    """What ``re.compile`` would give to the engine."""
    from array import array
    from re import _compiler, _parser  # type: ignore[attr-defined]

    tree = _parser.parse(source, 0)
    code = array("I", _compiler._code(tree, 0))  # noqa: SLF001
    return tree.state.flags, tree.state.groups - 1, code.tobytes()


def _magic() -> tuple[int, int]:
    """The engine's version, and of how many bytes its words are."""
    from _sre import CODESIZE, MAGIC

    return MAGIC, CODESIZE
