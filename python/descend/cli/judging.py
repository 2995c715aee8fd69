"""How good a network is on a part of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descend import metrics
from descend.cli.preparing import Part
from descend.data.target import Classes, Target
from descend.network import Network


def scores(network: Network, target: Target, part: Part) -> dict[str, float]:
    """The metrics by name, of a number in its own unit.

    roc_auc is there only if the part has every class, and r2 only if it has more than one row.
    """
    outputs = network.predict(part.X)
    if isinstance(target, Classes):
        y = target.encode(part.values)
        left_out = "roc_auc" if len(np.unique(y)) < len(target.classes) else ""
        names = [name for name in metrics.CLASSIFICATION if name != left_out]
        return metrics.scores(names, y, target.probabilities(outputs), "cross_entropy", "softmax", None)
    Y = target.read(part.values).reshape(-1, 1)
    left_out = "r2" if len(Y) == 1 else ""
    names = [name for name in metrics.REGRESSION if name != left_out]
    return metrics.scores(names, Y, target.decode(outputs).reshape(-1, 1), "squared_error", "linear", None)


def confusion(network: Network, target: Classes, part: Part) -> NDArray[np.integer[Any]]:
    """How many rows of each class were taken for each class, (K, K)."""
    from sklearn.metrics import confusion_matrix

    true, chosen = target.encode(part.values), target.probabilities(network.predict(part.X)).argmax(axis=1)
    counts: NDArray[np.integer[Any]] = confusion_matrix(true, chosen, labels=range(len(target.classes)))
    return counts
