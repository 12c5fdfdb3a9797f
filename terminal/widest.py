"""The widest: of several views of the same, the first that a terminal has room for."""

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement


@dataclass(frozen=True, slots=True)
class Widest:
    """A view that is wide, and another for where there is no room for it."""

    wide: RenderableType
    narrow: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The wide one where it fits."""
        anywhere = options.update(max_width=10_000)
        fits = Measurement.get(console, anywhere, self.wide).maximum <= options.max_width
        yield self.wide if fits else self.narrow
