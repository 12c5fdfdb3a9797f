"""The app in a real browser, as a new user meets it: from an empty database to answers, a run and a what-if."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest

from benchmarks.crowd import fill
from tests.support.browser import CHROMIUM, PROJECT, browsing, serving, settled

if CHROMIUM is None:
    pytest.skip("There is no Chromium here: apt-get install chromium", allow_module_level=True)

from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

SHOTS = PROJECT / "screenshots"
"""Where pictures of every page go; git ignores it."""

WIDE, NARROW = (1280, 900), (420, 900)

HOSTILE = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
LINK = "[click](javascript:document.title='pwned') **bold** :red[x]"

expect.set_options(timeout=40_000)

PATIENCE = 120_000
"""Milliseconds that the sample may take."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module", params=[WIDE, NARROW], ids=["1280", "420"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    chosen: tuple[int, int] = request.param
    return chosen


@pytest.fixture(scope="module")
def address(size: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on an empty database of its own, for each size of window."""
    folder = tmp_path_factory.mktemp("app")
    with serving(folder, {"ROUNDHOUSE_DATABASE_URL": f"sqlite:///{folder / 'roundhouse.db'}"}) as served:
        yield served


@pytest.fixture(scope="module")
def context(browser: Browser, size: tuple[int, int]) -> Iterator[BrowserContext]:
    """A person's browser, which remembers their name."""
    opened = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, timezone_id="Europe/Vienna", accept_downloads=True
    )
    opened.set_default_timeout(40_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test where a script in it fails."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert errors == []


def visit(page: Page, address: str, path: str = "") -> Page:
    page.goto(f"{address}/{path}")
    return settled(page)


def shot(page: Page, size: tuple[int, int], name: str) -> None:
    """A picture of the whole page."""
    settled(page)
    page.wait_for_timeout(400)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size[0], "height": max(size[1], min(height + 20, 4000))})
    page.wait_for_timeout(400)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{size[0]}.png")
    page.set_viewport_size({"width": size[0], "height": size[1]})


def question(page: Page) -> str:
    """Which question is open."""
    return page.url.partition("review=")[2].partition("&")[0]


def answered(page: Page, before: str, key: str) -> None:
    """Press a key until the next question has opened by itself: one that is pressed while a page is drawn is lost."""

    def is_next(url: str) -> bool:
        return "review=" in url and f"review={before}" not in url

    for _ in range(4):
        page.keyboard.press(key)
        with suppress(PlaywrightTimeout):
            page.wait_for_url(is_next, timeout=10_000)
            break
    page.wait_for_url(is_next)
    expect(page.get_by_test_id("stForm")).to_have_count(0)
    settled(page)


def press(page: Page, key: str, then: Locator, state: Literal["visible", "detached"] = "visible") -> None:
    """Press a key until the page has taken it: one that is pressed while a page is drawn is lost."""
    for _ in range(4):
        page.keyboard.press(key)
        try:
            then.wait_for(state=state, timeout=8_000)
        except PlaywrightTimeout:
            continue
        return
    then.wait_for(state=state)


def test_the_sample_is_started_and_survives_a_reload(page: Page, address: str, size: tuple[int, int]) -> None:
    visit(page, address)
    expect(page.get_by_text("Nothing has run yet")).to_be_visible()
    shot(page, size, "empty")
    page.get_by_role("button", name="Run the sample").click()
    expect(page.get_by_text("leads.csv").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("leads.csv").first).to_be_visible()
    expect(page.get_by_text("500 cases in")).to_be_visible(timeout=PATIENCE)
    visit(page, address)
    expect(page.get_by_text("within the budget of 10%")).to_be_visible()
    expect(page.get_by_text("territory")).to_be_visible(timeout=PATIENCE)
    shot(page, size, "overview")


