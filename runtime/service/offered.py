"""What is offered over HTTP: the workflows and profiles of the catalogue and the settings, and nothing else.

A name that a caller gives is never loaded as a module, nor read as a path.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from graphs.catalogue import Catalogue
from runtime.channels.words import one_line
from runtime.service.problem import Refusal


class Offered:
    """Workflows by name, each with its profiles."""

    def __init__(self, catalogue: Catalogue, workflows: Sequence[str] = (), profiles: Sequence[str] = ()) -> None:
        """``workflows`` and ``profiles`` are those that the settings name beside the catalogue's."""
        more = {each: str(Path(each).resolve()) for each in profiles}
        self._profiles: dict[str, Mapping[str, str]] = {each: {} for each in workflows}
        for name in catalogue.names:
            shipped = catalogue.profiles(name)
            self._profiles[name] = {**(more if shipped else {}), **{each: each for each in shipped}}

    @property
    def workflows(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._profiles)

    def profiles(self, workflow: str) -> tuple[str, ...]:
        """The names of the profiles that a workflow is offered with."""
        return tuple(self._profiles[workflow])

    def profile(self, workflow: str, named: str | None) -> str | None:
        """The profile that a request means, a shipped name or a full path. Raises ``Refusal``."""
        profiles = self._profiles.get(workflow)
        if profiles is None:
            known = ", ".join(self.workflows)
            raise Refusal(404, "unknown-workflow", f"There is no workflow {one_line(workflow)!r}. Use one of {known}.")
        if named is None:
            return None
        if named not in profiles:
            known = f"Use one of {', '.join(profiles)}" if profiles else "The workflow takes none"
            raise Refusal(422, "invalid-request", f"Profile {one_line(named)!r} is not offered. {known}.")
        return profiles[named]
