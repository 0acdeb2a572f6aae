"""What a target is made from: the entries, and what the signals and metrics say about them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from opsloop.errors import BadInput, NotFound
from opsloop.targets import Material
from opsloop.verify.occurrences import services_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from opsloop.config import Settings, Slo
    from opsloop.model import Entry, Signal
    from opsloop.signals import Store
    from opsloop.targets import Form
    from opsloop.verify.occurrences import Occurrence


def place_of(target: str, form: Form, settings: Settings) -> str:
    """Where the target's files go; raises BadInput for a setting that is no relative path."""
    place = settings.targets.get(target, form.place)
    if not isinstance(place, str) or not place.strip("/ ") or PurePosixPath(place).is_absolute():
        msg = f"[targets] {target} = {place!r}: should be a relative path inside the project, such as {form.place!r}"
        raise BadInput(msg)
    return place.rstrip("/")


def gather(
    target: str, form: Form, entries: Sequence[Entry], *, among: Sequence[Entry], now: datetime, settings: Settings
) -> Material:
    """The material without evidence: what a target can say from the journal alone.

    A target that gathers also gets every entry of ``among`` that was promoted to it before.
    """
    chosen = {entry.id: entry for entry in entries}
    if form.gathers:
        earlier = {entry.id: entry for entry in among if _promoted_to(form, entry)}
        chosen = earlier | chosen
    return Material(
        entries=tuple(chosen.values()),
        place=place_of(target, form, settings),
        now=now,
    )


def evidence_of(entry: Entry, store: Store, seen: Sequence[Occurrence]) -> tuple[list[Signal], list[Signal]]:
    """The signals that are occurrences, and all that belong to them: same incident, alert series or deployment."""
    if not seen:
        return [], []
    services = services_of(entry) or {one.service for one in seen}
    service = next(iter(services)) if len(services) == 1 else None
    stored = store.read(service=service)
    ids = {one.id for one in seen}
    occurrences = [signal for signal in stored if signal.id in ids]
    keys = {signal.fingerprint for signal in occurrences if signal.fingerprint}
    around = [one for one in stored if one.id in ids or one.fingerprint in keys or one.attrs.get("incident") in keys]
    return occurrences, around


def samples_of(entry: Entry, store: Store) -> list[Signal]:
    """What was measured of the entry's services."""
    return [sample for service in sorted(services_of(entry)) for sample in store.read(kind="sample", service=service)]


def slo_of(entries: Sequence[Entry], name: str | None, declared: Mapping[str, Slo]) -> Slo:
    """The SLO that is meant, by name or by the entry's metadata ``SLO``; raises BadInput or NotFound."""
    wanted = name or next((entry.metadata["SLO"] for entry in entries if entry.metadata.get("SLO")), None)
    known = " ".join(declared) or "none declared"
    if wanted is None:
        msg = f"which SLO? name it with --slo or in the entry's metadata as 'SLO: NAME'; there are: {known}"
        raise BadInput(msg)
    if wanted not in declared:
        raise NotFound("SLO", wanted, hint=f"[[slo]] in opsloop.toml or slo/*.yaml declare them; there are: {known}")
    return declared[wanted]


def observed_days(entries: Sequence[Entry], first_seen: Mapping[str, datetime], now: datetime) -> dict[str, Any]:
    """Since how many days each entry's service is observed."""
    return {
        entry.id: (now - first_seen[entry.id]).total_seconds() / 86400 for entry in entries if entry.id in first_seen
    }


def _promoted_to(form: Form, entry: Entry) -> bool:
    named = entry.extra_fields.get("Promoted", "").split(", ")
    here = entry.origin != "import" or "Promoted-At" in entry.metadata  # what another project promoted is not ours
    return here and form.promoted in named and entry.status in {"promoted", "promoted_to_skill"}
