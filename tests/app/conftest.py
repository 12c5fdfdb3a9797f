"""Pages as a person meets them, with a fake desk in the session."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from runtime.desk.fake import FakeDesk
from tests.support.waiting import fake_desk

APP = str(Path(__file__).resolve().parents[2] / "app.py")

Visit = Callable[..., AppTest]
"""Opens a page of a desk; the rest of the address and who is there come by name."""


@pytest.fixture
def desk() -> FakeDesk:
    """A desk at which tickets wait."""
    return fake_desk()


@pytest.fixture
def visit() -> Visit:
    """Opens a page."""

    def opened(desk: FakeDesk, page: str, person: str | None = "ann", **address: str) -> AppTest:
        at = AppTest.from_file(APP, default_timeout=30)
        at.session_state["desk"] = desk
        if person is not None:
            at.session_state["person"] = person
        at.run()
        at.switch_page(f"views/{page}.py")
        for name, value in address.items():
            at.query_params[name] = value
        return at.run()

    return opened
