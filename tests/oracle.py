"""The oracle: a deep L-layer network in NumPy float64, from the equations, sharing no code with descend.

Shapes are the course's, a column per example: X (n[0], m), W[l] (n[l], n[l-1]), b[l] (n[l], 1), Z[l] and A[l]
(n[l], m), Y (n[L], m). What has an index l in the equations is a dictionary from l here; layers count from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, ndtr

Array = NDArray[np.float64]
Function = Callable[[Array], Array]


def sigmoid(z: Array) -> Array:
    return np.asarray(expit(z))


def softplus(z: Array) -> Array:
    return np.logaddexp(0, z)


def softmax(z: Array) -> Array:
    e: Array = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def normal_density(z: Array) -> Array:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))


# The element-wise activations: g and g'. At a kink g' is the derivative from the left.
ACTIVATIONS: dict[str, tuple[Function, Function]] = {
    "linear": (lambda z: z, np.ones_like),
    "exp": (np.exp, np.exp),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "elu": (
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
    ),
    "gelu": (lambda z: z * ndtr(z), lambda z: ndtr(z) + z * normal_density(z)),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * sigmoid(-z))),
    "softplus": (softplus, sigmoid),
}


@dataclass(frozen=True)
class Loss:
    """L(A, Y), one number per example, and dL/dA; where `of_logits`, functions of Z in place of A."""

    value: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    of_logits: bool = False


def huber(delta: float) -> Loss:
    """r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2); r = A - Y."""

    def value(A: Array, Y: Array) -> Array:
        r = np.abs(A - Y)
        return np.where(r <= delta, r**2 / 2, delta * (r - delta / 2)).mean(axis=0)

    return Loss(value, lambda A, Y: np.clip(A - Y, -delta, delta) / len(Y))


def quantile(q: float) -> Loss:
    """q (Y - A) where Y > A, else (1 - q) (A - Y)."""
    return Loss(
        lambda A, Y: np.maximum(q * (Y - A), (1 - q) * (A - Y)).mean(axis=0),
        lambda A, Y: (np.where(A > Y, 1 - q, 0) - np.where(A < Y, q, 0)) / len(Y),
    )


LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": Loss(
        lambda Z, Y: (softplus(Z) - Y * Z).sum(axis=0),
        lambda Z, Y: sigmoid(Z) - Y,
        of_logits=True,
    ),
    "cross_entropy": Loss(
        lambda Z, Y: logsumexp(Z, axis=0) - (Y * Z).sum(axis=0),
        lambda Z, Y: softmax(Z) - Y,
        of_logits=True,
    ),
    "poisson": Loss(
        lambda Z, Y: (np.exp(Z) - Y * Z).mean(axis=0),
        lambda Z, Y: (np.exp(Z) - Y) / len(Y),
        of_logits=True,
    ),
    "squared_error": Loss(lambda A, Y: ((A - Y) ** 2 / 2).mean(axis=0), lambda A, Y: (A - Y) / len(Y)),
    "absolute_error": Loss(lambda A, Y: np.abs(A - Y).mean(axis=0), lambda A, Y: np.sign(A - Y) / len(Y)),
    "huber": huber(1.0),
    "quantile": quantile(0.5),
}


def one_hot(labels: NDArray[np.integer], n_classes: int) -> Array:
    """(n_classes, m), from class numbers (m,)."""
    return np.eye(n_classes)[:, labels]


@dataclass
class Network:
    """W[l], b[l] and the name of g[l] for l = 1..L; softmax only as g[L]."""

    W: dict[int, Array]
    b: dict[int, Array]
    g: dict[int, str]

    @classmethod
    def random(cls, n: Sequence[int], g: Sequence[str], rng: np.random.Generator) -> Network:
        """n = (n[0], ..., n[L]), g = (g[1], ..., g[L]); W[l] ~ N(0, 1 / n[l-1]), b[l] ~ N(0, 1/4)."""
        layers = range(1, len(n))
        return cls(
            W={l: rng.standard_normal((n[l], n[l - 1])) / np.sqrt(n[l - 1]) for l in layers},
            b={l: rng.standard_normal((n[l], 1)) / 2 for l in layers},
            g=dict(enumerate(g, start=1)),
        )

    @property
    def L(self) -> int:
        return len(self.W)

    @property
    def n(self) -> list[int]:
        return [self.W[1].shape[1], *(self.W[l].shape[0] for l in self.W)]

    @property
    def parameters(self) -> Array:
        """One vector: for each layer W[l] column by column, then b[l]."""
        return flatten(self.W, self.b)

    @parameters.setter
    def parameters(self, theta: Array) -> None:
        ends = np.cumsum([size for l in self.W for size in (self.W[l].size, self.b[l].size)])
        parts = iter(np.split(theta, ends[:-1]))
        for l in self.W:
            self.W[l] = next(parts).reshape(self.W[l].shape, order="F")
            self.b[l] = next(parts).reshape(self.b[l].shape)

    @property
    def is_weight(self) -> Array:
        """1 where `parameters` holds an element of a W, 0 where of a b."""
        return flatten(
            {l: np.ones_like(self.W[l]) for l in self.W},
            {l: np.zeros_like(self.b[l]) for l in self.b},
        )

    def forward(self, X: Array) -> tuple[dict[int, Array], dict[int, Array]]:
        """Z[l] = W[l] A[l-1] + b[l], A[l] = g[l](Z[l]), A[0] = X."""
        Z: dict[int, Array] = {}
        A = {0: X}
        for l in range(1, self.L + 1):
            Z[l] = self.W[l] @ A[l - 1] + self.b[l]
            A[l] = softmax(Z[l]) if self.g[l] == "softmax" else ACTIVATIONS[self.g[l]][0](Z[l])
        return Z, A

    def predict(self, X: Array) -> Array:
        """A[L]"""
        return self.forward(X)[1][self.L]

    def cost(
        self, X: Array, Y: Array, loss: Loss, *, w: Array | None = None, l1: float = 0, l2: float = 0
    ) -> float:
        """J = sum_i w_i L_i / sum_i w_i + l1 sum |W| + l2/2 sum W^2"""
        Z, A = self.forward(X)
        w = np.ones(X.shape[1]) if w is None else w
        J = np.sum(w * loss.value(Z[self.L] if loss.of_logits else A[self.L], Y)) / w.sum()
        J += sum(l1 * np.abs(W).sum() + l2 / 2 * (W**2).sum() for W in self.W.values())
        return float(J)

    def gradient(
        self, X: Array, Y: Array, loss: Loss, *, w: Array | None = None, l1: float = 0, l2: float = 0
    ) -> Array:
        """dJ/d parameters, laid out as `parameters`."""
        L, (Z, A) = self.L, self.forward(X)
        w = np.ones(X.shape[1]) if w is None else w
        m = w.sum()
        dZ, dW, db = {L: w * self._output_derivative(Z[L], A[L], Y, loss)}, {}, {}
        for l in range(L, 0, -1):
            dW[l] = 1 / m * dZ[l] @ A[l - 1].T + l1 * np.sign(self.W[l]) + l2 * self.W[l]
            db[l] = 1 / m * dZ[l].sum(axis=1, keepdims=True)
            if l > 1:
                dA = self.W[l].T @ dZ[l]
                dZ[l - 1] = dA * ACTIVATIONS[self.g[l - 1]][1](Z[l - 1])
        return flatten(dW, db)

    def _output_derivative(self, Z: Array, A: Array, Y: Array, loss: Loss) -> Array:
        """dL/dZ[L] of every example."""
        if loss.of_logits:
            return loss.derivative(Z, Y)
        dA = loss.derivative(A, Y)
        if self.g[self.L] == "softmax":
            return A * (dA - (dA * A).sum(axis=0))
        return dA * ACTIVATIONS[self.g[self.L]][1](Z)


def flatten(W: dict[int, Array], b: dict[int, Array]) -> Array:
    return np.concatenate([part.ravel(order="F") for l in sorted(W) for part in (W[l], b[l])])


# Step t = 1, 2, ... of all parameters W with gradient g: from (W, v, s) before it to (W, v, s) after it. The
# moments v and s are zero at first.
Moved = tuple[Array, Array, Array]
Update = Callable[[Array, Array, Array, Array, int, float], Moved]


def gradient_descent(W: Array, v: Array, s: Array, g: Array, t: int, alpha: float) -> Moved:
    return W - alpha * g, v, s


def momentum(W: Array, v: Array, s: Array, g: Array, t: int, alpha: float, *, momentum: float) -> Moved:
    v = momentum * v - alpha * g
    return W + v, v, s


def nesterov(W: Array, v: Array, s: Array, g: Array, t: int, alpha: float, *, momentum: float) -> Moved:
    v = momentum * v - alpha * g
    return W + momentum * v - alpha * g, v, s


def rmsprop(
    W: Array, v: Array, s: Array, g: Array, t: int, alpha: float, *, rho: float, epsilon: float
) -> Moved:
    s = rho * s + (1 - rho) * g**2
    return W - alpha * g / (np.sqrt(s) + epsilon), v, s


def adam(
    W: Array,
    v: Array,
    s: Array,
    g: Array,
    t: int,
    alpha: float,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: Array | float = 0.0,
) -> Moved:
    """With `decay` (AdamW's weight_decay for weights, 0 for biases) W shrinks first."""
    W = W - alpha * decay * W
    v = beta1 * v + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    v_corrected = v / (1 - beta1**t)
    s_corrected = s / (1 - beta2**t)
    return W - alpha * v_corrected / (np.sqrt(s_corrected) + epsilon), v, s


def clip(g: Array, norm: float) -> Array:
    """g, shortened to the length `norm` where it is longer."""
    length = np.linalg.norm(g)
    return g * (norm / length) if length > norm else g


Batch = tuple[Array, Array, Array]


def in_order(X: Array, Y: Array, w: Array, batch_size: int) -> list[Batch]:
    """One epoch's batches without shuffling; the last one may be short."""
    edges = [*range(0, X.shape[1], batch_size), X.shape[1]]
    return [(X[:, i:j], Y[:, i:j], w[i:j]) for i, j in pairwise(edges)]


def train(
    network: Network,
    batches: Iterable[Batch],
    loss: Loss,
    update: Update,
    alphas: Iterable[float],
    *,
    l1: float = 0,
    l2: float = 0,
    clip_norm: float = np.inf,
) -> list[float]:
    """A step for each batch (X, Y, w), each with its learning rate, in place; the costs before the steps."""
    v = s = np.zeros_like(network.parameters)
    costs = []
    for t, ((X, Y, w), alpha) in enumerate(zip(batches, alphas, strict=False), start=1):
        costs.append(network.cost(X, Y, loss, w=w, l1=l1, l2=l2))
        g = clip(network.gradient(X, Y, loss, w=w, l1=l1, l2=l2), clip_norm)
        network.parameters, v, s = update(network.parameters, v, s, g, t, alpha)
    return costs
