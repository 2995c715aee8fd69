"""The keys of a run file, one by one: what the options, the commented file and the errors are made from."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from descend.config.run import RunConfig
from descend.config.values import OneOf, Section, toml_value

_OPTIONS = {"data.source": "DATA", "output.folder": "--output"}
_MOST_CHOICES_SHOWN = 4


@dataclass(frozen=True)
class Key:
    """A key in its section."""

    section: str
    name: str
    field: FieldInfo

    @property
    def path(self) -> str:
        """As errors and ``--set`` name it: ``train.epochs``."""
        return f"{self.section}.{self.name}"

    @property
    def option(self) -> str:
        """As the command line names it: ``--batch-size``."""
        name = f"tune-{self.name}" if self.section == "tune" else self.name
        return _OPTIONS.get(self.path, f"--{name.replace('_', '-')}")

    @property
    def is_flag(self) -> bool:
        """Whether it is true or false."""
        return bool in self._kinds

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that it may be, if it is always one of a few."""
        for each in self.field.metadata:
            if isinstance(each, OneOf):
                return each.names
        kinds = [kind for kind in self._kinds if kind is not type(None)]
        return tuple(map(str, kinds)) if all(isinstance(kind, str) for kind in kinds) else ()

    @property
    def metavar(self) -> str:
        """What stands for the value in the help of the command line."""
        if 0 < len(self.choices) <= _MOST_CHOICES_SHOWN:
            return "|".join(self.choices)
        words = {int: "N", float: "X", type(None): ""}
        shown = [
            kind if isinstance(kind, str) else words.get(kind, self.name.upper()) for kind in self._kinds
        ]
        return self.field.title or "|".join(filter(None, shown))

    @property
    def _kinds(self) -> list[Any]:
        return _kinds(self.field.annotation)

    @property
    def is_several(self) -> bool:
        """Whether it may be one word or several."""
        return str in self._kinds and any(get_origin(kind) is tuple for kind in self._kinds)

    def read(self, word: str | bool | list[str]) -> Any:
        """What a word on the command line stands for: TOML's value, or the word as it stands for a text."""
        if not isinstance(word, str):
            return word
        value, is_text = toml_value(word), not {bool, int, float} & set(self._kinds)
        return word if is_text and not isinstance(value, list | dict) else value


@cache
def sections() -> Mapping[str, type[Section]]:
    """The sections by name that hold settings, in the order of a run file."""
    return {
        name: field.annotation
        for name, field in RunConfig.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


@cache
def keys() -> Mapping[str, Key]:
    """All keys by path."""
    every = [
        Key(name, key, field) for name, kind in sections().items() for key, field in kind.model_fields.items()
    ]
    return {key.path: key for key in every}


def _kinds(annotation: Any) -> list[Any]:
    """The members of a union and the words of a literal, at any depth."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType, Literal):
        return [kind for each in get_args(annotation) for kind in _kinds(each)]
    return [annotation]
