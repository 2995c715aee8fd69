"""NumPy as its own expert writes it: one flat parameter vector, arrays allocated once, calls in place."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from bench.workloads import Problem

# The optimiser's passes run over pieces of this many numbers, so that a piece stays in the L2 cache.
PIECE = 1 << 15


class Model:
    def __init__(self, problem: Problem, threads: int) -> None:
        threadpool_limits(threads)
        self.problem = problem
        self.workload = problem.workload
        self.random = np.random.default_rng(0)
        dtype = problem.X.dtype
        n = self.workload.n_parameters
        self.parameters, self.gradient, self.m, self.v, self.scratch = (np.zeros(n, dtype) for _ in range(5))
        self.layers = list(zip(self._views(self.parameters), self._views(self.gradient), strict=True))
        self.pieces = [
            tuple(
                vector[k : k + PIECE]
                for vector in (self.parameters, self.gradient, self.m, self.v, self.scratch)
            )
            for k in range(0, n, PIECE)
        ]
        batch, units = self.workload.batch, self.workload.units
        self.X = np.empty((batch, units[0]), dtype)
        self.y = np.empty(batch, np.int64) if problem.y.ndim == 1 else np.empty((batch, 1), dtype)
        self.A = [np.empty((batch, u), dtype) for u in units[1:]]
        self.dA = [np.empty((batch, u), dtype) for u in units[1:-1]]
        self.slope = [
            np.empty((batch, u), np.bool_ if self.workload.hidden == "relu" else dtype) for u in units[1:-1]
        ]
        self.rows = np.arange(batch)
        self.reset()

    def _views(self, vector: NDArray[Any]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Each layer's W (n[l-1], n[l]) and b (n[l],) inside a flat vector."""
        views, start = [], 0
        for n_prev, n in pairwise(self.workload.units):
            end = start + n_prev * n
            views.append((vector[start:end].reshape(n_prev, n), vector[end : end + n]))
            start = end + n
        return views

    def reset(self) -> None:
        for ((W, b), _), (W0, b0) in zip(self.layers, self.problem.weights, strict=True):
            W[...] = W0.T
            b[...] = b0
        self.m[...] = 0
        self.v[...] = 0
        self.step = 0

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        return [self._epoch(shuffle) for _ in range(epochs)]

    def _epoch(self, shuffle: bool) -> float:
        X, y, batch = self.problem.X, self.problem.y, self.workload.batch
        if self.workload.full_batch:
            return self._step(X, y)
        total = 0.0
        order = self.random.permutation(len(X)) if shuffle else np.arange(len(X))
        for start in range(0, len(X), batch):
            # mode="clip" lets take write into `out` without a buffer between.
            rows = order[start : start + batch]
            np.take(X, rows, axis=0, out=self.X, mode="clip")
            np.take(y, rows, axis=0, out=self.y, mode="clip")
            total += self._step(self.X, self.y)
        return total / self.workload.steps_per_epoch

    def _step(self, X: NDArray[Any], y: NDArray[Any]) -> float:
        self._forward(X)
        cost = self._loss(y)
        self._backward(X)
        self._update()
        return cost

    def _forward(self, X: NDArray[Any]) -> None:
        A_prev = X
        for l, (((W, b), _), A) in enumerate(zip(self.layers, self.A, strict=True)):
            np.matmul(A_prev, W, out=A)
            A += b
            if l < len(self.dA):
                np.tanh(A, out=A) if self.workload.hidden == "tanh" else np.maximum(A, 0, out=A)
            A_prev = A

    def _loss(self, y: NDArray[Any]) -> float:
        """The cost; the output's Z becomes dZ in place."""
        dZ = self.A[-1]
        match self.workload.loss:
            case "cross_entropy":
                softmax(dZ)
                cost = -float(np.log(dZ[self.rows, y]).mean())
                dZ[self.rows, y] -= 1
            case "binary_cross_entropy":
                sigmoid(dZ)
                dZ -= y
                # |A - y| is the probability given to the wrong answer.
                cost = -float(np.log1p(-np.abs(dZ)).mean())
            case "squared_error":
                dZ -= y
                cost = 0.5 * float(np.vdot(dZ, dZ)) / dZ.size
        dZ *= 1 / len(dZ)
        return cost

    def _backward(self, X: NDArray[Any]) -> None:
        dZ = self.A[-1]
        for l in range(len(self.layers) - 1, -1, -1):
            (W, _), (dW, db) = self.layers[l]
            A_prev = self.A[l - 1] if l else X
            np.matmul(A_prev.T, dZ, out=dW)
            np.sum(dZ, axis=0, out=db)
            if l == 0:
                return
            dA, slope = self.dA[l - 1], self.slope[l - 1]
            np.matmul(dZ, W.T, out=dA)
            if self.workload.hidden == "tanh":
                np.multiply(A_prev, A_prev, out=slope)
                np.subtract(1, slope, out=slope)
            else:
                np.greater(A_prev, 0, out=slope)
            dA *= slope
            dZ = dA

    def _update(self) -> None:
        alpha = self.workload.learning_rate
        if self.workload.optimizer == "gradient_descent":
            for W, dW, _, _, _ in self.pieces:
                dW *= alpha
                W -= dW
            return
        self.step += 1
        beta1, beta2, epsilon = 0.9, 0.999, 1e-8
        root = (1 - beta2**self.step) ** 0.5
        rate = alpha * root / (1 - beta1**self.step)
        for W, dW, m, v, s in self.pieces:
            m *= beta1
            np.multiply(dW, 1 - beta1, out=s)
            m += s
            v *= beta2
            np.multiply(dW, dW, out=s)
            s *= 1 - beta2
            v += s
            np.sqrt(v, out=s)
            s += epsilon * root
            np.divide(m, s, out=s)
            s *= rate
            W -= s

    def predictor(self, X: NDArray[Any]) -> Callable[[], NDArray[Any]]:
        layers = [(W, b, np.empty((len(X), len(b)), X.dtype)) for (W, b), _ in self.layers]
        relu = self.workload.hidden == "relu"
        output = {"sigmoid": sigmoid, "softmax": softmax, "linear": lambda Z: None}[self.workload.output]

        def predict() -> NDArray[Any]:
            A_prev = X
            for W, b, A in layers[:-1]:
                np.matmul(A_prev, W, out=A)
                A += b
                np.maximum(A, 0, out=A) if relu else np.tanh(A, out=A)
                A_prev = A
            W, b, A = layers[-1]
            np.matmul(A_prev, W, out=A)
            A += b
            output(A)
            return A

        return predict


def softmax(Z: NDArray[Any]) -> None:
    Z -= Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)


def sigmoid(Z: NDArray[Any]) -> None:
    np.negative(Z, out=Z)
    np.exp(Z, out=Z)
    Z += 1
    np.reciprocal(Z, out=Z)


def about() -> str:
    blas = ", ".join(
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    )
    return f"NumPy {np.__version__}, {blas}"
