"""Every derivative against central differences, over all parameters and on both sides of every kink."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

import descend as ds
import oracle
from twins import ELEMENTWISE, PAIRS, examples, twin

EPS = np.finfo(np.float64).eps
h = np.cbrt(
    EPS
)  # where the rounding of (J(W + h) - J(W - h)) / 2h, EPS / h, is as large as its truncation, h^2
MARGIN = 1e-3  # from every kink, far more than h moves anything
KINKED = ("relu", "leaky_relu", "elu")
N, M = (3, 4, 3, 2), 7


def kinks(network: oracle.Network, X: oracle.Array, Y: oracle.Array, loss: str) -> list[oracle.Array]:
    """For each place where something has a kink, how far every example and unit is from it, signed."""
    Z, A = network.forward(X)
    distances = [Z[l] for l in Z if network.g[l] in KINKED]
    r = A[network.L] - Y
    if loss in ("absolute_error", "quantile"):
        distances.append(r)
    if loss == "huber":
        distances.append(np.abs(r) - 1)
    return distances


def on_both_sides_of_the_kinks(
    hidden: str, output: str, loss: str
) -> tuple[oracle.Network, oracle.Array, oracle.Array]:
    """A network and examples with no value near a kink, and values on both sides of each."""
    for seed in count():
        rng = np.random.default_rng(seed)
        network = oracle.Network.random(N, [hidden, hidden, output], rng)
        X, Y = examples(network, loss, M, rng)
        if loss in ("absolute_error", "quantile", "huber"):
            Y = network.predict(X) + 2 * Y
        if all(np.abs(d).min() > MARGIN and d.min() < 0 < d.max() for d in kinks(network, X, Y, loss)):
            return network, X, Y
    raise AssertionError


def assert_is_derivative(
    network: ds.Network,
    X: oracle.Array,
    Y: oracle.Array,
    loss: str | ds.Huber | ds.Quantile,
    **options: object,
) -> None:
    """cost_and_gradient's gradient against its own cost, one parameter at a time."""
    _, gradient = network.cost_and_gradient(X.T, Y.T, loss, **options)
    parameters, differences = network.parameters, np.empty_like(gradient)
    costs = []
    for i, value in enumerate(parameters.copy()):
        for sign in (1, -1):
            parameters[i] = value + sign * h
            costs.append(network.cost_and_gradient(X.T, Y.T, loss, **options)[0])
        parameters[i] = value
        differences[i] = (costs[-2] - costs[-1]) / (2 * h)
    scale = max(1.0, np.abs(costs).max(), np.abs(gradient).max())
    np.testing.assert_allclose(gradient, differences, rtol=0, atol=50 * scale * h**2)


@pytest.mark.parametrize("hidden", ELEMENTWISE)
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_every_activation_and_loss(hidden: str, output: str, loss: str) -> None:
    by_hand, X, Y = on_both_sides_of_the_kinks(hidden, output, loss)
    assert_is_derivative(twin(by_hand, "float64"), X, Y, loss)


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.3, 0.7)])
@pytest.mark.parametrize("output", ["linear", "tanh"])
def test_penalties(output: str, l1: float, l2: float) -> None:
    by_hand, X, Y = on_both_sides_of_the_kinks("tanh", output, "squared_error")
    W = by_hand.W[1]
    assert np.abs(by_hand.parameters).min() > MARGIN
    assert W.min() < 0 < W.max()
    assert_is_derivative(twin(by_hand, "float64"), X, Y, "squared_error", l1=l1, l2=l2)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_weights(output: str, loss: str) -> None:
    by_hand, X, Y = on_both_sides_of_the_kinks("silu", output, loss)
    assert_is_derivative(twin(by_hand, "float64"), X, Y, loss, sample_weight=np.arange(M) / 2)


@pytest.mark.parametrize("loss", [ds.Huber(0.3), ds.Huber(3.0), ds.Quantile(0.1), ds.Quantile(0.9)])
def test_parameters_of_losses(loss: ds.Huber | ds.Quantile) -> None:
    by_hand, X, Y = on_both_sides_of_the_kinks("tanh", "linear", "quantile")
    r = np.abs(by_hand.predict(X) - Y)
    if isinstance(loss, ds.Huber):
        assert np.abs(r - loss.delta).min() > MARGIN
        assert r.min() < loss.delta < r.max()
    assert_is_derivative(twin(by_hand, "float64"), X, Y, loss)


@pytest.mark.parametrize("output", ["sigmoid", "linear", "softmax"])
def test_smoothed_labels(output: str) -> None:
    loss = ds.CrossEntropy(0.3) if output == "softmax" else ds.BinaryCrossEntropy(0.3)
    by_hand, X, Y = on_both_sides_of_the_kinks(
        "tanh", output, "cross_entropy" if output == "softmax" else "binary_cross_entropy"
    )
    assert_is_derivative(twin(by_hand, "float64"), X, Y, loss, sample_weight=np.arange(M) / 2)
