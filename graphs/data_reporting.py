"""Data analysis and reporting: data, analysis, report."""

from collections.abc import Mapping

from agents.files import FileStore
from agents.report.analysis import analysis
from agents.report.contract import Report
from agents.report.data import data
from agents.report.findings import Findings
from agents.report.profile import ReportProfile, load_profile
from agents.report.renewal import renewed, schedule_of
from agents.report.report import report
from agents.report.requests import source_folders
from agents.report.source import Source
from agents.report.sources.opened import open_source
from graphs.escalation import Escalation, Flag
from graphs.recurrence import Recurrence
from graphs.workflow import Deliver, Workflow

SAMPLE = "sample"
"""The profile that is used where none is given: that of the project's own generated prices."""


def data_reporting(
    profile: ReportProfile | None = None,
    files: FileStore | None = None,
    sources: Mapping[str, Source] | None = None,
) -> Workflow:
    """The workflow for the reports of a profile, with its sources as declared where none are given.

    Raises ``InvalidProfile``.
    """
    profile, files = profile or load_profile(SAMPLE), files or FileStore()
    folders = source_folders(profile)
    opened = {name: open_source(name, declared, folders) for name, declared in profile.sources.items()}
    return Workflow(
        name="data-reporting",
        case=profile.case_type(),
        specialists=(
            data(profile, files, {**opened, **(sources or {})}),
            analysis(profile, files),
            report(profile, files),
        ),
        effects=tuple(Deliver(Report, channel, to="audience", attach=("paper",)) for channel in profile.channels),
        escalation=Escalation(
            judged=Findings,
            threshold=profile.attention.threshold,
            budget=profile.attention.human_share,
            flag=Flag(Findings, when=stayed_open),
            # nobody could find the same of a month without pulling its data
            spot_checks=0.0,
        ),
        profile_digest=profile.digest(),
        recurrence=Recurrence(schedule=schedule_of, renewed=renewed),
    )


def stayed_open(findings: Findings) -> bool:
    """Whether a person is to look at something that could not be repaired."""
    return any(issue.asks for issue in findings.issues)
