"""The laws of operation: what is the bottleneck of a workflow, and how many cases a second it can take at the most.

A workflow is a network of stations: a station is a specialist, or the people who answer. A case demands D = V·S seconds
of a station: so many visits V, each of S seconds of service. From what was measured over a span of T seconds, in which
C cases went through and the station was busy for B, D = B / C. Nothing need be assumed of arrivals or distributions for

- the utilisation law, U = X·D / m: with X cases a second, each of m servers is busy for the share U of the time;
- the bottleneck: as U may not exceed 1, X ≤ m / D for every station, and the one with the greatest D / m sets the
  bound, X ≤ min (m / D);
- the asymptotic bound: N cases under way can go through no faster than X ≤ N / (P + Z), where P is how long a case is
  worked at and Z how long it is with nobody. Where stations work one after another, P is the sum of their D; where some
  of them work on a case at the same time, it is less. From N* = (P + Z)·min (m / D) cases on, the bottleneck counts.

P. J. Denning and J. P. Buzen, The Operational Analysis of Queueing Network Models, ACM Computing Surveys 10 (3), 1978;
E. D. Lazowska, J. Zahorjan, G. S. Graham and K. C. Sevcik, Quantitative System Performance, 1984, chapters 3 and 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf


@dataclass(frozen=True, slots=True)
class Station:
    """Where cases are served."""

    name: str
    demand: float
    """D: seconds of service that a case takes on average; 0 or more."""
    visits: float = 1.0
    """V: how often a case comes on average."""
    servers: int = 1
    """m: how many cases it can be at at the same time; at least 1."""

    @property
    def service(self) -> float:
        """S: seconds of each visit; 0 where nobody comes."""
        return self.demand / self.visits if self.visits else 0.0

    @property
    def limit(self) -> float:
        """m / D: the most cases a second that it can serve; infinite where they take no time."""
        return self.servers / self.demand if self.demand else inf

    def utilisation(self, throughput: float) -> float:
        """X·D / m: the share of the time that each server is busy at so many cases a second."""
        return throughput / self.limit


@dataclass(frozen=True, slots=True)
class OneMore:
    """What another server of the bottleneck would change."""

    station: str
    servers: int
    """How many it would then have."""
    bound: float
    """The most cases a second that would then be possible."""
    gain: float
    """That bound over the present one, less 1; at most 1 / m."""
    next: str
    """The bottleneck that there would then be; the same one where it still is."""


def bottleneck(stations: Sequence[Station]) -> Station | None:
    """The station that sets the bound, the first of several; None where no case takes any time."""
    slowest = min(stations, key=lambda station: station.limit, default=None)
    return slowest if slowest is not None and slowest.demand else None


def throughput_bound(stations: Sequence[Station]) -> float:
    """min (m / D): the most cases a second that all stations can serve; infinite where no case takes any time."""
    return min((station.limit for station in stations), default=inf)


def asymptotic_bound(stations: Sequence[Station], population: int, path: float, think: float = 0.0) -> float:
    """The most cases a second with ``population`` of them under way, each worked at for ``path`` seconds."""
    return min(throughput_bound(stations), population / (path + think) if path + think else inf)


def saturation(stations: Sequence[Station], path: float, think: float = 0.0) -> float:
    """N*: from how many cases under way on the bottleneck sets the bound; infinite where there is none."""
    return throughput_bound(stations) * (path + think) if bottleneck(stations) else inf


def with_one_more(stations: Sequence[Station]) -> OneMore | None:
    """What another server of the bottleneck would change; None where there is none."""
    slowest = bottleneck(stations)
    if slowest is None:
        return None
    wider = replace(slowest, servers=slowest.servers + 1)
    after = [wider if station is slowest else station for station in stations]
    bound, then = throughput_bound(after), bottleneck(after)
    assert then is not None
    return OneMore(slowest.name, wider.servers, bound, bound / slowest.limit - 1, then.name)
