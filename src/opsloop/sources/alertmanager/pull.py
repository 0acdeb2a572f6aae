"""What Alertmanager holds right now. A pull and a webhook tell the same alert under the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, OutsideFailed
from opsloop.sources.alertmanager import read_alert
from opsloop.sources.payload import rows, table, text
from opsloop.sources.pulling import Page
from opsloop.sources.rest import Api, read_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.model import Signal
    from opsloop.sources.pulling import Task

_IDENTITY: Final = ("startsAt", "fingerprint")
"""What has to be remembered of an alert, beside its labels, to tell later that it is over."""


def pull(task: Task) -> Iterator[Page]:
    """One page: the alerts that fire, and a resolution for each that fired at the last pull and is gone.

    Alertmanager has no history to ask for again, and forgets resolved alerts, so the resolution gets the time of the
    pull and says so in ``attrs.at``.
    """
    url = text(task.options, "url")
    if url is None:
        msg = "say where Alertmanager is: --url, or url in [sources.alertmanager] of opsloop.toml"
        raise BadInput(msg)
    token = read_token(task.options, "ALERTMANAGER_TOKEN")
    with Api(url, token=token, user=text(task.options, "username")) as api:
        alerts = api.get("/api/v2/alerts", {"active": "true", "silenced": "true", "inhibited": "true"}).body
    if not isinstance(alerts, list):
        msg = "/api/v2/alerts did not answer with a list: is this an Alertmanager?"
        raise OutsideFailed(msg)
    before = {_episode(alert): alert for alert in rows(task.standing, "firing")}
    firing: list[dict[str, Any]] = []
    signals: list[Signal] = []
    for alert in alerts:
        if not isinstance(alert, dict):
            continue
        if signal := read_alert(task.received, {**alert, "status": "firing"}, "alertmanager"):
            muted = {"suppressed": "true"} if text(alert, "status", "state") == "suppressed" else {}
            signals.append(signal._replace(attrs={**signal.attrs, **muted}))
            kept = {name: alert[name] for name in _IDENTITY if name in alert}
            firing.append({**kept, "labels": task.masked(table(alert, "labels"))})
            before.pop(_episode(alert), None)
    for alert in before.values():
        ended = {**alert, "status": "resolved", "endsAt": task.now.isoformat()}
        if signal := read_alert(task.received, ended, "alertmanager"):
            signals.append(signal._replace(attrs={**signal.attrs, "at": "noticed"}))
    yield Page(signals=tuple(signals), cursor={"firing": firing}, label=f"{len(firing)} alerts fire")


def _episode(alert: dict[str, Any]) -> tuple[str | None, str | None]:
    return text(alert, "fingerprint"), text(alert, "startsAt")
