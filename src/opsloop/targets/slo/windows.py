"""Multi-window multi-burn-rate alerts of an SLO: which there are, and whether they can fire at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from opsloop.errors import BadInput
from opsloop.metrics import burn

if TYPE_CHECKING:
    from opsloop.config import Slo

_PAGES: Final = timedelta(hours=6)
"""What burns over windows up to this long wakes somebody; a slower burn is a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnAlert:
    """Fires while the error rate exceeds ``factor`` times the budget in the long and in the short window."""

    window: burn.BurnWindow
    factor: float
    severity: str


def burn_alerts(slo: Slo) -> list[BurnAlert]:
    """The alerts of an SLO, fastest first; windows as long as its period are left out.

    Raises BadInput where one could never fire: it would need more errors than events.
    """
    chosen = [one for one in burn.WINDOWS if burn.span(one.long) < timedelta(days=slo.window_days)]
    for one in chosen:
        factor = one.factor(slo.window_days)
        if not burn.can_fire(factor, slo.objective):
            rate = float(factor * burn.budget(slo.objective))
            least = 1 - 1 / float(max(each.factor(slo.window_days) for each in chosen))
            msg = (
                f"SLO {slo.name}: {float(factor):.4g} times its budget is an error rate of {rate:.0%}, which can never "
                f"be, so its alert could never fire; choose an objective above {least:.4f}"
            )
            raise BadInput(msg)
    return [
        BurnAlert(
            window=one,
            factor=float(one.factor(slo.window_days)),
            severity="page" if burn.span(one.long) <= _PAGES else "ticket",
        )
        for one in chosen
    ]
