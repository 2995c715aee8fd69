"""The examples to judge by, and the judgement after each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from descend import _core, checks
from descend.checks import Examples
from descend.metrics import scores
from descend.network import Network

Validation: TypeAlias = float | tuple[object, object] | tuple[object, object, object]
"""A share of X, (Xv, yv) or (Xv, yv, wv)."""


def split(
    network: Network, examples: Examples, validation: Validation | None, loss: str, seed: int
) -> tuple[Examples, Examples | None]:
    """The examples to train on and those to judge by.

    Raises
    ------
    TypeError, ValueError
        Examples that cannot be used, or a share that leaves no example to train on or to judge by.
    """
    if validation is None or isinstance(validation, tuple | list):
        return examples, held_out_of(network, validation, loss)
    share = checks.number("validation", validation, above=0, below=1)
    m = examples.X.shape[0]
    n_held_out = round(share * m)
    if not 0 < n_held_out < m:
        raise ValueError(
            f"validation is {share:g} of {m} examples, which leaves {n_held_out} to judge by and "
            f"{m - n_held_out} to train on: give another share, or more examples."
        )
    order = np.random.Generator(np.random.Philox(key=seed)).permutation(m)
    return examples.take(np.sort(order[n_held_out:])), examples.take(np.sort(order[:n_held_out]))


def held_out_of(network: Network, validation: Validation | None, loss: str) -> Examples | None:
    """The examples to judge by, where they were given.

    Raises
    ------
    TypeError, ValueError
        Examples that cannot be used, or something else.
    """
    if validation is None:
        return None
    if not isinstance(validation, tuple | list):
        raise ValueError(f"validation is {validation!r}, and a stream cannot be split: give (Xv, yv).")
    if len(validation) not in (2, 3):
        raise ValueError(
            f"validation has {len(validation)} parts: give (Xv, yv), (Xv, yv, wv), or a share of X."
        )
    Xv, yv, *wv = validation
    return checks.examples(network, Xv, yv, wv[0] if wv else None, loss, ("Xv", "yv", "wv"))


@dataclass(frozen=True)
class Judge:
    """What is measured after each epoch, of which examples."""

    network: Network
    loss: _core.Loss
    metrics: tuple[str, ...]
    examples: Examples | None
    prefix: str
    n_threads: int

    @property
    def names(self) -> list[str]:
        """Keys of the history."""
        return ["val_cost"] * bool(self.prefix) + [self.prefix + name for name in self.metrics]

    def values(self) -> dict[str, float]:
        """A value for each key."""
        if self.examples is None:
            return {}
        core, (rows, Y, weight) = self.network.core, self.examples
        X = checks.for_core(rows)
        values = {}
        if self.prefix:
            values["val_cost"] = core.cost(X, Y, self.loss, weight, self.n_threads)
        if self.metrics:
            output = self.network.output_activation
            prediction = core.predict(X, self.n_threads)
            assert prediction is not None
            for name, value in scores(self.metrics, Y, prediction, self.loss.name, output, weight).items():
                values[self.prefix + name] = value
        return values
