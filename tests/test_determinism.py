"""Same seed, same bits: for any number of threads, any batch that a row is in, and every run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

import descend as ds
from descend import _core, graph

OPTIMIZERS = ["gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"]

# Sizes of the layers, examples, batch size, dropout of all hidden layers or of each. Every one but the first
# is worth several threads.
SHAPES = {
    "tiny": ((4, 3, 2), 50, 7, 0.0),
    "usual": ((784, 128, 64, 10), 300, 128, 0.0),
    "usual with dropout": ((784, 128, 64, 10), 300, 128, 0.25),
    "odd": ((301, 257, 129, 3), 211, 67, 0.1),
    "few units, many inputs": ((5000, 20, 7, 5, 2), 209, 209, 0.0),
    "narrow first layer in halves of its inputs": ((1001, 13, 5), 1400, 300, 0.25),
    "narrow first layer, more examples than inputs": ((600, 20, 5), 1400, 700, 0.0),
    "many examples": ((17, 33, 2), 5003, 5003, 0.5),
    "shards, and a last batch of two examples": ((54, 100, 7), 402, 200, 0.25),
    "large shards": ((54, 150, 150, 7), 2051, 1024, 0.1),
    "wide": ((512, 512, 512, 10), 96, 64, 0.0),
    "first layer in halves": ((300, 128, 64, 10), 2817, 44, 0.25),
    "first two layers in halves": ((300, 128, 64, 10), 2817, 44, (0.0, 0.25)),
    "only two layers, in halves": ((300, 128, 30), 2817, 44, 0.0),
    "first two layers in tall halves": ((300, 512, 130, 10), 5601, 130, 0.0),
    "first layer in tall halves": ((80, 512, 3), 1950, 30, 0.0),
    "first layer in halves and a few units more": ((300, 100, 5), 3001, 46, 0.1),
    "first layer in a panel and a few units more": ((300, 50, 5), 5801, 90, 0.1),
    "deep": ((64, *[64] * 20, 2), 260, 130, 0.0),
}


def trained(
    shape: str,
    *,
    n_threads: int | None = None,
    seed: int = 3,
    dtype: str = "float32",
    optimizer: str = "adam",
    **settings: Any,
) -> tuple[NDArray[np.floating], list[float]]:
    """Parameters and costs after two epochs."""
    n, m, batch_size, dropout = SHAPES[shape]
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((m, n[0])), rng.integers(n[-1], size=m)
    rates = np.broadcast_to(dropout, len(n) - 2).tolist()
    hidden = [ds.Dense(units, "relu", dropout=rate) for units, rate in zip(n[1:-1], rates, strict=True)]
    network = ds.Network(n[0], [*hidden, ds.Dense(n[-1], "softmax")], seed=1, dtype=dtype)
    history = ds.train(
        network,
        X,
        y,
        optimizer=optimizer,
        epochs=2,
        batch_size=batch_size,
        seed=seed,
        n_threads=n_threads,
        progress=False,
        **settings,
    )
    return network.parameters, history.cost


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_threads_do_not_change_a_bit(shape: str, dtype: str) -> None:
    parameters, costs = trained(shape, n_threads=1, dtype=dtype)
    for n_threads in (2, 3, 4, 7, 8):
        other_parameters, other_costs = trained(shape, n_threads=n_threads, dtype=dtype)
        np.testing.assert_array_equal(other_parameters, parameters)
        assert other_costs == costs


@pytest.mark.parametrize("settings", [{"clip_norm": 0.5}, {"ema_decay": 0.9}], ids=str)
@pytest.mark.parametrize(
    "shape",
    ["odd", "wide", "few units, many inputs", "first layer in halves", "first two layers in halves"],
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_threads_do_not_change_a_bit_of_any_update(
    optimizer: str, shape: str, settings: dict[str, float]
) -> None:
    settings = {"l1": 1e-4, "l2": 1e-3, "optimizer": optimizer, **settings}
    parameters, costs = trained(shape, n_threads=1, **settings)
    for n_threads in (2, 3, 4, 7, 8):
        other_parameters, other_costs = trained(shape, n_threads=n_threads, **settings)
        np.testing.assert_array_equal(other_parameters, parameters)
        assert other_costs == costs


@pytest.mark.parametrize("shape", ["tiny", "usual with dropout"])
def test_the_seed_is_all_that_chance_there_is(shape: str) -> None:
    parameters, costs = trained(shape)
    again, costs_again = trained(shape)
    np.testing.assert_array_equal(again, parameters)
    assert costs_again == costs
    assert not np.array_equal(trained(shape, seed=4)[0], parameters)


def test_a_training_in_two_parts_draws_other_numbers_in_the_second() -> None:
    """Two calls with one seed shuffle alike; one call of two epochs shuffles each epoch anew."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 5)), rng.standard_normal(40)

    def run(*epochs: int) -> NDArray[np.floating]:
        network = ds.Network(5, [ds.Dense(1, "linear")], seed=0, dtype="float64")
        optimizer = ds.GradientDescent(0.1)
        for part in epochs:
            ds.train(network, X, y, optimizer=optimizer, epochs=part, batch_size=8, seed=1, progress=False)
        return network.parameters

    assert not np.array_equal(run(2), run(1, 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_do_not_change_a_bit_of_gradient_or_prediction(dtype: str) -> None:
    rng = np.random.default_rng(0)
    network = ds.Network(
        301, [ds.Dense(257, "gelu"), ds.Dense(129, "tanh"), ds.Dense(5, "softmax")], seed=0, dtype=dtype
    )
    X, y = rng.standard_normal((777, 301)), rng.integers(5, size=777)
    cost, gradient = network.cost_and_gradient(X, y, l2=0.1, n_threads=1)
    predictions = network.predict(X, n_threads=1)
    for n_threads in (2, 3, 7):
        other_cost, other_gradient = network.cost_and_gradient(X, y, l2=0.1, n_threads=n_threads)
        assert other_cost == cost
        np.testing.assert_array_equal(other_gradient, gradient)
        np.testing.assert_array_equal(network.predict(X, n_threads=n_threads), predictions)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("n", "hidden", "output"),
    [
        ((13, 1), "relu", "sigmoid"),
        ((3, 5, 3), "tanh", "softmax"),
        ((64, 32, 10), "relu", "softmax"),
        ((31, 33, 17, 2), "gelu", "linear"),
        ((784, 128, 64, 10), "silu", "softmax"),
        ((2000, 7, 1), "elu", "exp"),
    ],
)
def test_a_row_is_predicted_the_same_bits_in_any_batch(
    n: tuple[int, ...], hidden: str, output: str, dtype: str
) -> None:
    layers = [*(ds.Dense(k, hidden) for k in n[1:-1]), ds.Dense(n[-1], output)]
    network = ds.Network(n[0], layers, seed=0, dtype=dtype)
    X = (0.1 * np.random.default_rng(0).standard_normal((261, n[0]))).astype(dtype)
    together = network.predict(X)
    for size in [*range(1, 35), 63, 64, 65, 119, 120, 121, 200]:
        for n_threads in (1, 2) if size in (1, 65, 200) else (1,):
            batches = [X[i : i + size] for i in range(0, len(X), size)]
            apart = [network.predict(batch, n_threads=n_threads) for batch in batches]
            np.testing.assert_array_equal(np.concatenate(apart), together)


# Any training at all

OUTPUTS: list[tuple[str, ds.losses.Loss]] = [
    ("softmax", "cross_entropy"),
    ("softmax", "squared_error"),
    ("softmax", ds.CrossEntropy(0.1)),
    ("sigmoid", "binary_cross_entropy"),
    ("sigmoid", "absolute_error"),
    ("tanh", ds.Huber(0.5)),
    ("exp", "poisson"),
    *(("linear", loss) for loss in ds.losses.NAMES),
    ("linear", graph.Loss(lambda a, y: graph.mean((a - y) ** 4), "fourth powers")),
]
HIDDEN = [
    *(name for name in _core.ACTIVATIONS if name not in ("softmax", "exp")),
    graph.Activation(lambda z: z * graph.sigmoid(z), "swish of one's own"),
]


@dataclass
class Training:
    """Everything that decides what comes of a training, but the number of threads."""

    n_inputs: int
    layers: list[ds.Dense]
    dtype: str
    loss: ds.losses.Loss
    X: Any
    Y: NDArray[np.floating]
    weight: NDArray[np.floating] | None
    settings: dict[str, Any]
    members: int

    def networks(self) -> list[ds.Network]:
        return [ds.Network(self.n_inputs, self.layers, seed=i, dtype=self.dtype) for i in range(self.members)]

    def outcome(self, n_threads: int) -> list[Any]:
        networks = self.networks()
        given = {"loss": self.loss, "sample_weight": self.weight, "n_threads": n_threads}
        before = networks[0].cost_and_gradient(self.X, self.Y, **given)
        try:
            histories = ds.train_ensemble(
                networks, self.X, self.Y, epochs=2, progress=False, **given, **self.settings
            )
            costs = [history.cost for history in histories]
        except ds.DivergedError as error:
            costs = [error.history.cost]
        parameters = [network.parameters for network in networks]
        return [*before, *costs, *parameters, networks[0].predict(self.X, n_threads=n_threads)]


@st.composite
def trainings(draw: st.DrawFn) -> Training:
    n_inputs, *units, n_outputs = draw(
        st.lists(st.one_of(st.integers(1, 20), st.integers(1, 400)), min_size=2, max_size=5)
    )
    output, loss = draw(st.sampled_from(OUTPUTS))
    hidden = st.builds(
        partial,
        st.just(ds.Dense),
        activation=st.sampled_from(HIDDEN),
        dropout=st.sampled_from([0.0, 0.0, 0.3]),
        batch_norm=st.booleans(),
    )
    layers = [draw(hidden)(k) for k in units]
    n_outputs = max(n_outputs, 2)
    # Steps are worth up to 8 threads, at a million multiply-adds for each.
    n_parameters = sum(a * b for a, b in pairwise([n_inputs, *units, n_outputs]))
    batch_size = 2 + min(draw(st.integers(0, 8)) * 1_000_000 // (3 * n_parameters), 2000)
    m = max(2, draw(st.integers(1, 3)) * batch_size + draw(st.sampled_from([-1, 0, 2])))

    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    X: Any = rng.standard_normal((m, n_inputs))
    if draw(st.booleans()):
        X = csr_array(X * (rng.random(X.shape) < 0.1))
    return Training(
        n_inputs,
        [*layers, ds.Dense(n_outputs, output)],
        draw(st.sampled_from(["float32", "float64"])),
        loss,
        X,
        np.eye(n_outputs)[rng.integers(n_outputs, size=m)],
        rng.integers(1, 4, size=m) / 2 if draw(st.booleans()) else None,
        {
            "optimizer": draw(st.sampled_from(OPTIMIZERS)),
            "batch_size": batch_size,
            "seed": draw(st.integers(0, 100)),
            "shuffle": draw(st.booleans()),
            "l1": draw(st.sampled_from([0.0, 1e-4])),
            "l2": draw(st.sampled_from([0.0, 1e-3])),
            "clip_norm": draw(st.sampled_from([None, 0.5])),
            "ema_decay": draw(st.sampled_from([None, 0.9])),
        },
        draw(st.sampled_from([1, 1, 1, 3])),
    )


@given(trainings(), st.sampled_from([2, 3, 7]))
def test_threads_do_not_change_a_bit_of_any_training(training: Training, n_threads: int) -> None:
    for ours, theirs in zip(training.outcome(n_threads), training.outcome(1), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(trainings(), st.data())
def test_a_row_is_predicted_the_same_bits_among_any_others(training: Training, data: st.DataObject) -> None:
    network, X = training.networks()[0], training.X
    m = X.shape[0]
    first = data.draw(st.integers(0, m - 1))
    last = data.draw(st.integers(first + 1, m))
    np.testing.assert_array_equal(network.predict(X[first:last]), network.predict(X)[first:last])
