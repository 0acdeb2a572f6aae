"""Multi-window multi-burn-rate alerts: Google SRE workbook, chapter 5, for any period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opsloop.errors import BadInput

if TYPE_CHECKING:
    from opsloop.config import Slo

HOURS: Final = {"5m": 1 / 12, "30m": 0.5, "1h": 1, "2h": 2, "6h": 6, "1d": 24, "3d": 72}
_PAIRS: Final = (
    (0.02, "1h", "5m", "page"),
    (0.05, "6h", "30m", "page"),
    (0.10, "1d", "2h", "ticket"),
    (0.10, "3d", "6h", "ticket"),
)
"""Share of the budget that is spent when it fires, long and short window, what it is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnAlert:
    """Fires while the error rate exceeds ``factor`` times the budget in the long and in the short window."""

    share: float
    long: str
    short: str
    factor: float
    severity: str


def burn_alerts(slo: Slo) -> list[BurnAlert]:
    """The alerts of an SLO; factor = share * period / long window (30 d: 14.4, 6, 3, 1).

    Raises BadInput where one could never fire: it would need more errors than events.
    """
    period, budget = slo.window_days * 24, 1 - slo.objective
    alerts = [
        BurnAlert(share=share, long=long, short=short, factor=share * period / HOURS[long], severity=severity)
        for share, long, short, severity in _PAIRS
        if HOURS[long] < period
    ]
    for alert in alerts:
        if alert.factor * budget >= 1:
            least = 1 - 1 / max(one.factor for one in alerts)
            msg = (
                f"SLO {slo.name}: {alert.factor:.4g} times a budget of {budget * 100:.3g}% is an error rate of "
                f"{alert.factor * budget:.0%}, which can never be; choose an objective above {least * 100:.2f}%"
            )
            raise BadInput(msg)
    return alerts
