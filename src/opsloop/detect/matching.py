"""Which entry holds a finding's pattern: in one run an entry holds one finding at most.

An entry of the finding's own key and service is the one; none named is a service like any other here. Only where there
is no such entry, one side without a service may stand for any: a pattern that spread to a second service, or an entry
by hand that names none. What another finding of the run has a better right to is left to it, so that the next run
finds every entry as this one left it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from opsloop.detectors import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsloop.model import Entry, Finding

OPEN: Final = frozenset({"pending", "in_progress"})


def match(finding: Finding, entries: Iterable[Entry]) -> Entry | None:
    """The entry that holds the pattern of this finding alone."""
    return matched([finding], entries)[0]


def matched(findings: Sequence[Finding], entries: Iterable[Entry]) -> list[Entry | None]:
    """The entry of each finding; None for one that needs an entry of its own. The first of equals is served first."""
    run = _Run(findings, entries)
    found = [run.take(finding, run.exact(finding)) for finding in findings]
    return [entry or run.take(finding, run.loose(finding)) for entry, finding in zip(found, findings, strict=True)]


class _Run:
    """Entries by key and service, what the findings of a run ask for exactly, and what they have been given."""

    def __init__(self, findings: Sequence[Finding], entries: Iterable[Entry]) -> None:
        self._by_key: dict[str, dict[str | None, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        by_id = {entry.id: entry for entry in entries}
        for entry in by_id.values():
            kept = by_id.get(entry.metadata.get("Merged-Into", ""))
            for key in entry.answers_to - (kept.answers_to if kept else frozenset()):
                self._by_key[key][entry.service].append(entry)
        self._asked: dict[tuple[str, str | None], set[str]] = defaultdict(set)
        for finding in findings:
            self._asked[finding.pattern_key, _first(finding.service)].add(finding.detector)
        self._taken: set[str] = set()

    def exact(self, finding: Finding) -> list[Entry]:
        """The entries of the finding's key and service that are not another detector's."""
        same = self._by_key[finding.pattern_key].get(_first(finding.service), ())
        return [entry for entry in same if _keeper(entry) in (None, finding.detector)]

    def loose(self, finding: Finding) -> list[Entry]:
        """Where there is no exact entry: those that match because a service is missing, and that nobody asks for."""
        if self.exact(finding):
            return []
        return [entry for entry in self._any_service(finding) if not self._is_asked_for(entry)]

    def take(self, finding: Finding, candidates: Sequence[Entry]) -> Entry | None:
        """The best of the candidates that is left: what the detector itself wrote, then what is open."""
        left = [entry for entry in candidates if entry.id not in self._taken]
        services = finding.metrics.get("services") or ()

        def rank(entry: Entry) -> tuple[bool, bool, bool, bool]:
            return (
                _keeper(entry) is None,
                _services(entry) != (finding.service or ""),
                entry.service not in services,
                entry.status not in OPEN,
            )

        best = min(left, key=rank, default=None)
        if best is not None:
            self._taken.add(best.id)
        return best

    def _any_service(self, finding: Finding) -> Iterator[Entry]:
        of_key = self._by_key[finding.pattern_key]
        wanted = [None] if _first(finding.service) else [service for service in of_key if service]
        for service in wanted:
            yield from (entry for entry in of_key.get(service, ()) if _keeper(entry) in (None, finding.detector))

    def _is_asked_for(self, entry: Entry) -> bool:
        keeper = _keeper(entry)
        asking: set[str] = set().union(*(self._asked.get((key, entry.service), ()) for key in entry.answers_to))
        return keeper in asking if keeper else bool(asking)


def _keeper(entry: Entry) -> str | None:
    """The detector whose figures the entry holds; None where a person wrote it, or a detector that is gone."""
    detector = entry.metadata.get("Detector")
    return detector if detector in names() else None


def _services(entry: Entry) -> str:
    return (entry.metadata.get("Service") or entry.metadata.get("Services Affected") or "").strip()


def _first(service: str | None) -> str | None:
    """A finding's service as ``Entry.service`` reads it back: a comma ends a name there."""
    return (service or "").split(",")[0].strip() or None
