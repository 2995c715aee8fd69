"""Networks of dense layers over one flat vector of parameters."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from descend import _core, checks, losses, text, tracing
from descend.checks import FloatArray
from descend.dense import Dense, dense_layers
from descend.graph.functions import Activation
from descend.layer import Layer, described, from_portable, portable

if TYPE_CHECKING:
    from descend.losses import Loss


class Network:
    """A dense network of L layers.

    A[0] = X^T, Z[l] = W[l] A[l-1] + b[l], A[l] = g[l](Z[l])

    Parameters
    ----------
    n_inputs : int
        n[0], the number of features, at least 1.
    layers : sequence of Dense
        Layers 1 .. L; the last is the output layer.
    seed : int, optional
        What the initial weights are drawn from, 0 to 2^64 - 1; if not given, the operating system draws one.
        The same seed gives the same weights on every machine.
    dtype : str or dtype
        "float32" or "float64".

    Attributes
    ----------
    n_inputs, n_outputs, n_parameters : int
        n[0], n[L] and P.
    functions : list of Activation or None
        g of layers 1 .. L, where these are functions of one's own.
    seed : int
        As given, or as drawn.
    dtype : numpy.dtype
        Of the parameters, and of everything computed with them.
    core : Network32 or Network64
        The network in C++.

    Raises
    ------
    TypeError, ValueError
        No layers, something that is no Dense, softmax or a size where it cannot be, a dtype that is neither
        of the two.
    """

    def __init__(
        self,
        n_inputs: int,
        layers: Sequence[Dense],
        *,
        seed: int | None = None,
        dtype: npt.DTypeLike = "float32",
    ) -> None:
        self.n_inputs = checks.integer("n_inputs", n_inputs, 1)
        self.seed = checks.seed(seed)
        self.dtype = _float_dtype(dtype)
        layers = dense_layers(layers)
        self._build([(layer.units, layer.activation, layer.dropout, layer.batch_norm) for layer in layers])
        for l, layer in enumerate(layers, start=1):
            layer.initialise(self, l)

    def _build(self, layers: Sequence[tuple[int, str | Activation, float, bool]]) -> None:
        self.functions = [g if isinstance(g, Activation) else None for _, g, *_ in layers]
        units, activations, dropout, batch_norm = map(list, zip(*layers, strict=True))
        functions = [
            g.core(n) if isinstance(g, Activation) else g for g, n in zip(activations, units, strict=True)
        ]
        kind = _core.Network32 if self.dtype == np.float32 else _core.Network64
        self.core: _core.Network32 | _core.Network64 = kind(
            self.n_inputs, units, functions, dropout, batch_norm
        )
        self._claim = threading.Lock()
        self._trained_by: int | None = None

    @property
    def n_outputs(self) -> int:
        """n[L]."""
        return self.core.units[-1]

    @property
    def output_activation(self) -> str:
        """The name of g[L]."""
        return self.core.activations[-1]

    @property
    def n_parameters(self) -> int:
        """P, the number of parameters."""
        return self.core.n_parameters

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers 1 .. L, as views: `layers[0].W` is W[1]."""
        return tuple(Layer(self, l) for l in range(1, self.core.n_layers + 1))

    @property
    def parameters(self) -> FloatArray:
        """All parameters (P,), a writable view.

        For each layer W[l] column by column, then b[l], then gamma[l] and beta[l] where it has batch
        normalisation.

        Raises
        ------
        RuntimeError
            The network is being trained (callbacks, between epochs, may look).
        """
        return self.core_at_rest().parameters

    @parameters.setter
    def parameters(self, value: npt.ArrayLike) -> None:
        checks.assign(self.parameters, value, "parameters")

    @property
    def state(self) -> FloatArray:
        """What training moves without a gradient (S,), a writable view.

        For each layer with batch normalisation its running mean, then its running variance.

        Raises
        ------
        RuntimeError
            The network is being trained (callbacks, between epochs, may look).
        """
        return self.core_at_rest().state

    @state.setter
    def state(self, value: npt.ArrayLike) -> None:
        checks.assign(self.state, value, "state")

    def predict(self, X: object, *, n_threads: int | None = None) -> FloatArray:
        """A[L], the activations of the output layer.

        Parameters
        ----------
        X : array-like or SciPy sparse (m, n[0])
            An example a row.
        n_threads : int, optional
            How many threads may work; as many as help if not given.

        Returns
        -------
        array (m, n[L])
            Of the network's dtype; logits, where a linear output was trained with a loss that takes logits.

        Raises
        ------
        TypeError, ValueError
            X is not (m, n[0]), or a value is not a finite number.
        RuntimeError
            The network is being trained.
        """
        core, threads = self.core_at_rest(), checks.threads(n_threads)
        A = core.predict(X, threads)
        if A is None:
            rows = checks.features(X, self.n_inputs, self.dtype, n_threads=threads)
            A = core.predict(checks.for_core(rows), threads)
        return cast(FloatArray, A)

    def cost_and_gradient(
        self,
        X: object,
        y: object,
        loss: Loss = "auto",
        *,
        sample_weight: object = None,
        l1: float = 0.0,
        l2: float = 0.0,
        n_threads: int | None = None,
    ) -> tuple[float, FloatArray]:
        """The cost of a batch and its derivative with respect to the parameters, without dropout.

        J = sum_i w_i L_i / sum_i w_i + l2 / 2 sum W^2 + l1 sum abs(W)

        Batch normalisation is by this batch, as in a step of training; the state stays as it is.

        Parameters
        ----------
        X : array-like or SciPy sparse (m, n[0])
            An example a row.
        y : array-like (m,) or (m, n[L])
            The targets; (m,) if there is one output, or if these are class numbers.
        loss : str or loss object
            See `descend.losses`; "auto" is the one that belongs to the output activation.
        sample_weight : array-like (m,), optional
            w, 1 if not given.
        l1, l2 : float
            Penalties on all W, not on b.
        n_threads : int, optional
            How many threads may work; as many as help if not given.

        Returns
        -------
        float
            J.
        array (P,)
            dJ, laid out like `parameters`.

        Raises
        ------
        TypeError, ValueError
            As `train` raises for the same arguments.
        RuntimeError
            The network is being trained.
        """
        core = self.core_at_rest()
        resolved = losses.resolve(loss, self.core.activations[-1], self.n_outputs)
        rows, Y, weight = checks.examples(self, X, y, sample_weight, resolved.name)
        l1, l2 = checks.number("l1", l1, at_least=0), checks.number("l2", l2, at_least=0)
        return core.cost_and_gradient(
            checks.for_core(rows), Y, resolved, weight, l1, l2, checks.threads(n_threads)
        )

    def trace(
        self,
        X: object,
        y: object,
        loss: Loss = "auto",
        *,
        sample_weight: object = None,
        inputs: bool = False,
    ) -> tracing.Trace:
        """Every matrix of one forward and backward pass, without dropout, in the course's shapes.

        Z[l] = W[l] A[l-1] + b[l], A[l] = g(Z[l]), dZ[l] = dA[l] * g'(Z[l]), dW[l] = 1/m dZ[l] A[l-1]^T,
        db[l] = 1/m sum of dZ[l]'s columns, dA[l-1] = W[l]^T dZ[l]

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `cost_and_gradient`.
        inputs : bool
            Whether to give dA[0] too, how each input moves its example's loss.

        Returns
        -------
        Trace
            `trace.Z[1]` (n[1], m), `trace.dW[3]` (n[3], n[2]) and so on; printing it gives their dimensions.

        Raises
        ------
        TypeError, ValueError
            As `train` raises for the same arguments.
        RuntimeError
            The network is being trained.
        """
        return tracing.trace(self, X, y, loss, sample_weight, inputs)

    def astype(self, dtype: npt.DTypeLike) -> Network:
        """A copy whose parameters have this dtype, "float32" or "float64"."""
        copy = Network.__new__(Network)
        copy.__setstate__({**self.__getstate__(), "dtype": _float_dtype(dtype).name})
        return copy

    def core_at_rest(self) -> _core.Network32 | _core.Network64:
        """The network in C++, if nobody trains it.

        Raises
        ------
        RuntimeError
            Somebody does; only callbacks, between epochs, may look.
        """
        if self.core.training or self._trained_by not in (None, threading.get_ident()):
            raise RuntimeError(
                "This network is being trained: wait until that ends, or work on a copy made before."
            )
        return self.core

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keep everybody but this thread from the network, for the length of a training.

        Raises
        ------
        RuntimeError
            It is being trained already.
        """
        if not self._claim.acquire(blocking=False):
            raise RuntimeError(
                "This network is being trained already: wait until that ends, or train a copy."
            )
        self._trained_by = threading.get_ident()
        try:
            yield
        finally:
            self._trained_by = None
            self._claim.release()

    def fold_batch_norm(self) -> Network:
        """A copy that predicts the same without batch normalisation: its running moments are in W and b.

        Raises
        ------
        RuntimeError
            The network is being trained.
        """
        folded = self.core_at_rest().folded()
        kept = self.__getstate__()
        layers = [(units, g, dropout, False) for units, g, dropout, _ in kept["layers"]]
        copy = Network.__new__(Network)
        copy.__setstate__({**kept, "layers": layers, "parameters": folded.parameters, "state": folded.state})
        return copy

    def summary(self, width: int | None = None) -> str:
        """The layers as a table, at most `width` wide: activation, shapes of W and b, parameters."""
        rows = [
            [
                str(l),
                f"batch norm, {layer.activation}" if layer.batch_norm else layer.activation,
                str((layer.units, layer.n_inputs)),
                str((layer.units, 1)),
                f"{layer.units * (layer.n_inputs + (3 if layer.batch_norm else 1)):,}",
            ]
            for l, layer in enumerate(self.layers, start=1)
        ]
        total = ["all", "", "", "", f"{self.n_parameters:,}"]
        return text.table(["layer", "activation", "W", "b", "parameters"], [*rows, total], width)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        layers = ", ".join(f"Dense({described(layer)})" for layer in self.layers)
        return f"Network({self.n_inputs}, [{layers}], seed={self.seed}, dtype={self.dtype.name!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {
            "n_inputs": self.n_inputs,
            "layers": [(of.units, portable(of), of.dropout, of.batch_norm) for of in self.layers],
            "seed": self.seed,
            "dtype": self.dtype.name,
            "parameters": self.parameters.copy(),
            "state": self.state.copy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.n_inputs, self.seed, self.dtype = state["n_inputs"], state["seed"], np.dtype(state["dtype"])
        self._build([(n, from_portable(g), *other) for n, g, *other in state["layers"]])
        self.parameters, self.state = state["parameters"], state["state"]


def _float_dtype(dtype: npt.DTypeLike | None) -> np.dtype[Any]:
    if dtype is not None:  # To NumPy, None is float64.
        with suppress(TypeError):
            resolved = np.dtype(dtype)
            if resolved.name in ("float32", "float64") and resolved.isnative:
                return resolved
    raise ValueError(f"dtype is {dtype!r}: give 'float32' or 'float64'.")
