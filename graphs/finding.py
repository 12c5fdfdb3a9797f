"""The finding: one thing that is wrong with a workflow, and the rules that find it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from graphs.workflow import Workflow

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a workflow."""

    code: str
    names: tuple[str, ...]
    """The specialists, decisions, conflicts or effects involved."""
    problem: str
    mend: str

    @property
    def id(self) -> str:
        """Tells the findings of one workflow apart."""
        return ":".join((self.code, *self.names))

    @property
    def severity(self) -> Severity:
        """Errors refuse to compile."""
        return "error" if self.code < "RH2" else "warning"

    def __str__(self) -> str:
        return f"{self.code} {self.problem} {self.mend}"


Rule = Callable[[Workflow], Iterable[Finding]]
