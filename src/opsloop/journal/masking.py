"""Entry -> the same entry with every free text redacted."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsloop.model import Entry

_WORDS: Final = frozenset({"kind", "id", "logged", "priority", "status", "severity", "area", "skill"})


def masked(entry: Entry, redact: Callable[[str], str], *, unless_in: Entry | None = None) -> Entry:
    """Redact what ``unless_in`` does not say already: an edit never touches the words that it does not change."""

    def clean(value: Any, before: Any) -> Any:
        if value == before or value is None:
            return value
        if isinstance(value, str):
            return redact(value.encode("utf-8", "replace").decode())
        if isinstance(value, tuple):
            kept = before or ()
            return tuple(part if part in kept else clean(part, None) for part in value)
        kept = before or {}
        return {clean(label, None): clean(text, kept.get(label)) for label, text in value.items()}

    names = [item.name for item in fields(entry) if item.name not in _WORDS]
    before = {name: getattr(unless_in, name) for name in names} if unless_in else {}
    return replace(entry, **{name: clean(getattr(entry, name), before.get(name)) for name in names})
