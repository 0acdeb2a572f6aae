"""Azure's activity log as alerts tell it, in the common schema always *Fired*, whatever the entry says.

Of its alerts only those on health have a beginning and an end, which stand in the entry: an incident of an Azure
service (``ServiceHealth``) and the state of one resource (``Resource Health``). The others tell that something was
done, or is planned. Source: Azure Monitor, *Common alert schema for activity log alerts*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.sources.payload import table, text
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from datetime import datetime

_STAGES: Final = {"active": "firing", "resolved": "resolved", "rca": "resolved"}
_STATES: Final = {"unavailable": "firing", "degraded": "firing", "available": "resolved"}


def is_activity(essentials: dict[str, Any]) -> bool:
    """Whether the activity log told it; the signal's type is written with a blank and without."""
    return (text(essentials, "signalType") or "").replace(" ", "").lower() == "activitylog"


def health(essentials: dict[str, Any], entry: dict[str, Any]) -> tuple[str, str, datetime | None] | None:
    """Series, status and time of what is or was unwell, by the alert's context; None where no health is told."""
    about = table(entry, "properties")
    resource = text(essentials, "alertTargetIDs", 0) or text(entry, "resourceId") or text(essentials, "alertRule")
    status, series = _of_service(about, entry) if text(about, "trackingId") else (_of_resource(about), resource)
    if status is None or series is None:
        return None
    told, logged = moment(essentials, "firedDateTime"), moment(entry, "eventTimestamp")
    if status == "firing":
        return series, status, told or logged
    return series, status, moment(about, "impactMitigationTime") or logged or told


def _of_service(about: dict[str, Any], entry: dict[str, Any]) -> tuple[str | None, str | None]:
    """An incident of a service of Azure; maintenance and advice are none."""
    if (text(about, "incidentType") or "").lower() != "incident":
        return None, None
    return _STAGES.get((text(about, "stage") or text(entry, "status") or "").lower()), text(about, "trackingId")


def _of_resource(about: dict[str, Any]) -> str | None:
    return _STATES.get((text(about, "currentHealthStatus") or "").lower())
