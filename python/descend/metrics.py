"""Metrics by name: how good predictions are, as scikit-learn computes it.

==================  ==========================================================================================
classification      accuracy, balanced_accuracy, f1 (of class 1, or the mean over classes), roc_auc (one class
                    against the rest), log_loss, calibration_error (Guo et al. 2017: by how much the
                    probability of the chosen class differs from how often it is right, in 15 bins)
regression          rmse, mae, r2 (means over outputs)
==================  ==========================================================================================

A network trained with binary_cross_entropy or cross_entropy classifies; with any other loss it regresses.
With a loss of one's own it may do either; accuracy and its kin then take the outputs for probabilities.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from descend import checks, losses

if TYPE_CHECKING:
    from descend.checks import Array, FloatArray
    from descend.ensemble import Ensemble
    from descend.losses import Loss
    from descend.network import Network

CLASSIFICATION = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss", "calibration_error")
REGRESSION = ("rmse", "mae", "r2")
_LESS_IS_BETTER = {"cost", "log_loss", "calibration_error", "rmse", "mae"}
_OF_ONE_LABEL = {"balanced_accuracy", "log_loss", "calibration_error"}
_BINS = 15


def greater_is_better(name: str) -> bool:
    """Whether a metric, "cost", or either with "val_" before it, is better when it is greater."""
    return name.removeprefix("val_") not in _LESS_IS_BETTER


def check(names: Iterable[str], loss: str, n_outputs: int) -> tuple[str, ...]:
    """The names, if all are metrics that a network with this loss (a name) and so many outputs has.

    Raises
    ------
    TypeError, ValueError
        Names that are unknown, or metrics of another task.
    """
    if isinstance(names, str):
        raise TypeError(f"metrics is {names!r}: give a list of names, [{names!r}].")
    names = tuple(names)
    known: tuple[str, ...] = REGRESSION
    if loss in ("binary_cross_entropy", "cross_entropy"):
        known = CLASSIFICATION
    elif loss not in losses.NAMES:
        known = CLASSIFICATION + REGRESSION
    for name in names:
        checks.known_name("metric", name, CLASSIFICATION + REGRESSION)
        if name not in known:
            raise ValueError(
                f"metric {name!r} does not go with the loss {loss}: choose from {', '.join(known)}."
            )
        if name in _OF_ONE_LABEL and loss == "binary_cross_entropy" and n_outputs > 1:
            raise ValueError(
                f"metric {name!r} is not defined for several labels at once: choose accuracy, f1 or roc_auc."
            )
    if names:
        # Now, as that may take seconds, which the first epoch should not seem to take.
        importlib.import_module("sklearn.metrics")
    return names


def evaluate(
    network: Network | Ensemble,
    X: object,
    y: object,
    metrics: Iterable[str],
    *,
    loss: Loss = "auto",
    sample_weight: object = None,
    n_threads: int | None = None,
) -> dict[str, float]:
    """The metrics of a network's predictions for X (m, n[0]) against y.

    Parameters
    ----------
    network : Network or Ensemble
        What predicts.
    X, y, sample_weight : array-like
        As for `train`.
    metrics : iterable of str
        Names from the table above.
    loss : str or loss object
        The one that the network was trained with.
    n_threads : int, optional
        How many threads may work; as many as help if not given.

    Returns
    -------
    dict of str to float
        The value of each.

    Raises
    ------
    TypeError, ValueError
        As `train` raises for the same arguments.
    """
    resolved = losses.resolve(loss, network.output_activation, network.n_outputs)
    names = check(metrics, resolved.name, network.n_outputs)
    examples = checks.examples(network, X, y, sample_weight, resolved.name)
    prediction = network.predict(examples.X, n_threads=n_threads)
    return scores(names, examples.Y, prediction, resolved.name, network.output_activation, examples.weight)


def scores(
    names: Iterable[str], Y: Array, prediction: FloatArray, loss: str, output: str, weight: FloatArray | None
) -> dict[str, float]:
    """The metrics of predictions (m, n[L]), as the output activation gives them, against the core's Y."""
    A = _response(prediction.astype(np.float64), loss, output)
    if loss not in losses.NAMES:
        loss = "cross_entropy" if A.shape[1] > 1 else "binary_cross_entropy"
    return {
        name: float((_regression if name in REGRESSION else _classification)(name, Y, A, loss, weight))
        for name in names
    }


def _response(prediction: FloatArray, loss: str, output: str) -> FloatArray:
    """Probabilities or rates, where a linear output gave the loss its logits."""
    from scipy import special

    links: dict[str, Callable[[FloatArray], FloatArray]] = {
        "binary_cross_entropy": special.expit,
        "cross_entropy": lambda Z: special.softmax(Z, axis=1),
        "poisson": np.exp,
    }
    return links[loss](prediction) if output == "linear" and loss in links else prediction


def _classification(name: str, Y: Array, A: FloatArray, loss: str, weight: FloatArray | None) -> Any:
    """One metric; two classes are one probability, whether one sigmoid or two softmax outputs gave it."""
    from sklearn import metrics

    n_classes = A.shape[1]
    if loss == "cross_entropy":
        y = Y if Y.ndim == 1 else Y.argmax(axis=1)
        probability = A[:, 1] if n_classes == 2 else A / A.sum(axis=1, keepdims=True)
        chosen = A.argmax(axis=1)
    else:
        y, probability = (
            ((Y > 0.5).astype(int), A) if n_classes > 1 else ((Y[:, 0] > 0.5).astype(int), A[:, 0])
        )
        chosen = (probability > 0.5).astype(int)
    one_of_two = probability.ndim == 1
    labels = np.arange(2 if one_of_two else n_classes)

    match name:
        case "accuracy":
            return metrics.accuracy_score(y, chosen, sample_weight=weight)
        case "balanced_accuracy":
            # scikit-learn's own warns of classes that are predicted but absent from y, common in small sets.
            return metrics.recall_score(y, chosen, labels=np.unique(y), average="macro", sample_weight=weight)
        case "f1":
            average = "binary" if one_of_two else "macro"
            return metrics.f1_score(y, chosen, average=average, zero_division=0.0, sample_weight=weight)
        case "roc_auc":
            return metrics.roc_auc_score(
                y, probability, multi_class="ovr", labels=labels, sample_weight=weight
            )
        case "log_loss":
            return metrics.log_loss(y, probability, labels=labels, sample_weight=weight)
        case _:
            confidence = np.maximum(probability, 1 - probability) if one_of_two else probability.max(axis=1)
            return _calibration_error(chosen == y, confidence, weight)


def _calibration_error(
    right: npt.NDArray[np.bool_], confidence: FloatArray, weight: FloatArray | None
) -> float:
    """sum_b | sum_{i in b} w_i (right_i - confidence_i) | / sum_i w_i, b the bins of confidence."""
    bins = np.minimum(confidence * _BINS, _BINS - 1).astype(np.intp)
    weight = np.ones(len(right)) if weight is None else weight
    return float(np.abs(np.bincount(bins, weight * (right - confidence))).sum() / weight.sum())


def _regression(name: str, Y: Array, A: FloatArray, loss: str, weight: FloatArray | None) -> Any:
    from sklearn import metrics

    score = {
        "rmse": metrics.root_mean_squared_error,
        "mae": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
    }[name]
    return score(Y, A, sample_weight=weight)
