"""Runbooks: step-by-step incident response and recovery, one file a pattern."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from opsloop.targets import Form, prose, quoting

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.targets import Material

FORM: Final = Form(promoted="runbook", place="docs/runbooks")


def render(material: Material) -> dict[str, str]:
    """One runbook a pattern; entries of one pattern share it."""
    by_topic: dict[str, list[Entry]] = {}
    for entry in material.entries:
        by_topic.setdefault(prose.topic(entry), []).append(entry)
    return {f"{material.place}/{name}.md": _runbook(material, entries) for name, entries in by_topic.items()}


def _runbook(material: Material, entries: list[Entry]) -> str:
    lead = entries[0]
    immediate, permanent = _procedure(entries)
    offered = _offered(entries)
    seen = [signal for entry in entries for signal in material.occurrences.get(entry.id, ())]
    return prose.document(
        f"# Runbook: {prose.title(lead)}",
        prose.provenance("Runbook", entries),
        _facts(entries),
        "## Symptoms",
        *dict.fromkeys(_symptoms(entry) for entry in entries),
        "## Detection",
        _detection(entries),
        "## Immediate steps",
        _immediate(immediate, _verification(entries), quoted=bool(offered)),
        *offered,
        "## Rollback",
        prose.or_question(_first(entries, "Rollback"), "How are these steps undone if they make it worse?"),
        "## Escalation",
        prose.or_question(_first(entries, "Escalation", "Escalate To"), "Who is called when these steps do not help?"),
        "## Root cause",
        prose.or_question(_joined(entries, "root_cause"), "What is the root cause?"),
        "## Permanent fix",
        prose.bullets(permanent) or prose.question("What keeps this from coming back?"),
        *(prose.offered(entry, entry.prevention) for entry in entries),
        "## Last occurrences",
        prose.last_occurrences(seen) or "No occurrence is stored.",
    )


def _facts(entries: list[Entry]) -> str:
    lead = entries[0]
    services = sorted({quoting.name(service) for entry in entries if (service := entry.service)})
    alerts = sorted({alert for entry in entries for alert in _alerts(entry)})
    facts = {
        "Pattern": quoting.quoted(lead.pattern_key),
        "Service": ", ".join(services),
        "Severity": quoting.name(lead.severity),
        "Alerts": ", ".join(quoting.quoted(alert) for alert in alerts),
        "Learned from": ", ".join(entry.id for entry in entries),
    }
    return prose.bullets(f"**{label}**: {value}" for label, value in facts.items() if value)


def _symptoms(entry: Entry) -> str:
    return "\n\n".join(
        part for part in (quoting.told(entry, entry.summary), quoting.told(entry, entry.details)) if part
    )


def _detection(entries: list[Entry]) -> str:
    for entry in entries:
        if query := prose.section(entry, "Detection Query", "Detection", "Query"):
            return prose.offered(entry, query) or "\n".join(prose.code(query))
    return prose.question("Which query or command shows this problem?")


def _procedure(entries: list[Entry]) -> tuple[list[str], list[str]]:
    """Immediate steps, and what is to be done for good: prevention, and steps that say so of themselves."""
    taken = list(dict.fromkeys(step for entry in entries for step in prose.steps_of(entry, _steps(entry))))
    lasting = [step for step in taken if step.lower().startswith(("permanent fix", "long-term", "long term"))]
    for entry in entries:
        lasting += prose.steps_of(entry, entry.prevention)
        if prose.section(entry, "Steps", "Immediate Steps") or entry.mitigation:
            lasting += prose.steps_of(entry, entry.suggested_action)
    return [step for step in taken if step not in lasting], list(dict.fromkeys(lasting))


def _steps(entry: Entry) -> str:
    return prose.section(entry, "Steps", "Immediate Steps") or entry.mitigation or entry.suggested_action


def _offered(entries: list[Entry]) -> list[str]:
    """What imported entries say of steps and checks: quoted, for a person to choose from."""
    texts = [
        prose.offered(entry, "\n".join((_steps(entry), prose.section(entry, "Verification", "Verify"))))
        for entry in entries
    ]
    return [text for text in dict.fromkeys(texts) if text]


def _verification(entries: list[Entry]) -> list[str]:
    return [step for entry in entries for step in prose.steps_of(entry, prose.section(entry, "Verification", "Verify"))]


def _immediate(steps: list[str], checks: list[str], *, quoted: bool) -> str:
    """Numbered steps, each with how to see that it worked; one check for several steps stands after the last."""
    if not steps:
        asked = "What are the steps, in order? Some are quoted below: which of them hold?"
        return prose.question(asked if quoted else "What are the steps, in order?")
    if len(checks) == 1:
        checks = [""] * (len(steps) - 1) + checks
    lines = []
    for number, (step, check) in enumerate(zip_longest(steps, checks[: len(steps)], fillvalue=""), 1):
        ask = f"   {prose.question(f'How is it seen that step {number} worked?')}"
        first, *more = prose.step_lines(step)
        lines += [f"{number}. {first}", *more, "", f"   Verify: {check}" if check else ask, ""]
    extra = [f"- Verify: {check}" for check in checks[len(steps) :]]
    return "\n".join([*lines, *extra])


def _alerts(entry: Entry) -> list[str]:
    named = entry.metadata.get("Related Alerts", "")
    return [alert.strip() for alert in named.split(",") if alert.strip()]


def _first(entries: list[Entry], *names: str) -> str:
    told = (quoting.advised(entry, prose.section(entry, *names)) for entry in entries)
    return next((text for text in told if text), "")


def _joined(entries: list[Entry], attribute: str) -> str:
    return "\n\n".join(
        dict.fromkeys(text for entry in entries if (text := quoting.told(entry, getattr(entry, attribute))))
    )
