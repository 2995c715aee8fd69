"""Kinds of values that several sections share."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from descend import checks

Count: TypeAlias = Annotated[int, Field(ge=1)]
Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(ge=0, lt=1)]
"""At least 0 and below 1."""


class Section(BaseModel):
    """A table of the run file: frozen, every key known, no value taken for one of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True)
class OneOf:
    """Annotates a name among names: the error offers the nearest, and editors list them all."""

    what: str
    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        check = partial(checks.known_name, self.what, names=self.names)
        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "enum": list(self.names)}


def toml_value(word: str) -> Any:
    """What a word means in TOML; the word itself, where it means nothing there."""
    try:
        return tomllib.loads(f"value = {word}")["value"]
    except tomllib.TOMLDecodeError:
        return word


def several(value: object) -> object:
    """A list as a tuple, and so the words of a text, as the command line gives them."""
    if isinstance(value, str):
        return tuple(map(toml_value, value.replace(",", " ").split()))
    return tuple(value) if isinstance(value, list) else value


def _listed(value: object) -> object:
    """Words as a tuple of numbers where they are some, and a single number as a tuple of one."""
    if isinstance(value, str):
        words = [] if value == "none" else value.replace(",", " ").split()
        if not all(word.isdigit() for word in words):
            raise ValueError(f"{value!r} is not a list of sizes such as 64 64, or none")
        return tuple(map(int, words))
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, int) else value


Sizes: TypeAlias = Annotated[
    tuple[Count, ...], BeforeValidator(_listed, json_schema_input_type=list[Count] | Count | str)
]
"""Numbers of units, first layer to last: a list, or as on the command line ``64 64`` or ``none``."""
