"""The course's programming exercises, run as a user would: every printed cost and both accuracies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import descend as ds

Array = NDArray[np.float64]
Split = tuple[Array, Array]


def scaled_normal(n: list[int], seed: int, scale: Callable[[int], float]) -> list[Array]:
    """W[l] = randn(n[l], n[l-1]) * scale(n[l-1]), drawn in the order of the layers."""
    random = np.random.RandomState(seed)
    return [random.randn(n[l], n[l - 1]) * scale(n[l - 1]) for l in range(1, len(n))]


def network_of(W: list[Array], hidden: str) -> ds.Network:
    activations = [hidden] * (len(W) - 1) + ["sigmoid"]
    layers = [ds.Dense(len(W_l), g, init=W_l) for W_l, g in zip(W, activations, strict=True)]
    return ds.Network(W[0].shape[1], layers, dtype="float64")


def accuracy(network: ds.Network, X: Array, y: Array) -> float:
    return float(np.mean((network.predict(X).ravel() > 0.5) == y))


def descend_all_the_way(network: ds.Network, X: Array, y: Array, rate: float, iterations: int) -> list[float]:
    """The costs before each iteration."""
    history = ds.train(
        network,
        X,
        y,
        loss="binary_cross_entropy",
        optimizer=ds.GradientDescent(rate),
        epochs=iterations,
        batch_size="full",
        progress=False,
    )
    return history.cost


# Exercise: W, the learning rate, iterations.
CATS: dict[str, tuple[Callable[[], list[Array]], float, int]] = {
    "logistic": (lambda: [np.zeros((1, 12288))], 0.005, 2000),
    "two_layer": (lambda: scaled_normal([12288, 7, 1], 1, lambda _: 0.01), 0.0075, 2500),
    "deep": (lambda: scaled_normal([12288, 20, 7, 5, 1], 1, lambda n: 1 / np.sqrt(n)), 0.0075, 2500),
}


@pytest.fixture(scope="module")
def cats(data_file: Callable[[str], Path]) -> dict[str, Split]:
    """X (m, 12288) in 0..1, y (m,)"""
    splits = {}
    for split in ("train", "test"):
        with h5py.File(data_file(f"catvnoncat/{split}_catvnoncat.h5")) as file:
            X, y = file[f"{split}_set_x"][:], file[f"{split}_set_y"][:]
        splits[split] = (X.reshape(len(X), -1) / 255, y.astype(np.float64))
    return splits


@pytest.mark.parametrize("exercise", CATS)
def test_cats(exercise: str, cats: dict[str, Split], reference_file: Callable[[str], Path]) -> None:
    expected: dict[str, Any] = json.loads(reference_file("course_cats.json").read_text())[exercise]
    W, rate, iterations = CATS[exercise]
    network = network_of(W(), "relu")
    costs = descend_all_the_way(network, *cats["train"], rate, iterations)
    np.testing.assert_allclose(costs[::100], expected["costs"], rtol=0, atol=1e-6)
    assert accuracy(network, *cats["train"]) == pytest.approx(expected["train"], abs=1e-12)
    assert accuracy(network, *cats["test"]) == pytest.approx(expected["test"], abs=1e-12)


@pytest.fixture(scope="module")
def flower() -> Split:
    """The planar flower: X (400, 2), y (400,)"""
    random = np.random.RandomState(1)
    petals = []
    for j in range(2):
        t = np.linspace(3.12 * j, 3.12 * (j + 1), 200) + random.randn(200) * 0.2
        r = 4 * np.sin(4 * t) + random.randn(200) * 0.2
        petals.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
    return np.concatenate(petals), np.repeat([0.0, 1.0], 200)


def test_planar_flower(flower: Split, reference_file: Callable[[str], Path]) -> None:
    expected = json.loads(reference_file("course_planar.json").read_text())
    network = network_of(scaled_normal([2, 4, 1], 2, lambda _: 0.01), "tanh")
    costs = descend_all_the_way(network, *flower, rate=1.2, iterations=10_000)[::1000]
    # The path is chaotic after iteration 6000.
    np.testing.assert_allclose(costs[:7], expected["costs"][:7], rtol=0, atol=1e-6)
    np.testing.assert_allclose(costs[7:], expected["costs"][7:], rtol=0, atol=1e-3)
    assert accuracy(network, *flower) == pytest.approx(expected["accuracy"], abs=0.01)


@pytest.mark.parametrize("n_h", [1, 2, 3, 4, 5, 20, 50])
def test_planar_flower_by_hidden_units(
    n_h: int, flower: Split, reference_file: Callable[[str], Path]
) -> None:
    expected = json.loads(reference_file("course_planar.json").read_text())["accuracy_by_hidden_units"]
    network = network_of(scaled_normal([2, n_h, 1], 2, lambda _: 0.01), "tanh")
    descend_all_the_way(network, *flower, rate=1.2, iterations=5000)
    assert accuracy(network, *flower) == pytest.approx(expected[str(n_h)], abs=0.01)


def test_logistic_regression_cannot_tell_the_petals(flower: Split) -> None:
    network = network_of([np.zeros((1, 2))], "linear")
    descend_all_the_way(network, *flower, rate=0.1, iterations=2000)
    assert accuracy(network, *flower) == pytest.approx(0.47, abs=0.01)
