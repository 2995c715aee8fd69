"""``python -m bench.tables``: real data by one command each, beside scikit-learn's MLP on the same split."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

import descend as ds
from bench.__main__ import DATA
from descend import text
from descend.data.split import Split
from descend.data.target import Numbers


@dataclass(frozen=True)
class Set:
    """A data set, its target where that has to be named, and the metric that its users look at."""

    source: str
    metric: str
    target: str | int | None = None
    test: str | None = None


SETS = (
    Set("tabular/adult.data", "roc_auc", -1, "tabular/adult.test"),
    Set("tabular/california_housing.csv", "rmse", "MedHouseVal"),
    Set("tabular/california_housing_raw.csv", "rmse", "median_house_value"),
    Set("tabular/titanic_train.csv", "accuracy", "Survived"),
    Set("tabular/AmesHousing.csv", "rmse", "SalePrice"),
    Set("tabular/winequality-red.csv", "accuracy", -1),
    Set("tabular/covtype.20k.data", "accuracy", -1),
    Set("mnist", "accuracy"),
    Set("catvnoncat", "accuracy"),
)


def by_command(each: Set, data: Path, seed: int) -> tuple[float, float]:
    """The metric on the test part, and the seconds of the whole command."""
    options = ["--seed", str(seed), "--quiet"]
    if each.target is not None:
        options += ["--target", str(each.target)]
    if each.test is not None:
        options += ["--test", str(data / each.test)]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        command = [sys.executable, "-m", "descend.cli", "train", str(data / each.source), *options]
        began = time.perf_counter()
        subprocess.run([*command, "--output", str(run)], check=True, capture_output=True)
        seconds = time.perf_counter() - began
        return json.loads((run / "metrics.json").read_text())["test"][each.metric], seconds


def by_scikit_learn(each: Set, data: Path, seed: int) -> tuple[float, float]:
    """The same metric of scikit-learn's MLP by default: words one-hot, numbers and pixels standardised.

    It learns from the rows that descend trains on and those that it stops by.
    """
    found = ds.load_data(data / each.source, each.target, test=each.test and data / each.test)
    rows = ds.divide(found, seed=seed)
    both = np.sort(np.concatenate([rows.train, rows.validation]))
    prepared = ds.prepare(found, Split(both, rows.validation[:0], rows.test), scaling="standard")
    train, test = prepared.parts["train"], prepared.parts["test"]
    kind: Any = MLPRegressor if prepared.task == "regression" else MLPClassifier
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It stops after 200 epochs, and says so.
        model = kind(random_state=seed).fit(train.X, train.y.ravel())
    seconds = time.perf_counter() - began
    if isinstance(prepared.target, Numbers):
        wrong = (model.predict(test.X) - test.y.ravel()) * prepared.target.scales[0]
        return float(np.sqrt(np.mean(wrong**2))), seconds
    if each.metric == "roc_auc":
        return float(roc_auc_score(test.y, model.predict_proba(test.X)[:, 1])), seconds
    return float(accuracy_score(test.y, model.predict(test.X))), seconds


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="The folder of the data sets.")
@click.option("--seeds", default=3, show_default=True, help="How many splits and starts to take the mean of.")
@click.argument("names", nargs=-1)
def main(data: Path, seeds: int, names: tuple[str, ...]) -> None:
    """Train on each set (or those whose path has one of NAMES in it), and print what both reach."""
    rows = []
    for each in SETS:
        if names and not any(name in each.source for name in names):
            continue
        ours = np.array([by_command(each, data, seed) for seed in range(seeds)]).mean(axis=0)
        theirs = np.array([by_scikit_learn(each, data, seed) for seed in range(seeds)]).mean(axis=0)
        better = (ours[0] < theirs[0]) == (each.metric == "rmse")
        rows.append(
            [
                Path(each.source).stem,
                each.metric,
                *(f"{value:.4g}" for value in (ours[0], theirs[0])),
                "yes" if better else "no",
                *(f"{value:.1f} s" for value in (ours[1], theirs[1])),
            ]
        )
        click.echo("  ".join(rows[-1]))
    header = ("data", "metric", "descend", "scikit-learn", "better", "whole command", "scikit-learn's fit")
    click.echo(f"\n{text.table(header, rows)}")


if __name__ == "__main__":
    main()
