"""Sealing, detecting and verifying while the server runs: each as a child process, one at a time on this host.

A child keeps the receiver's memory and latency its own, and dying takes nothing along. Replicas that share a project
folder share a lock and the list of runs: a job is due when nobody has begun it for its interval.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from filelock import FileLock, Timeout
from starlette.concurrency import run_in_threadpool

from opsloop.errors import OpsloopError
from opsloop.model import format_time
from opsloop.verbs.runs import STOPPED, last_started, record
from opsloop.web.log import log

if TYPE_CHECKING:
    from opsloop.config import Store
    from opsloop.web.serving import Serving

_LOOK_EVERY_S: Final = 2.0
_KILL_AFTER_S: Final = 5.0
_DETAIL_LIMIT: Final = 300
LOCK_NAME: Final = "background.lock"


class Schedule:
    """Runs what is due, from ``async with`` to its end; a run under way is told to end then."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        limits, store = serving.limits, serving.ws.settings.store
        self._jobs: dict[str, tuple[float, tuple[str, ...]]] = {
            "seal": (limits.seal_every_minutes, _seal(store)),
            "detect": (limits.detect_every_minutes, ("detect",)),
            "verify": (limits.verify_every_minutes, ("verify",)),
        }
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        lock = FileLock(self._serving.ws.state / LOCK_NAME, thread_local=False)
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self._note()
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            except OSError as error:  # no space, no open files left: that passes, and must not end the schedule
                log("error", "not_locked", reason=str(error))
                continue
            try:
                for job, (minutes, words) in self._jobs.items():
                    if minutes and self._due(job, minutes):
                        await self._run(job, words)
            except OSError as error:  # the list of runs cannot be read: as above
                log("error", "not_run", reason=str(error))
            finally:
                lock.release()

    async def _note(self) -> None:
        try:
            await run_in_threadpool(self._serving.note)
        except OpsloopError as error:  # a full disk must not end the schedule: it may have space again soon
            log("error", "not_noted", reason=str(error))

    def _due(self, job: str, minutes: float) -> bool:
        last = last_started(self._serving.ws, job)
        return last is None or datetime.now(UTC) - last >= timedelta(minutes=minutes)

    async def _run(self, job: str, words: tuple[str, ...]) -> None:
        ws = self._serving.ws
        started_at, started = datetime.now(UTC), time.monotonic()

        def note(result: str, detail: str = "") -> None:
            seconds = round(time.monotonic() - started, 3)
            run = {"job": job, "started_at": format_time(started_at), "seconds": seconds, "result": result}
            try:
                record(ws, {**run, "detail": ws.redact(detail)})
            except OSError as error:  # as above: it may have space again soon
                log("error", "not_noted", reason=str(error))
            self._serving.counters.ran(job, result, seconds)
            log("error" if result == "failed" else "info", "background_run", **run)

        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "opsloop", "--root", str(ws.root), "--json", *words,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:  # no process, no open files left: due again after its interval
            note("failed", f"cannot begin: {error}")
            return
        try:
            _, errors = await child.communicate()
        except asyncio.CancelledError:
            await _end(child)
            note(STOPPED, "the server stopped; the job is due again")
            raise
        if child.returncode == 0:
            note("ok")
        else:
            said = errors.decode(errors="replace").strip()[-_DETAIL_LIMIT:]
            note("failed", said or f"ended with {child.returncode}")


def _seal(store: Store) -> tuple[str, ...]:
    words = ("seal", "--older-than-hours", str(store.seal_after_hours))
    if not store.compact_min_files:
        return words
    return (*words, "--compact", "--only-own", "--min-files", str(max(store.compact_min_files, 2)))


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ask it to stop; it may be killed at any moment, every verb is made for that."""
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _KILL_AFTER_S)
    except TimeoutError:
        child.kill()
        await child.wait()
