"""scikit-learn's `coefs_` and `intercepts_`, and the network that computes with them: the same bytes.

coefs_[l - 1] (n[l-1], n[l]) is the transpose of W[l], and intercepts_[l - 1] (n[l],) is b[l] flat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from descend import checks
from descend.checks import FloatArray
from descend.network import Dense, Network

ACTIVATIONS = {
    "identity": "linear",
    "logistic": "sigmoid",
    **{name: name for name in ("tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")},
}
OUTPUT_ACTIVATIONS = {**ACTIVATIONS, "exp": "exp", "softmax": "softmax"}

Weights = tuple[list[FloatArray], list[FloatArray]]


def draw(
    random: np.random.RandomState, units: Sequence[int], logistic: Sequence[bool], dtype: np.dtype[Any]
) -> Weights:
    """The weights and biases that scikit-learn draws, uniform from -bound to bound (Glorot and Bengio 2010).

    bound = sqrt(6 / (n[l-1] + n[l])), with 2 in place of 6 where `logistic`
    """
    coefs, intercepts = [], []
    for (fan_in, fan_out), is_logistic in zip(pairwise(units), logistic, strict=True):
        bound = math.sqrt((2 if is_logistic else 6) / (fan_in + fan_out))
        coefs.append(random.uniform(-bound, bound, (fan_in, fan_out)).astype(dtype, copy=False))
        intercepts.append(random.uniform(-bound, bound, fan_out).astype(dtype, copy=False))
    return coefs, intercepts


def given(params: Any, units: Sequence[int], dtype: np.dtype[Any]) -> Weights:
    """`init_params` as weights of these sizes.

    Raises
    ------
    ValueError
        They are not a pair of lists, or not of these sizes.
    """
    if len(params) != 2 or any(len(part) != len(units) - 1 for part in params):
        raise ValueError(
            f"init_params is no pair of lists of {len(units) - 1} arrays each: "
            "give (coefs, intercepts), one array for every layer, such as (other.coefs_, other.intercepts_)."
        )
    coefs, intercepts = [], []
    for i, shape in enumerate(pairwise(units)):
        coefs.append(checks.matrix(params[0][i], shape, dtype, f"the coefs[{i}] of init_params"))
        row = np.reshape(params[1][i], (1, -1))
        intercepts.append(checks.matrix(row, (1, shape[1]), dtype, f"the intercepts[{i}] of init_params")[0])
    return coefs, intercepts


def units_of(coefs: Sequence[FloatArray]) -> list[int]:
    """n[0], ..., n[L]."""
    return [len(coefs[0]), *(np.shape(coef)[1] for coef in coefs)]


def network_of(
    weights: tuple[Sequence[FloatArray], Sequence[FloatArray]],
    activations: Sequence[str],
    dropout: Sequence[float],
    dtype: np.dtype[Any],
) -> Network:
    """A network with a copy of these weights, and with these activations and dropout of layers 1 .. L."""
    units = units_of(weights[0])
    layers = [
        Dense(n, g, init="zeros", dropout=share)
        for n, g, share in zip(units[1:], activations, dropout, strict=True)
    ]
    network = Network(units[0], layers, seed=0, dtype=dtype)
    for layer, coef, intercept in zip(network.layers, *weights, strict=True):
        layer.W = np.asarray(coef).T
        layer.b = np.reshape(intercept, (-1, 1))
    return network


def views_of(network: Network) -> Weights:
    """The network's own parameters in scikit-learn's shapes."""
    return [layer.W.T for layer in network.layers], [layer.b[:, 0] for layer in network.layers]


def hidden_part(network: Network) -> Network:
    """The layers before the output layer, as a network with a copy of their weights."""
    coefs, intercepts = views_of(network)
    activations = network.core.activations[:-1]
    return network_of((coefs[:-1], intercepts[:-1]), activations, [0.0] * len(activations), network.dtype)
