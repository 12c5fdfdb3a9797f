"""What a page says, and how a person presses its buttons."""

from streamlit.testing.v1 import AppTest

KINDS = ("title", "header", "subheader", "markdown", "caption", "error", "info", "warning", "success")


def shown(at: AppTest) -> str:
    """All words on the page, Markdown and HTML as they are sent to the browser."""
    words = [str(getattr(each, "value", "")) for kind in KINDS for each in at.get(kind)]
    return "\n".join(words + [each.proto.body for each in at.get("html")])


def read(at: AppTest) -> str:
    """The same as a person reads it, without the marks that keep it from being markup."""
    return shown(at).replace("\\", "")


def press(at: AppTest, key: str) -> AppTest:
    """Press the button of that key."""
    return next(button for button in at.button if button.key == key).click().run()


def submit(at: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    return next(button for button in at.button if button.label == label).click().run()


def table(at: AppTest, place: int = 0) -> list[dict[str, object]]:
    """The rows of a table."""
    return [dict(row) for row in at.dataframe[place].value.to_dict("records")]
