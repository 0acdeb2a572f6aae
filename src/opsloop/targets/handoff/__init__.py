"""The on-call hand-off checklist: what to verify at the start of a shift, and what is known to be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsloop.targets import Form, prose, quoting

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.targets import Material

FORM: Final = Form(promoted="on-call handoff checklist", place="docs/oncall-handoff.md", gathers=True)


def render(material: Material) -> dict[str, str]:
    """One checklist of everything promoted to it."""
    text = prose.document(
        "# On-call hand-off checklist",
        prose.provenance("Checklist", material.entries),
        "## Verify at the start of the shift",
        "\n".join(_item(entry) for entry in material.entries),
        "## Known issues",
        prose.bullets(_issue(entry) for entry in material.entries),
    )
    return {material.place: text}


def _item(entry: Entry) -> str:
    service = f"{quoting.name(entry.service)}: " if entry.service else ""
    what = entry.suggested_action or entry.prevention
    if entry.origin == "import" and what:
        return f"- [ ] {service}{prose.title(entry)}; the file says: {quoting.quoted(what)}"
    if not what:
        ask = prose.question(f"What exactly is verified, and how ({entry.id})?")
        return f"- [ ] {service}{prose.title(entry)} ({entry.id})\n  {ask}"
    return "\n".join(f"- [ ] {service}{step} ({entry.id})" for step in prose.steps(what))


def _issue(entry: Entry) -> str:
    last = quoting.name(entry.metadata.get("Last-Seen"))
    said = f": {quoting.quoted(entry.summary)}" if entry.origin and entry.summary else ""
    return f"{prose.title(entry)}{said} ({entry.id}{', last seen ' + last if last else ''})"
