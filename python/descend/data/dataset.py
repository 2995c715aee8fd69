"""Examples as they were found: nothing is scaled, encoded or dealt yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.data.target import Task

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Data:
    """Inputs, and what is to be predicted from them.

    Attributes
    ----------
    name
        What it is called, for run folders and sentences.
    inputs
        A table of m rows; or an array whose first axis has length m, such as images (m, height, width) or
        (m, height, width, 3); or a SciPy matrix in CSR format (m, n).
    targets
        A table of m rows, a column for each thing to be predicted, in its own words.
    weight, weight_name
        What each example weighs (m,), if that was named, and the column that says it.
    task
        What the target asks for, where the source says it.
    test
        The examples to test on, where the source keeps them apart.
    notes
        Sentences about what was found or left out in reading.
    """

    name: str
    inputs: Any
    targets: pa.Table
    weight: NDArray[np.float64] | None = None
    weight_name: str | None = None
    task: Task | None = None
    test: Data | None = None
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return int(self.targets.num_rows)

    def take(self, rows: NDArray[np.intp]) -> Data:
        """The examples of these row numbers."""
        return replace(
            self,
            inputs=self.inputs.take(rows) if isinstance(self.inputs, pa.Table) else self.inputs[rows],
            targets=self.targets.take(rows),
            weight=None if self.weight is None else self.weight[rows],
        )
