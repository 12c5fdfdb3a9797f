"""The report: the decision of the report specialist."""

from pydantic import Field

from state.artifact import Artifact
from state.decision import Decision


class Report(Decision):
    """A report as it goes out."""

    title: str = Field(min_length=1, max_length=300)
    period: str
    audience: str = ""
    """Who gets it."""
    summary: tuple[str, ...] = Field(min_length=1)
    """The summary's sentences. Every number in them is a placeholder such as ``{EUR_change}``: a figure's name."""
    subject: str = Field(min_length=1, max_length=300)
    """Of the message that it goes out with."""
    text: str = Field(min_length=1)
    """That message: the summary with its numbers, what stayed open, and the sources."""
    page: Artifact
    """The report as one HTML file that needs nothing else."""
    paper: Artifact
    """The report as a PDF."""
    open_points: int = Field(ge=0)
    """How many issues stayed open that concern the period."""
