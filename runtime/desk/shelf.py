"""The shelf: the workflows that pages offer, each loaded once, and those of runs with their seats and rules."""

import threading
from collections.abc import Sequence
from typing import Any

from graphs.attention.rules import fitting, ruled
from graphs.catalogue import Catalogue
from graphs.staffing import staffed
from graphs.workflow import Workflow
from runtime.desk.matter import Known, known_as
from runtime.models import Models
from state.errors import UsageError
from state.run import RunStory
from state.staffing import Staffing


class Shelf:
    """Workflows by name, profile and staffing."""

    def __init__(
        self, catalogue: Catalogue, more: Sequence[str], profiles: Sequence[str], models: Models | None = None
    ) -> None:
        self.catalogue = catalogue
        self.models = models or Models()
        self.names = tuple(dict.fromkeys([*catalogue.names, *more]))
        """What is offered, whether or not it has runs."""
        self._profiles = tuple(profiles)
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, str | None], Workflow] = {}
        self._pinned: dict[tuple[Any, ...], Workflow] = {}

    def profiles(self, workflow: str) -> tuple[str, ...]:
        """The profiles that are offered with a workflow; none where it takes none."""
        shipped = self.catalogue.profiles(workflow)
        return (*shipped, *(each for each in self._profiles if each not in shipped)) if shipped else ()

    def workflow(self, name: str, profile: str | None = None) -> Workflow:
        """A workflow, loaded when it is first asked for. Raises ``UsageError``."""
        with self._lock:
            if (name, profile) not in self._loaded:
                self._loaded[name, profile] = self.catalogue.load(name, profile)
            return self._loaded[name, profile]

    def pinned(self, story: RunStory) -> Workflow:
        """The workflow of a run, with its seats taken and the rules that the run has. Raises ``UsageError``."""
        name, profile = story.run.workflow, story.pins.get("profile")
        staffing, rules = Staffing.read(story.pins.get("staff")), story.pins.get("rules", {})
        workflow = self.workflow(name, profile)
        with self._lock:
            key = name, profile, staffing, tuple(sorted(rules.items()))
            if key not in self._pinned:
                seated = staffed(workflow, staffing, self.models.chat)
                self._pinned[key] = ruled(seated, fitting(seated, rules))
            return self._pinned[key]

    def known(self, story: RunStory) -> Known:
        """The workflow of a run as it is now."""
        try:
            return known_as(self.pinned(story), story)
        except UsageError as unknown:
            left = "The run can be read, and neither answered nor gone on with. 'roundhouse cancel' closes it."
            return Known(None, f"{unknown} {left}")
