"""descend through ``ds.train``, as a user calls it: its checks, Python and history are in the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

import descend as ds
from bench.workloads import Problem


class Model:
    def __init__(self, problem: Problem, threads: int) -> None:
        self.problem = problem
        self.workload = workload = problem.workload
        self.threads = threads
        *hidden, last = workload.units[1:]
        layers = [*(ds.Dense(n, workload.hidden) for n in hidden), ds.Dense(last, workload.output)]
        self.network = ds.Network(workload.units[0], layers, dtype=problem.X.dtype.name)
        self.reset()

    def reset(self) -> None:
        for layer, (W, b) in zip(self.network.layers, self.problem.weights, strict=True):
            layer.W[...] = W
            layer.b[...] = b[:, None]
        alpha = self.workload.learning_rate
        self.optimizer = ds.Adam(alpha) if self.workload.optimizer == "adam" else ds.GradientDescent(alpha)
        self.trainings = 0

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        self.trainings += 1
        history = ds.train(
            self.network,
            self.problem.X,
            self.problem.y,
            loss=self.workload.loss,
            optimizer=self.optimizer,
            epochs=epochs,
            batch_size=self.workload.batch,
            shuffle=shuffle,
            seed=self.trainings,
            n_threads=self.threads,
            progress=False,
        )
        return list(history.cost)

    def predictor(self, X: NDArray[Any]) -> Callable[[], NDArray[Any]]:
        predict = self.network.predict
        return lambda: predict(X)


def about() -> str:
    info = ds.build_info()
    return f"descend {info['version']}, level {info['level']}, Eigen {info['eigen']}, {info['compiler']}"
