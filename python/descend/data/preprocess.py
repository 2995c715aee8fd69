"""From a table to the matrix that a network takes, by constants that the training part alone decides.

The steps are scikit-learn's; what they learn is kept as constants and names, from which they are built anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from descend.data import steps
from descend.data.columns import Categorical, Column, LeftOut, infer
from descend.data.constants import Constants
from descend.data.tables import as_table, is_number_type
from descend.data.treatments import TREATMENTS, Scaling, Treatment
from descend.text import listed
from descend.text import table as text_table

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

_LARGEST = float(np.finfo(np.float32).max)

# What splines need: rows between their bends, and a number of inputs that stays small.
_FEWEST_ROWS = 1000
_MOST_COLUMNS = 100


class Preprocess(Constants):
    """What is done to each column of a table."""

    kind: Literal["columns"] = "columns"
    columns: tuple[Annotated[Column, Field(discriminator="kind")], ...]

    @classmethod
    def fit(
        cls,
        table: Any,
        *,
        treatments: Mapping[str, Treatment] | None = None,
        scaling: Scaling | None = None,
        weight: NDArray[np.float64] | None = None,
    ) -> Preprocess:
        """Find out what each column of the training part is and, of its numbers, how they are spread.

        Parameters
        ----------
        table : frame, Arrow table or matrix (m, n)
            The rows to learn from, with no target among the columns.
        treatments : mapping of column to str, optional
            What is done to columns, where it is not to be inferred: see `descend.data.treatments`.
        scaling : str, optional
            What is made of all other numbers, see `descend.data.treatments`; splines if not given, but
            standard in a table of fewer than 1,000 rows or more than 100 columns.
        weight : array (m,), optional
            Of each row, above 0, in means and variances; in medians and quantiles all rows count the same.

        Raises
        ------
        ValueError
            An infinite number, a treatment of no column or one that does not fit its values, or no column
            from which anything can be learned.
        """
        table = as_table(table)
        if scaling is None:
            fits = table.num_rows >= _FEWEST_ROWS and table.num_columns <= _MOST_COLUMNS
            scaling = "splines" if fits else "standard"
        columns = _inferred(table, treatments or {}, scaling)
        if all(isinstance(column, LeftOut) for column in columns):
            raise ValueError(
                f"there is nothing to learn from in the columns {listed(table.column_names)}: "
                "give one that is neither constant nor the name of its row."
            )
        return cls(columns=steps.learned(columns, table, weight))

    def without(self, name: str, reason: str) -> Preprocess:
        """The same, which knows of another column of the source that is no input, and why not."""
        return Preprocess(columns=(*self.columns, LeftOut(name=name, reason=reason)))

    def transform(self, table: Any, dtype: type[Any] = np.float32) -> NDArray[Any]:
        """The inputs ``(m, n[0])`` of a table that has the training table's columns, in any order.

        Columns that are left out may be absent. No input is beyond float32's range, whatever the dtype.

        Raises
        ------
        ValueError
            A column too few or too many, text where numbers are needed, or an infinite number.
        """
        table = as_table(table)
        self.check_columns(table.column_names)
        X = self._steps.transform(steps.values(self.columns, table))
        return np.ascontiguousarray(np.clip(X, -_LARGEST, _LARGEST), dtype=dtype)

    def outside(self, table: Any) -> dict[str, dict[str, int]]:
        """Of columns with words that are none of the categories kept, these words, and their rows' number.

        ``""`` stands for a missing one.
        """
        table = as_table(table)
        self.check_columns(table.column_names)
        found = {
            column.name: column.outside(table[column.name])
            for column in self.columns
            if isinstance(column, Categorical)
        }
        return {name: words for name, words in found.items() if words}

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
        return [f"{name}{part}" for name, part in steps.inputs(self.columns)]

    @property
    def blocks(self) -> dict[str, NDArray[np.intp]]:
        """Which of the ``n[0]`` inputs each column has."""
        owners = np.array([name for name, _ in steps.inputs(self.columns)])
        return {name: np.flatnonzero(owners == name) for name in dict.fromkeys(owners.tolist())}

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
            for verb, order, some in (("lacks", self.names, missing), ("also has", names, unknown))
            if some
        ]
        if difference:
            raise ValueError(
                f"{source} {' and '.join(difference)}: give the columns of training, {listed(self.names)}."
            )

    @cached_property
    def _steps(self) -> ColumnTransformer:
        return steps.rebuilt(self.columns)


def _inferred(table: pa.Table, treatments: Mapping[str, Treatment], scaling: Scaling) -> list[Column]:
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
        column = infer(name, table[name], treatments.get(name), scaling)
        if not isinstance(column, LeftOut):
            content = sha256(column.values(table[name]).tobytes()).digest()
            same = first.setdefault(content, name)
            if same != name and name not in treatments:
                column = LeftOut(name=name, reason=f"the same as {same}")
        columns.append(column)
    if all(isinstance(column, LeftOut) for column in columns):
        columns = [_at_least_a_counter(column, table[column.name], scaling) for column in columns]
    return columns


def _at_least_a_counter(column: Column, values: pa.ChunkedArray, scaling: Scaling) -> Column:
    """Numbers that name their rows may be learned from where there is nothing else."""
    if isinstance(column, LeftOut) and column.reason == "identifier" and is_number_type(values.type):
        return infer(column.name, values, scaling, scaling)
    return column
