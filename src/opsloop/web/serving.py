"""What one running server holds, from start to stop."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from opsloop.signals.hot import HotStore
from opsloop.signals.store import disk_errors
from opsloop.signals.writer import GroupWriter
from opsloop.verbs.coverage import HEARD_KEPT_HOURS
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
        self.counters = Counters(self.intake.names)
        _ = self.ws.state
        self.stopping = asyncio.Event()
        """Set when a stop is asked for: what would go on for ever ends then."""
        self._notes = HotStore(self.ws.store.hot.path)
        self._noted_hour = 0
        self.writer = GroupWriter(self.ws.store, limit_rows=self.limits.waiting_signals)

    def workspace(self) -> Workspace:
        """The project as of this request; what was read of the journal is kept from one request to the next."""
        return self.ws.anew()

    def note(self) -> None:
        """Keep what was heard since the last time, for ``coverage``; once an hour, let go of what is too old."""
        hour = int(time.time()) // 3600
        with disk_errors(self._notes.path):
            self._notes.hear(self.counters.take_heard(hour))
            if hour != self._noted_hour:
                self._notes.forget_heard(hour - HEARD_KEPT_HOURS)
                self._noted_hour = hour

    async def close(self) -> None:
        """Write what waits."""
        await self.writer.close()
        await run_in_threadpool(self.note)
        self._notes.close()
