"""The page: a report as one HTML file that needs nothing else, and that lets nothing in its data do anything."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agents.report.paper.contents import Contents
from agents.report.paper.inline import Styles
from agents.report.paper.palette import DARK, LIGHT

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent

BAR = 1.6
"""The height of a bar's row in ``rem``, as in ``page.css``."""


def page(contents: Contents) -> bytes:
    """The report as HTML, UTF-8."""
    from markupsafe import Markup

    styles = Styles()
    # both are markup that was made here, of numbers only
    bars = styles.inline(contents.bars_chart, "bars") if contents.bars_chart else ""
    charts = [(panel, Markup(styles.inline(panel.chart, "course"))) for panel in contents.panels]  # noqa: S704
    height = f".bars {{ height: {len(contents.bars) * BAR:g}rem }}"
    css = "\n".join(["", _colours(), _look(), height, styles.css, ""])
    listed = contents.traces + contents.other_traces
    written = _template().render(
        it=contents,
        panels=charts,
        bars_chart=Markup(bars),  # noqa: S704
        css=Markup(css),  # noqa: S704
        policy=_policy(css),
        anchors={trace.name: f"figure-{place}" for place, trace in enumerate(listed, 1)},
    )
    return written.encode()


def _policy(css: str) -> str:
    """Nothing is loaded, run or sent; the one style sheet is known by its digest."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _colours() -> str:
    light, dark = (" ".join(f"--{name}: {colour};" for name, colour in each.items()) for each in (LIGHT, DARK))
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


@lru_cache(maxsize=1)
def _look() -> str:
    return (HERE / "page.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(HERE)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")
