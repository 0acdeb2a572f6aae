"""A table with a header row: signal fields as columns, ``attrs.NAME`` for attributes, an empty cell for null."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import Signal
from opsloop.sources import Parsed
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = frozenset({"text/csv"})

NEEDED: Final = ("id", "source", "kind", "status", "at")
_NUMBERS: Final = ("duration_s", "value")
_EXTRA: Final = "attrs."


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read the good rows, report the bad ones. ``timezone``: what times without an offset mean; else they are bad."""
    try:
        text = delivery.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = "the file is not UTF-8"
        raise BadInput(msg) from None
    timezone = zone(options.get("timezone"))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    signals, rejected = [], []
    try:
        _check_header(reader.fieldnames)
        for row in reader:
            try:
                signals.append(Signal.from_json(_record(row), timezone=timezone))
            except BadInput as error:
                rejected.append((reader.line_num, str(error)))
    except csv.Error as error:
        msg = f"line {reader.line_num + 1} is no CSV: {error}"
        raise BadInput(msg) from None
    return Parsed(signals=tuple(signals), rejected=tuple(rejected))


def _check_header(columns: Any) -> None:
    if missing := [name for name in NEEDED if name not in (columns or ())]:
        msg = f"the header row has no column {missing[0]!r}; a signal needs {' '.join(NEEDED)}"
        raise BadInput(msg)


def _record(row: dict[str | None, Any]) -> dict[str, Any]:
    if None in row:
        msg = "more cells than the header row has columns"
        raise BadInput(msg)
    filled = {str(name): cell for name, cell in row.items() if cell}
    record: dict[str, Any] = {name: cell for name, cell in filled.items() if not name.startswith(_EXTRA)}
    record["attrs"] = {name.removeprefix(_EXTRA): cell for name, cell in filled.items() if name.startswith(_EXTRA)}
    for name in _NUMBERS:
        if name in record:
            record[name] = _number(name, record[name])
    return record


def _number(name: str, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        msg = f"{name} is a number, not {cell!r}"
        raise BadInput(msg) from None
