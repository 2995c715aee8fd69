"""The building blocks: a student's L-layer model written from them is the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import descend as ds
import oracle
from descend import blocks, graph
from twins import DTYPES, PAIRS, assert_close, examples, representable, twin

Matrices = dict[str, np.ndarray]


def students_step(
    X: np.ndarray, Y: np.ndarray, parameters: Matrices, g: list[str], loss: str, w: np.ndarray | None = None
) -> tuple[float, Matrices]:
    """The course's L-layer model: the cost and its derivatives."""
    A, caches, L, grads = X, [], len(g), {}
    for l in range(1, L):
        A, cache = ds.blocks.linear_activation_forward(A, parameters[f"W{l}"], parameters[f"b{l}"], g[l - 1])
        caches.append(cache)
    Z, cache = blocks.linear_forward(A, parameters[f"W{L}"], parameters[f"b{L}"])
    cost, dZ = blocks.compute_cost(Z, Y, g[L - 1], loss, sample_weight=w)
    dA, grads[f"dW{L}"], grads[f"db{L}"] = blocks.linear_backward(dZ, cache)
    for l in reversed(range(1, L)):
        dA, grads[f"dW{l}"], grads[f"db{l}"] = blocks.linear_activation_backward(dA, caches[l - 1], g[l - 1])
    return cost, grads


def by_name(network: ds.Network) -> Matrices:
    return {
        name: matrix.copy()
        for l, layer in enumerate(network.layers, start=1)
        for name, matrix in ((f"W{l}", layer.W), (f"b{l}", layer.b))
    }


def flat(matrices: Matrices) -> np.ndarray:
    """As `Network.parameters`."""
    L = len(matrices) // 2
    d = "d" if "dW1" in matrices else ""
    return np.concatenate(
        [matrices[f"{d}{kind}{l}"].ravel(order="F") for l in range(1, L + 1) for kind in "Wb"]
    )


def problem(
    g: list[str], loss: str, dtype: str = "float64", n: tuple[int, ...] = (7, 6, 5, 3), m: int = 11
) -> tuple[oracle.Network, oracle.Array, oracle.Array]:
    rng = np.random.default_rng(0)
    network = representable(oracle.Network.random(n, g, rng), dtype)
    return network, *examples(network, loss, m, rng, dtype)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("hidden", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_a_students_model_has_the_networks_numbers(
    hidden: str, output: str, loss: str, weighted: bool
) -> None:
    g = [hidden, hidden, output]
    by_hand, X, Y = problem(g, loss)
    w = np.arange(11) / 3 if weighted else None
    network = twin(by_hand, "float64")
    cost, grads = students_step(X, Y, by_name(network), g, loss, w)
    expected_cost, expected = network.cost_and_gradient(X.T, Y.T, loss, sample_weight=w)
    assert_close(cost, expected_cost, "float64", 11)
    assert_close(flat(grads), expected, "float64", 32)
    assert_close(flat(grads), by_hand.gradient(X, Y, oracle.LOSSES[loss], w=w), "float64", 32)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_students_training_is_the_networks(dtype: str) -> None:
    g = ["relu", "relu", "sigmoid"]
    by_hand, X, Y = problem(g, "binary_cross_entropy", dtype)
    network = twin(by_hand, dtype)
    X, Y, parameters = X.astype(dtype), Y.astype(dtype), by_name(network)
    costs = []
    for _ in range(20):
        cost, grads = students_step(X, Y, parameters, g, "binary_cross_entropy")
        parameters = blocks.update_parameters(parameters, grads, 0.3)
        costs.append(cost)
    assert parameters["W1"].dtype == dtype
    rule = ds.GradientDescent(0.3)
    history = ds.train(network, X.T, Y.T, optimizer=rule, epochs=20, batch_size="full", progress=False)
    assert_close(costs, history.cost, dtype, 200)
    assert_close(flat(parameters), network.parameters, dtype, 200)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [(3, 4, 2), (700, 6, 1), (40, 130, 70), (1, 1, 1), (300, 24, 25)])
@pytest.mark.parametrize("m", [1, 2, 17, 500])
def test_the_forward_steps_are_the_networks_bit_for_bit(dtype: str, n: tuple[int, ...], m: int) -> None:
    g = ["silu", "softmax"]
    by_hand, X, _ = problem(g, "cross_entropy", dtype, n, m)
    network = twin(by_hand, dtype)
    A = X.astype(dtype)
    for layer in network.layers:
        A, cache = blocks.linear_activation_forward(A, layer.W, layer.b, layer.activation)
        assert A.dtype == dtype
    assert np.array_equal(A.T, network.predict(X.T.astype(dtype)))
    assert cache.linear.A_prev.shape == (n[1], m)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [(3, 4), (700, 6), (40, 130), (1, 1), (300, 24), (0, 64)])
