"""How good a network is on a part of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descend import metrics
from descend.data.prepare import Part
from descend.data.target import Classes, Labels, Target
from descend.network import Network


def scores(network: Network, target: Target, part: Part) -> dict[str, float]:
    """The metrics by name, of numbers in their own units, and the mean over several targets of classes.

    roc_auc is there only if the part has every class, and r2 only if it has more than one row.
    """
    outputs = network.predict(part.X)
    if isinstance(target, Classes):
        return _of_classes(target, part.y, outputs)
    if isinstance(target, Labels):
        each = [_of_classes(label, part.y[:, k], outputs[:, [k]]) for k, label in enumerate(target.each)]
        common = [name for name in each[0] if all(name in scores for scores in each)]
        return {name: float(np.mean([scores[name] for scores in each])) for name in common}
    Y, decoded = target.read(part.data.targets), np.column_stack(list(target.decode(outputs).values()))
    left_out = "r2" if len(Y) == 1 else ""
    names = [name for name in metrics.REGRESSION if name != left_out]
    return metrics.scores(names, Y, decoded, "squared_error", "linear", None)


def _of_classes(target: Classes, y: NDArray[Any], outputs: NDArray[Any]) -> dict[str, float]:
    left_out = "roc_auc" if len(np.unique(y)) < len(target.classes) else ""
    names = [name for name in metrics.CLASSIFICATION if name != left_out]
    return metrics.scores(names, y, target.probabilities(outputs), "cross_entropy", "softmax", None)


def confusion(network: Network, target: Classes, part: Part) -> NDArray[np.integer[Any]]:
    """How many rows of each class were taken for each class, (K, K)."""
    from sklearn.metrics import confusion_matrix

    true, chosen = part.y, target.probabilities(network.predict(part.X)).argmax(axis=1)
    counts: NDArray[np.integer[Any]] = confusion_matrix(true, chosen, labels=range(len(target.classes)))
    return counts
