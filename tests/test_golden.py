"""The golden numbers of an independent float64 implementation, for descend and for the oracle itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import descend as ds
import oracle
from descend.optimizers import Optimizer
from twins import assert_close, assert_gradient_close, rule, twin

EPS = np.finfo(np.float64).eps
GRADIENTS = [f"g{i:02}" for i in range(54)]
OPTIMIZERS: dict[str, Callable[[dict[str, Any]], Optimizer]] = {
    "o_gradient_descent": lambda s: ds.GradientDescent(s["lr"]),
    "o_momentum": lambda s: ds.Momentum(s["lr"], s["momentum"]),
    "o_nesterov": lambda s: ds.Nesterov(s["lr"], s["momentum"]),
    "o_rmsprop": lambda s: ds.RMSprop(s["lr"], s["alpha"], s["eps"]),
    "o_adam": lambda s: ds.Adam(s["lr"], *s["betas"], s["eps"]),
    "o_adam_absurd_rate": lambda s: ds.Adam(s["lr"], *s["betas"], s["eps"]),
    "o_adamw": lambda s: ds.AdamW(s["lr"], *s["betas"], s["eps"], s["weight_decay"]),
}


class Golden:
    """The file's arrays, and its index of cases."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            self.arrays = {name: file[name] for name in file.files}
        self.index = json.loads(str(self.arrays.pop("index")))

    def network(self, case: str, spec: dict[str, Any], suffix: str = "") -> oracle.Network:
        layers = range(1, len(spec["dims"]))
        return oracle.Network(
            W={l: self.arrays[f"{case}.W{l}{suffix}"] for l in layers},
            b={l: self.arrays[f"{case}.b{l}{suffix}"] for l in layers},
            g={l: spec["hidden"] if l < len(layers) else "linear" for l in layers},
        )

    def gradient(self, case: str, spec: dict[str, Any]) -> oracle.Array:
        layers = range(1, len(spec["dims"]))
        return oracle.flatten(
            {l: self.arrays[f"{case}.dW{l}"] for l in layers},
            {l: self.arrays[f"{case}.db{l}"] for l in layers},
        )

    def examples(self, case: str, spec: dict[str, Any]) -> tuple[oracle.Array, oracle.Array]:
        """X (n[0], m), Y (n[L], m)"""
        X, Y = self.arrays[f"{case}.X"], self.arrays[f"{case}.Y"]
        return X, oracle.one_hot(Y, spec["dims"][-1]) if Y.ndim == 1 else Y


@pytest.fixture(scope="module")
def golden(reference_file: Callable[[str], Path]) -> Golden:
    return Golden(reference_file("float64_reference.npz"))


def test_every_case_of_the_file_is_tested(golden: Golden) -> None:
    assert list(golden.index["gradients"]) == GRADIENTS
    assert list(golden.index["optimizers"]) == list(OPTIMIZERS)


@pytest.mark.parametrize("case", GRADIENTS)
def test_forward_cost_and_gradient(golden: Golden, case: str) -> None:
    spec = golden.index["gradients"][case]
    n, m = spec["dims"], spec["m"]
    X, Y = golden.examples(case, spec)
    by_hand = golden.network(case, spec)
    network = twin(by_hand, "float64")
    targets = golden.arrays[f"{case}.Y"].T
    cost, gradient = network.cost_and_gradient(X.T, targets, spec["loss"])
    loss = oracle.LOSSES[spec["loss"]]
    gradients = [by_hand.gradient(X[:, [i]], Y[:, [i]], loss) for i in range(m)]
    for Z_L, J, dJ in [
        (network.predict(X.T).T, cost, gradient),
        (by_hand.predict(X), by_hand.cost(X, Y, loss), by_hand.gradient(X, Y, loss)),
    ]:
        assert_close(Z_L, golden.arrays[f"{case}.Z_L"], "float64", sum(n))
        assert_close(J, spec["cost"], "float64", sum(n) + m)
        assert_gradient_close(
            dJ, golden.gradient(case, spec), "float64", n, m, of=np.mean(np.abs(gradients), axis=0)
        )


@pytest.mark.parametrize("case", OPTIMIZERS)
def test_ten_steps(golden: Golden, case: str) -> None:
    spec = golden.index["optimizers"][case]
    X, Y = golden.examples(case, spec)
    optimizer = OPTIMIZERS[case](spec["settings"])
    loss = oracle.LOSSES[spec["loss"]]

    def by_hand(start: oracle.Array) -> tuple[list[float], oracle.Array]:
        network = golden.network(case, spec)
        network.parameters = start
        batches = [(X, Y, np.ones(spec["m"]))] * 10
        costs = oracle.train(network, batches, loss, rule(optimizer, network), [optimizer.learning_rate] * 10)
        return costs, network.parameters

    network = twin(golden.network(case, spec), "float64")
    start = network.parameters.copy()
    history = ds.train(
        network,
        X.T,
        Y.T,
        loss=spec["loss"],
        optimizer=optimizer,
        epochs=10,
        batch_size="full",
        progress=False,
    )
    expected = golden.network(case, spec, "_after").parameters
    costs, parameters = by_hand(start)
    # What one rounding of the start does to the end: the run at an absurd rate magnifies it 10,000 times.
    _, elsewhere = by_hand(start * (1 + EPS * np.resize([1, -1], start.size)))
    allowed = 20 * (np.abs(elsewhere - parameters).max() + EPS * np.abs(expected).max())
    for J, theta in [(history.cost, network.parameters), (costs, parameters)]:
        np.testing.assert_allclose(theta, expected, rtol=0, atol=allowed)
        np.testing.assert_allclose(J, spec["costs"], rtol=0, atol=allowed * np.sqrt(start.size))