@pytest.mark.parametrize("m", [1, 17, 300])
def test_linear_steps(dtype: str, n: tuple[int, int], m: int) -> None:
    rng = np.random.default_rng(0)
    A_prev, W, b, dZ = (
        rng.standard_normal(shape).astype(dtype) for shape in [(n[0], m), n[::-1], (n[1], 1), (n[1], m)]
    )
    Z, cache = blocks.linear_forward(A_prev, W, b)
    dA_prev, dW, db = blocks.linear_backward(dZ, cache)
    exact = [matrix.astype(np.float64) for matrix in (A_prev, W, b, dZ)]
    assert_close(Z, exact[1] @ exact[0] + exact[2], dtype, n[0], of=30)
    assert_close(dA_prev, exact[1].T @ exact[3], dtype, n[1], of=30)
    assert_close(dW, exact[3] @ exact[0].T / m, dtype, m, of=30)
    assert_close(db, exact[3].mean(axis=1, keepdims=True), dtype, m, of=30)


def test_the_courses_example_of_the_linear_step() -> None:
    """The course's linear_forward_test_case and linear_activation_forward_test_case."""
    random = np.random.RandomState(1)
    A_prev, W, b = random.randn(3, 2), random.randn(1, 3), random.randn(1, 1)
    np.testing.assert_allclose(blocks.linear_forward(A_prev, W, b)[0], [[3.26295337, -1.23429987]], atol=1e-8)
    random = np.random.RandomState(2)
    A_prev, W, b = random.randn(3, 2), random.randn(1, 3), random.randn(1, 1)
    sigmoid, _ = blocks.linear_activation_forward(A_prev, W, b, "sigmoid")
    relu, _ = blocks.linear_activation_forward(A_prev, W, b, "relu")
    np.testing.assert_allclose(sigmoid, [[0.96890023, 0.11013289]], atol=1e-8)
    np.testing.assert_allclose(relu, [[3.43896131, 0.0]], atol=1e-8)


def test_the_courses_example_of_the_linear_step_backward() -> None:
    """The course's linear_backward_test_case."""
    random = np.random.RandomState(1)
    dZ, A, W, b = random.randn(1, 2), random.randn(3, 2), random.randn(1, 3), random.randn(1, 1)
    dA_prev, dW, db = blocks.linear_backward(dZ, (A, W, b))
    expected = [[0.51822968, -0.19517421], [-0.40506361, 0.15255393], [2.37496825, -0.89445391]]
    np.testing.assert_allclose(dA_prev, expected, atol=1e-8)
    np.testing.assert_allclose(dW, [[-0.10076895, 1.40685096, 1.64992505]], atol=1e-8)
    np.testing.assert_allclose(db, [[0.50629448]], atol=1e-8)


def test_class_numbers_are_one_hot_columns() -> None:
    Z = np.random.default_rng(0).standard_normal((3, 5))
    labels = np.array([0, 2, 1, 1, 0])
    cost, dZ = blocks.compute_cost(Z, labels, "softmax")
    same_cost, same_dZ = blocks.compute_cost(Z, np.eye(3)[:, labels], "softmax")
    assert_close(cost, same_cost, "float64", 3)
    assert_close(dZ, same_dZ, "float64", 3)
    A, _ = blocks.activation_forward(Z, "softmax")
    assert_close(dZ, A - np.eye(3)[:, labels], "float64", 3)


def test_nothing_is_copied_that_is_in_the_courses_order() -> None:
    rows, W, b = np.ones((5, 3)), np.ones((4, 3), order="F"), np.zeros((4, 1))
    Z, cache = blocks.linear_forward(rows.T, W, b)
    assert np.shares_memory(cache.A_prev, rows)
    assert np.shares_memory(cache.W, W)
    assert np.shares_memory(blocks.activation_forward(Z, "tanh")[1], Z)


X, W, b = np.ones((3, 5)), np.ones((4, 3)), np.zeros((4, 1))


