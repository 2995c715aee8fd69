"""scikit-learn's own ``fit``: ``max_iter`` epochs, nothing that could stop it early, the given weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from bench.peers import numpy_by_hand
from bench.workloads import Problem


class GivenWeights:
    """Mixed into an estimator: `fit` starts from given arrays instead of drawing its own."""

    given: list[tuple[NDArray[Any], NDArray[Any]]]

    def _initialize(self, y: NDArray[Any], layer_units: list[int], dtype: Any) -> None:
        super()._initialize(y, layer_units, dtype)  # type: ignore[misc]
        self.start()

    def start(self) -> None:
        self.coefs_ = [np.ascontiguousarray(W.T) for W, _ in self.given]
        self.intercepts_ = [b.copy() for _, b in self.given]


class Classifier(GivenWeights, MLPClassifier):
    pass


class Regressor(GivenWeights, MLPRegressor):
    pass


class Model:
    def __init__(self, problem: Problem, threads: int) -> None:
        threadpool_limits(threads)
        warnings.simplefilter("ignore", ConvergenceWarning)
        self.problem = problem
        self.y = problem.y.ravel()
        self.reset()

    def reset(self) -> None:
        workload = self.problem.workload
        self.estimator = (Regressor if workload.loss == "squared_error" else Classifier)(
            hidden_layer_sizes=workload.units[1:-1],
            activation=workload.hidden,
            solver="adam" if workload.optimizer == "adam" else "sgd",
            alpha=0.0,
            batch_size=workload.batch,
            learning_rate_init=workload.learning_rate,
            momentum=0.0,
            nesterovs_momentum=False,
            tol=0.0,
            n_iter_no_change=np.inf,
            random_state=np.random.RandomState(0),
        )
        self.estimator.given = self.problem.weights

    @property
    def fitted(self) -> bool:
        return hasattr(self.estimator, "coefs_")

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        """`fit` the first time, `partial_fit` (which keeps Adam's moments) from then on."""
        self.estimator.set_params(shuffle=shuffle, max_iter=epochs)
        if not self.fitted:
            self.estimator.fit(self.problem.X, self.y)
        else:
            for _ in range(epochs):
                self.estimator.partial_fit(self.problem.X, self.y)
        return self.estimator.loss_curve_[-epochs:]

    def predictor(self, X: NDArray[Any]) -> Callable[[], NDArray[Any]]:
        if not self.fitted:
            self.train(1, shuffle=False)
            self.estimator.start()
        predict = getattr(self.estimator, "predict_proba", self.estimator.predict)
        return lambda: predict(X)


def about() -> str:
    return f"scikit-learn {sklearn.__version__} on {numpy_by_hand.about()}"
