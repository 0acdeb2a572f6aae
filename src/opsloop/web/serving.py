"""What one running server holds, from start to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.signals.writer import GroupWriter
from opsloop.verbs.receive import Intake
from opsloop.verbs.workspace import Workspace
from opsloop.web.counters import Counters
from opsloop.web.limits import limits_from

if TYPE_CHECKING:
    from pathlib import Path


class Serving:
    """The project it serves, its limits, and the way from a delivery to the disk.

    Raises BadInput for wrong settings and for secrets that are configured and missing.
    """

    def __init__(self, root: Path) -> None:
        self.ws = Workspace(root)
        self.limits = limits_from(self.ws.settings.serve)
        self.intake = Intake(self.ws)
        self.counters = Counters()
        _ = self.ws.state
        self.writer = GroupWriter(self.ws.store, limit_rows=self.limits.waiting_signals)

    def close(self) -> None:
        """Write what waits."""
        self.writer.close()
