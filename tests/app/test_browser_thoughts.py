"""Chat models in a real browser: what they think is seen as it comes, and is text."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, PROJECT, browsing, serving, settled
from tests.support.model_chat import ChatRequest, Reply
from tests.support.model_server import ModelServer, ideal
from tests.support.model_thread import environment, serving_model

if CHROMIUM is None:
    pytest.skip("There is no Chromium here: apt-get install chromium", allow_module_level=True)

from playwright.sync_api import Browser, Page, expect

SAID = (
    "The budget fits what the segment buys. <img src=x onerror=\"document.title='pwned'\"> **I would call**, and now."
)
"""What the model thinks; only its end shows that it has come to it."""

PATIENCE = 60_000
"""Milliseconds that a model may take."""

SHOTS = PROJECT / "screenshots"


def thinking(request: ChatRequest) -> Reply:
    """A good answer, with that thought."""
    reply = ideal(request)
    if isinstance(reply.content, dict):
        inner = reply.content.get("answer", reply.content)
        inner.update({"rationale": SAID} if "rationale" in inner else {})
    return reply


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving_model(ModelServer(thinking, latency=0.5, pace=0.1)) as opened:
        yield opened


@pytest.fixture
def address(server: ModelServer, tmp_path: Path) -> Iterator[str]:
    settings = {"ROUNDHOUSE_DATABASE_URL": f"sqlite:///{tmp_path / 'roundhouse.db'}"}
    with serving(tmp_path, {**settings, **environment(server, server.model)}) as served:
        yield served


@pytest.fixture(params=[1280, 420])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page that fails the test where a script in it fails."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    opened, errors = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=SHOTS / f"{name}-{width}.png")


def test_thoughts_come_while_a_file_and_a_case_run(page: Page, address: str, server: ModelServer) -> None:
    page.goto(f"{address}/start")
    settled(page)
    expect(page.get_by_text(f"all seats: {server.model}; where a model fails, a human is asked")).to_be_visible()
    page.get_by_label("Only the first").fill("6")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_role("button", name="Run", exact=True).click()
    thought = page.locator(".rh-thought").first
    expect(thought).to_contain_text("The budget fits", timeout=PATIENCE)
    expect(page.get_by_text("and 2 more")).to_be_visible(timeout=PATIENCE)
    shot(page, "thoughts-of-a-file")
    # a case that is started meanwhile, and thought about for longer than a page waits
    page.get_by_role("radio", name="One case").click()
    settled(page)
    page.get_by_label("Id *", exact=True).fill("acme")
    page.get_by_label("Company *", exact=True).fill("Acme")
    page.get_by_role("button", name=re.compile("^Start the run")).click()
    page.wait_for_url("**/runs?run=*", timeout=PATIENCE)
    expect(page.locator(".rh-thought")).to_contain_text("I would call**, and now.", timeout=PATIENCE)
    shot(page, "thoughts-of-a-run")
    server.latency, server.pace = 0.0, 0.0
    expect(page.get_by_text("5 model calls")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".rh-thought")).to_have_count(0)
    expect(page.get_by_text(re.compile(r"confidence .* as the model says")).first).to_be_visible()
    settled(page)
    assert page.title() != "pwned"
    assert page.locator("img[src=x]").count() == 0
    expect(page.get_by_text("The workflow has changed")).to_have_count(0)
