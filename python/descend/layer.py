"""Layer l of a network, as something to look at and to write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from descend import checks
from descend.checks import FloatArray
from descend.graph.functions import Activation

if TYPE_CHECKING:
    from descend.network import Network


class Layer:
    """Layer l of a network, a view: it holds no weights of its own.

    Raises
    ------
    RuntimeError
        Its arrays are asked for while the network is being trained (callbacks, between epochs, may look).
    TypeError, ValueError
        W or b is set to something that is no real number and has not its shape; gamma, beta or a running
        moment is asked of a layer without batch normalisation.
    """

    __slots__ = ("_l", "_network")

    def __init__(self, network: Network, l: int) -> None:
        self._network = network
        self._l = l

    @property
    def units(self) -> int:
        """n[l]."""
        return self._network.core.units[self._l - 1]

    @property
    def n_inputs(self) -> int:
        """n[l-1]."""
        return self._network.n_inputs if self._l == 1 else self._network.core.units[self._l - 2]

    @property
    def activation(self) -> str:
        """The name of g."""
        return self._network.core.activations[self._l - 1]

    @property
    def function(self) -> Activation | None:
        """The function that is g, where it is one's own."""
        return self._network.functions[self._l - 1]

    @property
    def dropout(self) -> float:
        """The share of A[l] that a training step silences."""
        return self._network.core.dropout[self._l - 1]

    @property
    def batch_norm(self) -> bool:
        """Whether Z[l] is normalised over the batch."""
        return self._network.core.batch_norm[self._l - 1]

    @property
    def W(self) -> FloatArray:
        """W[l] (n[l], n[l-1]), a writable view of the network's parameters."""
        return self._network.core_at_rest().W(self._l)

    @W.setter
    def W(self, value: npt.ArrayLike) -> None:
        checks.assign(self.W, value, f"W[{self._l}]")

    @property
    def b(self) -> FloatArray:
        """b[l] (n[l], 1), a writable view of the network's parameters."""
        return self._network.core_at_rest().b(self._l)

    @b.setter
    def b(self, value: npt.ArrayLike) -> None:
        checks.assign(self.b, value, f"b[{self._l}]")

    @property
    def gamma(self) -> FloatArray:
        """Batch normalisation's scale gamma[l] (n[l], 1), a writable view of the network's parameters."""
        return self._normalisation()[0]

    @property
    def beta(self) -> FloatArray:
        """Batch normalisation's shift beta[l] (n[l], 1), a writable view of the network's parameters."""
        return self._normalisation()[1]

    @property
    def running_mean(self) -> FloatArray:
        """The mean of Z[l] (n[l], 1) that predictions use, a writable view of the network's state."""
        return self._normalisation()[2]

    @property
    def running_variance(self) -> FloatArray:
        """The variance of Z[l] (n[l], 1) that predictions use, a writable view of the network's state."""
        return self._normalisation()[3]

    def _normalisation(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """gamma, beta, running mean and running variance, if the layer has batch normalisation."""
        return self._network.core_at_rest().normalisation(self._l)

    def __repr__(self) -> str:
        return f"Layer({described(self)}, n_inputs={self.n_inputs})"


def described(layer: Layer) -> str:
    """What a layer is, as Dense takes it."""
    dropout = f", dropout={layer.dropout:g}" if layer.dropout else ""
    return f"{layer.units}, {layer.activation!r}{dropout}{', batch_norm=True' if layer.batch_norm else ''}"


def portable(layer: Layer) -> str | tuple[str, list[dict[str, Any]]]:
    """A layer's activation without functions, which other processes may not find."""
    g = layer.function
    return layer.activation if g is None else (g.name, g.operations(layer.units))


def from_portable(g: str | tuple[str, list[dict[str, Any]]]) -> str | Activation:
    """The activation that `portable` gave this for."""
    return g if isinstance(g, str) else Activation.from_operations(*g)
