"""Every matrix of one pass through a network, forward and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from descend import _core, checks, losses, text
from descend.checks import FloatArray

if TYPE_CHECKING:
    from descend.losses import Loss
    from descend.network import Network

# A derivative of g below this lets hardly anything through: |z| above 5.3 for sigmoid, above 3.3 for tanh.
_FLAT = 0.005


class ByLayer(dict[int, FloatArray]):
    """The matrices of one symbol by layer: `trace.Z[1]`."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol

    def __missing__(self, l: object) -> FloatArray:
        remedy = ": give trace(..., inputs=True)" if self.symbol == "dA" and l == 0 else ""
        raise KeyError(f"this trace has no {self.symbol}[{l}], but those of {sorted(self)}{remedy}")


class LayerFacts(NamedTuple):
    """What helps to find out why a layer does not learn.

    Attributes
    ----------
    l : int
        The layer, counted from 1.
    activation : str
        The name of g.
    mean, deviation : float
        Of A[l].
    saturated : float or None
        The share of g'(Z[l]) below 0.005 in magnitude; None for softmax.
    dead : int or None
        Units that are so for every example: for relu, those that are 0 whatever comes.
    norm_W, norm_dW, norm_db : float
        Euclidean norms.
    """

    l: int
    activation: str
    mean: float
    deviation: float
    saturated: float | None
    dead: int | None
    norm_W: float
    norm_dW: float
    norm_db: float


