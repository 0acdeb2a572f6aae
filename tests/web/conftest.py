"""A real chromium and a real server on the demo company."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import document, opsloop
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


def _token(company: Path, scope: str) -> str:
    return str(document(opsloop(company, "token", "create", "--scope", scope, "--json"))["token"])


@pytest.fixture(scope="session")
def approver(company: Path) -> str:
    """A token that may approve; as soon as there is one, reading needs a token too."""
    return _token(company, "approve")


@pytest.fixture(scope="session")
def reader(company: Path) -> str:
    """A token that may only read."""
    return _token(company, "read")


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


def log_in(tab: Any, token: str) -> None:
    tab.goto("/login")
    tab.fill("input[name=token]", token)
    tab.click("main button")
    tab.wait_for_url(lambda url: not url.endswith("/login"))


def _wait_for_what_is_computed(tab: Any) -> None:
    """Let every goto end with the page itself, not with the notice that it is being computed."""
    visit = tab.goto

    def goto(path: str) -> Any:
        answer = visit(path)
        tab.locator("[data-waiting]").wait_for(state="detached")
        return answer

    tab.goto = goto


@pytest.fixture
def page(chromium: Any, server: Receiver, approver: str) -> Iterator[Any]:
    """A new page, logged in; ``page.wrong`` holds console errors, failures and requests to other hosts."""
    context = chromium.new_context(base_url=server.url, viewport=SIZE)
    tab = context.new_page()
    tab.wrong = []
    tab.on("console", lambda message: tab.wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
    tab.on("request", lambda request: None if request.url.startswith(server.url) else tab.wrong.append(request.url))
    tab.set_default_timeout(60_000)
    _wait_for_what_is_computed(tab)
    log_in(tab, approver)
    yield tab
    context.close()
