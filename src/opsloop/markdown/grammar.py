"""The written format of an entry: which fields and sections there are, in which order, in which shape.

## [OPS-20260131-001] name
**Field**: value
### Section
body
---
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opsloop.model import Kind


class Shape(Enum):
    """How a section's body is written."""

    TEXT = "free text"
    BULLETS = "- Label: value"
    BOLD_BULLETS = "- **Label**: value"
    TABLE = "| Time (UTC) | Event |"
    CHECKLIST = "- [ ] item"


FIELDS: Final = {
    "Logged": "logged",
    "Priority": "priority",
    "Status": "status",
    "Severity": "severity",
    "Category": "category",
    "Name": "name",
    "Area": "area",
    "Skill": "skill",
}
"""Label -> attribute of Entry. The heading holds a learning's category and another entry's name; the other one of
the two is a field where there is one."""

SECTIONS: Final = {
    "Summary": ("summary", Shape.TEXT),
    "Timeline": ("timeline", Shape.TABLE),
    "Details": ("details", Shape.TEXT),
    "Impact": ("impact", Shape.BOLD_BULLETS),
    "Metrics": ("metrics", Shape.BULLETS),
    "Root Cause": ("root_cause", Shape.TEXT),
    "Mitigation": ("mitigation", Shape.TEXT),
    "Prevention": ("prevention", Shape.TEXT),
    "Action Items": ("action_items", Shape.CHECKLIST),
    "Suggested Action": ("suggested_action", Shape.TEXT),
    "Requested Capability": ("requested_capability", Shape.TEXT),
    "User Context": ("user_context", Shape.TEXT),
    "Complexity Estimate": ("complexity", Shape.TEXT),
    "Suggested Implementation": ("suggested_implementation", Shape.TEXT),
    "Metadata": ("metadata", Shape.BULLETS),
    "Resolution": ("resolution", Shape.BOLD_BULLETS),
}
"""Title -> attribute of Entry and shape, in written order."""

TITLES: Final = {title.lower(): title for title in SECTIONS}
"""A section is known by its title in any case."""

LABELS: Final = {label.lower(): label for label in FIELDS}


def title_attribute(kind: Kind) -> str:
    """The attribute that stands behind the id in the heading."""
    return "category" if kind == "learning" else "name"
