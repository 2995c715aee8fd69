"""Batch normalisation: its gradient, its weights, its running moments, and what keeps them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import descend as ds
from oracle import Array
from test_gradients import assert_is_derivative

EPSILON = 1e-5


def network(
    dtype: str = "float64", hidden: str = "tanh", dropout: float = 0.0, units: tuple[int, int] = (7, 18)
) -> ds.Network:
    first = ds.Dense(units[0], hidden, batch_norm=True, dropout=dropout)
    second = ds.Dense(units[1], "silu", batch_norm=True)
    net = ds.Network(4, [first, ds.Dense(5, "elu"), second, ds.Dense(3, "softmax")], seed=2, dtype=dtype)
    rng = np.random.default_rng(1)
    net.parameters = net.parameters + 0.1 * rng.normal(size=net.n_parameters)
    return net


def examples(m: int, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, (m, 4)), rng.integers(0, 3, m)


def by_hand(net: ds.Network, X: Array, w: Array | None, moments: list[tuple[Array, Array]]) -> Array:
    """A[L] (n[L], m) of `network()`; by batch moments, which `moments` gets, unless it holds them already."""
    given = iter(list(moments))
    A = X.T
    for layer in net.layers:
        Z = layer.W @ A + layer.b
        if layer.batch_norm:
            if w is not None:
                mean = (Z @ w / w.sum())[:, None]
                moments.append((mean, (((Z - mean) ** 2) @ w / w.sum())[:, None]))
            mean, variance = moments[-1] if w is not None else next(given)
            Z = layer.gamma * (Z - mean) / np.sqrt(variance + EPSILON) + layer.beta
        A = {
            "tanh": np.tanh,
            "silu": lambda Z: Z / (1 + np.exp(-Z)),
            "elu": lambda Z: np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0))),
            "softmax": lambda Z: np.exp(Z - Z.max(axis=0)) / np.exp(Z - Z.max(axis=0)).sum(axis=0),
        }[layer.activation](Z)
    return A


@pytest.mark.parametrize("m", [2, 7, 300])
def test_cost_and_predictions_are_those_by_hand(m: int) -> None:
    net, (X, y) = network(), examples(m)
    w = np.arange(m) % 3 + 0.5
    moments: list[tuple[Array, Array]] = []
    A = by_hand(net, X, w, moments)
    cost, _ = net.cost_and_gradient(X, y, sample_weight=w)
    np.testing.assert_allclose(cost, np.average(-np.log(A[y, np.arange(m)]), weights=w), rtol=1e-12)

    net.state = np.concatenate([part[:, 0] for pair in moments for part in pair])
    np.testing.assert_allclose(net.predict(X), A.T, rtol=1e-10)
    assert [net.layers[2].running_mean.tolist(), net.layers[2].running_variance.tolist()] == [
        part.tolist() for part in moments[1]
    ]


@pytest.mark.parametrize("hidden", ["tanh", "gelu", "sigmoid"])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient(hidden: str, weighted: bool) -> None:
    net, (X, y) = network(hidden=hidden), examples(11)
    w = np.arange(11) % 4 if weighted else None
    assert_is_derivative(net, X.T, np.eye(3)[y].T, "cross_entropy", sample_weight=w, l2=0.3)


def test_weight_k_is_k_copies_and_weight_0_is_absence() -> None:
    net, (X, y) = network(), examples(40)
    w = np.arange(40) % 3
    copies = np.repeat(np.arange(40), w)
    cost, gradient = net.cost_and_gradient(X, y, sample_weight=w)
    same_cost, same_gradient = net.cost_and_gradient(X[copies], y[copies])
    assert cost == pytest.approx(same_cost, rel=1e-13)
    np.testing.assert_allclose(gradient, same_gradient, rtol=0, atol=1e-14)

    trained = []
    for rows, weight in ((np.arange(40), w), (copies, None)):
        net = network()
        ds.train(net, X[rows], y[rows], sample_weight=weight, epochs=5, batch_size="full", seed=0, l2=0.01)
        trained.append(np.concatenate([net.parameters, net.state]))
    np.testing.assert_allclose(*trained, rtol=0, atol=1e-11)


def test_class_weight_is_the_sample_weight_of_the_classes() -> None:
    X, y = examples(40)
    factors = {0: 0.5, 1: 2.0, 2: 3.0}
    trained = []
    for weights in ({"class_weight": factors}, {"sample_weight": np.vectorize(factors.get)(y)}):
        net = network()
        ds.train(net, X, y, epochs=2, batch_size=8, seed=0, **weights)
        trained.append(np.concatenate([net.parameters, net.state]))
    np.testing.assert_array_equal(*trained)


def test_running_moments_are_plain_means_that_become_moving_ones() -> None:
    net, (X, y) = network(), examples(20)
    Z = X @ net.layers[0].W.T + net.layers[0].b.T
    b = net.layers[0].b.copy()
    mean, variance = 0.0, 1.0
    batches = [Z[:8], Z[8:16], Z[16:]] * 5
    for t, batch in enumerate(batches, start=1):
        rate = max(0.1, 1 / t) * len(batch) / 8
        mean += rate * (batch.mean(axis=0) - mean)
        variance += rate * (batch.var(axis=0) - variance)
    ds.train(
        net, X, y, optimizer=ds.GradientDescent(1e-300), epochs=5, batch_size=8, shuffle=False, progress=False
    )
    np.testing.assert_allclose(net.layers[0].running_mean[:, 0], mean, rtol=1e-12)
    np.testing.assert_allclose(net.layers[0].running_variance[:, 0], variance, rtol=1e-12)
    np.testing.assert_array_equal(net.layers[0].b, b)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [(7, 18), (130, 64)])
@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_same_bits_for_any_number_of_threads(
    dtype: str, units: tuple[int, int], clip_norm: float | None
) -> None:
    X, y = examples(3000)
    results = []
    for n_threads in (1, 2, 3):
        net = network(dtype, "relu", dropout=0.2, units=units)
        ds.train(
            net,
            X,
            y,
            epochs=1,
            batch_size=1700,
            seed=3,
            clip_norm=clip_norm,
            ema_decay=0.9,
            n_threads=n_threads,
        )
        results.append(np.concatenate([net.parameters, net.state, net.predict(X).ravel()]).tobytes())
    assert len(set(results)) == 1


def test_it_learns_what_badly_scaled_features_hide() -> None:
    X, y = examples(600)
    y = (X[:, 0] * X[:, 1] > 1).astype(int)
    scores = []
    for batch_norm in (False, True):
        layers = [ds.Dense(32, batch_norm=batch_norm), ds.Dense(1, "sigmoid")]
        net = ds.Network(4, layers, seed=0)
        ds.train(net, X * 1e3, y, epochs=60, seed=0, optimizer=ds.Adam(0.01))
        scores.append(ds.evaluate(net, X * 1e3, y, ["accuracy"])["accuracy"])
    assert scores[1] > 0.95


def test_files_and_pickles_keep_all_of_it(tmp_path: Path) -> None:
    net, (X, y) = network("float32"), examples(50)
    ds.train(net, X, y, epochs=3, seed=0)
    ds.save(net, tmp_path / "model.safetensors")
    for copy in (ds.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(net))):
        assert repr(copy) == repr(net)
        np.testing.assert_array_equal(copy.state, net.state)
        np.testing.assert_array_equal(copy.predict(X), net.predict(X))


def test_early_stopping_gives_the_best_state_back() -> None:
    net, (X, y) = network("float32"), examples(60)
    stopping = ds.EarlyStopping(patience=2, monitor="val_cost")
    history = ds.train(
        net,
        X,
        y,
        epochs=100,
        seed=0,
        validation=0.3,
        optimizer=ds.Adam(0.05),
        callbacks=[stopping],
        progress=False,
    )
    assert history.outcome == "stopped"
    held_out = np.sort(np.random.Generator(np.random.Philox(key=0)).permutation(60)[:18])
    A = net.predict(X[held_out])
    cost = -np.log(A[np.arange(18), y[held_out]]).mean()
    assert cost == pytest.approx(min(history.metrics["val_cost"]), rel=1e-5)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_norm to hidden layers only"):
        ds.Network(2, [ds.Dense(1, "sigmoid", batch_norm=True)])
    with pytest.raises(TypeError, match="batch_norm is 1: give True or False"):
        ds.Dense(3, batch_norm=1)
    with pytest.raises(ValueError, match="one sample; give batches of at least 2"):
        ds.train(network(), *examples(5), batch_size=1)
    with pytest.raises(ValueError, match="layer 2 has no batch normalisation"):
        _ = network().layers[1].gamma
