"""Every equation against the oracle: small integers first, where floating point is exact, then all else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

import descend as ds
import oracle
from descend.optimizers import Optimizer
from twins import (
    DTYPES,
    ELEMENTWISE,
    PAIRS,
    assert_close,
    assert_gradient_close,
    examples,
    representable,
    rule,
    twin,
)

# One, odd, and one less and one more than the lanes of every level and dtype (2 to 16) and several of them.
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)


def integers(
    n: tuple[int, ...], g: tuple[str, ...], m: int
) -> tuple[oracle.Network, oracle.Array, oracle.Array]:
    """A network, X and Y whose numbers are all -1, 0 or 1."""
    rng = np.random.default_rng((*n, m))
    network = oracle.Network.random(n, g, rng)
    network.parameters = rng.integers(-1, 2, network.parameters.size).astype(float)
    return (
        network,
        rng.integers(-1, 2, (n[0], m)).astype(float),
        rng.integers(-1, 2, (n[-1], m)).astype(float),
    )


def summing_to_a_power_of_two(m: int) -> oracle.Array:
    """Weights (m,), so that dividing by their sum is exact."""
    w = np.ones(m)
    w[m // 2] += 2 ** int(np.ceil(np.log2(m))) - m
    return w


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_inputs", SIZES)
def test_forward_is_exact_on_small_integers(n_inputs: int, dtype: str) -> None:
    for n_units in SIZES:
        by_hand, X, _ = integers((n_inputs, n_units, 3), ("relu", "linear"), max(SIZES))
        network, A = twin(by_hand, dtype), by_hand.predict(X)
        for m in SIZES:
            np.testing.assert_array_equal(network.predict(X[:, :m].T).T, A[:, :m])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
@pytest.mark.parametrize("n_units", SIZES)
def test_gradient_is_exact_on_small_integers(n_units: int, loss: str, dtype: str) -> None:
    for n_outputs, m in product((1, 16), SIZES):
        by_hand, X, Y = integers((5, n_units, n_outputs), ("relu", "linear"), m)
        # Where A = Y, the quantile loss has any derivative between its two: keep away.
        Y += 0.5 if loss == "quantile" else 0.0
        w = summing_to_a_power_of_two(m)
        cost, gradient = twin(by_hand, dtype).cost_and_gradient(X.T, Y.T, loss, sample_weight=w)
        assert cost == by_hand.cost(X, Y, oracle.LOSSES[loss], w=w)
        np.testing.assert_array_equal(gradient, by_hand.gradient(X, Y, oracle.LOSSES[loss], w=w))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", [ds.GradientDescent(0.5), ds.Momentum(0.5, 0.5), ds.Nesterov(0.5, 0.5)])
def test_two_steps_are_exact_on_small_integers(optimizer: Optimizer, dtype: str) -> None:
    by_hand, X, Y = integers((6, 5, 1), ("relu", "linear"), 8)
    network = twin(by_hand, dtype)
    batches = oracle.in_order(X, Y, np.ones(8), 4)
    oracle.train(by_hand, batches, oracle.LOSSES["squared_error"], rule(optimizer, by_hand), [0.5, 0.5])
    ds.train(
        network, X.T, Y.T, optimizer=replace(optimizer), epochs=1, batch_size=4, shuffle=False, progress=False
    )
    np.testing.assert_array_equal(network.parameters, by_hand.parameters)


def test_the_kinks_belong_to_their_left_side() -> None:
    """relu'(0) = 0, leaky_relu'(0) = 0.01, elu'(0) = 1; |A - Y|' = 0 at A = Y."""
    X, Y = np.zeros((1, 1)), np.full((1, 1), -1.0)
    for g, slope in {"relu": 0.0, "leaky_relu": 0.01, "elu": 1.0}.items():
        network = ds.Network(1, [ds.Dense(1, g), ds.Dense(1, "linear")], seed=0, dtype="float64")
        network.parameters = [1, 0, 1, 0]
        _, gradient = network.cost_and_gradient(X, Y, "squared_error")
        np.testing.assert_array_equal(gradient, [0, slope, 0, 1])
    network = ds.Network(1, [ds.Dense(1, "linear")], seed=0, dtype="float64")
    network.parameters = [1, -1]
    np.testing.assert_array_equal(network.cost_and_gradient(X, Y, "absolute_error")[1], [0, 0])


def agree(
    by_hand: oracle.Network,
    X: oracle.Array,
    Y: oracle.Array,
    loss: str,
    dtype: str,
    w: oracle.Array | None = None,
    **penalties: float,
) -> None:
    """Predictions, cost and gradient are the oracle's."""
    n, m = by_hand.n, X.shape[1]
    network = twin(by_hand, dtype)
    assert_close(network.predict(X.T).T, by_hand.predict(X), dtype, sum(n))
    cost, gradient = network.cost_and_gradient(X.T, Y.T, loss, sample_weight=w, **penalties)
    L, (Z, A) = by_hand.L, by_hand.forward(X)
    definition = oracle.LOSSES[loss]
    expected_cost = by_hand.cost(X, Y, definition, w=w, **penalties)
    assert_close(cost, expected_cost, dtype, sum(n) + m, of=Z[L])
    expected_gradient = by_hand.gradient(X, Y, definition, w=w, **penalties)
    slope = definition.derivative(Z[L] if definition.of_logits else A[L], Y)
    cancellation = max(np.abs(A[L]).max(), np.abs(Y).max()) / np.abs(slope).max()
    assert_gradient_close(gradient, expected_gradient, dtype, n, m, of=cancellation * expected_gradient)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hidden", ELEMENTWISE)
