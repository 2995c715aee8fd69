"""Gradient checking passes what is right, on either side of a kink and at it, and finds what is wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse

import descend as ds
import oracle
from descend import blocks, graph
from twins import PAIRS, examples, twin

N, M = (5, 4, 3, 2), 9
Array = np.ndarray


def problem(g: list[str], loss: str) -> tuple[ds.Network, Array, Array]:
    rng = np.random.default_rng(0)
    by_hand = oracle.Network.random(N, g, rng)
    X, Y = examples(by_hand, loss, M, rng)
    return twin(by_hand, "float64"), X.T, Y.T


@pytest.mark.parametrize("hidden", ["relu", "tanh", "elu"])
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_the_librarys_gradients_are_right(hidden: str, output: str, loss: str) -> None:
    network, X, Y = problem([hidden, hidden, output], loss)
    check = ds.check_gradient(network, X, Y, loss, sample_weight=np.arange(M) / 2)
    assert check, str(check)
    assert check.difference < 1e-7
    assert [(each.symbol, each.l) for each in check.parameters] == [(s, l) for l in (1, 2, 3) for s in "Wb"]


@pytest.mark.parametrize("batch_norm", [False, True])
def test_penalties_and_batch_normalisation(batch_norm: bool) -> None:
    layers = [ds.Dense(4, "tanh", batch_norm=batch_norm), ds.Dense(1, "sigmoid")]
    network = ds.Network(3, layers, seed=0)
    X, y = np.random.default_rng(0).standard_normal((20, 3)), np.arange(20) % 2
    check = ds.check_gradient(network, X, y, l1=0.1, l2=0.3)
    assert check, str(check)
    assert {each.symbol for each in check.parameters} == {
        "W",
        "b",
        *(("gamma", "beta") if batch_norm else ()),
    }
    assert not ds.check_gradient(network, X, y, l1=0.1, gradient=network.cost_and_gradient(X, y)[1])


def test_the_network_is_left_as_it_is_and_checked_in_float64() -> None:
    network = ds.Network(3, [ds.Dense(4, "gelu", dropout=0.5), ds.Dense(2, "softmax")], seed=0)
    before = network.parameters.copy()
    X = np.random.default_rng(0).standard_normal((6, 3))
    assert ds.check_gradient(network, X, [0, 1, 1, 0, 1, 0]).difference < 1e-8
    assert np.array_equal(network.parameters, before)
    assert ds.check_gradient(network, scipy.sparse.csr_matrix(X), [0, 1, 1, 0, 1, 0])


KINKED = graph.activation(lambda z: graph.where(z > 0.3, z, 0.2 * z))
ACROSS = graph.activation(lambda z: z / graph.sqrt(1 + graph.sum(z**2)))
OWN_LOSSES = [
    graph.loss(lambda a, y: graph.sum(graph.where(abs(a - y) > 0.5, abs(a - y), (a - y) ** 2))),
    graph.loss(lambda a, y: graph.logsumexp(a) - graph.sum(y * a)),
]


@pytest.mark.parametrize("loss", OWN_LOSSES)
@pytest.mark.parametrize("g", [KINKED, ACROSS])
def test_losses_and_activations_of_ones_own(g: graph.Activation, loss: graph.Loss) -> None:
    rng = np.random.default_rng(0)
    network = ds.Network(3, [ds.Dense(4, g), ds.Dense(3, "tanh"), ds.Dense(2, g)], seed=0)
    X, Y = rng.standard_normal((12, 3)), rng.standard_normal((12, 2))
    check = ds.check_gradient(network, X, Y, loss)
    assert check, str(check)
    assert check.difference < 1e-7
    wrong = network.astype("float64").cost_and_gradient(X, Y, loss)[1]
    wrong[5] += 1e-3
    assert not ds.check_gradient(network, X, Y, loss, gradient=wrong)


# What is wrong


@pytest.mark.parametrize("factor", [1.0001, -1.0, 0.0, 2.0])
@pytest.mark.parametrize("place", [0, 7, 21, 30, 46])
def test_one_wrong_derivative_is_found_where_it_is(place: int, factor: float) -> None:
    network, X, Y = problem(["tanh", "relu", "linear"], "squared_error")
    gradient = network.cost_and_gradient(X, Y)[1]
    assert ds.check_gradient(network, X, Y, gradient=gradient)
    gradient = np.where(np.arange(gradient.size) == place, np.maximum(gradient, 0.1), gradient)
    gradient[place] *= factor
    check = ds.check_gradient(network, X, Y, gradient=gradient)
    assert not check
    (wrong,) = [each for each in check.parameters if not each.passed]
    marked = network.astype("float64")
    marked.parameters = np.arange(marked.n_parameters) == place
    layer = marked.layers[wrong.l - 1]
    assert getattr(layer, wrong.symbol)[wrong.worst] == 1
    assert wrong.gradient == gradient[place]
    assert f"wrong in {wrong.symbol}[{wrong.l}]:" in repr(check)


def grads(network: ds.Network, X: Array, Y: Array, **slips: Callable[..., Array]) -> dict[str, Array]:
    """A student's backward pass with relu and sigmoid, and the slips made in it."""
    slip = {
        "slope": lambda Z: (Z > 0).astype(float),
        "dZ": lambda A, Y: A - Y,
        "dW": lambda dZ, A: dZ @ A.T / M,
        "db": lambda dZ: dZ.mean(axis=1, keepdims=True),
    } | slips
    A, Z = [X.T], []
    for layer in network.layers:
        Z.append(blocks.linear_forward(A[-1], layer.W, layer.b)[0])
        A.append(blocks.activation_forward(Z[-1], layer.activation)[0])
    found, dZ = {}, slip["dZ"](A[-1], Y.T)
    for l in (3, 2, 1):
        found[f"dW{l}"], found[f"db{l}"] = slip["dW"](dZ, A[l - 1]), slip["db"](dZ)
        if l > 1:
            dZ = (network.layers[l - 1].W.T @ dZ) * slip["slope"](Z[l - 2])
    return found


