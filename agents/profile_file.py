"""The profile file: one TOML file that makes something a user's own, by the name of a shipped one or by its path."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from state.errors import InvalidProfile
from state.plain import unprefixed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ProfileT = TypeVar("ProfileT", bound=BaseModel)


def read_profile(
    contract: type[ProfileT], profile: str | Path, shipped: tuple[str, ...], folder: Path, kind: str = "Profile"
) -> ProfileT:
    """Read a profile; ``shipped`` are the names of those in ``folder``. Its contract has a field ``path``.

    ``kind`` is what such a file is called.

    Raises ``InvalidProfile`` in one line that names the file, the key and what to do.
    """
    path = folder / f"{profile}.toml" if str(profile) in shipped else Path(profile)
    raw: dict[str, Any] = {}
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return contract.model_validate(raw | {"path": path})
    except OSError as error:
        raise InvalidProfile(
            f"{kind} {str(profile)!r} cannot be read ({error.strerror}). "
            f"Give the path of a TOML file, or one of {', '.join(shipped)}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidProfile(f"{kind} {str(path)!r} is not TOML: {error}. Mend it there.") from error
    except ValidationError as invalid:
        problems = _Problems(contract, raw).of(invalid)
        raise InvalidProfile(f"{kind} {str(path)!r}: {problems}. Mend it there.".replace("?.", "?")) from invalid


def problems_of(invalid: ValidationError) -> str:
    """What a validation found, in one line: key and problem, each."""
    return "; ".join(_line(error["loc"], unprefixed(error["msg"])) for error in invalid.errors())


class _Problems:
    """What is wrong with a file, in its own words: without how the contract tells its kinds of tables apart."""

    def __init__(self, contract: type[BaseModel], raw: Mapping[str, Any]) -> None:
        self._contract, self._raw = contract, raw
        self._schema = contract.model_json_schema()

    def of(self, invalid: ValidationError) -> str:
        return "; ".join(map(self._problem, invalid.errors()))

    def _problem(self, error: "ErrorDetails") -> str:
        where = tuple(self._written(error))
        match error["type"]:
            case "extra_forbidden":
                return _line(where, self._unknown(str(where[-1])))
            case "union_tag_invalid" | "union_tag_not_found":
                key = error["ctx"]["discriminator"].strip("'")
                return _line((*where, key), f"use one of {', '.join(_tags(self._schema, key))}")
            case _:
                return _line(where, unprefixed(error["msg"]))

    def _written(self, error: "ErrorDetails") -> Iterator[int | str]:
        """The keys that lead to it in the file. A key that is not there is a kind of table, or is missing."""
        found: Any = self._raw
        for place, part in enumerate(error["loc"], 1):
            is_missing = error["type"] == "missing" and place == len(error["loc"])
            if isinstance(found, Mapping) and part not in found and not is_missing:
                continue
            yield part
            found = found.get(part) if isinstance(found, Mapping) else _item(found, part)

    def _unknown(self, key: str) -> str:
        if key in self._contract.model_fields:
            return "unknown key here; it stands at the top of the file, before the first [table]"
        names = set(_names(self._schema))
        if key in names:
            return "unknown key here; it belongs to another table"
        near = get_close_matches(key, sorted(names), 1)
        return f"unknown key; did you mean {near[0]!r}?" if near else "unknown key"


def _line(where: Sequence[int | str], what: str) -> str:
    return f"{'.'.join(map(str, where))}: {what}" if where else what


def _item(found: Any, place: int | str) -> Any:
    """What a list has at a place; None for anything else."""
    return found[place] if isinstance(found, list) and isinstance(place, int) and place < len(found) else None


def _names(schema: Mapping[str, Any]) -> Iterator[str]:
    """The keys of all tables of a contract."""
    for each in (schema, *schema.get("$defs", {}).values()):
        yield from each.get("properties", {})


def _tags(schema: Any, key: str) -> list[str]:
    """The values of the key that tells kinds of tables apart."""
    if isinstance(schema, list):
        return next(filter(None, (_tags(each, key) for each in schema)), [])
    if not isinstance(schema, Mapping):
        return []
    told = schema.get("discriminator")
    if isinstance(told, Mapping) and told.get("propertyName") == key:
        tags = {table: tag for tag, table in told["mapping"].items()}
        return [tags[each["$ref"]] for each in schema["oneOf"]]
    return _tags(list(schema.values()), key)
