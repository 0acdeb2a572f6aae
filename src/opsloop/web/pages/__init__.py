"""The pages: server-rendered, readable without JavaScript; one function a page, from a Desk to its template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opsloop.web.pages.backtest import backtest
from opsloop.web.pages.briefs import handoff, review
from opsloop.web.pages.learnings import learnings
from opsloop.web.pages.measures import alerts, capacity, delivery, reliability, toil
from opsloop.web.pages.now import now
from opsloop.web.pages.patterns import patterns
from opsloop.web.pages.promotions import promotions
from opsloop.web.pages.proof import proof
from opsloop.web.pages.sources import sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsloop.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page is, what it is called, and what its template shows.

    ``kept``: computed in the background and kept while the data stands still; ``chosen_by``: how the names in
    the query begin that make it another page.
    """

    path: str
    title: str
    template: str
    values: Callable[[Desk], dict[str, Any]]
    kept: bool = True
    chosen_by: tuple[str, ...] = ()


PAGES: Final = (
    Page("/", "Now", "now.html", now, kept=False),
    Page("/learnings", "Learnings", "learnings.html", learnings, kept=False),
    Page("/patterns", "Patterns", "patterns.html", patterns),
    Page("/delivery", "Delivery", "delivery.html", delivery),
    Page("/reliability", "Reliability", "reliability.html", reliability),
    Page("/alerts", "Alerts", "alerts.html", alerts),
    Page("/toil", "Toil", "toil.html", toil),
    Page("/capacity", "Capacity", "capacity.html", capacity),
    Page("/proof", "Proof", "proof.html", proof, chosen_by=("decision",)),
    Page("/handoff", "Hand-off", "sections.html", handoff),
    Page("/review", "Review", "sections.html", review),
    Page("/promotions", "Promotions", "promotions.html", promotions, chosen_by=("to",)),
    Page("/backtest", "Back-test", "backtest.html", backtest, chosen_by=("detector", "days", "set.")),
    Page("/sources", "Sources", "sources.html", sources),
)
