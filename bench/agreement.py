"""No time is reported before the answers agree: same weights, same batches, so costs follow each other."""

from __future__ import annotations

import math
from typing import Any

from bench.measure import Pool
from bench.workloads import Workload

# Relative, on costs and probabilities. In float32 all stay within 5e-5 of each other for a hundred steps, but
# scikit-learn within 2e-4, because its Adam adds epsilon before correcting the bias; over hundreds of small
# batches rounding grows through ReLU's kinks to 2e-3.
TOLERANCE = {"float32": 1e-3, "float64": 1e-9}
MANY_STEPS = 100
TOLERANCE_AFTER_MANY_STEPS = {"float32": 5e-3, "float64": 1e-9}


def tolerance(workload: Workload, dtype: str) -> float:
    """The relative tolerance on the costs of the first epoch, or of the first 50 full-batch iterations."""
    return (TOLERANCE_AFTER_MANY_STEPS if workload.steps_per_epoch > MANY_STEPS else TOLERANCE)[dtype]


def reference(pool: Pool, threads: int, make: dict[str, Any]) -> list[float]:
    """The answer of the job that ``make`` describes, by NumPy in float64."""
    worker = pool["numpy", threads]
    worker.ask("make", **make, peer="numpy", threads=threads, dtype="float64")
    answer: list[float] = worker.ask("answer")
    return answer


def check(answer: list[float], reference: list[float], tolerance: float) -> None:
    """Raise AssertionError at the first number that is off."""
    assert len(answer) == len(reference), f"disagrees: gives {len(answer)} numbers, not {len(reference)}"
    for k, (a, b) in enumerate(zip(answer, reference, strict=True)):
        assert math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * 1e-3), (
            f"disagrees: number {k} is {a}, NumPy in float64 gives {b} (tolerance {tolerance:g})"
        )
