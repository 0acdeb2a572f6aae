"""One service, one name: what tools call it differently is joined as it comes in (``[services]``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsloop.model import Signal

AS_SENT: Final = "service_as_sent"
"""The attribute that keeps what the tool said."""


def joined(signals: Sequence[Signal], names: Mapping[str, str]) -> Sequence[Signal]:
    """The signals, each under the name its service has here; ``names`` are ``Settings.service_names``."""
    return [_under(signal, names) for signal in signals] if names else signals


def _under(signal: Signal, names: Mapping[str, str]) -> Signal:
    sent = signal.service
    name = names.get(sent.lower()) if sent else None
    if name is None or name == sent:
        return signal
    return signal._replace(service=name, attrs={**signal.attrs, AS_SENT: str(sent)})
