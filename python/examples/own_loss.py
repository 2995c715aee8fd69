"""A loss and an activation of one's own, as graphs: low forecasts cost four times what high ones do."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes

import descend as ds
from descend import graph
from descend.graph import Node


@graph.activation
def mish(z: Node) -> Node:
    """Misra (2019): z tanh(log(1 + e^z))."""
    return z * graph.tanh(graph.log(1 + graph.exp(-abs(z))) + graph.relu(z))


@graph.loss
def cautious(a: Node, y: Node) -> Node:
    """L = 4 (y - a)^2 where a < y, else (y - a)^2."""
    r = y - a
    return graph.mean(graph.where(r > 0, 4 * r**2, r**2))


X, y = load_diabetes(return_X_y=True)
X, y = X / X.std(axis=0), (y - y.mean()) / y.std()

for loss in ("squared_error", cautious):
    network = ds.Network(10, [ds.Dense(16, mish), ds.Dense(1, "linear")], seed=0)
    check = ds.check_gradient(network, X[:30], y[:30], loss=loss)
    ds.train(network, X, y, loss=loss, epochs=100, l2=1e-3, seed=0, progress=False)
    low = np.mean(network.predict(X)[:, 0] < y)
    print(f"{loss}: {low:.0%} of the forecasts are too low; {check!r}")

# One example's loss as a graph to look at: its values, its derivatives, and a drawing.
a, target = graph.variable([[0.2]], "a"), graph.constant([[0.7]], "y")
L = cautious(a, target).named("L")
print(L)
Path("loss.svg").write_text(L.svg(), encoding="utf-8")