@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_every_activation_and_loss(hidden: str, output: str, loss: str, dtype: str) -> None:
    rng = np.random.default_rng(3)
    by_hand = representable(oracle.Network.random((7, 17, 9, 5), (hidden, hidden, output), rng), dtype)
    X, Y = examples(by_hand, loss, 33, rng, dtype)
    agree(by_hand, X, Y, loss, dtype)
    agree(by_hand, X, Y, loss, dtype, w=rng.integers(0, 4, 33) / 2, l1=0.01, l2=0.1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hidden", ELEMENTWISE)
def test_every_size(hidden: str, dtype: str) -> None:
    for n_units, m in product(SIZES, (1, 2, 9, 31, 130)):
        rng = np.random.default_rng((n_units, m))
        by_hand = representable(oracle.Network.random((3, n_units, 2), (hidden, "softmax"), rng), dtype)
        agree(by_hand, *examples(by_hand, "cross_entropy", m, rng, dtype), "cross_entropy", dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("depth", [0, 1, 2, 10, 50])
@pytest.mark.parametrize("hidden", ["tanh", "relu", "sigmoid"])
def test_every_depth(hidden: str, depth: int, dtype: str) -> None:
    rng = np.random.default_rng(depth)
    n = (11, *(8 + l % 5 for l in range(depth)), 3)
    by_hand = representable(oracle.Network.random(n, (hidden,) * depth + ("softmax",), rng), dtype)
    agree(by_hand, *examples(by_hand, "cross_entropy", 20, rng, dtype), "cross_entropy", dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n", "m"), [((784, 128, 64, 10), 128), ((1, 300, 1), 1000), ((600, 2, 257, 4), 50), ((3, 4, 2), 2500)]
)
def test_larger_networks(n: tuple[int, ...], m: int, dtype: str) -> None:
    rng = np.random.default_rng(m)
    by_hand = representable(oracle.Network.random(n, ("gelu",) * (len(n) - 2) + ("linear",), rng), dtype)
    agree(by_hand, *examples(by_hand, "squared_error", m, rng, dtype), "squared_error", dtype)


FAR = (-1e4, -745, -100, -90, -20, -1e-3, -0.0, 0.0, 1e-3, 20, 80, 1e4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("g", ELEMENTWISE)
def test_activations_and_their_slopes_are_stable_far_from_zero(g: str, dtype: str) -> None:
    """A network of one path: A[2] = A[1] = g(x), and |A[2] - y| with y far below has dJ/db[1] = g'(x)."""
    network = ds.Network(1, [ds.Dense(1, g), ds.Dense(1, "linear")], dtype=dtype)
    network.parameters = [1, 0, 1, 0]
    function, derivative = oracle.ACTIVATIONS[g]
    info = np.finfo(dtype)
    for x in FAR[:-1] if g == "exp" else FAR:
        z = np.array([[x]], dtype).astype(np.float64)
        with np.errstate(under="ignore"):
            value, slope = function(z), derivative(z)
        # What is below info.tiny counts as zero; gelu's distribution function is right to epsilon alone.
        close_to_zero = max(1, abs(x)) * (info.eps if g == "gelu" else info.tiny)
        np.testing.assert_allclose(network.predict(z), value, rtol=64 * info.eps, atol=close_to_zero)
        _, gradient = network.cost_and_gradient(z, [[-1e6]], "absolute_error")
        np.testing.assert_allclose(gradient[1], slope.item(), rtol=64 * info.eps, atol=64 * info.eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_is_stable_far_from_zero(dtype: str) -> None:
    network = ds.Network(len(FAR), [ds.Dense(len(FAR), "softmax")], dtype=dtype)
    network.layers[0].W = np.eye(len(FAR))
    z = np.array([FAR, FAR[::-1], [-1e4] * len(FAR), [-100, *[-90] * (len(FAR) - 1)]], dtype)
    with np.errstate(under="ignore"):
        expected = oracle.softmax(z.T.astype(np.float64))
    info = np.finfo(dtype)
    np.testing.assert_allclose(network.predict(z).T, expected, rtol=64 * info.eps, atol=info.tiny)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("sigmoid", "binary_cross_entropy"),
        ("linear", "binary_cross_entropy"),
        ("softmax", "cross_entropy"),
        ("linear", "cross_entropy"),
    ],
)
def test_costs_are_stable_far_from_zero(output: str, loss: str, dtype: str) -> None:
    """Certain and right costs nothing; certain and wrong costs the 20,000 between the logits."""
    network = ds.Network(1, [ds.Dense(2, output)], dtype=dtype)
    network.layers[0].W = [[1e4], [-1e4]]
    right, wrong = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
    cost, gradient = network.cost_and_gradient([[1], [-1]], right, loss)
    assert cost == 0
    np.testing.assert_array_equal(gradient, [0, 0, 0, 0])
    cost, gradient = network.cost_and_gradient([[1], [-1]], wrong, loss)
    assert cost == 20_000
    np.testing.assert_array_equal(gradient, [1, -1, 0, 0])


LAYOUTS: dict[str, Callable[[NDArray[np.floating]], object]] = {
    "Fortran order": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every second column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "rows backwards": lambda X: X[::-1].copy()[::-1],
    "columns backwards": lambda X: X[:, ::-1].copy()[:, ::-1],
    "inside a larger array": lambda X: np.pad(X, 3, constant_values=np.nan)[3:-3, 3:-3],
    "one row repeated by a stride of zero": lambda X: np.broadcast_to(X[:1], X.shape),
    "unaligned": lambda X: (
        np.frombuffer(b"\0" + X.tobytes(), dtype=np.uint8)[1:].view(X.dtype).reshape(X.shape)
    ),
    "the other byte order": lambda X: X.astype(X.dtype.newbyteorder()),
    "read-only": lambda X: np.frombuffer(X.tobytes(), X.dtype).reshape(X.shape),
    "the other precision": lambda X: X.astype("float64" if X.dtype == np.float32 else "float32"),
    "lists": lambda X: X.tolist(),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_X_and_y_change_nothing(layout: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    network = twin(oracle.Network.random((9, 8, 3), ("tanh", "linear"), rng), dtype)
    X, Y = (rng.standard_normal((21, k)).astype("float32").astype(dtype) for k in (9, 3))
    other_X, other_Y = LAYOUTS[layout](X), LAYOUTS[layout](Y)
    X, Y = np.array(other_X, dtype), np.array(other_Y, dtype)
    np.testing.assert_array_equal(network.predict(other_X), network.predict(X))
    for ours, theirs in zip(
        network.cost_and_gradient(other_X, other_Y, "squared_error"),
        network.cost_and_gradient(X, Y, "squared_error"),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_views_of_the_parameters_are_the_parameters() -> None:
    by_hand = oracle.Network.random((3, 4, 2), ("relu", "linear"), np.random.default_rng(0))
    network = twin(by_hand, "float64")
    np.testing.assert_array_equal(network.parameters, by_hand.parameters)
    network.parameters[:] = np.arange(network.n_parameters)
    by_hand.parameters = np.arange(network.n_parameters, dtype=float)
    for l, layer in enumerate(network.layers, start=1):
        np.testing.assert_array_equal(layer.W, by_hand.W[l])
        np.testing.assert_array_equal(layer.b, by_hand.b[l])
    network.layers[1].W[1, 2] = -7
    assert network.parameters[3 * 4 + 4 + 2 * 2 + 1] == -7
    assert network.parameters.ctypes.data % 64 == 0


OPTIMIZERS = [
    ds.GradientDescent(0.1),
    ds.Momentum(0.05, 0.8),
    ds.Nesterov(0.05, 0.8),
    ds.RMSprop(0.01, 0.9, 1e-3),
    ds.Adam(0.02, 0.8, 0.9, 1e-3),
    ds.AdamW(0.02, 0.8, 0.9, 1e-3, 0.5),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "settings", [{}, {"l1": 0.01, "l2": 0.1}, {"clip_norm": 0.2}, {"l2": 0.5, "clip_norm": 0.2}]
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.kind)
def test_training_follows_the_oracle(optimizer: Optimizer, settings: dict[str, float], dtype: str) -> None:
    """Three epochs of four batches, the last one short, with weights and a rate that changes every step."""
    rng = np.random.default_rng(8)
    n, m, epochs = (6, 17, 3), 29, 3
    by_hand = representable(oracle.Network.random(n, ("tanh", "softmax"), rng), dtype)
    X, Y = examples(by_hand, "cross_entropy", m, rng, dtype)
    w = rng.integers(1, 4, m) / 2
    network = twin(by_hand, dtype)
    schedule = ds.Exponential(0.5)
    rates = optimizer.learning_rate * schedule.factors(np.arange(4 * epochs) / 4, epochs)

    batches = oracle.in_order(X, Y, w, 8) * epochs
    costs = oracle.train(
        by_hand, batches, oracle.LOSSES["cross_entropy"], rule(optimizer, by_hand), rates, **settings
    )
    history = ds.train(
        network,
        X.T,
        Y.T,
        sample_weight=w,
        optimizer=replace(optimizer),
        schedule=schedule,
        epochs=epochs,
        batch_size=8,
        shuffle=False,
        progress=False,
        **settings,
    )
    steps = len(batches)
    assert_close(network.parameters, by_hand.parameters, dtype, steps * (sum(n) + m))
    weights = np.array([batch[2].sum() for batch in batches]).reshape(epochs, -1)
    means = np.average(np.reshape(costs, weights.shape), axis=1, weights=weights)
    assert_close(history.cost, means, dtype, steps * (sum(n) + m))
    assert_close(history.learning_rate, rates[::4], "float64", 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("settings", [{}, {"l1": 0.01, "l2": 0.1, "clip_norm": 0.2}], ids=str)
@pytest.mark.parametrize(
    ("units", "g"),
    [
        ((128, 3), ("tanh",)),
        ((384, 3), ("tanh",)),
        ((100, 3), ("tanh",)),
        ((50, 3), ("tanh",)),
        ((128, 40), ("relu",)),
        ((128, 70, 3), ("relu", "tanh")),
        ((384, 33, 3), ("silu", "relu")),
        ((128, 27, 9, 3), ("linear", "silu", "relu")),
        ((128, 300, 3), ("gelu", "relu")),
    ],
    ids=str,
)
def test_training_with_layers_in_parts_follows_the_oracle(
    units: tuple[int, ...], g: tuple[str, ...], settings: dict[str, float], dtype: str
) -> None:
    """More batches in an epoch, and more inputs than examples in a batch; moments go from run to run."""
    rng = np.random.default_rng(8)
    n, m, epochs = (300, *units), 2561, 2
    by_hand = representable(oracle.Network.random(n, (*g, "softmax"), rng), dtype)
    X, Y = examples(by_hand, "cross_entropy", m, rng, dtype)
    batches = oracle.in_order(X, Y, np.ones(m), 40) * epochs
    network, momentum = twin(by_hand, dtype), ds.Momentum(0.05, 0.8)

    oracle.train(
        by_hand,
        batches,
        oracle.LOSSES["cross_entropy"],
        rule(momentum, by_hand),
        [0.05] * len(batches),
        **settings,
    )
    for _ in range(epochs):
        ds.train(
            network,
            X.T,
            Y.T,
            optimizer=momentum,
            epochs=1,
            batch_size=40,
            shuffle=False,
            n_threads=2,
            progress=False,
            **settings,
        )
    assert_close(network.parameters, by_hand.parameters, dtype, len(batches) * (sum(n) + m))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [(2, 1, 1), (3, 4, 1), (3, 6, 2)])
def test_a_short_batch_forgets_the_full_one_before_it(n: tuple[int, ...], dtype: str) -> None:
    """The short batch takes as many vectors as the full one, so that a vector has room for what is stale."""
    rng = np.random.default_rng(9)
    by_hand = representable(oracle.Network.random(n, ("tanh", "linear"), rng), dtype)
    X, Y = examples(by_hand, "squared_error", 159, rng, dtype)
    network = twin(by_hand, dtype)
    descent, epochs = ds.GradientDescent(0.5), 4
    batches = oracle.in_order(X, Y, np.ones(159), 80) * epochs
    oracle.train(
        by_hand, batches, oracle.LOSSES["squared_error"], rule(descent, by_hand), [0.5] * len(batches)
    )
    ds.train(
        network, X.T, Y.T, optimizer=descent, epochs=epochs, batch_size=80, shuffle=False, progress=False
    )
    assert_close(network.parameters, by_hand.parameters, dtype, len(batches) * 80)
