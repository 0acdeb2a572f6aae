"""One server process: the socket, the event loop, a start and a graceful end."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from opsloop.errors import BadInput, OutsideFailed
from opsloop.web.app import create_app
from opsloop.web.log import log
from opsloop.web.protocol import ImpatientProtocol
from opsloop.web.serving import Serving

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

_BACKLOG: Final = 1024
_SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread waits for the interpreter while the event loop is busy; ten times less than usual."""
_YOUNG_OBJECTS: Final = 20_000
"""Objects made before circles of them are looked for; some deliveries make the usual 700, and no circles."""


def run(root: Path, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; what was begun is finished first.

    Raises BadInput for settings that would let strangers in, OutsideFailed when the address cannot be had.
    """
    serving = Serving(root)
    if not _is_loopback(host) and not serving.intake.guarded:
        message = (
            f"--host {host} lets others in, and no source has a secret or certificates;"
            " set secret_env for the sources that shall post here ([sources.NAME] in opsloop.toml)"
        )
        raise BadInput(message)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
    listening = _listen(host, port)
    address = _address(listening)
    config = uvicorn.Config(
        create_app(serving),
        http=ImpatientProtocol,
        loop="auto",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=serving.limits.connections or None,
        timeout_graceful_shutdown=serving.limits.stop_timeout_s,
    )
    sys.stdout.write(f"opsloop serves {root} on {address}\n")
    sys.stdout.flush()
    log("info", "started", address=address, guarded=sorted(serving.intake.guarded))
    _Server(config, serving.stopping).run(sockets=[listening])
    log("info", "stopped")


class _Server(uvicorn.Server):
    """uvicorn's server; a stop that was asked for and went well is a success, not a death by signal."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell streams first: uvicorn waits for every answer to end, and theirs would not."""
        self._stopping.set()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gracefully at the first signal, at once at the second."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    """A bound and listening socket: from here on nobody is turned away, also before the loop runs."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(_BACKLOG)
    except OSError as error:
        message = f"cannot listen on {host} port {port}: {error.strerror}; choose another --port, or 0 for any"
        raise OutsideFailed(message) from None
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
