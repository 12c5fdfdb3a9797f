"""The address of a JSON API: whatever an answer says, nothing but the declared host is asked."""

from dataclasses import dataclass
from typing import Self

import httpx

from agents.report.source import SourceFault, Want
from agents.report.sources.layout import shortened
from agents.tools.declared_hosts import Origin

EARLIEST = "1900-01-01"
"""What stands for the first day where every day is wanted."""

LATEST = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Address:
    """A URL on the declared host."""

    url: httpx.URL
    origin: Origin

    @classmethod
    def of(cls, declared: str, want: Want) -> Self:
        """The first one. Raises ``SourceFault``, which does not repeat the URL: there may be a key in it."""
        first = str(want.first or EARLIEST)
        written = declared.replace("{first}", first).replace("{last}", str(want.last or LATEST))
        try:
            url = httpx.URL(written)
            origin = Origin.of(url)
        except (httpx.InvalidURL, ValueError):
            raise SourceFault("its url cannot be used. Write such as https://api.example.org/rates.") from None
        if url.userinfo:
            raise SourceFault("its url has a user or password in it. Declare token, the variable that holds one.")
        return cls(url.copy_with(fragment=None), origin)

    def __str__(self) -> str:
        """Without the query, which may hold a key."""
        path = self.url.raw_path.decode("ascii").partition("?")[0]
        return f"{self.origin}{shortened(path, 200)}"

    def page(self, parameter: str, number: int) -> Self:
        """The same with the number of a page."""
        return type(self)(self.url.copy_set_param(parameter, str(number)), self.origin)

    def leads_to(self, text: str) -> Self:
        """Where a link or redirect leads from here. Raises ``SourceFault`` where that is another host."""
        try:
            url = self.url.join(text).copy_with(fragment=None)
            origin = Origin.of(url)
        except (httpx.InvalidURL, ValueError):
            raise SourceFault(f"it leads on to {shortened(text, 60)!r}, which is no URL.") from None
        if origin != self.origin or url.userinfo:
            raise SourceFault(
                f"it leads on to {origin}, and only {self.origin} is declared. Declare the url that it leads to."
            )
        return type(self)(url, origin)
