"""A real browser and a real server of the app, on this machine only."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).parents[2]

CHROMIUM = os.environ.get("ROUNDHOUSE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
"""The browser of the system; None where there is none."""

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""What keeps the browser from talking to anybody but the app."""

STARTING = 60.0
"""Seconds that a server may take to start."""


@contextmanager
def serving(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """The app, served from a folder with these settings; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    command += ["--server.headless", "true", "--server.port", str(port), "--server.fileWatcherType", "none"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **settings}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@contextmanager
def browsing() -> Iterator[Browser]:
    """The browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def settled(page: Page) -> Page:
    """The page, once its script has run and its pieces are there."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    return page
