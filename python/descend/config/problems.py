"""What is wrong with a run file or with options, as sentences: all at once, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from descend.config.keys import keys, sections


class ConfigError(ValueError):
    """Everything that is wrong, a sentence a line."""

    def __init__(self, sentences: list[str]) -> None:
        if len(sentences) > 1:
            sentences = [f"{len(sentences)} settings cannot be used.", *sentences]
        super().__init__("\n  ".join(dict.fromkeys(sentences)))


def sentences(error: ValidationError, places: Mapping[str, str], source: str) -> list[str]:
    """A sentence for each thing that is wrong.

    Parameters
    ----------
    error
        What pydantic found.
    places
        Where a key was given, by its path, if not in the file.
    source
        The file, or another word for where the rest comes from.
    """
    found: dict[tuple[str, ...], list[Any]] = {}
    for each in error.errors(include_url=False):
        found.setdefault(tuple(map(str, each["loc"][:2])), []).append(each)
    return [_sentence(words, errors, places, source) for words, errors in found.items()]


def _sentence(words: tuple[str, ...], errors: list[Any], places: Mapping[str, str], source: str) -> str:
    path = ".".join(words)
    beneath = [place for given, place in places.items() if f"{given}.".startswith(f"{path}.")]
    place = beneath[0] if beneath else ": ".join(filter(None, (source, path)))
    first = errors[0]
    match first["type"]:
        case "extra_forbidden":
            return f"{place} is no key that descend knows: {_nearest(words)}"
        case "missing":
            return f"{place} is missing: give it."
        case "dict_type":
            return f"{place} is {first['input']!r}: it should be {keys()[path].field.title}."
        case "value_error":
            return ": ".join(filter(None, (place, str(first["ctx"]["error"]).rstrip(".")))) + "."
    remedy = " or ".join(dict.fromkeys(each["msg"].removeprefix("Input should be ") for each in errors))
    return f"{place} is {first['input']!r}: it should be {remedy}."


def _nearest(words: Sequence[str]) -> str:
    *section, name = words
    paths = {key.name: key.path for key in reversed(list(keys().values()))}
    known = [key.name for key in keys().values() if [key.section] == section]
    if known:
        nearest = get_close_matches(name, known, n=1) or ([paths[name]] if name in paths else [])
    else:
        near_sections = get_close_matches(name, sections(), n=1)
        near_keys = [paths[key] for key in get_close_matches(name, paths, n=1)]
        nearest = near_keys if name in paths else near_sections or near_keys
    return f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(known or sections())}."
