"""The solvers "sgd" and "adam": epochs in the core, and between them scikit-learn's rules of when to stop."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from descend import _core, checks, optimizers
from descend.callbacks import Callback, Run
from descend.checks import Array, Examples, FloatArray
from descend.estimators.tasks import Tasks, warn
from descend.history import History
from descend.network import Network
from descend.optimizers import Optimizer
from descend.progress import Progress
from descend.schedules import Constant, Schedule, epochs_ahead, rates_of_epochs
from descend.together import advance

_SMALLEST_RATE = 1e-6


@dataclass(frozen=True)
class HeldOut:
    """Examples to judge by, and what the estimator's loss and its score are at them now."""

    examples: Examples
    cost: Callable[[], float]
    score: Callable[[], float]

    def record(self, estimator: Any, history: History) -> None:
        """Add both to what the estimator and the history keep."""
        cost, score = self.cost(), self.score()
        history.metrics["val_cost"].append(cost)
        history.metrics["val_score"].append(score)
        estimator.validation_loss_curve_.append(cost)
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print(f"Validation score: {score:f}")


def metrics_of(held_out: HeldOut | None) -> dict[str, list[float]]:
    """Where a history keeps what is judged."""
    return {} if held_out is None else {"val_cost": [], "val_score": []}


def optimizer_for(
    estimator: Any, *, goes_on: bool, incremental: bool, n_parameters: int, dtype: np.dtype[Any]
) -> Optimizer:
    """The solver's optimiser at `learning_rate_init`; with the moments of the training before, if it goes on.

    An "adaptive" rate goes on too from one partial_fit to the next.
    """
    kind: type[Optimizer]
    constants: dict[str, float]
    if estimator.solver == "adam":
        kind = optimizers.Adam
        constants = {
            "beta1": float(estimator.beta_1),
            "beta2": float(estimator.beta_2),
            "epsilon": float(estimator.epsilon),
        }
    elif estimator.momentum == 0:
        kind, constants = optimizers.GradientDescent, {}
    else:
        kind = optimizers.Nesterov if estimator.nesterovs_momentum else optimizers.Momentum
        constants = {"momentum": float(estimator.momentum)}
    optimizer = kind(learning_rate=float(estimator.learning_rate_init), **constants)
    before = getattr(estimator, "_optimizer", None)
    if (
        goes_on
        and type(before) is kind
        and before.state is not None
        and (before.state.shape[-1], before.state.dtype) == (n_parameters, dtype)
    ):
        optimizer.restore(before.step, before.state)
        if incremental and estimator.learning_rate == "adaptive":
            optimizer.learning_rate = before.learning_rate
    return optimizer


def callbacks_of(estimator: Any) -> list[Callback]:
    """The estimator's callbacks.

    Raises
    ------
    TypeError
        One is none.
    """
    callbacks = list(estimator.callbacks or ())
    for callback in callbacks:
        if not isinstance(callback, Callback):
            raise TypeError(
                f"a callback is {callback!r}: give objects of descend.callbacks; scikit-learn's own go "
                "to set_callbacks."
            )
    return callbacks


def batch_size_of(estimator: Any, m: int) -> int:
    """Examples in a step."""
    if estimator.batch_size == "auto":
        return min(200, m)
    if estimator.batch_size > m:
        warn("Got `batch_size` less than 1 or larger than sample size. It is going to be clipped")
    return min(int(estimator.batch_size), m)


