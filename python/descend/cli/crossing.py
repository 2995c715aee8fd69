"""Cross-validation: how good the networks of a configuration are, each on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from descend import report
from descend.callbacks import EarlyStopping
from descend.cli import fitting, judging
from descend.cli.preparing import Say, fitted
from descend.config import RunConfig
from descend.data.dataset import Data
from descend.data.prepare import folds


def cross_validate(config: RunConfig, data: Data, say: Say) -> dict[str, list[float]]:
    """The number of each fold and its metrics, as columns by name; none where no folds are asked for.

    Raises
    ------
    ValueError
        Too few rows for the folds.
    DivergedError
        The cost of a fold's first epoch was not finite.
    KeyboardInterrupt
        Ctrl-C in any of them.
    """
    settings, data = config.data, replace(data, test=None)
    if settings.folds is None:
        return {}
    splits = folds(
        data,
        settings.folds,
        task=settings.task,
        group=settings.split_column,
        validation=settings.validation,
        seed=config.train.seed,
    )
    found = []
    for n, rows in enumerate(splits, start=1):
        prepared = fitted(config, data, rows)
        network = fitting.network(config, prepared)
        history = fitting.fit(config, prepared, network, [EarlyStopping(config.train.patience)])
        if history.outcome == "interrupted":
            raise KeyboardInterrupt
        scores = judging.mean_scores(judging.judge(network, prepared.target, prepared.parts["test"]))
        told = ", ".join(f"{name} {report.written(name, value)}" for name, value in scores.items())
        say(f"Fold {n} of {settings.folds}: {told}.")
        found.append({"fold": n, **scores})
    return {name: [fold[name] for fold in found] for name in found[0] if all(name in fold for fold in found)}


def summary(columns: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each metric over the folds, if there are any."""
    scores = {name: values for name, values in columns.items() if name != "fold"}
    if not scores:
        return {}
    return {
        "folds": {name: float(np.mean(values)) for name, values in scores.items()},
        "deviation": {name: float(np.std(values, ddof=1)) for name, values in scores.items()},
    }
