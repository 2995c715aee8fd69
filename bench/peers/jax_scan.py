"""JAX: a whole epoch, or 50 full-batch iterations, in one jitted ``lax.scan`` with donated buffers; optax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from numpy.typing import NDArray

from bench.workloads import Problem

Parameters = list[tuple[Array, Array]]


class Model:
    def __init__(self, problem: Problem, threads: int) -> None:
        if problem.X.dtype == np.float64:
            jax.config.update("jax_enable_x64", True)
        self.problem = problem
        self.workload = problem.workload
        self.random = np.random.default_rng(0)
        self.X = jnp.asarray(problem.X)
        self.y = jnp.asarray(problem.y, dtype=jnp.int32 if problem.y.ndim == 1 else None)
        kind = optax.adam if self.workload.optimizer == "adam" else optax.sgd
        self.optimizer = kind(self.workload.learning_rate)
        self.hidden = jnp.tanh if self.workload.hidden == "tanh" else jax.nn.relu
        self.run = jax.jit(
            self._full_batch if self.workload.full_batch else self._epoch, donate_argnums=(0, 1)
        )
        self.reset()

    def reset(self) -> None:
        self.parameters = [(jnp.array(W.T), jnp.array(b)) for W, b in self.problem.weights]
        self.state = self.optimizer.init(self.parameters)

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        costs = []
        for _ in range(epochs // self.workload.epochs_at_once):
            arguments = (
                (self.X, self.y) if self.workload.full_batch else (self.X, self.y, self._order(shuffle))
            )
            self.parameters, self.state, cost = self.run(self.parameters, self.state, *arguments)
            costs.append(cost)
        return np.concatenate([np.atleast_1d(cost) for cost in costs]).tolist()

    def _order(self, shuffle: bool) -> NDArray[np.int32]:
        """Row numbers, a batch a row; by NumPy, faster than JAX's sort, while the last epoch computes."""
        rows = np.arange(self.workload.samples, dtype=np.int32)
        if shuffle:
            self.random.shuffle(rows)
        return rows.reshape(self.workload.steps_per_epoch, self.workload.batch)

    def _forward(self, parameters: Parameters, A: Array) -> Array:
        *hidden, (W, b) = parameters
        for W_l, b_l in hidden:
            A = self.hidden(A @ W_l + b_l)
        return A @ W + b

    def _cost(self, parameters: Parameters, X: Array, y: Array) -> Array:
        Z = self._forward(parameters, X)
        match self.workload.loss:
            case "cross_entropy":
                return optax.softmax_cross_entropy_with_integer_labels(Z, y).mean()
            case "binary_cross_entropy":
                return optax.sigmoid_binary_cross_entropy(Z, y).mean()
            case "squared_error":
                return 0.5 * jnp.square(Z - y).mean()

    def _step(
        self, parameters: Parameters, state: Any, X: Array, y: Array
    ) -> tuple[tuple[Parameters, Any], Array]:
        cost, gradient = jax.value_and_grad(self._cost)(parameters, X, y)
        updates, state = self.optimizer.update(gradient, state, parameters)
        return (optax.apply_updates(parameters, updates), state), cost

    def _epoch(self, parameters: Parameters, state: Any, X: Array, y: Array, order: Array) -> tuple[Any, ...]:
        def step(carry: tuple[Parameters, Any], rows: Array) -> tuple[Any, ...]:
            X_batch, y_batch = (a.at[rows].get(mode="promise_in_bounds") for a in (X, y))
            return self._step(*carry, X_batch, y_batch)

        (parameters, state), costs = lax.scan(step, (parameters, state), order)
        return parameters, state, costs.mean()

    def _full_batch(self, parameters: Parameters, state: Any, X: Array, y: Array) -> tuple[Any, ...]:
        (parameters, state), costs = lax.scan(
            lambda carry, _: self._step(*carry, X, y),
            (parameters, state),
            length=self.workload.epochs_at_once,
        )
        return parameters, state, costs

    def predictor(self, X: NDArray[Any]) -> Callable[[], Array]:
        output: dict[str, Callable[[Array], Array]] = {
            "sigmoid": jax.nn.sigmoid,
            "softmax": jax.nn.softmax,
            "linear": lambda Z: Z,
        }
        forward = jax.jit(lambda parameters, X: output[self.workload.output](self._forward(parameters, X)))
        return lambda: forward(self.parameters, X).block_until_ready()


def about() -> str:
    return f"JAX {jax.__version__}, optax {optax.__version__}, XLA's CPU back end"
