"""If only one file of tests is run, this one: does it install, predict, learn, and remember?"""

from pathlib import Path

import numpy as np

import descend as ds

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
y = np.array([0, 1, 1, 0])


def small_network() -> ds.Network:
    return ds.Network(2, [ds.Dense(8, "tanh"), ds.Dense(1, "sigmoid")], seed=1, dtype="float64")


def test_the_build_says_what_it_is() -> None:
    assert ds.build_info()["version"] == ds.__version__
    assert ds.build_info()["level"] in ("v2", "v3", "v4", "portable")


def test_a_prediction_is_the_equation() -> None:
    network = small_network()
    W1, b1, W2, b2 = (part for layer in network.layers for part in (layer.W, layer.b))
    A1 = np.tanh(W1 @ X.T + b1)
    np.testing.assert_allclose(network.predict(X).T, 1 / (1 + np.exp(-(W2 @ A1 + b2))), rtol=1e-14)


def test_the_gradient_is_the_slope_of_the_cost() -> None:
    network, h = small_network(), 1e-6
    cost, gradient = network.cost_and_gradient(X, y)
    network.parameters -= h * gradient
    lower, _ = network.cost_and_gradient(X, y)
    np.testing.assert_allclose((cost - lower) / h, gradient @ gradient, rtol=1e-5)


def test_exclusive_or_is_learned_saved_and_loaded(tmp_path: Path) -> None:
    network = small_network()
    history = ds.train(
        network, X, y, optimizer=ds.Adam(0.05), epochs=500, batch_size="full", seed=1, progress=False
    )
    assert history.cost[0] > 0.3
    assert history.cost[-1] < 0.01
    np.testing.assert_array_equal(network.predict(X).ravel() > 0.5, y)

    ds.save(network, tmp_path / "model.safetensors")
    np.testing.assert_array_equal(ds.load(tmp_path / "model.safetensors").predict(X), network.predict(X))