def test_three_questions_are_answered_by_keyboard(page: Page, address: str, size: tuple[int, int]) -> None:
    visit(page, address, "inbox")
    page.get_by_label("Your name").fill("ann")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    shot(page, size, "inbox")
    page.keyboard.press("n")
    page.wait_for_url("**review=*")
    settled(page)
    first = question(page)
    answered(page, first, "a")
    second = question(page)
    press(page, "e", page.get_by_text("What you leave as it is, stays"))
    shot(page, size, "edit")
    page.get_by_label("Why").fill("I know them")
    answered(page, second, "Control+Enter")
    third = question(page)
    press(page, "x", page.get_by_label("Reason"))
    page.get_by_label("Reason").fill("a competitor")
    answered(page, third, "Control+Enter")
    for review, words in ((first, "approve"), (second, "edit"), (third, "reject")):
        visit(page, address, f"inbox?review={review}")
        expect(page.get_by_text(re.compile(f"ann answered this question at .*: {words}"))).to_be_visible()


def test_the_name_is_remembered_after_a_reload(page: Page, address: str) -> None:
    visit(page, address, "inbox")
    expect(page.get_by_text("You answer as ann")).to_be_visible()


def test_two_people_do_not_answer_one_question(page: Page, browser: Browser, address: str) -> None:
    visit(page, address, "inbox")
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    settled(page)
    page.keyboard.press("n")
    page.wait_for_url("**review=*")
    settled(page)
    other = browser.new_context().new_page()
    visit(other, address, f"inbox?review={question(page)}")
    other.get_by_label("Your name").fill("ben")
    other.keyboard.press("Control+Enter")
    other.get_by_role("button", name=re.compile("^Claim")).click()
    expect(page.get_by_text("claimed by ben")).to_be_visible()
    other.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.get_by_text("ben answered this question")).to_be_visible()
    other.context.close()


def test_a_run_is_explored_and_a_what_if_is_run(page: Page, address: str, size: tuple[int, int]) -> None:
    visit(page, address, "runs")
    page.get_by_label("Case or run").fill("L-00027")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 runs")).to_be_visible()
    settled(page)
    shot(page, size, "runs")
    visit(page, address, "runs?run=L-00027")
    expect(page.get_by_test_id("stMermaidChart").locator("img")).to_be_visible()
    expect(page.get_by_test_id("stMermaidError")).to_have_count(0)
    shot(page, size, "run")
    for part in ("Timeline", "Checkpoints", "Audit"):
        page.get_by_role("radio", name=part).click()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_text("a defect of Roundhouse")).to_have_count(0)
        shot(page, size, part.lower())
    page.get_by_role("radio", name="What if").click()
    page.get_by_role("radio", name="Qualification").click()
    expect(page.get_by_label("Lane *", exact=True)).to_be_visible()
    expect(page.get_by_label("Probability *", exact=True)).to_have_count(1)
    settled(page)
    page.get_by_label("Probability *", exact=True).fill("0.9")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("At the most these are made again")).to_be_visible()
    shot(page, size, "what-if")
    page.get_by_role("button", name=re.compile("^Run it as a fork")).click()
    page.wait_for_url("**run=fork-*")
    expect(page.get_by_text("decisions came out differently")).to_be_visible()
    shot(page, size, "compared")


def test_one_case_is_started_by_a_form_and_its_text_is_text(page: Page, address: str, size: tuple[int, int]) -> None:
    visit(page, address, "start")
    shot(page, size, "start")
    page.get_by_role("radio", name="One case").click()
    settled(page)
    page.get_by_label("Id *", exact=True).fill("evil & co")
    page.get_by_label("Company *", exact=True).fill(HOSTILE)
    page.get_by_label("Industry", exact=True).fill(LINK)
    shot(page, size, "form")
    page.get_by_role("button", name=re.compile("^Start the run")).click()
    page.wait_for_url("**run=*")
    settled(page)
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    expect(page.get_by_text(LINK).first).to_be_visible()
    for part in ("Story", "Timeline", "Checkpoints", "What if", "Audit"):
        page.get_by_role("radio", name=part).click()
        settled(page)
        assert page.title() != "pwned"
        assert page.locator("a[href^=javascript], img[src=x]").count() == 0
    shot(page, size, "hostile")


