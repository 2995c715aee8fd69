"""[data]: what to learn from."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, field_validator

from descend.config.values import Section, Share

Column: TypeAlias = Annotated[
    str,
    BeforeValidator(
        lambda value: str(value) if type(value) is int else value, json_schema_input_type=str | int
    ),
]
"""A column's name, or its index (-1 is the last)."""


class DataConfig(Section):
    """What to learn from, what to predict, and which rows train, choose and judge."""

    source: str = Field(description="A file, a folder, or a built-in data set by name.")
    target: Column | None = Field(
        default=None,
        title="COLUMN",
        description="What to predict: a column's name, or its index (-1 is the last).",
    )
    task: Literal["classification", "regression"] | None = Field(
        default=None,
        description="Whether the target is a class or a number; inferred from its values if not given.",
    )
    test: float | str = Field(
        default=0.2,
        title="SHARE|FILE",
        description="What to test on: a share of the rows, or a file with the same columns.",
    )
    validation: Share = Field(default=0.1, description="The share of the rows that decides when to stop.")

    @field_validator("test")
    @classmethod
    def _share_or_file(cls, value: float | str) -> float | str:
        if isinstance(value, float) and not 0 <= value < 1:
            raise ValueError(f"{value:g} is neither a file nor a share of at least 0 and below 1")
        return value
