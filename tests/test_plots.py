"""Drawings: of a training, and of what a classifier confuses."""

import subprocess
import sys

import numpy as np
import pytest

from descend import plots
from descend.history import History


def history(epochs: int) -> History:
    values = [1 / (1 + epoch) for epoch in range(epochs)]
    return History(
        0,
        cost=values,
        times=[0.1] * epochs,
        learning_rate=[0.1] * epochs,
        metrics={"val_cost": values, "val_accuracy": [1 - value for value in values]},
    )


@pytest.mark.parametrize("epochs", [0, 1, 2, 60])
def test_a_training_is_drawn_as_a_png(epochs: int) -> None:
    assert plots.png(plots.training(history(epochs))).startswith(b"\x89PNG\r\n\x1a\n")


def test_costs_and_metrics_are_drawn_by_epoch() -> None:
    figure = plots.training(history(5))
    lines = {line.get_label(): line.get_ydata() for axes in figure.axes for line in axes.lines}
    assert {name: list(line) for name, line in lines.items()} == {
        "cost": history(5).cost,
        **history(5).metrics,
    }


def test_a_confusion_matrix_shows_its_counts_and_classes() -> None:
    figure = plots.training(history(3), np.array([[5, 1], [0, 7]]), ["$5", "$10_x^2"])
    axes = figure.axes[-1]
    assert [text.get_text() for text in axes.texts] == ["5", "1", "0", "7"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["$5", "$10_x^2"]
    assert plots.png(figure).startswith(b"\x89PNG")


def test_many_classes_are_shaded_without_counts() -> None:
    classes = [f"class {k}" for k in range(60)]
    figure = plots.training(history(3), np.eye(60, dtype=int), classes)
    assert not figure.axes[-1].texts


def test_a_class_without_examples_is_no_division_by_zero() -> None:
    assert plots.png(plots.training(history(1), np.array([[3, 0], [0, 0]]), ["a", "b"])).startswith(
        b"\x89PNG"
    )


def test_drawing_leaves_pyplot_alone() -> None:
    code = """
import sys
from descend import plots
from descend.history import History
plots.png(plots.training(History(0, cost=[1.0], times=[1.0], learning_rate=[1.0])))
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
