"""The catalogue: the workflows that are known by name, and a user's own as ``module:attribute``."""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.files import FileStore
from agents.lead import profile as lead_profile
from agents.lead.source import source_path
from agents.report import profile as report_profile
from agents.report.requests import request_path
from graphs.data_reporting import data_reporting
from graphs.lead_qualification import lead_qualification
from graphs.workflow import Workflow
from state.errors import UnknownWorkflow, UsageError


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow of the catalogue."""

    make: Callable[[str | None], Workflow]
    """Makes the workflow, given the name or path of a profile, or None for its own default."""
    source: Callable[[str], Path | None] = lambda name: None
    """The file of cases that goes by a name, which is also that of its profile; None where there is none."""
    profiles: Callable[[], tuple[str, ...]] = tuple
    """The profiles that come with it."""


class Catalogue:
    """Workflows by name. What is not in it is looked up as ``module:attribute``."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are known."""
        return tuple(self._entries)

    def source(self, workflow: str, cases: str) -> Path | None:
        """The file of cases that goes by a name in a workflow. Raises ``UnreadableSource`` where it is not there."""
        entry = self._entries.get(workflow)
        return entry.source(cases) if entry else None

    def profiles(self, workflow: str) -> tuple[str, ...]:
        """The profiles that come with a workflow; none where it takes none."""
        entry = self._entries.get(workflow)
        return entry.profiles() if entry else ()

    def load(self, name: str, profile: str | None = None) -> Workflow:
        """The workflow of that name. Raises ``UnknownWorkflow``, or ``InvalidProfile`` from its factory."""
        entry = self._entries.get(name)
        if entry is not None:
            return entry.make(profile)
        if ":" not in name:
            raise UnknownWorkflow(name, self.names)
        found = self._imported(name)
        workflow = found if isinstance(found, Workflow) else self._called(name, found, profile)
        if not isinstance(workflow, Workflow):
            raise UnknownWorkflow(name, self.names, f"it is {type(workflow).__name__}, not a Workflow")
        return workflow

    def _imported(self, name: str) -> object:
        module, _, attribute = name.partition(":")
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.insert(0, here)
        try:
            return getattr(importlib.import_module(module), attribute)
        except (Exception, SystemExit) as broken:
            raise UnknownWorkflow(name, self.names, _words(broken)) from broken

    def _called(self, name: str, factory: object, profile: str | None) -> object:
        if not callable(factory):
            raise UnknownWorkflow(name, self.names, f"it is {type(factory).__name__}, not a Workflow")
        try:
            return factory(profile) if profile is not None else factory()
        except UsageError:
            raise
        except (Exception, SystemExit) as broken:
            raise UnknownWorkflow(name, self.names, _words(broken)) from broken


def _words(broken: Exception | SystemExit) -> str:
    said = " ".join(str(broken).split())
    return said if isinstance(broken, ImportError | AttributeError) else f"{type(broken).__name__}: {said}"


def _lead_qualification(profile: str | None) -> Workflow:
    return lead_qualification(lead_profile.load_profile(profile) if profile else None)


def _leads(name: str) -> Path | None:
    return source_path(lead_profile.load_profile(name)) if name in lead_profile.shipped_profiles() else None


def _data_reporting(files: FileStore) -> Callable[[str | None], Workflow]:
    return lambda profile: data_reporting(report_profile.load_profile(profile) if profile else None, files)


def _requests(name: str) -> Path | None:
    return request_path(report_profile.load_profile(name)) if name in report_profile.shipped_profiles() else None


def shipped(files: FileStore | None = None) -> Catalogue:
    """The catalogue of the workflows that Roundhouse ships; what they keep is in ``files``."""
    return Catalogue(
        {
            "lead-qualification": Entry(_lead_qualification, _leads, lead_profile.shipped_profiles),
            "data-reporting": Entry(_data_reporting(files or FileStore()), _requests, report_profile.shipped_profiles),
        }
    )
