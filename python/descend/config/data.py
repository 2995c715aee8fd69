"""[data]: what to learn from."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from descend.config.values import Count, Section, Share, several

_TEST = 0.2

Column: TypeAlias = Annotated[
    str,
    BeforeValidator(
        lambda value: str(value) if type(value) is int else value, json_schema_input_type=str | int
    ),
]
"""A column's name, or its index (-1 is the last)."""


def _columns(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Columns: TypeAlias = Annotated[
    Column | tuple[Column, ...],
    BeforeValidator(_columns, json_schema_input_type=str | int | list[str | int]),
]


class DataConfig(Section):
    """What to learn from, what to predict, and which rows train, choose and judge."""

    source: str = Field(description="A file, a folder, or a built-in data set by name.")
    target: Columns | None = Field(
        default=None,
        title="COLUMN",
        description="What to predict: a column's name, or its index (-1 is the last); several, if repeated.",
    )
    task: Literal["classification", "regression"] | None = Field(
        default=None,
        description="Whether the target is a class or a number; inferred from its values if not given.",
    )
    test: float | str = Field(
        default=_TEST,
        title="SHARE|FILE",
        description="What to test on: a share of the rows, or a file with the same columns.",
    )
    validation: Share | None = Field(
        default=None,
        description="The share of the rows that decides when to stop; a tenth if not given, and of classes "
        "none, where that were fewer than 50 rows.",
    )

    split: Literal["share", "group", "time", "column"] = Field(
        default="share",
        description="How rows are dealt: at random, classes evenly; whole groups; the latest last; or as a "
        "column of train, validation and test says.",
    )
    split_column: str | None = Field(
        default=None,
        validate_default=True,
        title="COLUMN",
        description="The groups, the moments, or the names of the parts.",
    )
    folds: Annotated[int, Field(ge=2)] | None = Field(
        default=None,
        description="Cross-validate first, in so many folds: train on the others and test on each in turn.",
    )
    weight: Column | None = Field(
        default=None, title="COLUMN", description="How much each row weighs: a column's name, or its index."
    )
    keys: Annotated[tuple[str, str], BeforeValidator(several)] | None = Field(
        default=None, title="X,Y", description="The names of X and y in a file of several arrays."
    )
    image_size: Count | None = Field(
        default=None, description="Height and width of images; their own, if all have the same."
    )
    grey: bool | None = Field(default=None, description="Read images without their colours.")

    @field_validator("split")
    @classmethod
    def _without_shares(cls, value: str, info: ValidationInfo) -> str:
        test = info.data.get("test", _TEST)
        shares = info.data.get("validation") is not None or (isinstance(test, float) and test != _TEST)
        if value == "column" and shares:
            raise ValueError("a split by column says which rows test and validate: leave their shares out")
        return value

    @field_validator("split_column")
    @classmethod
    def _where_it_is_needed(cls, value: str | None, info: ValidationInfo) -> str | None:
        split = info.data.get("split")  # None: it is wrong itself
        if split and (value is None) != (split == "share"):
            remedy = "leave it out" if split == "share" else "name a column"
            raise ValueError(f"a split by {split} {'needs one' if value is None else 'has none'}: {remedy}")
        return value

    @field_validator("folds")
    @classmethod
    def _at_random(cls, value: int | None, info: ValidationInfo) -> int | None:
        split = info.data.get("split")
        if value is not None and split in ("time", "column"):
            raise ValueError(f"a split by {split} has one way to deal the rows: leave it out")
        return value

    @field_validator("test")
    @classmethod
    def _share_or_file(cls, value: float | str) -> float | str:
        if isinstance(value, float) and not 0 <= value < 1:
            raise ValueError(f"{value:g} is neither a file nor a share of at least 0 and below 1")
        return value
