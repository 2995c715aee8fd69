"""Whatever a user gives is checked here, once, before anything is computed.

Each error is one sentence that names the thing, the value and the remedy.
"""

from descend.checks.arrays import Array, FloatArray, assign, columns, float_dtype_of, is_sparse, matrix
from descend.checks.examples import Examples, examples, weights
from descend.checks.rows import Rows, features, for_core
from descend.checks.scalars import integer, integers, known_name, number, numbers, seed, threads
from descend.checks.targets import target_columns, targets

__all__ = [
    "Array",
    "Examples",
    "FloatArray",
    "Rows",
    "assign",
    "columns",
    "examples",
    "features",
    "float_dtype_of",
    "for_core",
    "integer",
    "integers",
    "is_sparse",
    "known_name",
    "matrix",
    "number",
    "numbers",
    "seed",
    "target_columns",
    "targets",
    "threads",
    "weights",
]
