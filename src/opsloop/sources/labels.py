"""What label sets mean by convention: which label names the service, which the resource, and who is to care."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from opsloop.model import severity_of
from opsloop.sources.payload import ATTRS_LIMIT, attr_name, line

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "service": (
        *("service", "service_name", "service.name", "app", "app_kubernetes_io_name", "app.kubernetes.io/name"),
        "deployment",
    ),
    "environment": (
        *("environment", "env", "deployment_environment", "deployment_environment_name"),
        *("deployment.environment", "deployment.environment.name"),
    ),
    "resource": ("instance", "pod", "k8s.pod.name", "node", "host", "hostname", "host.name", "device"),
    "team": ("team", "owner"),
    "namespace": ("namespace", "kubernetes_namespace"),
}
"""A field, and the labels that say it, best first, also as OpenTelemetry and Kubernetes write them with dots. A scrape
job is no service.
"""
_OURS: Final = frozenset({"action", "at", "incident", "resource", "url", "runbook"})
"""Attributes with a meaning in opsloop, which a label of that name must not claim."""
_KEPT_OUT: Final = _OURS.union(
    {"alertname", "severity", "__name__"}, NAMES["service"], NAMES["environment"], NAMES["team"]
)
_CACHED_CHARACTERS: Final = 2_000
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


class LabelSet(NamedTuple):
    """What a label set says. ``attrs`` are the resource, the team, and every label that no field holds, bounded."""

    labels: dict[str, Any]
    name: str | None
    service: str | None
    environment: str | None
    severity: str | None
    attrs: dict[str, str]

    @classmethod
    def of(cls, labels: dict[str, Any]) -> Self:
        """Read it once; sources tell the same set over and over."""
        names = tuple(labels)
        roles = _roles_of(names) if sum(map(len, names)) <= _CACHED_CHARACTERS else _Roles.of(names)
        attrs = {}
        if resource := _first(labels, roles.resource):
            attrs["resource"] = resource
        if team := _first(labels, roles.team):
            attrs["team"] = team
        for name, key in roles.others:
            if value := line(labels[name]):
                attrs[key] = value
        return cls(
            labels,
            name=line(labels.get("alertname")),
            service=_first(labels, roles.service),
            environment=_first(labels, roles.environment),
            severity=severity_of(line(labels.get("severity"))),
            attrs=attrs if len(attrs) <= ATTRS_LIMIT else dict(islice(attrs.items(), ATTRS_LIMIT)),
        )


@dataclass(frozen=True, slots=True)
class _Roles:
    """Which labels of a set say what, best first; their names alone decide. ``others``: label, attribute."""

    service: tuple[str, ...]
    environment: tuple[str, ...]
    resource: tuple[str, ...]
    team: tuple[str, ...]
    others: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        there = set(names)
        roles = {field: tuple(name for name in NAMES[field] if name in there) for field in cls.__slots__[:4]}
        keys = [(name, attr_name(name)) for name in names if name not in _KEPT_OUT]
        return cls(**roles, others=tuple((name, key) for name, key in keys if key and key not in _KEPT_OUT))


_roles_of: Final = lru_cache(maxsize=1024)(_Roles.of)


def label(labels: dict[str, Any], field: str) -> str | None:
    """The first label that says this field (a key of NAMES)."""
    return _first(labels, [name for name in NAMES[field] if name in labels])


def _first(labels: dict[str, Any], names: Iterable[str]) -> str | None:
    for name in names:
        if value := line(labels[name]):
            return value
    return None


def fingerprint_of(labels: dict[str, Any]) -> str:
    """What Prometheus and Alertmanager call the fingerprint: FNV-1a, 64 bits, over the sorted labels.

    Source: prometheus/common, model/signature.go (``labelSetToFingerprint``).
    """
    value = _FNV_OFFSET
    for name in sorted(labels):
        for byte in b"%b\xff%b\xff" % (str(name).encode(), str(labels[name]).encode()):
            value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"
