"""Same seed, same bits: for any number of threads, any batch that a row is in, and every run."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import descend as ds
from test_levels import RUNS_HERE, run_at

# Sizes of the layers, examples, batch size, dropout. Every one but the first is worth several threads.
SHAPES = {
    "tiny": ((4, 3, 2), 50, 7, 0.0),
    "usual": ((784, 128, 64, 10), 300, 128, 0.0),
    "usual with dropout": ((784, 128, 64, 10), 300, 128, 0.25),
    "odd": ((301, 257, 129, 3), 211, 67, 0.1),
    "few units, many inputs": ((5000, 20, 7, 5, 2), 209, 209, 0.0),
    "many examples": ((17, 33, 2), 5003, 5003, 0.5),
    "wide": ((512, 512, 512, 10), 96, 64, 0.0),
    "deep": ((64, *[64] * 20, 2), 260, 130, 0.0),
}


def trained(
    shape: str,
    *,
    n_threads: int | None = None,
    seed: int = 3,
    dtype: str = "float32",
    optimizer: str = "adam",
    **settings: float,
) -> tuple[NDArray[np.floating], list[float]]:
    """Parameters and costs after two epochs."""
    n, m, batch_size, dropout = SHAPES[shape]
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((m, n[0])), rng.integers(n[-1], size=m)
    hidden = [ds.Dense(units, "relu", dropout=dropout) for units in n[1:-1]]
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
    for n_threads in (2, 3, 7):
        other_parameters, other_costs = trained(shape, n_threads=n_threads, dtype=dtype)
        np.testing.assert_array_equal(other_parameters, parameters)
        assert other_costs == costs


@pytest.mark.parametrize(
    "optimizer", ["gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
)
def test_threads_do_not_change_a_bit_of_any_update(optimizer: str) -> None:
    settings = {"l1": 1e-4, "l2": 1e-3, "clip_norm": 0.5}
    parameters, costs = trained("odd", n_threads=1, optimizer=optimizer, **settings)
    for n_threads in (2, 3, 7):
        other_parameters, other_costs = trained("odd", n_threads=n_threads, optimizer=optimizer, **settings)
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


PREDICT_IN_BATCHES = """
import numpy as np
import descend as ds

rng = np.random.default_rng(0)
for dtype in ("float32", "float64"):
    for n, hidden, output in [
        ((13, 1), "relu", "sigmoid"),
        ((3, 5, 3), "tanh", "softmax"),
        ((64, 32, 10), "relu", "softmax"),
        ((31, 33, 17, 2), "gelu", "linear"),
        ((784, 128, 64, 10), "silu", "softmax"),
        ((2000, 7, 1), "elu", "exp"),
    ]:
        layers = [*(ds.Dense(k, hidden) for k in n[1:-1]), ds.Dense(n[-1], output)]
        network = ds.Network(n[0], layers, seed=0, dtype=dtype)
        X = (0.1 * rng.standard_normal((261, n[0]))).astype(dtype)
        together = network.predict(X)
        for size in [*range(1, 35), 63, 64, 65, 119, 120, 121, 200]:
            for n_threads in (1, 2) if size in (1, 65, 200) else (1,):
                batches = [X[i : i + size] for i in range(0, len(X), size)]
                apart = [network.predict(batch, n_threads=n_threads) for batch in batches]
                assert np.array_equal(np.concatenate(apart), together), (dtype, n, size, n_threads)
print(ds.build_info()["level"])
"""


@pytest.mark.parametrize("level", RUNS_HERE or ["portable"])
def test_a_row_is_predicted_the_same_bits_in_any_batch(level: str) -> None:
    finished = run_at(level, PREDICT_IN_BATCHES)
    assert finished.stdout.strip() == level, finished.stderr