class Dimension(NamedTuple):
    """One matrix: its symbol, its shape in letters and in numbers, and what it is."""

    symbol: str
    letters: str
    shape: tuple[int, int]
    meaning: str


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """One forward and backward pass in the course's shapes, a column per example.

    Printing it gives the table of dimensions, the cost and the facts of every layer.

    Attributes
    ----------
    cost : float
        J, without penalties.
    loss : str
        Its name.
    activations : tuple of str
        g[1] .. g[L].
    example_loss : array (m,)
        L_i; the cost is their mean, weighted where there are weights.
    Y : array (n[L], m)
        The targets; class numbers as one-hot columns.
    W, b, gamma, beta : dict of int to array
        W[l] (n[l], n[l-1]) and b[l] (n[l], 1), views of the network's own, which move when it trains; with
        batch normalisation gamma[l] and beta[l] (n[l], 1), too.
    A : dict of int to array
        A[l] (n[l], m); A[0] is X.
    Z, Z_norm, Z_tilde : dict of int to array
        Z[l] (n[l], m); with batch normalisation, by the batch's own mean and variance as in training,
        Z_norm[l] and Z_tilde[l] = gamma[l] * Z_norm[l] + beta[l], which g is applied to.
    dA, dZ, dZ_tilde : dict of int to array
        (n[l], m), as in the course: a column is the derivative of the example's own loss L_i, times its
        weight over the mean weight. dA[L] is for the eye: NaN where A[L] rounds to where its formula ends.
        dA[0], if asked for, is the saliency of the inputs; dJ/dX is 1/m of it.
    dW, db, dgamma, dbeta : dict of int to array
        dJ/dW[l], dJ/db[l] and so on.
    layers : list of LayerFacts
        What helps to find out why a layer does not learn.
    """

    cost: float
    loss: str
    activations: tuple[str, ...]
    example_loss: npt.NDArray[np.float64]
    Y: FloatArray
    W: ByLayer
    b: ByLayer
    gamma: ByLayer
    beta: ByLayer
    A: ByLayer
    Z: ByLayer
    Z_norm: ByLayer
    Z_tilde: ByLayer
    dA: ByLayer
    dZ: ByLayer
    dZ_tilde: ByLayer
    dW: ByLayer
    db: ByLayer
    dgamma: ByLayer
    dbeta: ByLayer
    layers: list[LayerFacts]

    @property
    def L(self) -> int:
        """The number of layers."""
        return len(self.activations)

    @property
    def m(self) -> int:
        """The number of examples."""
        return len(self.example_loss)

    def dimensions(self) -> list[Dimension]:
        """Every matrix in the order in which it is computed."""

        def row(matrices: ByLayer, l: int, columns: str, meaning: str) -> Dimension:
            n, m = matrices[l].shape
            return Dimension(f"{matrices.symbol}[{l}]", f"(n[{l}], {columns})", (n, m), meaning)

        L = self.L
        rows = [row(self.A, 0, "m", "X, a column for each example")]
        for l, g in enumerate(self.activations, start=1):
            rows += [
                row(self.W, l, f"n[{l - 1}]", "weights"),
                row(self.b, l, "1", "biases, added to every column"),
                row(self.Z, l, "m", f"W[{l}] A[{l - 1}] + b[{l}]"),
            ]
            if l in self.Z_norm:
                rows += [
                    row(self.gamma, l, "1", "scale"),
                    row(self.beta, l, "1", "shift"),
                    row(self.Z_norm, l, "m", f"(Z[{l}] - mean) / sqrt(variance + 1e-5)"),
                    row(self.Z_tilde, l, "m", f"gamma[{l}] * Z_norm[{l}] + beta[{l}]"),
                ]
            rows.append(row(self.A, l, "m", f"{g}({self._into_g(l)})"))
        n_L, m = self.Y.shape
        rows += [
            Dimension("Y", f"(n[{L}], m)", (n_L, m), "targets"),
            row(self.dA, L, "m", f"dL/dA[{L}], {self.loss}"),
        ]
        for l in range(L, 0, -1):
            through_g = f"dA[{l}] * {self.activations[l - 1]}'({self._into_g(l)})"
            if l in self.Z_norm:
                rows += [
                    row(self.dZ_tilde, l, "m", through_g),
                    row(self.dgamma, l, "1", f"1/m sum of the columns of dZ_tilde[{l}] * Z_norm[{l}]"),
                    row(self.dbeta, l, "1", f"1/m sum of dZ_tilde[{l}]'s columns"),
                ]
                through_g = f"dZ_tilde[{l}], back through the normalisation"
            rows += [
                row(self.dZ, l, "m", f"dL/dZ[{l}], from Z[{l}] and Y" if l == L else through_g),
                row(self.dW, l, f"n[{l - 1}]", f"1/m dZ[{l}] A[{l - 1}]^T"),
                row(self.db, l, "1", f"1/m sum of dZ[{l}]'s columns"),
            ]
            if l - 1 in self.dA:
                rows.append(row(self.dA, l - 1, "m", f"W[{l}]^T dZ[{l}]"))
        return rows

    def _into_g(self, l: int) -> str:
        return f"Z_tilde[{l}]" if l in self.Z_tilde else f"Z[{l}]"

    def __str__(self) -> str:
        dimensions = [[d.symbol, d.letters, str(d.shape), d.meaning] for d in self.dimensions()]
        facts = [
            [
                str(fact.l),
                fact.activation,
                f"{fact.mean:.3g}",
                f"{fact.deviation:.3g}",
                "-" if fact.saturated is None else f"{fact.saturated:.0%}",
                "-" if fact.dead is None else str(fact.dead),
                *(f"{norm:.3g}" for norm in (fact.norm_W, fact.norm_dW, fact.norm_db)),
            ]
            for fact in self.layers
        ]
        header = ["layer", "g", "mean A", "std A", "saturated", "dead units", "norm W", "norm dW", "norm db"]
        return "\n\n".join(
            [
                repr(self),
                text.table(["matrix", "shape", "here", "what it is"], dimensions, left=(0, 1, 2, 3)),
                text.table(header, facts, left=(0, 1)),
                f"Saturated: the share of g'(Z) below {_FLAT}. Dead: units that are so for every example.",
            ]
        )

    def __repr__(self) -> str:
        examples = "1 example" if self.m == 1 else f"{self.m:,} examples"
        layers = "1 layer" if self.L == 1 else f"{self.L} layers"
        return f"Trace of {examples} through {layers}: cost {self.cost:.6g} ({self.loss})"


