"""What label sets mean by convention: which label names the service, which the resource, and who is to care."""

from __future__ import annotations

from typing import Any, Final

from opsloop.sources.payload import line

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "service": ("service", "service_name", "app", "app_kubernetes_io_name", "deployment"),
    "environment": ("environment", "env", "deployment_environment"),
    "resource": ("instance", "pod", "node", "host", "hostname", "device"),
    "team": ("team", "owner"),
    "namespace": ("namespace", "kubernetes_namespace"),
}
"""A field, and the labels that say it, best first. A scrape job is no service."""
_OURS: Final = frozenset({"action", "at", "incident", "resource", "url", "runbook"})
"""Attributes with a meaning in opsloop, which a label of that name must not claim."""
_KEPT_OUT: Final = _OURS.union(
    {"alertname", "severity", "__name__"}, NAMES["service"], NAMES["environment"], NAMES["team"]
)
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


def label(labels: dict[str, Any], field: str) -> str | None:
    """The first label that says this field (a key of NAMES)."""
    for name in NAMES[field]:
        if name in labels and (value := line(labels[name])):
            return value
    return None


def describe(labels: dict[str, Any]) -> dict[str, Any]:
    """Attributes (not bounded yet) of a label set: resource, team, and every label that no field holds."""
    read = {name: value for name, value in labels.items() if name not in _KEPT_OUT}
    for field in ("resource", "team"):
        if value := label(labels, field):
            read[field] = value
    return read


def fingerprint_of(labels: dict[str, Any]) -> str:
    """What Prometheus and Alertmanager call the fingerprint: FNV-1a, 64 bits, over the sorted labels.

    Source: prometheus/common, model/signature.go (``labelSetToFingerprint``).
    """
    value = _FNV_OFFSET
    for name in sorted(labels):
        for byte in b"%b\xff%b\xff" % (str(name).encode(), str(labels[name]).encode()):
            value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"
