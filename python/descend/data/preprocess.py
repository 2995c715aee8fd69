"""From a table to the matrix that a network takes, by constants that the training part alone decides.

The steps are scikit-learn's; what they learn is kept as constants and names, from which they are built anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeGuard

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from descend.data.columns import TREATMENTS, Categorical, Column, Date, LeftOut, Numeric, Treatment, infer
from descend.data.constants import Constants
from descend.data.tables import as_table, is_number_type
from descend.text import listed
from descend.text import table as text_table

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

Scaling: TypeAlias = Literal["robust", "standard"]


class Preprocess(Constants):
    """What is done to each column of a table."""

    kind: Literal["columns"] = "columns"
    columns: tuple[Annotated[Column, Field(discriminator="kind")], ...]
    scaling: Scaling = "standard"

    @classmethod
    def fit(
        cls, table: Any, *, treatments: Mapping[str, Treatment] | None = None, scaling: Scaling = "standard"
    ) -> Preprocess:
        """Find out what each column of the training part is and, of its numbers, the centre and the scale.

        Parameters
        ----------
        table : frame, Arrow table or matrix (m, n)
            The rows to learn from, with no target among the columns.
        treatments : mapping of column to str, optional
            What columns are, where that is not to be inferred: see `descend.data.columns.Treatment`.
        scaling : "robust" or "standard"
            Whether numbers are centred by their median and scaled by their quartiles, with outliers drawn in,
            or made of mean 0 and variance 1.

        Raises
        ------
        ValueError
            An infinite number, a treatment of no column or one that does not fit its values, or no column
            from which anything can be learned.
        """
        table = as_table(table)
        columns = _inferred(table, treatments or {})
        if all(isinstance(column, LeftOut) for column in columns):
            raise ValueError(
                f"there is nothing to learn from in the columns {listed(table.column_names)}: "
                "give one that is neither constant nor the name of its row."
            )
        if any(map(_is_scaled, columns)):
            scaler = (
                _transformer(columns, scaling).fit(_values(columns, table)).named_transformers_["scaled"][0]
            )
            constants = iter(
                zip(getattr(scaler, _CENTERS[scaling]).tolist(), scaler.scale_.tolist(), strict=True)
            )
            for i, column in enumerate(columns):
                if _is_scaled(column):
                    center, scale = next(constants)
                    columns[i] = column.model_copy(update={"center": center, "scale": scale})
        return cls(columns=tuple(columns), scaling=scaling)

    def transform(self, table: Any) -> NDArray[np.float32]:
        """The inputs ``(m, n[0])`` of a table that has the training table's columns, in any order.

        Columns that are left out may be absent.

        Raises
        ------
        ValueError
            A column too few or too many, text where numbers are needed, or an infinite number.
        """
        table = as_table(table)
        self.check_columns(table.column_names)
        X = self._fitted_transformer.transform(_values(self.columns, table))
        return np.ascontiguousarray(np.clip(X, -_LARGEST, _LARGEST), dtype=np.float32)

    @property
    def names(self) -> list[str]:
        """All columns of the training table."""
        return [column.name for column in self.columns]

    @property
    def text(self) -> list[str]:
        """The columns to be read as they stand in a file, whatever they look like."""
        return [column.name for column in self.columns if isinstance(column, Categorical) and column.is_text]

    @property
    def left_out(self) -> list[LeftOut]:
        """The columns that are not used."""
        return [column for column in self.columns if isinstance(column, LeftOut)]

    @property
    def identifiers(self) -> list[str]:
        """The columns that only name their rows."""
        return [column.name for column in self.left_out if column.reason == "identifier"]

    @property
    def inputs(self) -> list[str]:
        """What each of the ``n[0]`` inputs is: a column, a part of it, or whether it has a value or none."""
        return [f"{name}{part}" for name, part in self._inputs]

    @property
    def blocks(self) -> dict[str, NDArray[np.intp]]:
        """Which of the ``n[0]`` inputs each column has."""
        owners = np.array([name for name, _ in self._inputs])
        return {name: np.flatnonzero(owners == name) for name in dict.fromkeys(owners.tolist())}

    @property
    def _inputs(self) -> list[tuple[str, str]]:
        """The column of each input, and what of it."""
        scaled = [column for column in self.columns if _is_scaled(column)]
        categories = [column for column in self.columns if isinstance(column, Categorical)]
        return [
            *((column.name, "") for column in scaled),
            *(
                (column.name, " is missing")
                for column in scaled
                if isinstance(column, Numeric | Date) and column.has_missing
            ),
            *(
                (column.name, f": {part}")
                for column in scaled
                if isinstance(column, Date)
                for part in column.parts
            ),
            *(
                (column.name, f" is {column.categories[1]}")
                for column in categories
                if column.encoding == "boolean"
            ),
            *(
                (column.name, f" is {'missing' if word == '' else word}")
                for column in categories
                if column.encoding in ("one-hot", "hash")
                for word in column.categories or range(column.n_codes)
            ),
        ]

    def describe(self, width: int | None = None) -> str:
        """A table of the columns: what each was found to be, and what is made of it."""
        rows = [(column.name, *column.described) for column in self.columns]
        return text_table(("column", "kind", ""), rows, width)

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
        """Fitted to two rows that decide everything but the centres and the scales, and given those."""
        transformer = _transformer(self.columns, self.scaling).fit(_examples(self.columns))
        scaled = [column for column in self.columns if _is_scaled(column)]
        if scaled:
            scaler = transformer.named_transformers_["scaled"][0]
            centers, scaler.scale_ = np.array([(column.center, column.scale) for column in scaled]).T
            setattr(scaler, _CENTERS[self.scaling], centers)
        return transformer


_LARGEST = float(np.finfo(np.float32).max)
_CENTERS = {"robust": "center_", "standard": "mean_"}


def _inferred(table: pa.Table, treatments: Mapping[str, Treatment]) -> list[Column]:
    for name, treatment in treatments.items():
        if name not in table.column_names:
            raise ValueError(
                f"there is no column {name!r} to treat: the columns are {listed(table.column_names)}."
            )
        if treatment not in TREATMENTS:
            raise ValueError(
                f"column {name!r} has the treatment {treatment!r}: give one of {', '.join(TREATMENTS)}."
            )
    columns: list[Column] = []
    first: dict[bytes, str] = {}
    for name in table.column_names:
        column = infer(name, table[name], treatments.get(name))
        if not isinstance(column, LeftOut):
            content = sha256(column.values(table[name]).tobytes()).digest()
            same = first.setdefault(content, name)
            if same != name and name not in treatments:
                column = LeftOut(name=name, reason=f"the same as {same}")
        columns.append(column)
    if all(isinstance(column, LeftOut) for column in columns):
        columns = [_at_least_a_counter(column, table[column.name]) for column in columns]
    return columns


def _at_least_a_counter(column: Column, values: pa.ChunkedArray) -> Column:
    """Numbers that name their rows may be learned from where there is nothing else."""
    if isinstance(column, LeftOut) and column.reason == "identifier" and is_number_type(values.type):
        return infer(column.name, values, "numeric")
    return column


def _is_scaled(column: Column) -> TypeGuard[Numeric | Date | Categorical]:
    return isinstance(column, Numeric | Date) or (
        isinstance(column, Categorical) and column.encoding == "ordinal"
    )


def _used(columns: Sequence[Column]) -> list[Numeric | Date | Categorical]:
    return [column for column in columns if not isinstance(column, LeftOut)]


def _values(columns: Sequence[Column], table: pa.Table) -> NDArray[np.float64]:
    """What scikit-learn's steps take (m, k): numbers, days and circles, the codes of categories."""
    return np.hstack([column.values(table[column.name]) for column in _used(columns)])