def trace(network: Network, X: object, y: object, loss: Loss, sample_weight: object, inputs: bool) -> Trace:
    """As `Network.trace`.

    Raises
    ------
    TypeError, ValueError
        As `Network.trace` raises.
    """
    if checks.is_sparse(X):
        raise TypeError("X is a sparse matrix, and a trace shows every number: give X.toarray().")
    core: Any = network.core_at_rest()  # of either dtype, as all arrays below
    L, g = core.n_layers, tuple(core.activations)
    resolved = losses.resolve(loss, g[-1], network.n_outputs)
    rows, targets, weight = checks.examples(network, X, y, sample_weight, resolved.name)
    if len(rows) == 1 and any(core.batch_norm):
        raise ValueError("X has 1 row, and batch normalisation compares examples: give at least 2.")
    relative = np.ones(1, network.dtype) if weight is None else (weight / weight.mean()).astype(network.dtype)
    W, b, A, Z, dA, dZ, dW, db = map(ByLayer, ("W", "b", "A", "Z", "dA", "dZ", "dW", "db"))
    gamma, beta, dgamma, dbeta = map(ByLayer, ("gamma", "beta", "dgamma", "dbeta"))
    Z_norm, Z_tilde, dZ_tilde = map(ByLayer, ("Z_norm", "Z_tilde", "dZ_tilde"))
    moments = {}

    A[0] = rows.T
    for l in range(1, L + 1):
        W[l], b[l] = core.W(l), core.b(l)
        Z[l] = _core.linear_forward(A[l - 1], W[l], b[l])
        if core.batch_norm[l - 1]:
            gamma[l], beta[l], *_ = core.normalisation(l)
            Z_norm[l], Z_tilde[l], moments[l] = _core.normalise_layer(core, l, Z[l], weight)
        A[l] = _core.layer_forward(core, l, Z_tilde.get(l, Z[l]))

    example_loss, dZ[L] = _core.close_network(core, Z[L], rows, targets, resolved, weight)
    Y = np.eye(network.n_outputs, dtype=network.dtype)[targets].T if targets.ndim == 1 else targets.T
    on_logits = g[-1] == "linear" and resolved.name in losses.ON_LOGITS
    dA[L] = dZ[L] if on_logits else _core.loss_derivative(A[L], Y, resolved) * relative

    for l in range(L, 0, -1):
        if l < L:
            dZ[l] = _core.layer_backward(core, l, dA[l], Z_tilde.get(l, Z[l]), A[l])
        if l in moments:
            dZ_tilde[l] = dZ[l]
            dZ[l], dgamma[l], dbeta[l] = _core.normalise_layer_backward(
                core, l, dZ_tilde[l], Z_norm[l], moments[l], weight
            )
        dA_prev, dW[l], db[l] = _core.linear_backward(dZ[l], A[l - 1], W[l])
        if l > 1 or inputs:
            dA[l - 1] = dA_prev

    facts = []
    for l, name in enumerate(g, start=1):
        of = Z_tilde.get(l, Z[l])
        slope = None if name == "softmax" else _core.layer_backward(core, l, np.ones_like(of), of, A[l])
        facts.append(_facts(l, name, slope, A[l], W[l], dW[l], db[l]))
    cost = float(np.average(example_loss, weights=weight))
    steps = W, b, gamma, beta, A, Z, Z_norm, Z_tilde, dA, dZ, dZ_tilde, dW, db, dgamma, dbeta
    return Trace(cost, resolved.name, g, example_loss, Y, *steps, facts)


def _facts(l: int, g: str, slope: FloatArray | None, A: FloatArray, *matrices: FloatArray) -> LayerFacts:
    """What is to be said of layer l, `slope` being g'(Z[l]); of W[l], dW[l] and db[l] the norms."""
    flat = None if slope is None else np.abs(slope) < _FLAT
    return LayerFacts(
        l,
        g,
        float(A.mean(dtype=np.float64)),
        float(A.std(dtype=np.float64)),
        None if flat is None else float(flat.mean()),
        None if flat is None else int(flat.all(axis=1).sum()),
        *(float(np.linalg.norm(matrix.astype(np.float64))) for matrix in matrices),
    )
