"""Economics: who worked, who waited, who idled, what limits the work, and what it would cost under each licence.

*Idle* is what a specialist's servers did not use of the span: servers · span − busy. How many servers it has is
declared in the price table, or else the most cases that it was seen at, at the same time; one that could have taken
more was idle for longer than is said here.

What the same work would cost is asked of a month with so many cases like these. Where nobody says how many, it is as
many as there were; if they took longer than a month, as many as there were in a month on average. People are charged
for beside every licence. Open questions are charged for too: somebody will answer them.
"""

from dataclasses import dataclass
from itertools import combinations

from lab.licences.break_even import BreakEven, break_even
from lab.licences.licence import MONTH, Licence, Rent
from lab.licences.operations import OneMore, Station, bottleneck, saturation, throughput_bound, with_one_more
from lab.licences.price_table import PriceTable
from state.ledger import Ledger, Work

PEOPLE = "people"
"""The name of the station at which questions are answered."""


@dataclass(frozen=True, slots=True)
class Post:
    """A specialist and how much of its time was used."""

    work: Work
    station: Station
    span: float
    """Seconds."""

    @property
    def idle(self) -> float:
        """Seconds of its servers in which nothing was done."""
        return max(0.0, self.station.servers * self.span - self.work.busy)

    @property
    def utilisation(self) -> float:
        """The share of its servers' time that was used, from 0; over 1 where fewer servers are declared than it had."""
        return self.work.busy / (self.station.servers * self.span) if self.span else 0.0

    @property
    def over_time(self) -> tuple[float, ...]:
        """The same for each stretch of the span."""
        room = self.station.servers * self.span / len(self.work.over_time)
        return tuple(busy / room if room else 0.0 for busy in self.work.over_time)


@dataclass(frozen=True, slots=True)
class IdleSeat:
    """The seats of one specialist in a month, and what of them pays for nothing."""

    specialist: str
    seats: int
    share: float
    """Of the time that is paid for, 0 to 1."""
    charge: float
    """What that share costs a month."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a month costs under one licence."""

    licence: Licence
    charge: float
    """For the specialists."""
    idle: float
    """How much of that pays for rented time in which nothing was done."""
    human: float
    """For people."""

    @property
    def total(self) -> float:
        """For specialists and people."""
        return self.charge + self.human


@dataclass(frozen=True, slots=True)
class Economics:
    """The economics of some runs."""

    ledger: Ledger
    prices: PriceTable
    volume: int
    """How many cases a month are charged for."""
    posts: tuple[Post, ...]
    """By specialist, as in the ledger."""
    people: Station
    """Those who answer; they take no time where nobody was asked."""
    offers: tuple[Offer, ...]
    break_evens: tuple[BreakEven, ...]
    """Of each two licences; one that charges for nothing that was used, such as tokens, is left out."""

    @property
    def stations(self) -> tuple[Station, ...]:
        """The specialists, and the people last."""
        return (*(post.station for post in self.posts), self.people)

    @property
    def throughput(self) -> float:
        """X: the cases a second that went through in the span; 0 where it has no length."""
        return self.ledger.cases / self.ledger.span if self.ledger.span else 0.0

    @property
    def path(self) -> float:
        """P: how many seconds specialists work at a case on average, counting those once who do so together."""
        return self.ledger.worked / self.ledger.cases if self.ledger.cases else 0.0

    @property
    def specialists_bottleneck(self) -> Station | None:
        """The specialist that limits the work of specialists."""
        return bottleneck(self.stations[:-1])

    @property
    def bottleneck(self) -> Station | None:
        """What limits the work, people included."""
        return bottleneck(self.stations)

    @property
    def bound(self) -> float:
        """The most cases a second that everybody can take; infinite where no case takes any time."""
        return throughput_bound(self.stations)

    @property
    def specialists_bound(self) -> float:
        """The most cases a second that the specialists can take."""
        return throughput_bound(self.stations[:-1])

    @property
    def saturation(self) -> float:
        """N*: how many cases must be under way for the specialists' bottleneck to count."""
        return saturation(self.stations[:-1], self.path)

    @property
    def one_more(self) -> OneMore | None:
        """What another server of the specialists' bottleneck would buy."""
        return with_one_more(self.stations[:-1])

    @property
    def human_seconds(self) -> float:
        """Of people, for these cases: what was worked, and what the open questions will take."""
        return self.people.demand * self.ledger.cases

    @property
    def idle_seats(self) -> tuple[IdleSeat, ...]:
        """Who pays for the idle ones: the seats of each specialist at that volume, the one that costs most first."""
        rents = next(offer.licence.rents for offer in self.offers if offer.licence.name == "seat")
        found = [
            IdleSeat(
                rent.what,
                rent.servers(self.volume),
                rent.idle(self.volume),
                rent.charge(self.volume) * rent.idle(self.volume),
            )
            for rent in rents
        ]
        return tuple(sorted(found, key=lambda seat: -seat.charge))

    @property
    def strangers(self) -> tuple[str, ...]:
        """Those whom the price table names and who did nothing here."""
        return tuple(sorted(self.prices.named - {post.work.specialist for post in self.posts}))


