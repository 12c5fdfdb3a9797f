"""Reviewers who log in with OpenID Connect, in a real browser, with a provider on this machine."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, browsing, serving, settled
from tests.support.identity_provider import providing, secrets

if CHROMIUM is None:
    pytest.skip("There is no Chromium here: apt-get install chromium", allow_module_level=True)

from playwright.sync_api import expect

from graphs.catalogue import Catalogue, Entry
from runtime.roundhouse import Roundhouse
from tests.support.triage import triage

expect.set_options(timeout=40_000)


async def _waiting(url: str) -> None:
    async with Roundhouse.open(url, Catalogue({"tests.support.triage:triage": Entry(lambda profile: triage)})) as hub:
        await hub.start("tests.support.triage:triage", {"id": "t1", "text": "a b", "trouble": "unsure"}, run="t1")


async def _answered_by(url: str) -> list[str | None]:
    async with Roundhouse.open(url) as hub:
        return [review.answered_by for review in (await hub.show("t1")).reviews]


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        # the address tells two people of one name apart
        ({"email": "ada@example.com", "name": "Ada"}, "ada@example.com"),
        # an address that the provider has not verified is anybody's
        ({"email": "boss@example.com", "email_verified": False, "preferred_username": "mallory"}, "mallory"),
    ],
)
def test_reviewers_are_who_they_are_and_answers_carry_their_name(
    sqlite_url: str, tmp_path: Path, claims: dict[str, object], name: str
) -> None:
    asyncio.run(_waiting(sqlite_url))
    with providing(**claims) as provider:
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets(provider))
        with serving(tmp_path, {"ROUNDHOUSE_DATABASE_URL": sqlite_url}) as address, browsing() as browser:
            page = browser.new_page()
            page.goto(f"{address}/runs?run=t1")
            expect(page.get_by_text("Log in to see runs")).to_be_visible()
            expect(page.get_by_text("t1")).to_have_count(0)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_text(f"You answer as {name}")).to_be_visible()
            page.goto(f"{address}/inbox")
            settled(page)
            page.get_by_role("button", name=re.compile("^Approve")).click()
            expect(page.get_by_text("approved. The run is completed")).to_be_visible()
    assert asyncio.run(_answered_by(sqlite_url)) == [name]
