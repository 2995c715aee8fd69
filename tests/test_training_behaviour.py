"""What a user may expect of training, on numbers small enough to follow by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

import descend as ds
import oracle
from descend.optimizers import Optimizer
from twins import DTYPES, assert_close, twin

EPS = np.finfo(np.float64).eps


def one_epoch(network: ds.Network, X: ArrayLike, y: ArrayLike, **settings: object) -> ds.History:
    """One epoch of the whole set by gradient descent at a rate of 1, unless the settings say otherwise."""
    defaults = {"optimizer": ds.GradientDescent(1.0), "batch_size": "full", "shuffle": False}
    return ds.train(network, X, y, epochs=1, progress=False, **{**defaults, **settings})


def linear(W: ArrayLike, b: ArrayLike, dtype: str = "float64", activation: str = "linear") -> ds.Network:
    """A network of one layer, W (n[1], n[0])."""
    W = np.atleast_2d(W)
    network = ds.Network(W.shape[1], [ds.Dense(W.shape[0], activation)], seed=0, dtype=dtype)
    network.layers[0].W, network.layers[0].b = W, np.reshape(b, (-1, 1))
    return network


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_by_hand(dtype: str) -> None:
    """Two inputs, two ReLU units, one linear output; two examples; every number exact.

    X = [1  3]     W1 = [ 1  1]     b1 = [ 0]     W2 = [2  -1]     b2 = 1     Y = [3  9]
        [2 -1]          [-1  2]          [-1]

    Z1 = W1 X + b1 = [ 1 + 2        3 - 1    ] = [3  2]        A1 = relu(Z1) = [3  2]
                     [-1 + 4 - 1   -3 - 2 - 1]   [2 -6]                        [2  0]
    A2 = W2 A1 + b2 = [6 - 2 + 1   4 - 0 + 1] = [5  5]
    J  = 1/2 ((5 - 3)^2 / 2 + (5 - 9)^2 / 2) = 1/2 (2 + 8) = 5

    dZ2 = A2 - Y = [2 -4]
    dW2 = 1/2 dZ2 A1^T = 1/2 [6 - 8   4 - 0] = [-1  2]         db2 = 1/2 (2 - 4) = -1
    dA1 = W2^T dZ2 = [ 4 -8]        dZ1 = dA1 * relu'(Z1) = [ 4 -8]
                     [-2  4]                                [-2  0]
    dW1 = 1/2 dZ1 X^T = 1/2 [ 4 - 24   8 + 8] = [-10  8]       db1 = 1/2 [4 - 8] = [-2]
                            [-2 -  0  -4 - 0]   [ -1 -2]                 [-2 - 0]   [-1]

    W1 - 1/2 dW1 = [ 1 + 5     1 - 4] = [ 6   -3]              b1 - 1/2 db1 = [ 0 + 1  ] = [ 1  ]
                   [-1 + 1/2   2 + 1]   [-1/2  3]                             [-1 + 1/2]   [-1/2]
    W2 - 1/2 dW2 = [2 + 1/2   -1 - 1] = [5/2 -2]               b2 - 1/2 db2 = 1 + 1/2 = 3/2
    """
    network = ds.Network(2, [ds.Dense(2, "relu"), ds.Dense(1, "linear")], seed=0, dtype=dtype)
    first, second = network.layers
    first.W, first.b, second.W, second.b = [[1, 1], [-1, 2]], [[0], [-1]], [[2, -1]], [[1]]
    X, y = [[1, 2], [3, -1]], [3, 9]

    cost, gradient = network.cost_and_gradient(X, y, "squared_error")
    assert cost == 5
    np.testing.assert_array_equal(gradient, [-10, -1, 8, -2, -2, -1, -1, 2, -1])
    np.testing.assert_array_equal(network.predict(X), [[5], [5]])

    history = one_epoch(network, X, y, optimizer=ds.GradientDescent(0.5))
    assert history.cost == [5]
    np.testing.assert_array_equal(first.W, [[6, -3], [-0.5, 3]])
    np.testing.assert_array_equal(first.b, [[1], [-0.5]])
    np.testing.assert_array_equal(second.W, [[2.5, -2]])
    np.testing.assert_array_equal(second.b, [[1.5]])


def moved(optimizer: Optimizer, steps: int = 1, start: tuple[float, float] = (1.0, 0.0)) -> list[float]:
    """[W, b] of a = W + b after steps on the squared error to 0, whose gradient is (a, a)."""
    network = linear(*start)
    ds.train(network, [[1.0]], [0.0], optimizer=optimizer, epochs=steps, batch_size=1, progress=False)
    return list(network.parameters)


def test_gradient_descent_in_obvious_numbers() -> None:
    assert moved(ds.GradientDescent(0.25)) == [0.75, -0.25]
    assert moved(ds.GradientDescent(0.25), steps=2) == [0.625, -0.375]


def test_momentum_in_obvious_numbers() -> None:
    """v = -1/2, then a = 0 gives no gradient and v = -1/4 carries on."""
    assert moved(ds.Momentum(0.5, 0.5)) == [0.5, -0.5]
    assert moved(ds.Momentum(0.5, 0.5), steps=2) == [0.25, -0.75]


def test_nesterov_in_obvious_numbers() -> None:
    """v = -1/2 and W = 1 + v/2 - 1/2; then the gradient is -1/2, v = -1/4 + 1/4 = 0 and W moves by 1/4."""
    assert moved(ds.Nesterov(0.5, 0.5)) == [0.25, -0.75]
    assert moved(ds.Nesterov(0.5, 0.5), steps=2) == [0.5, -0.5]


def test_rmsprop_in_obvious_numbers() -> None:
    """s = 1/4 g^2, so the step is alpha / (1/2)."""
    np.testing.assert_allclose(moved(ds.RMSprop(0.125, rho=0.75, epsilon=1e-30)), [0.75, -0.25], rtol=4 * EPS)
    np.testing.assert_allclose(moved(ds.RMSprop(0.125, rho=0.75, epsilon=0.5)), [0.875, -0.125], rtol=4 * EPS)


def test_adam_in_obvious_numbers() -> None:
    """Corrected, the first moments are g and g^2: the step is alpha g / (|g| + epsilon) for any betas."""
    np.testing.assert_allclose(moved(ds.Adam(0.25, epsilon=1e-30)), [0.75, -0.25], rtol=8 * EPS)
    np.testing.assert_allclose(moved(ds.Adam(0.25, 0.5, 0.5, epsilon=1.0)), [0.875, -0.125], rtol=8 * EPS)


def test_adamw_decays_weights_and_no_biases() -> None:
    """W = 1 (1 - 1/4 1/2) - 1/4; b = 2 - 1/4."""
    optimizer = ds.AdamW(0.25, epsilon=1e-30, weight_decay=0.5)
    np.testing.assert_allclose(moved(optimizer, start=(1.0, 2.0)), [0.625, 1.75], rtol=8 * EPS)


def test_an_optimiser_goes_on_and_a_new_one_starts_afresh() -> None:
    def twice(first: Optimizer, second: Optimizer) -> list[float]:
        network = linear(1.0, 0.0)
        for optimizer in (first, second):
            ds.train(network, [[1.0]], [0.0], optimizer=optimizer, epochs=1, batch_size=1, progress=False)
        return list(network.parameters)

    same = ds.Momentum(0.5, 0.5)
    assert twice(same, same) == moved(ds.Momentum(0.5, 0.5), steps=2)
    assert twice(ds.Momentum(0.5, 0.5), ds.Momentum(0.5, 0.5)) == [0.5, -0.5]


@pytest.mark.parametrize("dtype", DTYPES)
def test_thirty_two_examples_are_learned_by_heart(dtype: str) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((32, 8)), rng.integers(4, size=32)
    network = ds.Network(8, [ds.Dense(64, "relu"), ds.Dense(4, "softmax")], seed=0, dtype=dtype)
    history = ds.train(
        network, X, y, optimizer=ds.Adam(0.01), epochs=200, batch_size=8, seed=0, progress=False
    )
    np.testing.assert_array_equal(network.predict(X).argmax(axis=1), y)
    assert history.cost[-1] < 0.01 < history.cost[0]


def test_the_last_short_batch_counts_by_its_examples() -> None:
    """Batches {y = 0, y = 0} and {y = 3}: a = 0 stays, then moves by its whole gradient, not half of it."""
    network = linear(0.0, 0.0)
    history = one_epoch(network, [[0.0]] * 3, [0.0, 0.0, 3.0], batch_size=2)
    assert list(network.parameters) == [0, 3]
    assert history.cost == [pytest.approx((2 * 0 + 1 * 4.5) / 3, rel=4 * EPS)]


def test_costs_of_batches_are_weighted_by_their_weights() -> None:
    network = linear(0.0, 0.0)
    history = one_epoch(
        network,
        [[0.0]] * 3,
        [2.0, 2.0, 4.0],
        batch_size=2,
        sample_weight=[1, 1, 6],
        optimizer=ds.GradientDescent(0.5),
    )
    # The first batch costs 2 and moves b to 1; the second one costs (1 - 4)^2 / 2 and weighs 3 times as much.
    assert history.cost == [pytest.approx((2 * 2 + 6 * 4.5) / 8, rel=4 * EPS)]


@pytest.mark.parametrize("batch_size", [20, 21, 1000])
def test_full_is_any_size_that_holds_the_set(batch_size: int) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal((20, 2))
    networks = [linear(np.ones((2, 3)), [0, 0], activation="tanh") for _ in range(2)]
    one_epoch(networks[0], X, y, batch_size="full")
    one_epoch(networks[1], X, y, batch_size=batch_size)
    np.testing.assert_array_equal(networks[0].parameters, networks[1].parameters)


def test_batches_of_one_take_each_example_as_it_comes() -> None:
    """a = b follows its targets: 4 -> b = 2, then 0 -> b = 1, then 1 -> b = 1."""
    network = linear(0.0, 0.0)
    history = one_epoch(network, [[0.0]] * 3, [4, 0, 1], batch_size=1, optimizer=ds.GradientDescent(0.5))
    assert list(network.parameters) == [0, 1]
    assert history.cost == [pytest.approx((8 + 2 + 0) / 3, rel=4 * EPS)]


def counts(m: int, batch_size: int, seed: int) -> NDArray[np.floating]:
    """For each of m examples, the sum over two epochs of 1 / (its batch's size): what its W[i] gains."""
    network = linear(np.zeros(m), 0.0)
    ds.train(
        network,
        np.eye(m),
        np.full(m, 1e6),
        loss="absolute_error",
        optimizer=ds.GradientDescent(1.0),
        epochs=2,
        batch_size=batch_size,
        seed=seed,
        progress=False,
    )
    return network.layers[0].W.ravel().copy()


def test_every_epoch_takes_each_example_once_in_another_order() -> None:
    np.testing.assert_array_equal(counts(17, 1, seed=0), np.full(17, 2.0))
    # Batches of 4, 4 and 2: two epochs give each example twice 1/4, where it is in a last batch 1/2.
    seen = counts(10, 4, seed=0)
    assert seen.sum() == 2 * (8 / 4 + 2 / 2)
    assert set(seen) <= {0.5, 0.75, 1.0}
    assert 0.75 in seen, "both epochs ended with the same two examples"
    assert any(not np.array_equal(counts(10, 4, seed), seen) for seed in range(1, 4))


def weighted_run(
    X: ArrayLike, Y: ArrayLike, w: ArrayLike | None = None
) -> tuple[NDArray[np.floating], list[float]]:
    network = ds.Network(4, [ds.Dense(6, "tanh"), ds.Dense(2, "linear")], seed=5, dtype="float64")
    history = ds.train(
        network,
        X,
        Y,
        sample_weight=w,
        optimizer=ds.Momentum(0.1),
        epochs=20,
        batch_size="full",
        l2=0.01,
        progress=False,
    )
    return network.parameters, history.cost


def test_weight_k_is_k_copies_and_weight_0_is_absence() -> None:
    rng = np.random.default_rng(0)
    X, Y, k = rng.standard_normal((12, 4)), rng.standard_normal((12, 2)), np.arange(12) % 4
    weighted_parameters, weighted_costs = weighted_run(X, Y, k)
    parameters, costs = weighted_run(np.repeat(X, k, axis=0), np.repeat(Y, k, axis=0))
    assert_close(weighted_parameters, parameters, "float64", 20 * 24)
    assert_close(weighted_costs, costs, "float64", 20 * 24)


def test_a_batch_of_weight_0_is_absent_too() -> None:
    rng = np.random.default_rng(0)
    X, y, w = rng.standard_normal((6, 3)), rng.standard_normal(6), np.array([1, 1, 0, 0, 1, 1])
    networks = [linear(np.ones(3), 0.0) for _ in range(2)]
    history = one_epoch(networks[0], X, y, sample_weight=w, batch_size=2, optimizer=ds.GradientDescent(0.1))
    without = one_epoch(networks[1], X[w > 0], y[w > 0], batch_size=2, optimizer=ds.GradientDescent(0.1))
    np.testing.assert_array_equal(networks[0].parameters, networks[1].parameters)
    assert history.cost == without.cost


def test_l2_shrinks_weights_and_never_touches_biases() -> None:
    """At the targets there is no other gradient: W <- W - alpha l2 W."""
    network = linear([4.0, -2.0], 8.0)
    history = one_epoch(network, [[0.0, 0.0]], [8.0], l2=0.25)
    assert history.cost == [0.25 / 2 * (16 + 4)]
    assert list(network.parameters) == [3, -1.5, 8]


def test_l1_moves_weights_towards_0_and_never_touches_biases() -> None:
    network = linear([4.0, -2.0, 0.0], 8.0)
    history = one_epoch(network, [[0.0, 0.0, 0.0]], [8.0], l1=0.25)
    assert history.cost == [0.25 * 6]
    assert list(network.parameters) == [3.75, -1.75, 0, 8]


def test_clipping_shortens_a_long_gradient_and_leaves_a_short_one() -> None:
    """dW = 3 and db = 4 of an output that has x = 3/4 and is 4 too high: a length of 5."""
    network = linear(0.0, 4.0)
    one_epoch(network, [[0.75]], [0.0], clip_norm=2.5)
    np.testing.assert_allclose(network.parameters, [-1.5, 2], rtol=4 * EPS)
    network = linear(0.0, 4.0)
    one_epoch(network, [[0.75]], [0.0], clip_norm=5.5)
    assert list(network.parameters) == [-3, 0]


def test_clipping_measures_the_penalties_too() -> None:
    """dW = l2 W = 3, db = 4: a length of 5."""
    network = linear(12.0, 4.0)
    one_epoch(network, [[0.0]], [0.0], l2=0.25, clip_norm=2.5)
    np.testing.assert_allclose(network.parameters, [10.5, 2], rtol=4 * EPS)


def dropped(
    dropout: float, n_units: int = 400, m: int = 25, seed: int = 0, activation: str = "linear"
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The row sums of A[1] in a step with dropout, and g'(1) D / keep (n[1], m) of its backward pass.

    Input i is 1 for example i alone, and W[1] and W[2] are 1, so that A[1] = g(1) D / keep. The targets are
    so high that the absolute error's derivative is -1: dW[2] = -1/m (row sums of A[1]), and
    dW[1] = -1/m g'(1) D / keep.
    """
    network = ds.Network(
        m, [ds.Dense(n_units, activation, dropout=dropout), ds.Dense(1, "linear")], seed=0, dtype="float64"
    )
    first, second = network.layers
    first.W, second.W = 1.0, 1.0
    one_epoch(network, np.eye(m), np.full(m, 1e6), loss="absolute_error", seed=seed)
    return (second.W.ravel() - 1) * m, (first.W - 1) * m


@pytest.mark.parametrize("activation", ["linear", "relu", "gelu"])
@pytest.mark.parametrize("dropout", [0.5, 0.2, 0.9])
def test_dropout_is_inverted_and_right_on_average(dropout: float, activation: str) -> None:
    forward, backward = dropped(dropout, activation=activation)
    keep = 1 - dropout
    g, g_prime = (float(f(np.float64(1))) for f in oracle.ACTIVATIONS[activation])
    kept = backward != 0
    np.testing.assert_allclose(backward[kept], g_prime / keep, rtol=1e-9)
    np.testing.assert_allclose(forward, g / keep * kept.sum(axis=1), rtol=1e-9, atol=1e-9)
    # Five standard deviations of a mean of n[1] m coins.
    assert abs(kept.mean() - keep) < 5 * np.sqrt(keep * dropout / kept.size)
    assert abs(kept.mean(axis=0) - keep).max() < 5 * np.sqrt(keep * dropout / len(kept))


def test_dropout_draws_anew_for_every_unit_example_and_seed() -> None:
    _, mask = dropped(0.5)
    assert len(np.unique(mask, axis=1).T) == mask.shape[1]
    assert len(np.unique(mask[:, :], axis=0)) == mask.shape[0]
    assert not np.array_equal(dropped(0.5, seed=1)[1], mask)
    np.testing.assert_array_equal(dropped(0.5)[1], mask)


def test_dropout_is_for_training_alone() -> None:
    rng = np.random.default_rng(0)
    by_hand = oracle.Network.random((4, 8, 2), ("relu", "linear"), rng)
    X, Y = rng.standard_normal((10, 4)), rng.standard_normal((10, 2))
    plain, dropping = twin(by_hand, "float64"), twin(by_hand, "float64", dropout=0.5)
    np.testing.assert_array_equal(dropping.predict(X), plain.predict(X))
    for ours, theirs in zip(dropping.cost_and_gradient(X, Y), plain.cost_and_gradient(X, Y), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_diverged_training_is_back_at_its_last_good_epoch() -> None:
    """a = b, and each step multiplies the error by 1 - alpha = -1e200: one good epoch, and no second."""
    network = linear(0.0, 1.0)
    with pytest.raises(ds.DivergedError) as caught:
        ds.train(network, [[0.0]], [0.0], optimizer=ds.GradientDescent(1e200), epochs=5, progress=False)
    np.testing.assert_allclose(network.parameters, [0, -1e200])
    assert caught.value.history is not None
    assert caught.value.history.cost == [0.5]
    assert caught.value.epoch == 2


def test_class_numbers_are_one_hot_rows() -> None:
    rng = np.random.default_rng(0)
    network = linear(rng.standard_normal((4, 3)), np.zeros(4), activation="softmax")
    X, y = rng.standard_normal((9, 3)), rng.integers(4, size=9)
    for ours, theirs in zip(
        network.cost_and_gradient(X, y), network.cost_and_gradient(X, np.eye(4)[y]), strict=True
    ):
        assert_close(ours, theirs, "float64", 9)
