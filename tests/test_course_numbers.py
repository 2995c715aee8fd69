"""The numbers that the course's exercises print beside their building blocks, to all their digits."""

from __future__ import annotations

import numpy as np
import pytest

from descend import blocks
from descend.blocks import LayerCache, LinearCache


def randn(seed: int, *shapes: tuple[int, int]) -> list[np.ndarray]:
    """What np.random.seed and np.random.randn draw."""
    random = np.random.RandomState(seed)
    return [random.randn(*shape) for shape in shapes]


def assert_printed(array: np.ndarray, printed: list[list[float]]) -> None:
    np.testing.assert_allclose(array, printed, rtol=0, atol=0.6e-8)


def test_sigmoid_and_its_derivative() -> None:
    z = np.array([[1.0, 2.0, 3.0]])
    assert_printed(blocks.activation_forward(z, "sigmoid")[0], [[0.73105858, 0.88079708, 0.95257413]])
    derivative = blocks.activation_backward(np.ones((1, 3)), z, "sigmoid")
    assert_printed(derivative, [[0.19661193, 0.10499359, 0.04517666]])


def test_softmax() -> None:
    rows = np.array([[9.0, 2.0, 5.0, 0.0, 0.0], [7.0, 5.0, 0.0, 0.0, 0.0]])
    A, _ = blocks.activation_forward(rows.T, "softmax")
    printed = [
        [9.80897665e-01, 8.94462891e-04, 1.79657674e-02, 1.21052389e-04, 1.21052389e-04],
        [8.78679856e-01, 1.18916387e-01, 8.01252314e-04, 8.01252314e-04, 8.01252314e-04],
    ]
    np.testing.assert_allclose(A.T, printed, rtol=1e-8)


def test_compute_cost() -> None:
    AL = np.array([[0.8, 0.9, 0.4]])
    cost, dZ = blocks.compute_cost(np.log(AL / (1 - AL)), np.ones((1, 3)), "sigmoid")
    assert cost == pytest.approx(0.414931599615, abs=1e-12)
    np.testing.assert_allclose(dZ, AL - 1, rtol=1e-14)


@pytest.mark.parametrize(
    ("activation", "dA_prev", "dW", "db"),
    [
        (
            "sigmoid",
            [[0.11017994, 0.01105339], [0.09466817, 0.00949723], [-0.05743092, -0.00576154]],
            [[0.10266786, 0.09778551, -0.01968084]],
            -0.05729622,
        ),
        (
            "relu",
            [[0.44090989, 0.0], [0.37883606, 0.0], [-0.2298228, 0.0]],
            [[0.44513824, 0.37371418, -0.10478989]],
            -0.20837892,
        ),
    ],
)
def test_linear_activation_backward(
    activation: str, dA_prev: list[list[float]], dW: list[list[float]], db: float
) -> None:
    dA, A_prev, W, b, Z = randn(2, (1, 2), (3, 2), (1, 3), (1, 1), (1, 2))
    cache = LayerCache(LinearCache(A_prev, W, b), Z)
    for computed, printed in zip(
        blocks.linear_activation_backward(dA, cache, activation), (dA_prev, dW, [[db]]), strict=True
    ):
        assert_printed(computed, printed)


def test_update_parameters() -> None:
    shapes = ((3, 4), (3, 1), (1, 3), (1, 1))
    parameters = dict(zip(("W1", "b1", "W2", "b2"), randn(2, *shapes), strict=True))
    grads = dict(zip(("dW1", "db1", "dW2", "db2"), randn(3, *shapes), strict=True))
    updated = blocks.update_parameters(parameters, grads, 0.1)
    assert_printed(
        updated["W1"],
        [
            [-0.59562069, -0.09991781, -2.14584584, 1.82662008],
            [-1.76569676, -0.80627147, 0.51115557, -1.18258802],
            [-1.0535704, -0.86128581, 0.68284052, 2.20374577],
        ],
    )
    assert_printed(updated["b1"], [[-0.04659241], [-1.28888275], [0.53405496]])
    assert_printed(updated["W2"], [[-0.55569196, 0.0354055, 1.32964895]])
    assert_printed(updated["b2"], [[-0.84610769]])
