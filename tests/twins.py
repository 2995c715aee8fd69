"""Twins: an oracle's network and descend's with the same numbers, and how closely the two must agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

import descend as ds
import oracle
from descend.optimizers import Optimizer

DTYPES = ("float32", "float64")

ELEMENTWISE = tuple(oracle.ACTIVATIONS)

# Output activation and loss: logits, the pairs that belong together, and all that goes through a slope.
PAIRS = [
    *(("linear", loss) for loss in oracle.LOSSES),
    ("sigmoid", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
    ("exp", "poisson"),
    *((g, loss) for g in ELEMENTWISE[1:] for loss in ("squared_error", "absolute_error", "huber")),
    ("softmax", "squared_error"),
]


def representable(network: oracle.Network, dtype: str) -> oracle.Network:
    """The network, its parameters rounded to the dtype."""
    network.parameters = network.parameters.astype(dtype).astype(np.float64)
    return network


def twin(network: oracle.Network, dtype: str, *, dropout: float = 0.0) -> ds.Network:
    """descend's network with the oracle's numbers; `dropout` in the hidden layers."""
    layers = [
        ds.Dense(network.n[l], network.g[l], dropout=dropout if l < network.L else 0.0) for l in network.W
    ]
    copy = ds.Network(network.n[0], layers, seed=0, dtype=dtype)
    for l, layer in enumerate(copy.layers, start=1):
        layer.W, layer.b = network.W[l], network.b[l]
    return copy


def rule(optimizer: Optimizer, network: oracle.Network) -> oracle.Update:
    """The oracle's update with this optimiser's constants."""
    constants = asdict(optimizer)
    del constants["learning_rate"]
    if "weight_decay" in constants:
        constants["decay"] = constants.pop("weight_decay") * network.is_weight
    return partial(getattr(oracle, optimizer.kind.removesuffix("w")), **constants)


def examples(
    network: oracle.Network, loss: str, m: int, rng: np.random.Generator, dtype: str = "float64"
) -> tuple[oracle.Array, oracle.Array]:
    """X (n[0], m) and Y (n[L], m) such as the loss takes, representable in the dtype.

    Inputs of exponentials are small: e^e^z overflows early.
    """
    X = rng.standard_normal((network.n[0], m)) / (8 if network.g[1] == "exp" else 1)
    shape = (network.n[-1], m)
    if loss == "cross_entropy" or (loss == "squared_error" and network.g[network.L] == "softmax"):
        Y = oracle.one_hot(rng.integers(shape[0], size=m), shape[0])
    elif loss == "binary_cross_entropy":
        Y = rng.integers(2, size=shape).astype(np.float64)
    elif loss == "poisson":
        Y = rng.poisson(1.5, size=shape).astype(np.float64)
    else:
        Y = rng.standard_normal(shape)
    return X.astype(dtype).astype(np.float64), Y.astype(dtype).astype(np.float64)


def by_layer(flat: NDArray[np.floating], n: Sequence[int]) -> list[NDArray[np.floating]]:
    """The parts of a vector laid out as the parameters that belong to layer 1, 2, ..."""
    sizes = [n[l] * (n[l - 1] + 1) for l in range(1, len(n))]
    return np.split(flat, np.cumsum(sizes)[:-1])


def assert_close(
    actual: ArrayLike, expected: ArrayLike, dtype: str, terms: int, *, of: ArrayLike = 0.0
) -> None:
    """Equal up to the rounding of sums of `terms` terms in the dtype, next to the largest number expected.

    Where that is a difference `of` larger numbers, next to those.
    A sum of k terms, each rounded once and added in any order, is off by at most k epsilon times the sum of
    their magnitudes; activations are within a few epsilon. Numbers below the normal ones count as zero.
    """
    scale = max(np.abs(numbers).max(initial=0.0) for numbers in (expected, of))
    info = np.finfo(dtype)
    bound = (terms + 8) * (info.eps * scale + info.tiny)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=bound)


def assert_gradient_close(
    actual: NDArray[np.floating],
    expected: oracle.Array,
    dtype: str,
    n: Sequence[int],
    m: int,
    *,
    of: oracle.Array,
) -> None:
    """As `assert_close`, for each layer by itself, in a network of sizes n on m examples."""
    parts = zip(*(by_layer(flat, n) for flat in (actual, expected, of)), strict=True)
    for actual_part, expected_part, of_part in parts:
        assert_close(actual_part, expected_part, dtype, sum(n) + m, of=of_part)