SLIPS: dict[str, dict[str, Callable[..., Array]]] = {
    "db is a number": {"db": lambda dZ: np.sum(dZ) / M},
    "db is squeezed to a number": {"db": lambda dZ: np.squeeze(np.sum(dZ, keepdims=True)) / M},
    "no 1/m": {"dW": lambda dZ, A: dZ @ A.T},
    "no minus": {"dZ": lambda A, Y: Y - A},
    "relu let through": {"slope": np.ones_like},
    "relu's slope is z": {"slope": lambda Z: np.maximum(Z, 0)},
    "a leaky slope": {"slope": lambda Z: np.where(Z > 0, 1, 1e-5)},
}


def test_a_students_gradient_is_right() -> None:
    network, X, Y = problem(["relu", "relu", "sigmoid"], "binary_cross_entropy")
    assert ds.check_gradient(network, X, Y, gradient=grads(network, X, Y))


@pytest.mark.parametrize("slip", SLIPS)
def test_a_students_slip_is_caught(slip: str) -> None:
    network, X, Y = problem(["relu", "relu", "sigmoid"], "binary_cross_entropy")
    check = ds.check_gradient(network, X, Y, gradient=grads(network, X, Y, **SLIPS[slip]))
    assert not check
    assert check.difference > 1e-7
    wrong = {each.symbol for each in check.parameters if not each.passed}
    assert wrong == {"db is a number": {"b"}, "db is squeezed to a number": {"b"}, "no 1/m": {"W"}}.get(
        slip, {"W", "b"}
    )


# Kinks


def test_parameters_at_a_kink_are_left_out() -> None:
    layers = [ds.Dense(4, "relu", init="zeros"), ds.Dense(1, "linear", init=np.ones((1, 4)))]
    network = ds.Network(3, layers, dtype="float64")
    X, y = np.random.default_rng(0).standard_normal((8, 3)), np.arange(8)
    check = ds.check_gradient(network, X, y)
    assert check
    assert [each.kinks for each in check.parameters] == [12, 4, 0, 0]
    gradient = network.cost_and_gradient(X, y)[1]
    gradient[-1] += 0.01
    assert not ds.check_gradient(network, X, y, gradient=gradient)