MISTAKES: dict[str, Callable[[], object]] = {
    r"A_prev has shape \(3,\).*rank-1.*reshape\(-1, 1\)": lambda: blocks.linear_forward(np.ones(3), W, b),
    r"W has shape \(3,\), and a matrix of shape \(n, 3\)": lambda: blocks.linear_forward(X, np.ones(3), b),
    r"b has shape \(4,\).*\(4, 1\).*rank-1": lambda: blocks.linear_forward(X, W, np.zeros(4)),
    r"W has shape \(3, 4\): give shape \(n, 3\), which W.T has": lambda: blocks.linear_forward(X, W.T, b),
    r"b has shape \(1, 4\): give shape \(4, 1\), which b.T": lambda: blocks.linear_forward(X, W, b.T),
    r"b has shape \(3, 1\): give shape \(4, 1\)\.": lambda: blocks.linear_forward(X, W, np.zeros((3, 1))),
    r"b.T\[0, 0\] is nan: look for the step": lambda: blocks.linear_forward(X, W, b + np.nan),
    r"Z has shape \(3,\).*rank-1": lambda: blocks.activation_forward(np.ones(3), "relu"),
    "did you mean 'relu'": lambda: blocks.activation_forward(X, "rleu"),
    "compute_cost gives dZ": lambda: blocks.activation_backward(X, X, "softmax"),
    r"dA has shape \(3, 5\): give shape \(4, 3\)": lambda: blocks.activation_backward(X, W, "relu"),
    r"Y has shape \(5,\).*\(1, 5\).*rank-1": lambda: blocks.compute_cost(X[:1], np.ones(5), "sigmoid"),
    r"Y.T\[0, 0\] is 2: give labels": lambda: blocks.compute_cost(X[:1], 2 * X[:1], "sigmoid"),
    r"Y\[0\] is 3, which is out of range": lambda: blocks.compute_cost(X, np.full(5, 3), "softmax"),
    "does not go with the loss": lambda: blocks.compute_cost(X, X, "tanh", "poisson"),
    r"dZ has shape \(4, 6\)": lambda: blocks.linear_backward(np.ones((4, 6)), blocks.LinearCache(X, W, b)),
    r"Z has no columns: give at least one": lambda: blocks.compute_cost(X[:1, :0], X[:1, :0], "sigmoid"),
    r"dZ has no columns": lambda: blocks.linear_backward(X[:1, :0], (X[:, :0], W[:1], b[:1])),
    "grads has no dW1": lambda: blocks.update_parameters({"W1": W}, {"W1": W}, 0.1),
    r"db1 has shape \(\).*keepdims=True": lambda: blocks.update_parameters({"b1": b}, {"db1": 0.5}, 0.1),
    r"db1 has shape \(4,\).*rank-1": lambda: blocks.update_parameters({"b1": b}, {"db1": np.zeros(4)}, 0.1),
    "learning_rate is -1": lambda: blocks.update_parameters({"b1": b}, {"db1": b}, -1.0),
}


@pytest.mark.parametrize(("message", "call"), MISTAKES.items())
def test_mistakes_explain_themselves(message: str, call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("cache", [np.ones((4, 2)), (X, W), None])
def test_a_cache_of_something_else_is_refused(cache: object) -> None:
    with pytest.raises(TypeError, match=r"give what linear_forward returned, \('A_prev', 'W', 'b'\)"):
        blocks.linear_backward(np.ones((4, 5)), cache)
    with pytest.raises(TypeError, match=r"give what linear_activation_forward returned, \('linear', 'Z'\)"):
        blocks.linear_activation_backward(np.ones((4, 5)), (cache, X, W), "relu")


def test_parameters_without_names_are_refused() -> None:
    without: Any = [W]
    with pytest.raises(TypeError, match=r"parameters is list: give matrices by name"):
        blocks.update_parameters(without, {"dW1": W}, 0.1)
    with pytest.raises(TypeError, match=r"grads is list: give matrices by name"):
        blocks.update_parameters({"W1": W}, without, 0.1)


def test_functions_of_ones_own() -> None:
    mine = graph.activation(lambda z: z * graph.sigmoid(z))
    cubed = graph.loss(lambda a, y: graph.sum(abs(a - y) ** 3))
    g = [mine, "relu", graph.activation(lambda z: graph.exp(-z))]
    network = ds.Network(
        7, [ds.Dense(n, each) for n, each in zip((6, 5, 3), g, strict=True)], dtype="float64"
    )
    X, Y = np.random.default_rng(0).standard_normal((2, 7, 11))
    cost, grads = students_step(X, Y[:3], by_name(network), g, cubed)
    expected_cost, expected = network.cost_and_gradient(X.T, Y[:3].T, cubed)
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    np.testing.assert_allclose(flat(grads), expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
    labels = np.arange(11) % 3
    by_number = blocks.compute_cost(Y[:3], labels, "softmax", cubed)
    one_hot = blocks.compute_cost(Y[:3], np.eye(3)[:, labels], "softmax", cubed)
    assert by_number[0] == one_hot[0]
    assert np.array_equal(by_number[1], one_hot[1])
