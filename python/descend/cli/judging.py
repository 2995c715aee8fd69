"""How good a network is on a part of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descend import metrics
from descend.data.prepare import Part
from descend.data.target import Classes, Labels, Target
from descend.network import Network


@dataclass(frozen=True)
class Judgement:
    """A target of a part, beside what the network says of it.

    Attributes
    ----------
    name
        The target's.
    classes
        Its K classes; none if it is a number.
    true
        Class numbers, or numbers in the target's own unit (m,).
    predicted
        Probabilities (m, K), or numbers in the target's own unit (m,).
    weight
        What each example weighs (m,), if that was given.
    """

    name: str
    classes: tuple[str, ...]
    true: NDArray[Any]
    predicted: NDArray[np.floating[Any]]
    weight: NDArray[np.float64] | None = None

    @cached_property
    def scores(self) -> dict[str, float]:
        """The metrics by name.

        roc_auc is there only if the part has every class, and r2 only if it has more than one row.
        """
        if self.classes:
            left_out = "roc_auc" if len(np.unique(self.true)) < len(self.classes) else ""
            names = [name for name in metrics.CLASSIFICATION if name != left_out]
            return metrics.scores(names, self.true, self.predicted, "cross_entropy", "softmax", self.weight)
        left_out = "r2" if len(self.true) == 1 else ""
        names = [name for name in metrics.REGRESSION if name != left_out]
        true, predicted = self.true.reshape(-1, 1), self.predicted.reshape(-1, 1)
        return metrics.scores(names, true, predicted, "squared_error", "linear", self.weight)

    @cached_property
    def confusion(self) -> NDArray[np.integer[Any]]:
        """How many rows of each class were taken for each class, (K, K)."""
        from sklearn.metrics import confusion_matrix

        chosen = self.predicted.argmax(axis=1)
        counts: NDArray[np.integer[Any]] = confusion_matrix(
            self.true, chosen, labels=range(len(self.classes))
        )
        return counts


def judge(network: Network, target: Target, part: Part) -> list[Judgement]:
    """Each target of a part, beside the network's predictions."""
    outputs = network.predict(part.X)
    if isinstance(target, Classes):
        return [Judgement(target.name, target.classes, part.y, target.probabilities(outputs), part.weight)]
    if isinstance(target, Labels):
        return [
            Judgement(each.name, each.classes, part.y[:, k], each.probabilities(outputs[:, [k]]), part.weight)
            for k, each in enumerate(target.each)
        ]
    true = target.read(part.data.targets).T
    return [
        Judgement(name, (), y, predicted, part.weight)
        for (name, predicted), y in zip(target.decode(outputs).items(), true, strict=True)
    ]


def mean_scores(judgements: Sequence[Judgement]) -> dict[str, float]:
    """The metrics that all targets have, as means over the targets."""
    every = [judgement.scores for judgement in judgements]
    names = [name for name in every[0] if all(name in scores for scores in every)]
    return {name: float(np.mean([scores[name] for scores in every])) for name in names}
