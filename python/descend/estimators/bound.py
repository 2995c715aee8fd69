"""The network behind `coefs_` and `intercepts_`, which are views of it until somebody sets others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from descend import checks
from descend.checks import FloatArray
from descend.estimators import weights
from descend.estimators.weights import Kind, Weights
from descend.network import Network


class HasNetwork(BaseEstimator, ABC):  # type: ignore[misc]
    """An estimator whose fitted attributes are a network's.

    `_fitted_kinds` are those of its layers: parameters that are set after a fit say how the next one goes.
    """

    @property
    def network_(self) -> Network:
        """The network that `coefs_` and `intercepts_` are views of, for saving, exporting and training on.

        Raises
        ------
        NotFittedError
            There is none yet.
        """
        check_is_fitted(self)
        return self._network()

    def _network(self) -> Network:
        """The network of the weights that `coefs_` and `intercepts_` hold now."""
        if not hasattr(self, "coefs_"):
            self._start_from_init_params()
        bound: tuple[Network, list[FloatArray]] | None = vars(self).get("_bound")
        if bound is not None and _same(self._weights().arrays(), bound[1]):
            return bound[0]
        dtype = np.dtype(np.float32 if np.asarray(self.coefs_[0]).dtype == np.float32 else np.float64)
        kinds: list[Kind] = vars(self).get("_fitted_kinds", [])
        if len(kinds) != len(self.coefs_):
            kinds = self._kinds(len(self.coefs_) - 1)
        return self._bind(self._weights(), dtype, kinds)

    def _weights(self) -> Weights:
        """What the fitted attributes hold now."""
        return Weights(self.coefs_, self.intercepts_, vars(self).get("normalisations_", ()))

    def _bind(self, start: Weights, dtype: np.dtype[Any], kinds: list[Kind]) -> Network:
        """A network that starts from these weights; `coefs_`, `intercepts_` and the rest become its views."""
        network = weights.network_of(start, kinds, dtype)
        self._fitted_kinds = kinds
        self.coefs_, self.intercepts_, normalisations = weights.views_of(network)
        if normalisations:
            self.normalisations_ = normalisations
        elif hasattr(self, "normalisations_"):
            del self.normalisations_
        self._bound = (network, self._weights().arrays())
        return network

    def _kinds(self, n_hidden: int) -> list[Kind]:
        """Those of layers 1 .. L."""
        output = Kind(weights.OUTPUT_ACTIVATIONS[self.out_activation_])
        return [*self._hidden_kinds(n_hidden), output]

    def _hidden_kinds(self, n_hidden: int) -> list[Kind]:
        """Those of layers 1 .. L-1."""
        dropout = self._each_hidden("dropout", self.dropout, n_hidden)
        for i, share in enumerate(dropout):
            checks.number(f"dropout[{i}]", share, at_least=0, below=1)
        return [
            Kind(weights.ACTIVATIONS[name], float(share), bool(self.batch_norm))
            for name, share in zip(self._activations(n_hidden), dropout, strict=True)
        ]

    def _activations(self, n_hidden: int) -> list[str]:
        """scikit-learn's names of the hidden layers' activations."""
        names = self._each_hidden("activation", self.activation, n_hidden)
        return [
            checks.known_name(f"activation[{i}]", name, weights.ACTIVATIONS) for i, name in enumerate(names)
        ]

    @staticmethod
    def _each_hidden(what: str, given: Any, n_hidden: int) -> list[Any]:
        """One for all hidden layers, or one for each."""
        if not isinstance(given, list | tuple):
            return [given] * n_hidden
        if len(given) != n_hidden:
            raise ValueError(
                f"{what} has {len(given)} values for {n_hidden} hidden layers: "
                "give one for each, or one for all."
            )
        return list(given)

    def _hidden_units(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if isinstance(sizes, Iterable) else [sizes]
        if any(isinstance(size, Real) and size <= 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return [checks.integer(f"hidden_layer_sizes[{i}]", size, 1) for i, size in enumerate(sizes)]

    def _network_to_train(
        self, n_features: int, dtype: np.dtype[Any], fresh: bool, random: np.random.RandomState
    ) -> Network:
        """The network that training starts from: a new one, or that of the training before."""
        hidden = self._hidden_units()
        units, kinds = [n_features, *hidden, self.n_outputs_], self._kinds(len(hidden))
        if not fresh:
            network = self._network()
            before = weights.units_of(self.coefs_)
            if before != units:
                raise ValueError(
                    f"The network has layers of {before} units, and training it on needs {units}: give "
                    "hidden_layer_sizes, X and y of the same sizes, or fit with warm_start=False."
                )
            if weights.kinds_of(network) == kinds:
                return network
            return self._bind(self._weights(), network.dtype, kinds)
        if self.init_params is not None:
            start = weights.given(self.init_params, units, dtype)
        else:
            names = self._activations(len(hidden))
            names.append(names[-1] if names else str(self.activation))
            start = weights.draw(random, units, [name == "logistic" for name in names], dtype)
        self.n_layers_ = len(units)
        self.n_iter_ = self.t_ = 0
        return self._bind(start, dtype, kinds)

    def _start_from_init_params(self) -> None:
        """Become usable before fit."""
        hidden = self._hidden_units()
        coefs, intercepts = weights.pair(self.init_params, 1 + len(hidden))
        first = np.asarray(coefs[0])
        dtype = np.dtype(np.float32 if first.dtype == np.float32 else np.float64)
        self.n_outputs_ = int(np.shape(coefs[-1])[1])
        self.n_features_in_ = len(first)
        self._assume_targets()
        units = [self.n_features_in_, *hidden, self.n_outputs_]
        self.n_layers_ = len(units)
        self.n_iter_ = self.t_ = 0
        self._bind(weights.given((coefs, intercepts), units, dtype), dtype, self._kinds(len(hidden)))

    @abstractmethod
    def _assume_targets(self) -> None:
        """Set what `_learn_targets` would, from the number of outputs alone."""

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_bound"}


def _same(these: Sequence[npt.ArrayLike], those: Sequence[npt.ArrayLike]) -> bool:
    return len(these) == len(those) and all(a is b for a, b in zip(these, those, strict=True))