def test_a_file_is_shown_with_what_would_be_quarantined(page: Page, address: str, size: tuple[int, int]) -> None:
    rows = (PROJECT / "data" / "leads.csv").read_text().splitlines()[:3]
    bad = rows[1].replace("L-00001", "L-X").replace(",19,", ",many,")
    content = "\n".join([*rows, bad]).encode()
    visit(page, address, "start")
    expect(page.get_by_text("You answer as ann")).to_be_visible()
    settled(page)
    file: FilePayload = {"name": "mine.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("1 would be quarantined")).to_be_visible()
    expect(page.get_by_text("many")).to_be_visible()
    shot(page, size, "preview")


def test_the_runs_are_downloaded(page: Page, address: str, tmp_path: Path) -> None:
    visit(page, address, "runs")
    expect(page.get_by_text("You answer as ann")).to_be_visible()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Download all")).click()
    download.value.save_as(tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text().startswith("id,workflow,case_id,status")


def test_dark_pages_are_dark(browser: Browser, address: str, size: tuple[int, int]) -> None:
    dark = browser.new_context(color_scheme="dark", viewport={"width": size[0], "height": size[1]})
    for path, name in (("", "overview"), ("inbox", "inbox"), ("runs?run=L-00027", "run")):
        page = visit(dark.new_page(), address, path)
        colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        assert max(map(int, re.findall(r"\d+", colour)[:3])) < 60
        shot(page, size, f"{name}-dark")
    dark.close()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on 10,000 runs, of which 500 wait."""
    folder = tmp_path_factory.mktemp("crowd")
    url = f"sqlite:///{folder / 'crowd.db'}"
    # the browser's own loop runs in this thread
    with ThreadPoolExecutor(1) as thread:
        thread.submit(fill, url, 10_000, 500, real=100).result()
    with serving(folder, {"ROUNDHOUSE_DATABASE_URL": url}) as served:
        yield served


def test_ten_thousand_runs_are_gone_through(browser: Browser, crowded: str) -> None:
    page = visit(browser.new_context(viewport={"width": 1280, "height": 900}).new_page(), crowded, "runs")
    expect(page.get_by_text("10,000 runs")).to_be_visible()
    page.get_by_role("button", name="Page 200").click()
    settled(page)
    page.get_by_label("Case or run").fill("L-1234")
    page.keyboard.press("Enter")
    expect(page.get_by_text("10 runs")).to_be_visible()
    visit(page, crowded)
    expect(page.get_by_text("500 questions wait for a human")).to_be_visible()
    visit(page, crowded, "inbox")
    expect(page.get_by_text("question 1 of 500")).to_be_visible()
    shot(page, WIDE, "crowd")
    page.context.close()


def test_every_key_of_the_readme_does_what_it_says(page: Page, address: str) -> None:
    visit(page, address, "inbox")
    approve = page.get_by_role("button", name=re.compile("^Approve"))
    expect(approve).to_be_visible()
    settled(page)
    press(page, "m", page.get_by_role("button", name=re.compile("^Let go")))
    press(page, "m", page.get_by_role("button", name=re.compile("^Claim")))
    press(page, "s", page.get_by_label("Guidance"))
    press(page, "Escape", page.get_by_label("Guidance"), "detached")
    press(page, "l", page.get_by_role("button", name=re.compile("^Approve these")))
    press(page, "n", page.get_by_text(re.compile(r"question 2 of \d+")))
    press(page, "p", page.get_by_text(re.compile(r"question 1 of \d+")))
    other = page.get_by_role("button", name=re.compile("^Let .* stand"))
    while not other.count():
        before = question(page)
        answered(page, before, "n")
    torn = question(page)
    answered(page, torn, "b")
    visit(page, address, f"inbox?review={torn}")
    expect(page.get_by_text(re.compile("ann answered this question at .*: approve, prefer"))).to_be_visible()
