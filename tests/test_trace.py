"""The trace: the oracle's matrices, the network's gradient, and the same bytes where nothing has to move."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import descend as ds
import oracle
from descend import graph
from twins import DTYPES, ELEMENTWISE, PAIRS, assert_close, examples, representable, twin

N, M = (7, 6, 5, 3), 11


def problem(
    g: list[str], loss: str, dtype: str = "float64"
) -> tuple[oracle.Network, oracle.Array, oracle.Array]:
    rng = np.random.default_rng(0)
    network = representable(oracle.Network.random(N, g, rng), dtype)
    return network, *examples(network, loss, M, rng, dtype)


def flat(trace: ds.Trace) -> np.ndarray:
    """dW and db, as `cost_and_gradient` gives them."""
    return np.concatenate([part[l].ravel(order="F") for l in trace.W for part in (trace.dW, trace.db)])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_the_numbers_are_the_networks(output: str, loss: str, weighted: bool, dtype: str) -> None:
    by_hand, X, Y = problem(["tanh", "silu", output], loss, dtype)
    network = twin(by_hand, dtype)
    w = np.arange(M) / 3 if weighted else None
    trace = network.trace(X.T, Y.T, loss, sample_weight=w)
    cost, gradient = network.cost_and_gradient(X.T, Y.T, loss, sample_weight=w)
    assert_close(trace.cost, cost, dtype, M)
    assert_close(flat(trace), gradient, dtype, sum(N) + M, of=gradient)
    Z, A = by_hand.forward(X)
    for l in Z:
        assert_close(trace.Z[l], Z[l], dtype, sum(N))
        assert_close(trace.A[l], A[l], dtype, sum(N))
    assert np.array_equal(trace.A[3].T, network.predict(X.T.astype(dtype)))


@pytest.mark.parametrize("hidden", ELEMENTWISE)
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_every_derivative_is_the_step_before_it(hidden: str, output: str, loss: str) -> None:
    by_hand, X, Y = problem([hidden, hidden, output], loss)
    trace = twin(by_hand, "float64").trace(X.T, Y.T, loss, inputs=True)
    assert_close(trace.Y, Y, "float64", 1)
    for l in (3, 2, 1):
        assert_close(trace.dA[l - 1], by_hand.W[l].T @ trace.dZ[l], "float64", 32)
        assert_close(trace.dW[l], trace.dZ[l] @ trace.A[l - 1].T / M, "float64", 32)
        assert_close(trace.db[l], trace.dZ[l].mean(axis=1, keepdims=True), "float64", 32)
        if l < 3:
            slope = oracle.ACTIVATIONS[hidden][1](trace.Z[l])
            assert_close(trace.dZ[l], trace.dA[l] * slope, "float64", 32, of=trace.dA[l])
    if output != "softmax" and not (output == "linear" and oracle.LOSSES[loss].of_logits):
        slope = oracle.ACTIVATIONS[output][1](trace.Z[3])
        rounding = np.abs(trace.dA[3]) + np.abs(trace.A[3]) * (1 + np.abs(slope))
        assert_close(trace.dZ[3], trace.dA[3] * slope, "float64", 32, of=rounding)


def test_the_saliency_of_the_inputs_is_the_costs_derivative() -> None:
    by_hand, X, Y = problem(["tanh", "tanh", "softmax"], "cross_entropy")
    network, w, h = twin(by_hand, "float64"), np.arange(M) + 0.5, 1e-5
    dX = network.trace(X.T, Y.T, sample_weight=w, inputs=True).dA[0] / M
    for j, i in np.ndindex(X.shape):
        shift = np.zeros_like(X)
        shift[j, i] = h
        costs = [network.trace((X + s * shift).T, Y.T, sample_weight=w).cost for s in (1, -1)]
        assert dX[j, i] == pytest.approx((costs[0] - costs[1]) / (2 * h), abs=1e-9)


def test_the_courses_output_derivatives() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((M, 2)), rng.integers(2, size=M)
    network = ds.Network(2, [ds.Dense(1, "sigmoid")], seed=0, dtype="float64")
    trace = network.trace(X, Y)
    A, Y = trace.A[1], trace.Y
    assert Y.shape == (1, M)
    assert_close(trace.dA[1], -(Y / A) + (1 - Y) / (1 - A), "float64", 4)
    assert_close(trace.dZ[1], A - Y, "float64", 4)


def test_dA_of_the_output_is_nan_where_A_rounds_to_0_or_1_and_dZ_is_not() -> None:
    network = ds.Network(1, [ds.Dense(1, "sigmoid", init=[[1.0]])], dtype="float64")
    trace = network.trace([[800.0], [-800.0], [0.0]], [0, 1, 1])
    assert np.array_equal(np.isnan(trace.dA[1]), [[True, True, False]])
    assert np.array_equal(trace.dZ[1], [[1.0, -1.0, -0.5]])
    assert trace.cost == pytest.approx((1600 + np.log(2)) / 3)


def test_class_numbers_are_one_hot_columns() -> None:
    network = ds.Network(2, [ds.Dense(3, "softmax")], seed=0)
    trace = network.trace(np.eye(2), [2, 0])
    assert np.array_equal(trace.Y, [[0, 1], [0, 0], [1, 0]])


def test_nothing_is_copied() -> None:
    X = np.random.default_rng(0).standard_normal((M, 4)).astype(np.float32)
    network = ds.Network(4, [ds.Dense(3), ds.Dense(1)], seed=0)
    trace = network.trace(X, X[:, 0], inputs=True)
    assert np.shares_memory(trace.A[0], X)
    assert np.shares_memory(trace.W[2], network.parameters)
    assert np.shares_memory(trace.b[1], network.parameters)
    for matrices in (trace.A, trace.Z, trace.dA, trace.dZ, trace.dW, trace.db, trace.W, trace.b):
        assert all(matrix.flags.f_contiguous and matrix.dtype == np.float32 for matrix in matrices.values())


def test_dropout_is_left_out() -> None:
    layers = [ds.Dense(5, "tanh", dropout=0.5), ds.Dense(1)]
    network = ds.Network(2, layers, seed=0, dtype="float64")
    X = np.ones((3, 2))
    assert np.array_equal(network.trace(X, [0, 1, 2]).A[2].T, network.predict(X))


def test_printing_gives_the_table_of_dimensions() -> None:
    network = ds.Network(4, [ds.Dense(3, "relu"), ds.Dense(1, "sigmoid")], seed=0)
    trace = network.trace(np.ones((5, 4)), [0, 1, 0, 1, 1])
    lines = [line.split() for line in str(trace).splitlines()]
    assert str(trace).startswith(
        f"Trace of 5 examples through 2 layers: cost {trace.cost:.6g} (binary_cross_en"
    )
    assert ["W[1]", "(n[1],", "n[0])", "(3,", "4)", "weights"] in lines
    assert ["b[2]", "(n[2],", "1)", "(1,", "1)", "biases,", "added", "to", "every", "column"] in lines
    assert ["Z[2]", "(n[2],", "m)", "(1,", "5)", "W[2]", "A[1]", "+", "b[2]"] in lines
    assert ["dZ[1]", "(n[1],", "m)", "(3,", "5)", "dA[1]", "*", "relu'(Z[1])"] in lines
    for dimension in trace.dimensions():
        symbol, l = dimension.symbol.rstrip("]").partition("[")[::2]
        matrix = getattr(trace, symbol)
        assert (matrix[int(l)] if l else matrix).shape == dimension.shape
    named = {dimension.symbol for dimension in trace.dimensions()}
    assert named == {
        "Y", *(f"{kept.symbol}[{l}]" for kept in vars(trace).values() if isinstance(kept, dict) for l in kept)
    }  # fmt: skip


def test_facts_tell_what_does_not_learn() -> None:
    rng = np.random.default_rng(0)
    network = ds.Network(3, [ds.Dense(4, "relu"), ds.Dense(4, "sigmoid"), ds.Dense(2, "softmax")], seed=0)
    network.layers[0].b[1] = -100
    network.layers[1].b[:2] = 30
    relu, sigmoid, softmax = network.trace(rng.standard_normal((200, 3)), rng.integers(2, size=200)).layers
    assert relu.dead == 1
    assert relu.saturated > 0.25
    assert (sigmoid.dead, sigmoid.saturated) == (2, 0.5)
    assert (softmax.dead, softmax.saturated) == (None, None)
    assert softmax.mean == pytest.approx(0.5)
    assert relu.norm_W == pytest.approx(np.linalg.norm(network.layers[0].W), rel=1e-6)


def test_a_matrix_that_is_not_there_says_which_are() -> None:
    trace = ds.Network(2, [ds.Dense(1)], seed=0).trace(np.eye(2), [0, 1])
    with pytest.raises(KeyError, match=r"no dA\[0\].*those of \[1\]: give trace\(\.\.\., inputs=True\)"):
        trace.dA[0]
    with pytest.raises(KeyError, match=r"no Z\[2\], but those of \[1\]"):
        trace.Z[2]


def test_rank_1_and_sparse_inputs_explain_themselves() -> None:
    network = ds.Network(2, [ds.Dense(1)], seed=0)
    with pytest.raises(ValueError, match=r"X has shape \(2,\).*reshape\(1, -1\) makes it one example"):
        network.trace([1.0, 2.0], [1.0])
    with pytest.raises(TypeError, match=r"X is a sparse matrix.*toarray"):
        network.trace(scipy.sparse.csr_matrix(np.eye(2)), [1.0, 2.0])


@pytest.mark.parametrize("loss", [ds.BinaryCrossEntropy(0.2), ds.CrossEntropy(0.3)])
def test_smoothed_labels(loss: ds.BinaryCrossEntropy | ds.CrossEntropy) -> None:
    rng = np.random.default_rng(0)
    output = "sigmoid" if isinstance(loss, ds.BinaryCrossEntropy) else "softmax"
    network = ds.Network(2, [ds.Dense(3, output)], seed=0, dtype="float64")
    trace = network.trace(rng.standard_normal((M, 2)), np.eye(3)[rng.integers(3, size=M)], loss)
    A, dA = trace.A[1], trace.dA[1]
    dZ = dA * A * (1 - A) if output == "sigmoid" else A * (dA - (dA * A).sum(axis=0))
    assert_close(trace.dZ[1], dZ, "float64", 16, of=dA)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_batch_normalisation(dtype: str, weighted: bool) -> None:
    rng = np.random.default_rng(0)
    layers = [ds.Dense(5, "gelu", batch_norm=True), ds.Dense(4, "relu"), ds.Dense(3, "tanh", batch_norm=True)]
    network = ds.Network(4, [*layers, ds.Dense(2, "softmax")], seed=0, dtype=dtype)
    network.parameters = rng.standard_normal(network.n_parameters)
    X, y, w = rng.standard_normal((M, 4)), rng.integers(2, size=M), np.arange(M) + 0.5 if weighted else None
    trace = network.trace(X, y, sample_weight=w)
    _, gradient = network.cost_and_gradient(X, y, sample_weight=w)
    parts = [
        part[l].ravel(order="F")
        for l in (1, 2, 3, 4)
        for part in (trace.dW, trace.db, trace.dgamma, trace.dbeta)
        if l in part
    ]
    assert_close(np.concatenate(parts), gradient, dtype, 10 * M, of=gradient)
    weight = np.ones(M) if w is None else w
    for l in (1, 3):
        mean = np.average(trace.Z[l], axis=1, weights=weight)[:, None]
        variance = np.average((trace.Z[l] - mean) ** 2, axis=1, weights=weight)[:, None]
        assert_close(trace.Z_norm[l], (trace.Z[l] - mean) / np.sqrt(variance + 1e-5), dtype, 4 * M)
        assert_close(trace.Z_tilde[l], trace.gamma[l] * trace.Z_norm[l] + trace.beta[l], dtype, 4)
        assert_close(trace.dgamma[l], (trace.dZ_tilde[l] * trace.Z_norm[l]).mean(axis=1)[:, None], dtype, M)
    assert "gamma[1] * Z_norm[1] + beta[1]" in str(trace)
    assert "dA[3] * tanh'(Z_tilde[3])" in str(trace)
    assert 2 not in trace.Z_norm
    with pytest.raises(ValueError, match="X has 1 row, and batch normalisation compares"):
        network.trace(X[:1], y[:1])


def test_functions_of_ones_own() -> None:
    swish = graph.activation(lambda z: z * graph.sigmoid(z))
    cubed = graph.Loss(lambda a, y: graph.sum(abs(a - y) ** 3), "cubed")
    mine = ds.Network(4, [ds.Dense(5, swish), ds.Dense(3, "softmax")], seed=0, dtype="float64")
    named = ds.Network(4, [ds.Dense(5, "silu"), ds.Dense(3, "softmax")], seed=0, dtype="float64")
    named.parameters = mine.parameters
    X, y = np.random.default_rng(0).standard_normal((M, 4)), np.arange(M) % 3
    for network in (mine, named):
        trace = network.trace(X, y, cubed)
        assert trace.loss == "cubed"
        assert_close(flat(trace), network.cost_and_gradient(X, y, cubed)[1], "float64", 64, of=1)
        r = trace.A[2] - trace.Y
        assert_close(trace.dA[2], 3 * r * np.abs(r), "float64", 16)
    assert trace.layers[0].saturated == mine.trace(X, y, cubed).layers[0].saturated
    assert "A[1]    (n[1], m)     (5, 11)  <lambda>(Z[1])" in str(mine.trace(X, y))