def economics(ledger: Ledger, prices: PriceTable, volume: int | None = None) -> Economics:
    """Work out the economics; ``volume`` is the cases a month that are charged for. Pure.

    Raises ``ValueError`` where the ledger has no cases.
    """
    if not ledger.cases:
        raise ValueError("There are no economics of a ledger without cases.")
    month = volume or max(1, round(ledger.cases * min(1.0, MONTH / ledger.span if ledger.span else 1.0)))
    people = _people(ledger, prices)
    human = people.demand * month / 3600 * prices.human.hour
    licences = _licences(ledger, prices)
    paid = [licence for licence in licences if not licence.is_free]
    return Economics(
        ledger=ledger,
        prices=prices,
        volume=month,
        posts=tuple(Post(work, _station(work, ledger, prices), ledger.span) for work in ledger.work),
        people=people,
        offers=tuple(Offer(each, each.charge(month), each.idle_charge(month), human) for each in licences),
        break_evens=tuple(break_even(*pair) for pair in combinations(paid, 2)),
    )


def _station(work: Work, ledger: Ledger, prices: PriceTable) -> Station:
    servers = prices.servers.get(work.specialist, max(1, work.peak))
    return Station(work.specialist, work.busy / ledger.cases, work.makings / ledger.cases, servers)


def _people(ledger: Ledger, prices: PriceTable) -> Station:
    """Those who answer, at what was answered and what is open."""
    human, each = ledger.human, prices.human.minutes_per_answer * 60
    seconds, questions = human.worked(each) + human.open * each, human.answers + human.open
    return Station(PEOPLE, seconds / ledger.cases, questions / ledger.cases, prices.human.people)


def _licences(ledger: Ledger, prices: PriceTable) -> tuple[Licence, ...]:
    """The five of them, from what an average case takes."""
    cases, work = ledger.cases, ledger.work
    executions = sum(each.executions * prices.execution.price(each.specialist) for each in work)
    tokens = sum(prices.token.charge(each.tokens_in, each.tokens_cached, each.tokens_out) for each in work)
    seconds = sum(each.busy * prices.second.price(each.specialist) for each in work)
    seat, capacity = prices.seat, prices.capacity
    seats = tuple(Rent(each.specialist, each.busy / cases, seat.price(each.specialist), seat.busiest) for each in work)
    pool = Rent(
        "capacity",
        sum(each.busy for each in work) / cases,
        capacity.slot,
        capacity.busiest,
        capacity.month,
        capacity.slots,
    )
    return (
        Licence("execution", executions / cases),
        Licence("token", tokens / cases),
        Licence("second", seconds / cases),
        Licence("seat", rents=seats),
        Licence("capacity", rents=(pool,)),
    )
