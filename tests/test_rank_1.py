"""Where a matrix is meant, an array of rank 1 gets the explaining error, at every entry to the package."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

import descend as ds
from descend import blocks, course

NET = ds.Network(3, [ds.Dense(2, "relu"), ds.Dense(2, "linear")], seed=0)
X, Y, W, b, a = np.ones((4, 3)), np.ones((4, 2)), np.ones((2, 3)), np.ones((2, 1)), np.ones(3)
CLASSIFIER = ds.MLPClassifier((2,), max_iter=1, tol=10.0, n_iter_no_change=1)
REGRESSOR = ds.MLPRegressor((2,), max_iter=1, tol=10.0, n_iter_no_change=1)


def assign(layer: ds.Layer, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(layer, name, value)


ENTRIES: dict[str, Callable[[], object]] = {
    "predict": lambda: NET.predict(a),
    "cost_and_gradient X": lambda: NET.cost_and_gradient(a, Y),
    "cost_and_gradient y": lambda: NET.cost_and_gradient(X, np.ones(4)),
    "trace X": lambda: NET.trace(a, Y),
    "trace y": lambda: NET.trace(X, np.ones(4)),
    "train X": lambda: ds.train(NET, a, Y),
    "train y": lambda: ds.train(NET, X, np.ones(4)),
    "train Xv": lambda: ds.train(NET, X, Y, validation=(a, Y)),
    "evaluate": lambda: ds.evaluate(NET, a, Y, ["r2"]),
    "check_gradient X": lambda: ds.check_gradient(NET, a, Y),
    "check_gradient dW": lambda: ds.check_gradient(NET, X, Y, gradient={"dW1": a}),
    "init": lambda: ds.Network(3, [ds.Dense(2, init=a)]),
    "layer.W": assign(NET.layers[0], "W", a),
    "layer.b": assign(NET.layers[0], "b", np.ones(2)),
    "linear_forward A_prev": lambda: blocks.linear_forward(a, W, b),
    "linear_forward W": lambda: blocks.linear_forward(X.T, a, b),
    "linear_forward b": lambda: blocks.linear_forward(X.T, W, np.ones(2)),
    "activation_forward": lambda: blocks.activation_forward(a, "relu"),
    "linear_activation_forward": lambda: blocks.linear_activation_forward(a, W, b, "relu"),
    "compute_cost Z": lambda: blocks.compute_cost(a, Y.T, "linear"),
    "compute_cost Y": lambda: blocks.compute_cost(Y.T, np.ones(4), "linear"),
    "linear_backward": lambda: blocks.linear_backward(a, blocks.LinearCache(X.T, W, b)),
    "activation_backward": lambda: blocks.activation_backward(a, X.T, "relu"),
    "activation_backward Z": lambda: blocks.activation_backward(X.T, a, "relu"),
    "linear_activation_backward": lambda: blocks.linear_activation_backward(
        a, blocks.LayerCache(blocks.LinearCache(X.T, W, b), Y.T), "relu"
    ),
    "update_parameters": lambda: blocks.update_parameters({"b1": b}, {"db1": np.ones(2)}, 0.1),
    "broadcast": lambda: course.broadcast(a, b),
    "MLPClassifier.fit": lambda: CLASSIFIER.fit(a, [0, 1, 0]),
    "MLPRegressor.fit": lambda: REGRESSOR.fit(a, [0, 1, 0]),
    "MLPClassifier.predict": lambda: CLASSIFIER.fit(X, [0, 1, 0, 1]).predict(a),
    "MLPRegressor.predict": lambda: REGRESSOR.fit(X, [0, 1, 0, 1]).predict(a),
    "partial_fit": lambda: ds.MLPRegressor((2,)).partial_fit(a, [0, 1, 0]),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_it_is_explained(entry: str) -> None:
    with pytest.raises(ValueError, match=r"shape|1D array") as caught:
        ENTRIES[entry]()
    sentence = str(caught.value)
    assert re.search(r"shape \([234],\)|1D array", sentence)
    assert "reshape(-1, 1)" in sentence or "give shape (4, 2)" in sentence


def test_a_layers_matrices_take_their_own_shape_or_one_number() -> None:
    network = ds.Network(3, [ds.Dense(2), ds.Dense(1)], seed=0)
    first = network.layers[0]
    first.W, first.b = [[1, 2, 3], [4, 5, 6]], 0.5
    assert np.array_equal(first.W, [[1, 2, 3], [4, 5, 6]])
    assert np.array_equal(first.b, [[0.5], [0.5]])
    with pytest.raises(ValueError, match=r"W\[1\] has shape \(1, 3\): give shape \(2, 3\)"):
        first.W = np.ones((1, 3))
    with pytest.raises(
        ValueError, match=r"b\[1\] has shape \(1, 2\): give shape \(2, 1\), which b\[1\].T has"
    ):
        first.b = np.ones((1, 2))
    with pytest.raises(ValueError, match=r"parameters has shape \(1, 11\): give shape \(11,\)"):
        network.parameters = np.ones((1, 11))
    assert np.array_equal(first.W, [[1, 2, 3], [4, 5, 6]])
