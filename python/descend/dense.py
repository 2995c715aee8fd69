"""Layers to be: what a network is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from descend import _core, checks
from descend.graph.functions import Activation

if TYPE_CHECKING:
    from descend.network import Network

Init: TypeAlias = str | tuple[str, float] | npt.ArrayLike

_RECTIFIERS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
_SCALED = ("normal", "uniform")
_INITS = {
    **{name: name for name in _core.INITIALISATIONS if name not in _SCALED},
    **{name.removesuffix("_normal"): name for name in _core.INITIALISATIONS if name.endswith("_normal")},
}


@dataclass(frozen=True)
class Dense:
    """A layer to be: Z[l] = W[l] A[l-1] + b[l], A[l] = g(Z[l]).

    With batch normalisation, A[l] = g(gamma[l] (Z[l] - mean) / sqrt(variance + 1e-5) + beta[l]), with the
    mean and variance of each unit over a training step's batch, by the examples' weights, and in predictions
    with running means of both over the last steps (Ioffe and Szegedy 2015).

    Parameters
    ----------
    units : int
        n[l], at least 1.
    activation : str or Activation
        g: linear, exp, sigmoid, tanh, relu, leaky_relu (slope 0.01), elu (alpha 1), gelu (exact, with erf),
        silu, softplus, or, for the output layer only, softmax; or a function of one's own, see
        `descend.graph.activation`.
    init : str, (str, float) or array (n[l], n[l-1])
        What W[l] starts from; b[l] starts from 0. A name: zeros; he_normal, he_uniform (variance 2 / n[l-1]);
        xavier_normal, xavier_uniform (2 / (n[l-1] + n[l])); lecun_normal, lecun_uniform (1 / n[l-1]); he,
        xavier and lecun mean the normal ones. ("normal", s): standard deviation s; ("uniform", s): from -s to
        s. An array: W[l] itself. "auto" is he for relu, leaky_relu, elu, gelu, silu and softplus, and xavier
        for the other activations.
    dropout : float
        The share of A[l] that each training step silences, of at least 0 and below 1; the rest is scaled by
        1 / (1 - dropout). For hidden layers only.
    batch_norm : bool
        Whether Z[l] is normalised over the batch. gamma[l] starts from 1 and beta[l] from 0; b[l] stays where
        it is. Steps need at least 2 examples. For hidden layers only.

    Raises
    ------
    TypeError, ValueError
        A name that is unknown (the error offers the nearest) or a number out of range.
    """

    units: int
    activation: str | Activation = "relu"
    init: Init = field(default="auto", kw_only=True, compare=False)
    dropout: float = field(default=0.0, kw_only=True)
    batch_norm: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", checks.integer("units", self.units, 1))
        if isinstance(self.activation, Activation):
            self.activation.core(self.units)
        elif callable(self.activation):
            raise TypeError(f"activation is {self.activation!r}: make it one with descend.graph.activation.")
        else:
            checks.known_name("activation", self.activation, _core.ACTIVATIONS)
        object.__setattr__(self, "dropout", checks.number("dropout", self.dropout, at_least=0, below=1))
        if not isinstance(self.batch_norm, bool | np.bool_):
            raise TypeError(f"batch_norm is {self.batch_norm!r}: give True or False.")
        if isinstance(self.init, str):
            if self.init in _SCALED:
                raise ValueError(f'init is {self.init!r}, which needs a scale: give ("{self.init}", 0.01).')
            checks.known_name("init", self.init, ("auto", *_INITS))
        elif isinstance(self.init, tuple) and len(self.init) == 2 and isinstance(self.init[0], str):
            checks.known_name("init", self.init[0], _SCALED)
            checks.number(f"the scale of init {self.init[0]!r}", self.init[1], at_least=0)

    def initialise(self, network: Network, l: int) -> None:
        """Fill layer l of the network, W[l] (n[l], n[l-1]) and b[l] (n[l], 1).

        Raises
        ------
        TypeError, ValueError
            `init` is an array that is not W[l].
        """
        core = network.core
        if isinstance(self.init, str):
            auto = "he" if self.activation in _RECTIFIERS else "xavier"
            core.initialise(l, _INITS[auto if self.init == "auto" else self.init], 0.0, network.seed)
        elif isinstance(self.init, tuple) and isinstance(self.init[0], str):
            core.initialise(l, self.init[0], float(self.init[1]), network.seed)
        else:
            W = core.W(l)
            W[:] = checks.matrix(self.init, (self.units, W.shape[1]), W.dtype, f"layers[{l - 1}].init")


def dense_layers(layers: Sequence[Dense]) -> list[Dense]:
    """The layers, if they make a network.

    Raises
    ------
    TypeError, ValueError
        There is none, one is no Dense, or has what its place does not allow.
    """
    layers = list(layers)
    if not layers:
        raise ValueError("layers is empty: give at least the output layer, such as [Dense(1, 'sigmoid')].")
    for i, layer in enumerate(layers):
        if not isinstance(layer, Dense):
            raise TypeError(f"layers[{i}] is {layer!r}: give a Dense.")
        if layer.activation == "softmax" and i < len(layers) - 1:
            raise ValueError(
                f"layers[{i}] has the activation 'softmax': it is for the output layer, the last, only."
            )
    if layers[-1].dropout:
        raise ValueError(
            f"the output layer has dropout {layers[-1].dropout:g}: give dropout to hidden layers only."
        )
    if layers[-1].batch_norm:
        raise ValueError("the output layer has batch_norm=True: give batch_norm to hidden layers only.")
    return layers
