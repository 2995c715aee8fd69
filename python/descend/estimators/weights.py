"""scikit-learn's `coefs_` and `intercepts_`, and the network that computes with them: the same bytes.

coefs_[l - 1] (n[l-1], n[l]) is the transpose of W[l], and intercepts_[l - 1] (n[l],) is b[l] flat. With batch
normalisation, normalisations_[l - 1] is gamma[l], beta[l], running mean and running variance, (n[l],) each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np

from descend import checks
from descend.checks import FloatArray
from descend.dense import Dense
from descend.network import Network

ACTIVATIONS = {
    "identity": "linear",
    "logistic": "sigmoid",
    **{name: name for name in ("tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")},
}
OUTPUT_ACTIVATIONS = {**ACTIVATIONS, "exp": "exp", "softmax": "softmax"}

Normalisation = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


class Weights(NamedTuple):
    """What a network is made of; `normalisations`, of the hidden layers, left out, start afresh."""

    coefs: Sequence[FloatArray]
    intercepts: Sequence[FloatArray]
    normalisations: Sequence[Normalisation] = ()

    def arrays(self) -> list[FloatArray]:
        """All of them."""
        return [*self.coefs, *self.intercepts, *chain(*self.normalisations)]


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
    return Weights(coefs, intercepts)


def pair(params: Any, n_layers: int) -> tuple[Sequence[Any], Sequence[Any]]:
    """`init_params` as coefs and intercepts of so many layers.

    Raises
    ------
    ValueError
        They are not a pair of lists, or not of so many arrays.
    """
    match params:
        case [list() | tuple() as coefs, list() | tuple() as intercepts]:
            if len(coefs) == len(intercepts) == n_layers and all(np.ndim(coef) == 2 for coef in coefs):
                return coefs, intercepts
    raise ValueError(
        f"init_params is no pair of lists of {n_layers} arrays each: "
        "give (coefs, intercepts), one array for every layer, such as (other.coefs_, other.intercepts_)."
    )


def given(params: Any, units: Sequence[int], dtype: np.dtype[Any]) -> Weights:
    """`init_params` as weights of these sizes.

    Raises
    ------
    ValueError
        They are not a pair of lists, or not of these sizes.
    """
    coefs, intercepts = [], []
    for i, (shape, W, b) in enumerate(zip(pairwise(units), *pair(params, len(units) - 1), strict=True)):
        coefs.append(checks.matrix(W, shape, dtype, f"init_params[0][{i}]"))
        row = np.reshape(b, (1, -1))
        intercepts.append(checks.matrix(row, (1, shape[1]), dtype, f"init_params[1][{i}]")[0])
    return Weights(coefs, intercepts)


def units_of(coefs: Sequence[FloatArray]) -> list[int]:
    """n[0], ..., n[L]."""
    return [len(coefs[0]), *(np.shape(coef)[1] for coef in coefs)]


class Kind(NamedTuple):
    """What a layer does with Z[l], by descend's names."""

    activation: str
    dropout: float = 0.0
    batch_norm: bool = False


def network_of(weights: Weights, kinds: Sequence[Kind], dtype: np.dtype[Any]) -> Network:
    """A network with a copy of these weights, whose layers 1 .. L are of these kinds."""
    units = units_of(weights.coefs)
    layers = [
        Dense(n, kind.activation, init="zeros", dropout=kind.dropout, batch_norm=kind.batch_norm)
        for n, kind in zip(units[1:], kinds, strict=True)
    ]
    network = Network(units[0], layers, seed=0, dtype=dtype)
    for layer, coef, intercept in zip(network.layers, weights.coefs, weights.intercepts, strict=True):
        layer.W = np.asarray(coef).T
        layer.b = np.reshape(intercept, (-1, 1))
    for own, given in zip(views_of(network).normalisations, weights.normalisations, strict=False):
        for to, array in zip(own, given, strict=True):
            to[:] = array
    return network


def kinds_of(network: Network) -> list[Kind]:
    """Those of layers 1 .. L."""
    return [Kind(layer.activation, layer.dropout, layer.batch_norm) for layer in network.layers]


def views_of(network: Network) -> Weights:
    """The network's own parameters and state in scikit-learn's shapes."""
    layers = network.layers
    return Weights(
        [layer.W.T for layer in layers],
        [layer.b[:, 0] for layer in layers],
        [
            (layer.gamma[:, 0], layer.beta[:, 0], layer.running_mean[:, 0], layer.running_variance[:, 0])
            for layer in layers
            if layer.batch_norm
        ],
    )


def hidden_part(network: Network) -> Network:
    """The layers before the output layer, as a network with a copy of their weights."""
    folded = network.fold_batch_norm()
    coefs, intercepts, _ = views_of(folded)
    kinds = [Kind(layer.activation) for layer in folded.layers[:-1]]
    return network_of(Weights(coefs[:-1], intercepts[:-1]), kinds, network.dtype)
