"""A real Prometheus and a real Alertmanager, watching a number that the test sets."""

from __future__ import annotations

import json
import shutil
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from processes import Process, free_port, wait_until


class Exporter:
    """Exports gauges: ``exporter.gauges['test_errors{service="checkout"}'] = 1``."""

    def __init__(self) -> None:
        self.gauges: dict[str, float] = {}
        gauges = self.gauges

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = "".join(f"{name} {value}\n" for name, value in gauges.items()).encode()
                self.send_response(200)
                self.send_header("content-type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def ask(url: str) -> Any:
    """A JSON document, or None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read()
    except OSError:
        return None
    return json.loads(text) if text.startswith((b"{", b"[")) else text


class Alertmanager(Process):
    """Sends every group to one webhook, at once and again every few seconds."""

    def __init__(self, folder: Path, webhook: str, *, port: int | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = {
            "route": {
                "receiver": "opsloop",
                "group_by": ["alertname"],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "3s",
            },
            "receivers": [{"name": "opsloop", "webhook_configs": [{"url": webhook, "send_resolved": True}]}],
        }
        (folder / "alertmanager.json").write_text(json.dumps(config))
        program = shutil.which("prometheus-alertmanager") or "alertmanager"
        words = [f"--config.file={folder / 'alertmanager.json'}", f"--storage.path={folder / 'data'}"]
        words += [f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="]
        super().__init__([program, *words], folder / "log")
        wait_until(lambda: ask(f"{self.url}/-/ready"), what="Alertmanager")


class Prometheus(Process):
    """Scrapes the exporter and evaluates its rules every second."""

    def __init__(
        self, folder: Path, exporter: Exporter, rules: list[dict[str, Any]], alertmanager: int | None = None
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "test", "interval": "1s", "rules": rules}]}))
        config: dict[str, Any] = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(folder / "rules.json")],
            "scrape_configs": [{"job_name": "test", "static_configs": [{"targets": [f"127.0.0.1:{exporter.port}"]}]}],
        }
        if alertmanager:
            config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]}
        (folder / "prometheus.json").write_text(json.dumps(config))
        words = [f"--config.file={folder / 'prometheus.json'}", f"--storage.tsdb.path={folder / 'data'}"]
        super().__init__(["prometheus", *words, f"--web.listen-address=127.0.0.1:{self.port}"], folder / "log")
        wait_until(lambda: ask(f"{self.url}/-/ready"), what="Prometheus")