class Training:
    """The epochs of one call of fit or partial_fit.

    Each step goes against the gradient of

    J = sum_i w_i L_i / sum_i w_i + alpha / (2 sum_i w_i) sum W^2

    where i runs over the batch, so that a short last batch is penalised as scikit-learn penalises it.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Whose parameters say how; its fitted attributes are kept up to date.
    network, optimizer : Network, Optimizer
        What is trained, with what.
    examples : Examples
        X, Y and w to train on.
    loss : Loss
        L.
    loss_constant : float
        What `loss_` has in addition to J, the same for all weights.
    held_out : HeldOut, optional
        Examples to judge by.
    epochs : int
        Most epochs.
    tasks : Tasks
        scikit-learn's callbacks.
    n_threads : int
        Most threads of a step; 0 chooses.
    """

    def __init__(
        self,
        estimator: Any,
        network: Network,
        optimizer: Optimizer,
        examples: Examples,
        loss: _core.Loss,
        loss_constant: float,
        held_out: HeldOut | None,
        epochs: int,
        tasks: Tasks,
        n_threads: int,
    ) -> None:
        self._estimator = estimator
        self._network = network
        self._optimizer = optimizer
        self._held_out = held_out
        self._loss_constant = loss_constant
        self._tasks = tasks
        self.m = examples.X.shape[0]
        schedule = copy.deepcopy(estimator.learning_rate)
        self._schedule: Schedule = schedule if isinstance(schedule, Schedule) else Constant()
        self._callbacks = [*callbacks_of(estimator), *self._schedule.callbacks]
        self.trainer = getattr(_core, f"Trainer{8 * network.dtype.itemsize}")(
            network.core,
            optimizer.prepare(network.n_parameters, network.dtype),
            checks.for_core(examples.X),
            examples.Y,
            loss,
            sample_weight=examples.weight,
            batch_size=batch_size_of(estimator, self.m),
            shuffle=bool(estimator.shuffle),
            seed=estimator._seed,
            l2=float(estimator.alpha),
            clip_norm=float(estimator.clip_norm or 0.0),
            ema_decay=float(estimator.ema_decay or 0.0),
            penalty_per_weight=True,
            n_threads=n_threads,
        )
        self.trainer.epoch = estimator._epochs_trained
        metrics = metrics_of(held_out)
        self.run = Run(
            network,
            optimizer,
            History(estimator._seed, metrics=metrics),
            epochs,
            None if held_out is None else held_out.examples,
        )
        self._stops_early = bool(estimator.early_stopping) and held_out is not None
        self._best: tuple[FloatArray, FloatArray] | None = None
        self.good = True
        estimator.history_ = self.run.history

    @property
    def exhausted(self) -> bool:
        """Whether training ended because its epochs were over."""
        return self.run.history.outcome == "finished"

    def begin(self) -> None:
        """Tell everybody of the training."""
        self._estimator.n_iter_ = 0
        for callback in self._callbacks:
            callback.on_train_begin(self.run)

    def begin_epoch(self) -> None:
        """Tell scikit-learn's callbacks of the next epoch, and set its learning rate."""
        self._tasks.begin()
        self._optimizer.learning_rate = self._rate_now()

    def record(self, rates: Any) -> None:
        """Take note of the epochs that the trainer has finished, judge them, and stop if the rules say so."""
        run, trainer = self.run, self.trainer
        begin = run.epoch
        costs = trainer.costs(begin).tolist()
        run.history.learning_rate += rates_of_epochs(rates, trainer.steps_per_epoch, len(costs))
        run.history.times += trainer.times(begin).tolist()
        for cost in costs:
            self._epoch_ended(cost)

    def look(self) -> None:
        """Let everybody look who wants to, or end a training that diverged."""
        run = self.run
        if not self.good:
            self._diverged()
            return
        for callback in self._callbacks:
            if run.epoch % callback.every == 0:
                callback.on_epoch_end(run)
        if self._tasks.end():
            run.stop = True

    def end(self) -> None:
        """Note how training ended, and tell everybody."""
        if self.run.history.outcome == "running":
            self.run.history.outcome = "stopped" if self.run.stop else "finished"
        for callback in self._callbacks:
            callback.on_train_end(self.run)

    def restore_best(self) -> None:
        """Give the network its best weights, if they are known.

        Raises
        ------
        ValueError
            Training diverged, and they are not.
        """
        if self._best is not None:
            self._network.parameters, self._network.state = self._best
        if self.run.history.outcome == "diverged":
            self._tell_of_divergence()

    def next_look(self) -> int:
        """The epoch after which Python is wanted: the rules cannot end training before it."""
        estimator, epoch = self._estimator, self.run.epoch
        if estimator.verbose or self._held_out is not None or self._tasks.watched:
            return epoch + 1
        ends = [(epoch // callback.every + 1) * callback.every for callback in self._callbacks]
        if math.isfinite(estimator.n_iter_no_change):
            ends.append(epoch + max(1, int(estimator.n_iter_no_change) + 1 - estimator._no_improvement_count))
        ends.append(epoch + epochs_ahead(self.trainer.steps_per_epoch))
        return min([self.run.epochs, *ends])

    # Learning rates

    def _scales_inversely(self) -> bool:
        return bool(self._estimator.solver == "sgd" and self._estimator.learning_rate == "invscaling")

    def _rate_now(self) -> float:
        """What the optimiser's learning rate is between two epochs."""
        estimator = self._estimator
        if self._scales_inversely():
            return float(estimator.learning_rate_init / (estimator.t_ + 1) ** estimator.power_t)
        return self._optimizer.learning_rate

    def learning_rates(self, end: int) -> Any:
        """Those of all steps up to the end of an epoch, or one for all."""
        estimator, run, steps = self._estimator, self.run, self.trainer.steps_per_epoch
        scale = run.learning_rate_scale
        if self._scales_inversely():
            t = estimator.t_ + self.m * np.arange(end - run.epoch)
            by_epoch = float(estimator.learning_rate_init) / (t + 1.0) ** float(estimator.power_t)
            return scale * np.repeat(by_epoch, steps)
        rate = scale * self._optimizer.learning_rate
        return self._schedule.rates(rate, run.epoch, end, steps, run.epochs)

    # After an epoch

    def _epoch_ended(self, cost: float) -> None:
        """Take note of an epoch's cost, judge it, and stop if the rules say so."""
        estimator, run = self._estimator, self.run
        run.history.cost.append(cost)
        estimator.n_iter_ = run.epoch
        estimator._epochs_trained += 1
        estimator.t_ += self.m
        estimator.loss_ = cost + self._loss_constant
        estimator.loss_curve_.append(estimator.loss_)
        if estimator.verbose:
            print(f"Iteration {run.epoch}, loss = {estimator.loss_:.8f}")
        if self._held_out is not None:
            self._held_out.record(estimator, run.history)
        improved = self._improved()
        estimator._no_improvement_count = 0 if improved else estimator._no_improvement_count + 1
        self._optimizer.learning_rate = self._rate_now()
        if estimator._no_improvement_count > estimator.n_iter_no_change:
            self._no_longer_improves()

    def _improved(self) -> bool:
        """Whether the last epoch is better than the best before it by `tol`; the best is remembered."""
        estimator = self._estimator
        if self._stops_early:
            score, best = estimator.validation_scores_[-1], estimator.best_validation_score_
            if score > best or self._best is None:
                self._best = self._network.parameters.copy(), self._network.state.copy()
            if score > best:
                estimator.best_validation_score_ = score
            return not score < best + estimator.tol
        loss, best = estimator.loss_curve_[-1], estimator.best_loss_
        estimator.best_loss_ = min(best, loss)
        return not loss > best - estimator.tol

    def _no_longer_improves(self) -> None:
        estimator = self._estimator
        what = "Validation score" if self._stops_early else "Training loss"
        told = (
            f"{what} did not improve more than tol={estimator.tol:f} for {estimator.n_iter_no_change} "
            "consecutive epochs."
        )
        rate = self._optimizer.learning_rate
        if estimator.solver != "sgd" or estimator.learning_rate != "adaptive":
            self.run.stop = True
            told += " Stopping."
        elif rate <= _SMALLEST_RATE:
            self.run.stop = True
            told += " Learning rate too small. Stopping."
        else:
            self._optimizer.learning_rate = rate / 5
            estimator._no_improvement_count = 0
            told += f" Setting learning rate to {rate / 5:f}"
        if estimator.verbose:
            print(told)

    def _diverged(self) -> None:
        """Note an epoch whose weights are lost, and stop."""
        estimator, run = self._estimator, self.run
        run.history.outcome = "diverged"
        run.stop = True
        self._tasks.end()
        estimator.n_iter_ = run.epoch + 1
        estimator.loss_ = math.nan
        estimator.loss_curve_.append(math.nan)
        if self._held_out is not None:
            estimator.validation_loss_curve_.append(math.nan)
            estimator.validation_scores_.append(math.nan)

    def _tell_of_divergence(self) -> None:
        from sklearn.exceptions import ConvergenceWarning

        what = f"training diverged in epoch {self.run.epoch + 1}"
        remedy = (
            f"try a learning_rate_init below {self._optimizer.learning_rate:g}, clip_norm=1.0, or features "
            "scaled to variance 1."
        )
        if self._best is None:
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and "
                f"need to be preprocessed: {what}, and the weights are those of the last good epoch; {remedy}"
            )
        warn(f"{what.capitalize()}; {remedy}", ConvergenceWarning)


def go(trainings: Sequence[Training], estimator: Any) -> None:
    """Run trainings at once until the rules, callbacks, Ctrl-C or `max_iter` end them.

    Raises
    ------
    ValueError
        Weights stopped being finite, and there is no early stopping that kept good ones.
    """
    first = trainings[0]
    for training in trainings:
        training.begin()
    try:
        with Progress(first.run, first.m, first.trainer.steps_per_epoch, estimator.progress) as display:
            while going := [training for training in trainings if training.run.goes_on]:
                for training in going:
                    training.begin_epoch()
                advance(going, display, checks.threads(estimator.n_threads))
                for training in going:
                    training.look()
                display.epoch_end()
    except KeyboardInterrupt:
        for training in going:
            training.run.history.outcome = "interrupted"
        warn("Training interrupted by user.")
    except BaseException:
        for training in going:
            training.run.history.outcome = "failed"
        raise
    finally:
        for training in trainings:
            training.end()
    for training in trainings:
        training.restore_best()


def rows_with_weight(examples: Examples, y: Array) -> tuple[Examples, Array]:
    """The examples whose weight is not 0, with their y: weight 0 is absence."""
    if examples.weight is None or examples.weight.all():
        return examples, y
    rows = np.flatnonzero(examples.weight)
    return examples.take(rows), y[rows]
