"""The PromQL that ``pull prometheus`` asks: ratios of resources, and an SLO's good and total events in a step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources.payload import table

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRING: Final = 'ALERTS{alertstate="firing"}'
_SAMPLES: Final = {
    "cpu": '1 - avg by (instance, job) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
    "memory": "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
    "disk": '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"} / node_filesystem_size_bytes',
    "connection_pool": "hikaricp_connections_active / hikaricp_connections_max",
    "queue_depth": "rabbitmq_queue_messages_ready",
    "consumers": "rabbitmq_queue_consumers",
}
"""What common exporters offer (node_exporter, Micrometer, RabbitMQ). A query without a result gives nothing."""
_PLACEHOLDER: Final = re.compile(r"\{\{\s*\.?window\s*\}\}|\$\{?(?:window|__range|__rate_interval)\}?", re.ASCII)
_RANGE: Final = re.compile(r"\[\s*(?:\d+(?:ms|[smhdwy]))+\s*\]")
_RATE: Final = re.compile(r"\bi?rate\s*\(")
_TEXT: Final = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_COUNTER: Final = re.compile(
    rf"\s*(?:sum\s*(?:by\s*\([^()]*\)\s*)?\(\s*)?((?:[a-zA-Z_:][\w:]*\s*)?(?:\{{(?:[^{{}}\"']|{_TEXT})*\}})?)\s*\)?\s*"
)
"""A bare counter, also in a sum."""


def samples(options: Mapping[str, Any]) -> dict[str, str]:
    """Queries by the name of what they measure: the defaults with ``[sources.prometheus.samples]``; "" drops one."""
    chosen = _SAMPLES | {name: str(query) for name, query in table(options, "samples").items()}
    return {name: query for name, query in chosen.items() if query}


def counted(query: str, step_s: float) -> str:
    """A query of an SLO as the number of events in one step: a rate becomes an increase, a bare counter is summed.

    Raises BadInput for a calculation without a range: what it says of one step can't be known.
    """
    step = f"{step_s:.0f}s"
    if _PLACEHOLDER.search(query):
        return _RATE.sub("increase(", _PLACEHOLDER.sub(step, query))
    if _RANGE.search(query):
        return _RATE.sub("increase(", _RANGE.sub(f"[{step}]", query))
    counter = _COUNTER.fullmatch(query)
    if counter is None or not counter[1]:
        msg = "it has no range; write it with one, such as sum(rate(requests_total[5m]))"
        raise BadInput(msg)
    return f"sum(increase({counter[1].strip()}[{step}]))"
