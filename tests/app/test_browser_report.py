"""A report on its run's page in a real browser: it is there to read and to take along, and has no rights."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, PROJECT, browsing, serving, settled
from views.parts.files import framed

if CHROMIUM is None:
    pytest.skip("There is no Chromium here: apt-get install chromium", allow_module_level=True)

from playwright.sync_api import Browser, FrameLocator, Page, expect

SHOTS = PROJECT / "screenshots"
"""Where pictures of every page go; git ignores it."""

PERIOD = "2024-08"

REQUEST = f'{{"id": "prices", "period": "{PERIOD}"}}\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one report was made."""
    made = tmp_path_factory.mktemp("report")
    (made / "reports.jsonl").write_text(REQUEST)
    command = [sys.executable, "-m", "cli", "run", "data-reporting", "reports.jsonl"]
    subprocess.run(command, cwd=made, env=environment(made), check=True, capture_output=True, timeout=120)
    return made


def environment(folder: Path) -> dict[str, str]:
    """What a process in the folder sees."""
    url = f"sqlite:///{folder / 'roundhouse.db'}"
    return {**os.environ, "PYTHONPATH": str(PROJECT), "ROUNDHOUSE_DATABASE_URL": url}


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with serving(folder, environment(folder)) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(params=[1280, 420], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """The run's page, in a window of each width."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.goto(f"{address}/runs?run=prices")
    yield settled(opened)
    context.close()


def report(page: Page) -> FrameLocator:
    """What is inside of the frame within Streamlit's frame."""
    return page.frame_locator("iframe[title$='html']").frame_locator("iframe")


def test_a_finished_report_is_read_on_its_runs_page(page: Page) -> None:
    inside = report(page)
    expect(inside.get_by_role("heading", name="Raw material prices")).to_be_visible(timeout=40_000)
    expect(inside.get_by_role("heading", name="Summary")).to_be_visible()
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth")
    assert width <= 0
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"report-{page.evaluate('innerWidth')}.png")


def test_a_figure_leads_to_what_it_rests_on_inside_of_the_frame(page: Page) -> None:
    number = report(page).locator("a[href^='#figure']").first
    target = str(number.get_attribute("href"))
    number.click()
    expect(report(page).locator(target)).to_be_in_viewport()
    assert "run=prices" in page.url


def test_the_report_is_taken_along_as_it_was_kept(page: Page, folder: Path, tmp_path: Path) -> None:
    for ending, begins in (("pdf", b"%PDF"), ("html", b"<!doctype html>")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"-{PERIOD}.{ending}").first.click()
        assert download.value.suggested_filename == f"sample-{PERIOD}.{ending}"
        download.value.save_as(tmp_path / ending)
        content = (tmp_path / ending).read_bytes()
        assert content.startswith(begins)
        assert content in [path.read_bytes() for path in (folder / "roundhouse-files").glob("*/*")]


def test_no_script_of_a_page_runs_and_nothing_is_loaded(page: Page, address: str) -> None:
    evil = (
        "<h1>Evil</h1><script>document.title='ran'; parent.parent.document.title='ran'</script>"
        f"<img src='{address}/stolen' onerror=\"top.document.title='ran'\">"
        f"<form action='{address}/posted'><button>go</button></form><a href='{address}/followed'>out</a>"
    )
    answered: list[str] = []
    page.on("response", lambda response: answered.append(response.url))
    page.evaluate(
        "document => { const frame = window.document.createElement('iframe');"
        "frame.sandbox = 'allow-same-origin allow-scripts allow-forms'; frame.id = 'evil';"
        "frame.srcdoc = document; window.document.body.append(frame) }",
        framed(evil.encode(), "evil"),
    )
    inside = page.frame_locator("#evil").frame_locator("iframe")
    expect(inside.get_by_role("heading", name="Evil")).to_be_attached()
    inside.get_by_role("button").dispatch_event("click")
    inside.get_by_role("link").dispatch_event("click")
    page.wait_for_timeout(500)
    assert page.title() != "ran"
    assert not [url for url in answered if url.endswith(("stolen", "posted", "followed"))]