def _examples(columns: Sequence[Column]) -> NDArray[np.float64]:
    """Two rows of such values, the second missing where values may be."""
    second = [
        np.nan if isinstance(column, Numeric | Date) and column.has_missing else 0.0
        for column in _used(columns)
        for _ in range(column.width)
    ]
    return np.array([np.zeros(len(second)), second])


def _transformer(columns: Sequence[Column], scaling: Scaling) -> ColumnTransformer:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, RobustScaler, StandardScaler

    used = _used(columns)
    begins = np.cumsum([0, *(column.width for column in used)])
    places: dict[str, list[int]] = {"scaled": [], "circles": [], "pairs": [], "categories": []}
    for column, begin, end in zip(used, begins[:-1], begins[1:], strict=True):
        places["circles"] += range(begin + 1, end)
        if isinstance(column, Categorical) and column.encoding != "ordinal":
            places["pairs" if column.encoding == "boolean" else "categories"].append(begin)
        else:
            places["scaled"].append(begin)
    fill = {"strategy": "constant", "keep_empty_features": True}
    scale = [RobustScaler(), FunctionTransformer(_draw_in)] if scaling == "robust" else [StandardScaler()]
    one_hot = [
        column
        for column in used
        if isinstance(column, Categorical) and column.encoding in ("one-hot", "hash")
    ]
    codes = [np.arange(column.n_codes) for column in one_hot]
    return ColumnTransformer(
        [
            (
                "scaled",
                make_pipeline(*scale, SimpleImputer(fill_value=0.0, add_indicator=True, **fill)),
                places["scaled"],
            ),
            ("circles", SimpleImputer(fill_value=0.0, **fill), places["circles"]),
            ("pairs", SimpleImputer(fill_value=0.5, **fill), places["pairs"]),
            (
                "categories",
                OneHotEncoder(categories=codes, handle_unknown="ignore", sparse_output=False),
                places["categories"],
            ),
        ],
        sparse_threshold=0.0,
    )


def _draw_in(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers near 0 stay, and none is further than 3 from it: x / sqrt(1 + (x / 3)^2)."""
    return X / np.sqrt(1 + (X / 3) ** 2)