def test_a_kink_close_by_is_told_from_a_wrong_derivative() -> None:
    layers = [ds.Dense(1, "relu", init=[[1.0]]), ds.Dense(1, "linear", init=[[1.0]])]
    network = ds.Network(1, layers, dtype="float64")
    X, y = [[1e-6], [-1e-6], [3.0]], [1.0, 1.0, 1.0]
    check = ds.check_gradient(network, X, y)
    assert check.difference < 1e-7
    assert sum(each.kinks for each in check.parameters) == 0
    wrong = network.cost_and_gradient(X, y)[1] + [0, 1e-4, 0, 0]
    assert not ds.check_gradient(network, X, y, gradient=wrong)


def test_the_absolute_errors_derivative_is_that_of_its_sides_mean_where_it_is_0() -> None:
    network = ds.Network(1, [ds.Dense(1, "linear", init=[[2.0]])], dtype="float64")
    assert ds.check_gradient(network, [[1.0]], [2.0], "absolute_error")
    wrong = {"dW1": [[0.5]], "db1": 0.0}
    (W, b) = ds.check_gradient(network, [[1.0]], [2.0], "absolute_error", gradient=wrong).parameters
    assert (W.kinks, b.kinks) == (1, 0)


def test_derivatives_below_the_costs_rounding_pass_as_such() -> None:
    layers = [*[ds.Dense(4, "sigmoid")] * 8, ds.Dense(1, "linear")]
    network = ds.Network(3, layers, seed=0)
    check = ds.check_gradient(network, np.ones((4, 3)), [1e6, 2e6, -1e6, 0])
    assert check
    assert "within rounding" in str(check)


# What is reported


def test_large_matrices_are_checked_by_lot() -> None:
    network = ds.Network(40, [ds.Dense(30, "tanh"), ds.Dense(1, "linear")], seed=0)
    X = np.random.default_rng(0).standard_normal((5, 40))
    check = ds.check_gradient(network, X, np.arange(5), samples=100)
    assert [(each.checked, each.size) for each in check.parameters] == [
        (100, 1200),
        (30, 30),
        (30, 30),
        (1, 1),
    ]
    assert "100 of 1,200" in str(check)
    assert check == ds.check_gradient(network, X, np.arange(5), samples=100)


def test_what_is_printed() -> None:
    network, X, Y = problem(["tanh", "tanh", "linear"], "squared_error")
    check = ds.check_gradient(network, X, Y)
    assert repr(check) == f"The gradient is right: relative difference {check.difference:.1e}"
    assert str(check).startswith(repr(check))
    assert check.layers.keys() == {1, 2, 3}
    assert check.difference <= sum(check.layers.values())


X, Y = np.ones((2, 3)), np.ones((2, 1))
MISTAKES: dict[str, dict[str, object]] = {
    r"gradient has shape \(3,\): give shape \(4,\)": {"gradient": np.ones(3)},
    "gradient\\[1\\] is nan: look for the step": {"gradient": [0, np.nan, 0, 0]},
    "gradient has no db1": {"gradient": {"dW1": np.ones((1, 3))}},
    r"dW1 has shape \(3,\), and a matrix.*\(1, 3\).*rank-1": {"gradient": {"dW1": np.ones(3)}},
    r"samples is 0": {"samples": 0},
    r"tolerance is 0": {"tolerance": 0},
    r"X has shape \(3,\).*reshape": {"X": np.ones(3)},
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes_explain_themselves(message: str) -> None:
    network = ds.Network(3, [ds.Dense(1)], seed=0)
    with pytest.raises(ValueError, match=message):
        ds.check_gradient(network, **{"X": X, "y": Y, **MISTAKES[message]})


def test_what_is_no_network_is_said() -> None:
    with pytest.raises(TypeError, match="network is 3: give a Network, such as an estimator's network_"):
        ds.check_gradient(3, X, Y)  # type: ignore[arg-type]
