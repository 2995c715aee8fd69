"""L-BFGS: SciPy's, fed by the core's cost and gradient.

It computes in double precision whatever the network's dtype: its line search compares costs whose difference
is below float32's rounding long before it has converged.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from descend import _core, checks
from descend.callbacks import Run
from descend.checks import Examples
from descend.estimators.stochastic import HeldOut, callbacks_of, metrics_of
from descend.estimators.tasks import Tasks, warn
from descend.history import History
from descend.network import Network
from descend.progress import Progress

# SciPy's status; 0 is converged, and what a callback that stops gives is none of the three.
_OUT_OF_ITERATIONS, _ABNORMAL = 1, 2


@dataclass(frozen=True)
class Result:
    """How a minimisation ended.

    Attributes
    ----------
    cost : float
        J, penalty included.
    n_iter : int
        Iterations done.
    problem : str or None
        Why it ended before it converged.
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    cost: float
    n_iter: int
    problem: str | None
    interrupted: bool = False


def fit(
    estimator: Any,
    network: Network,
    examples: Examples,
    loss: _core.Loss,
    loss_constant: float,
    held_out: HeldOut | None,
    tasks: Tasks,
) -> Result:
    """Train an estimator's network, telling its callbacks of each iteration as of an epoch.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Whose parameters say how; its fitted attributes are kept up to date.
    network : Network
        Changed in place.
    examples, loss
        As for `minimise`.
    loss_constant : float
        What `loss_` has in addition to J, the same for all weights.
    held_out : HeldOut, optional
        Examples to judge by.
    tasks : Tasks
        scikit-learn's callbacks.

    Returns
    -------
    Result
        Cost and number of iterations.
    """
    watched = _Iterations(estimator, network, loss_constant, held_out, tasks)
    history = watched.run.history
    watched.begin()
    try:
        with Progress(watched.run, examples.X.shape[0], 1, estimator.progress) as display:

            def on_iteration(iteration: int, cost: float) -> bool:
                stops = watched.look(iteration, cost)
                display.epoch_end()
                return stops

            found = minimise(
                network,
                examples,
                loss,
                alpha=float(estimator.alpha),
                max_iter=estimator.max_iter,
                max_fun=estimator.max_fun,
                tol=float(estimator.tol),
                n_threads=checks.threads(estimator.n_threads),
                on_iteration=on_iteration,
            )
        history.outcome = (
            "interrupted" if found.interrupted else "stopped" if watched.run.stop else "finished"
        )
    except BaseException:
        history.outcome = "failed"
        raise
    finally:
        watched.end()
    estimator.n_iter_, estimator.loss_ = found.n_iter, found.cost + loss_constant
    return found


class _Iterations:
    """The iterations of one fit, of which callbacks are told as of epochs; arguments as for `fit`."""

    def __init__(
        self, estimator: Any, network: Network, loss_constant: float, held_out: HeldOut | None, tasks: Tasks
    ) -> None:
        self._estimator, self._loss_constant, self._held_out = estimator, loss_constant, held_out
        self._callbacks, self._tasks = callbacks_of(estimator), tasks
        history = History(0, metrics=metrics_of(held_out))
        judged = None if held_out is None else held_out.examples
        self.run = Run(network, None, history, estimator.max_iter, judged)
        estimator.history_ = history

    def begin(self) -> None:
        """Tell everybody of the training."""
        for callback in self._callbacks:
            callback.on_train_begin(self.run)
        self._tasks.begin()
        self._start = time.perf_counter()

    def look(self, iteration: int, cost: float) -> bool:
        """Note an iteration, and let everybody look who wants to: whether to stop."""
        history, run, estimator = self.run.history, self.run, self._estimator
        history.times.append(time.perf_counter() - self._start)
        history.cost.append(cost)
        history.learning_rate.append(1.0)
        if estimator.verbose:
            print(f"Iteration {iteration}, loss = {cost + self._loss_constant:.8f}")
        if self._held_out is not None:
            self._held_out.record(estimator, history)
        for callback in self._callbacks:
            if iteration % callback.every == 0:
                callback.on_epoch_end(run)
        run.stop = self._tasks.end() or run.stop
        if not run.stop and iteration < estimator.max_iter:
            self._tasks.begin()
        self._start = time.perf_counter()
        return run.stop

    def end(self) -> None:
        """Tell everybody that training ended."""
        self._tasks.end()
        for callback in self._callbacks:
            callback.on_train_end(self.run)


@functools.cache
def _blas() -> ThreadpoolController:
    """Holds SciPy's BLAS to one thread.

    Its own threads spin for one another between vectors of a few thousand numbers: where other work keeps the
    processors busy, an iteration of 0.1 ms took 10 ms.
    """
    return ThreadpoolController()


def minimise(
    network: Network,
    examples: Examples,
    loss: _core.Loss,
    *,
    alpha: float,
    max_iter: int,
    max_fun: int,
    tol: float,
    n_threads: int,
    on_iteration: Callable[[int, float], bool],
) -> Result:
    """Find parameters of least cost, starting from the network's, and leave them in the network.

    J = sum_i w_i L_i / sum_i w_i + alpha / (2 sum_i w_i) sum W^2

    Parameters
    ----------
    network : Network
        Changed in place.
    examples : Examples
        X, Y and w.
    loss : Loss
        L.
    alpha : float
        The penalty.
    max_iter, max_fun : int
        Most iterations and most evaluations of J.
    tol : float
        Done when no component of the gradient is greater.
    n_threads : int
        Most threads; 0 chooses.
    on_iteration : callable
        Called after each iteration with its number, from 1, and the cost, its parameters in the network:
        whether to stop. Ctrl-C stops with a warning.

    Returns
    -------
    Result
        Cost and number of iterations.
    """
    from scipy.optimize import minimize

    core = network.astype("float64").core
    X, Y, weight = examples
    m = X.shape[0]
    X = checks.for_core(X.astype(np.float64, copy=False))
    Y = Y.astype(np.float64, copy=False) if Y.ndim == 2 else Y
    l2 = alpha / (m if weight is None else weight.sum())
    parameters = core.parameters
    n_iter, cost, reached = 0, float("nan"), float("nan")

    def cost_and_gradient(p: npt.NDArray[np.float64]) -> tuple[float, Any]:
        nonlocal cost
        parameters[:] = p
        cost, gradient = core.cost_and_gradient(X, Y, loss, weight, 0.0, l2, n_threads)
        return cost, gradient

    def after_iteration(p: npt.NDArray[np.float64]) -> None:
        nonlocal n_iter, reached
        n_iter, reached = n_iter + 1, cost
        network.parameters = p
        if on_iteration(n_iter, cost):
            raise StopIteration

    start = network.parameters.astype(np.float64)
    options = {"maxiter": max_iter, "maxfun": max_fun, "gtol": tol}
    try:
        with _blas().limit(limits=1, user_api="blas"):
            found = minimize(
                cost_and_gradient,
                start,
                method="L-BFGS-B",
                jac=True,
                options=options,
                callback=after_iteration,
            )
    except KeyboardInterrupt:
        warn("Training interrupted by user.")
        return Result(reached, n_iter, None, interrupted=True)
    with np.errstate(over="ignore"):
        network.parameters = found.x
    problem = str(found.message) if found.status in (_OUT_OF_ITERATIONS, _ABNORMAL) else None
    return Result(float(found.fun), min(found.nit, max_iter), problem)
