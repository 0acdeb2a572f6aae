"""A real chromium and a real server on the demo company."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import opsloop
from processes import QUIET, Receiver

SIZE = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tidewater Books after ninety days, as of today so that the pages have something to show."""
    import subprocess
    import sys

    root = tmp_path_factory.mktemp("shown") / "tidewater"
    subprocess.run([sys.executable, "-m", "opsloop", "demo", str(root)], check=True, capture_output=True, timeout=300)
    with (root / "opsloop.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n" + QUIET)
    return root


@pytest.fixture(scope="session")
def server(company: Path) -> Iterator[Receiver]:
    with Receiver(company) as receiver:
        yield receiver


@pytest.fixture(scope="session")
def approver(company: Path) -> str:
    """A token that may approve."""
    import json

    made = opsloop(company, "token", "create", "--scope", "approve", "--json")
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["token"])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, server: Receiver) -> Iterator[Any]:
    """A new page that notes what goes wrong: ``page.wrong`` holds console errors, failures and foreign requests."""
    context = chromium.new_context(base_url=server.url, viewport=SIZE)
    tab = context.new_page()
    tab.wrong = []
    tab.on("console", lambda message: tab.wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
    tab.on("request", lambda request: None if request.url.startswith(server.url) else tab.wrong.append(request.url))
    tab.set_default_timeout(60_000)
    yield tab
    context.close()
