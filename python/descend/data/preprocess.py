"""From a table to the matrix that a network takes, by constants that the training part alone decides.

The steps are scikit-learn's; what they learn is kept as constants and names, from which they are built anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from descend.text import is_number, listed

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

_MOST_CATEGORIES = 100
_FEWEST_IDENTIFIERS = 20


class _Constants(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Numeric(_Constants):
    """``(x - mean) / scale``, 0 where missing; a second input, 1 where missing, if any was in training."""

    kind: Literal["numeric"] = "numeric"
    name: str
    mean: float
    scale: Annotated[float, Field(gt=0)]
    has_missing: bool


class Categorical(_Constants):
    """An input for each category, 1 where x is it; ``""`` is for missing ones; an unknown one has all 0."""

    kind: Literal["categorical"] = "categorical"
    name: str
    categories: Annotated[tuple[str, ...], Field(min_length=2)]


class LeftOut(_Constants):
    """A column from which nothing can be learned: constant, or an identifier that hardly ever comes twice."""

    kind: Literal["left out"] = "left out"
    name: str
    reason: Literal["constant", "identifier"]


Column: TypeAlias = Numeric | Categorical | LeftOut


class Preprocess(_Constants):
    """What is done to each column of a table."""

    columns: tuple[Annotated[Column, Field(discriminator="kind")], ...]

    @classmethod
    def fit(cls, table: pa.Table) -> Preprocess:
        """Find out what each column of the training part is and, of its numbers, the mean and the scale.

        Raises
        ------
        ValueError
            An infinite number, or no column from which anything can be learned.
        """
        columns = [_infer(name, table[name]) for name in table.column_names]
        if all(isinstance(column, LeftOut) for column in columns):
            raise ValueError(
                f"there is nothing to learn from in the columns {listed(table.column_names)}: "
                "give one that is neither constant nor the name of its row."
            )
        if _of(Numeric, columns):
            scaler = _transformer(columns).fit(_inputs(columns, table)).named_transformers_["numeric"][0]
            constants = iter(zip(scaler.mean_.tolist(), scaler.scale_.tolist(), strict=True))
            for i, column in enumerate(columns):
                if isinstance(column, Numeric):
                    mean, scale = next(constants)
                    columns[i] = column.model_copy(update={"mean": mean, "scale": scale})
        return cls(columns=tuple(columns))

    def transform(self, table: pa.Table) -> NDArray[np.float64]:
        """The inputs ``(m, n[0])`` of a table that has the training table's columns, in any order.

        Columns that are left out may be absent.

        Raises
        ------
        ValueError
            A column too few or too many, text where numbers are needed, or an infinite number.
        """
        self.check_columns(table.column_names)
        X = self._fitted_transformer.transform(_inputs(self.columns, table))
        return np.ascontiguousarray(X, dtype=np.float64)

    @property
    def names(self) -> list[str]:
        """All columns of the training table."""
        return [column.name for column in self.columns]

    @property
    def inputs(self) -> list[str]:
        """What each of the ``n[0]`` inputs is: a column, whether it is missing, or whether it has a value."""
        numeric = _of(Numeric, self.columns)
        return [
            *(column.name for column in numeric),
            *(f"{column.name} is missing" for column in numeric if column.has_missing),
            *(
                f"{column.name} is {category or 'missing'}"
                for column in _of(Categorical, self.columns)
                for category in column.categories
            ),
        ]

    @property
    def text(self) -> list[str]:
        """The columns to be read as they stand in a file, whatever they look like."""
        return [column.name for column in _of(Categorical, self.columns)]

    @property
    def left_out(self) -> list[LeftOut]:
        """The columns that are not used."""
        return _of(LeftOut, self.columns)

    def check_columns(self, names: Sequence[str], source: object = "the table") -> None:
        """Raise ValueError, saying what differs, if these are not the columns of training, in any order."""
        missing = set(self.names) - set(names) - {column.name for column in self.left_out}
        unknown = set(names) - set(self.names)
        difference = [
            f"{verb} {listed([name for name in order if name in some])}"
            for verb, order, some in (("lacks", self.names, missing), ("has in excess", names, unknown))
            if some
        ]
        if difference:
            raise ValueError(
                f"{source} {' and '.join(difference)}: give the columns of training, {listed(self.names)}."
            )

    @cached_property
    def _fitted_transformer(self) -> ColumnTransformer:
        """Fitted to two rows that decide everything but the means and the scales, and given those."""
        numeric = _of(Numeric, self.columns)
        rows: dict[str, Sequence[object]] = {}
        for column in numeric:
            rows[column.name] = [0.0, None if column.has_missing else 0.0]
        for category in _of(Categorical, self.columns):
            rows[category.name] = category.categories[:2]
        transformer = _transformer(self.columns).fit(pa.table(rows))
        if numeric:
            scaler = transformer.named_transformers_["numeric"][0]
            scaler.mean_ = np.array([column.mean for column in numeric])
            scaler.scale_ = np.array([column.scale for column in numeric])
        return transformer


_Kind = TypeVar("_Kind", bound=_Constants)


def _of(kind: type[_Kind], columns: Sequence[Column]) -> list[_Kind]:
    return [column for column in columns if isinstance(column, kind)]


def _infer(name: str, values: pa.ChunkedArray) -> Column:
    has_missing = values.null_count > 0
    counts = {each["values"]: each["counts"] for each in pc.value_counts(values.drop_null()).to_pylist()}
    if len(counts) + has_missing < 2:
        return LeftOut(name=name, reason="constant")
    if pa.types.is_floating(values.type):
        return Numeric(name=name, mean=0.0, scale=1.0, has_missing=has_missing)
    if len(counts) > max(_FEWEST_IDENTIFIERS, sum(counts.values()) / 2):
        return LeftOut(name=name, reason="identifier")
    frequent = sorted(counts, key=lambda category: (-counts[category], category))[:_MOST_CATEGORIES]
    return Categorical(name=name, categories=tuple(sorted(frequent + [""] * has_missing)))


def _inputs(columns: Sequence[Column], table: pa.Table) -> pa.Table:
    """The columns that are used: finite numbers or null, and text, empty where missing."""
    inputs = {column.name: _finite(column.name, table[column.name]) for column in _of(Numeric, columns)}
    for column in _of(Categorical, columns):
        inputs[column.name] = pc.fill_null(table[column.name].cast(pa.string()), "")
    return pa.table(inputs)


def _finite(name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(values.type):
        word = next(word for word in values.to_pylist() if word is not None and not is_number(word))
        raise ValueError(f"column {name!r} holds {word!r}, and training had numbers there: mend the value.")
    if pc.any(pc.is_inf(values)).as_py():
        raise ValueError(f"column {name!r} holds an infinite number: mend it, or leave the field empty.")
    return values


def _transformer(columns: Sequence[Column]) -> ColumnTransformer:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numeric, categorical = _of(Numeric, columns), _of(Categorical, columns)
    impute = SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)
    one_hot = OneHotEncoder(
        categories=[list(column.categories) for column in categorical],
        handle_unknown="ignore",
        sparse_output=False,
    )
    return ColumnTransformer(
        [
            ("numeric", make_pipeline(StandardScaler(), impute), [column.name for column in numeric]),
            ("categorical", one_hot, [column.name for column in categorical]),
        ],
        sparse_threshold=0.0,
    )
