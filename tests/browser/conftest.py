"""Fixtures of the browser's room: a Chromium of the system's, and pages that are watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)
from tests.actors import Exchange
from tests.clients.live import live

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE_MS = 10_000  # for what a busy machine takes; nothing waits so long by itself
SERIOUS = ("serious", "critical")


class Watch:
    """What a page did that no page of ours may do."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []
        self.requests: list[Request] = []

    def follow(self, context: BrowserContext) -> None:
        """Watch every page of a context, and all that it asks for."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # Violations of the policy come as errors of the console.
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        parts = urlsplit(request.url)
        inside = parts.scheme in ("data", "blob") or request.url.startswith(f"{self.origin}/")
        if not inside:
            self.faults.append(f"it asked for {request.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file; each gets a context of its own.

    Not for the whole run: Playwright's loop runs in the main thread for as long as it is there.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("a browser is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange on a free port; its clock runs."""
    with live() as exchange:
        yield exchange


@pytest.fixture
def watch(exchange: Exchange) -> Iterator[Watch]:
    """Fails the test on errors of the console or of a page, violations of the policy among them,
    and on requests to anywhere else. A test that expects one clears `faults`."""
    watch = Watch(exchange.server.url)
    yield watch
    assert watch.faults == []


OpenPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, exchange: Exchange, watch: Watch) -> Iterator[OpenPage]:
    """Opens a watched page in a context of its own; takes what `new_context` takes."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        given = {"base_url": exchange.server.url, "viewport": {"width": 1440, "height": 900}}
        context = browser.new_context(**{**given, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watch.follow(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: OpenPage) -> Page:
    """A watched page on a large screen."""
    return new_page()


@pytest.fixture
def accessible() -> Callable[[Page], list[str]]:
    """What axe-core finds in a page that is serious, or worse: one line each."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: cd tests/browser && npm ci")
    script = AXE.read_text("utf-8")

    def findings(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for each in found
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]

    return findings
