"""The profile file: one TOML file that makes a workflow a user's own, by the name of a shipped one or by its path."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from state.errors import InvalidProfile

ProfileT = TypeVar("ProfileT", bound=BaseModel)


def read_profile(contract: type[ProfileT], profile: str | Path, shipped: tuple[str, ...], folder: Path) -> ProfileT:
    """Read a profile; ``shipped`` are the names of those in ``folder``. Its contract has a field ``path``.

    Raises ``InvalidProfile`` in one line that names the file, the key and what to do.
    """
    path = folder / f"{profile}.toml" if str(profile) in shipped else Path(profile)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return contract.model_validate(raw | {"path": path})
    except OSError as error:
        raise InvalidProfile(
            f"Profile {str(profile)!r} cannot be read ({error.strerror}). "
            f"Give the path of a TOML file, or one of {', '.join(shipped)}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidProfile(f"Profile {str(path)!r} is not TOML: {error}. Mend it there.") from error
    except ValidationError as invalid:
        raise InvalidProfile(f"Profile {str(path)!r}: {problems_of(invalid)}. Mend it there.") from invalid


def problems_of(invalid: ValidationError) -> str:
    """What a validation found, in one line: key and problem, each."""
    found = []
    for error in invalid.errors():
        where = ".".join(str(part) for part in error["loc"])
        what = error["msg"].removeprefix("Value error, ")
        found.append(f"{where}: {what}" if where else what)
    return "; ".join(found)
