"""The tariff: what is charged for besides the calls of models, in the same currency."""

from dataclasses import dataclass

from lab.statistics.bootstrap import FloatArray


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices of what no provider bills."""

    human_minute: float = 0.0
    """Of a minute of a person's time, at least 0."""
    wrong_case: float = 0.0
    """Of a case that comes out wrong, at least 0: what it costs later to find and to mend it."""

    def paid(self, calls: FloatArray, minutes: FloatArray) -> FloatArray:
        """What is paid while a case is worked at, from the means of the cost of calls and of human minutes."""
        return calls + self.human_minute * minutes

    def spent(self, calls: FloatArray, minutes: FloatArray, right: FloatArray) -> FloatArray:
        """What a case costs in all, its mistakes included; ``right`` is the share that came out right."""
        return self.paid(calls, minutes) + self.wrong_case * (1 - right)
