"""What ``opsloop.toml`` says to a hook: one table at a time, and parsed only when that table may be there."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def table(root: str, name: str) -> dict[str, Any]:
    """The table of that name; empty where the file is missing, has none, or is broken, which ``doctor`` reports."""
    try:
        with open(f"{root}/opsloop.toml", "rb") as file:  # noqa: PTH123 - pathlib is too dear for the hook
            raw = file.read()
    except OSError:
        return {}
    if name.encode() not in raw:
        return {}
    import tomllib

    try:
        found = tomllib.loads(raw.decode()).get(name)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def number(settings: dict[str, Any], name: str, default: float) -> float:
    """A number that is not negative; the default where there is another thing, or nothing."""
    value = settings.get(name)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else default
