"""Many moments at once: the signals as they were known at each of several moments, in one table.

A question about a state (what is open, how were the last 30 days) would cost its queries anew for each moment that it
is asked about. In such a table each signal stands once for every moment at which it had happened, with the moment in
``as_of``; relations and detectors that have it among the keys of whatever they group and join by answer for all
moments in one query.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from opsloop.metrics.relations import AS_OF, each, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opsloop.signals.table import Table


def as_of_each(signals: Table, moments: Sequence[datetime]) -> Table:
    """Each signal once for each of ``moments`` (aware UTC) by which it had happened, named in ``as_of``."""
    asked = ibis.array([moment(when) for when in moments])  # a table in memory is nothing that Spark could keep
    rows = signals.mutate(as_of=asked.unnest())
    return rows.filter(rows["at"] <= rows[AS_OF])


def earlier(signals: Table, by: timedelta) -> Table:
    """The signals as they were known that much before each of their moments. One of a single moment stays as it is:
    whoever asks it says when.
    """
    if not each(signals):
        return signals
    before = signals.mutate(as_of=signals[AS_OF] - ibis.interval(microseconds=by // timedelta(microseconds=1)))
    return before.filter(before["at"] <= before[AS_OF])


def instant(table: Table, now: datetime) -> Any:
    """The moment that a row is asked about: its own, or ``now`` in a table of one moment."""
    return table[AS_OF] if AS_OF in table.columns else moment(now)
