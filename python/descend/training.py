"""Training: the loop over epochs. What happens between two looks at the network happens in the core."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from descend import _core, checks, losses, optimizers
from descend.callbacks import Callback, Run
from descend.checks import Examples
from descend.class_weight import ClassWeight, weighted
from descend.errors import DivergedError
from descend.history import History
from descend.losses import Loss
from descend.metrics import check as check_metrics
from descend.metrics import scores
from descend.network import Network
from descend.optimizers import Optimizer
from descend.progress import Choice, Progress
from descend.schedules import Constant, Float64Array, Schedule

Validation: TypeAlias = float | tuple[object, object] | tuple[object, object, object]

Trainer: TypeAlias = _core.Trainer32 | _core.Trainer64
T = TypeVar("T")

# A schedule's learning rates are made for so many steps at a time, 1 MB of them.
_STEPS_AHEAD = 2**17


def train(
    network: Network,
    X: object,
    y: object,
    *,
    sample_weight: object = None,
    class_weight: ClassWeight | None = None,
    loss: Loss = "auto",
    optimizer: Optimizer | str | None = None,
    epochs: int = 10,
    batch_size: int | Literal["full"] = 32,
    validation: Validation | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    ema_decay: float | None = None,
    schedule: Schedule | None = None,
    metrics: Iterable[str] = (),
    callbacks: Iterable[Callback] = (),
    shuffle: bool = True,
    seed: int | None = None,
    n_threads: int | None = None,
    progress: Choice = "auto",
) -> History:
    """Fit a network to examples by mini-batch gradient descent.

    Each step takes the next batch, computes

    J = sum_i w_i L_i / sum_i w_i + l2 / 2 sum W^2 + l1 sum abs(W)

    and its gradient, and lets the optimiser move the parameters.

    Parameters
    ----------
    network : Network
        Changed in place.
    X : array-like or SciPy sparse (m, n[0])
        An example a row; data frames of numbers too. Of a sparse X only what is not 0 is read.
    y : array-like (m,) or (m, n[L])
        The targets; (m,) if there is one output, or if these are class numbers 0 .. n[L] - 1.
    sample_weight : array-like (m,), optional
        w: weight 0 is absence and weight k is k copies.
    class_weight : mapping of class to float, or "balanced"
        Multiplies the weights of the training examples by those of their classes; "balanced" makes all
        classes weigh the same.
    loss : str or loss object
        L, see `descend.losses`; "auto" is binary_cross_entropy for a sigmoid output, cross_entropy for
        softmax, poisson for exp, and squared_error for any other.
    optimizer : Optimizer, str or None
        What moves the parameters, an object that keeps its state for the next training, or the name of a new
        one; None is a new Adam.
    epochs : int
        How many times to go through the examples.
    batch_size : int or "full"
        Examples in a step; the last batch of an epoch may have fewer. "full" is all.
    validation : float, (Xv, yv) or (Xv, yv, wv), optional
        Examples to judge by after every epoch: given, or a share of X that is drawn with `seed` and not
        trained on.
    l1, l2 : float
        Penalties on all W, not on b.
    clip_norm : float, optional
        Scales down a gradient whose Euclidean norm is greater.
    ema_decay : float, optional
        d, above 0 and below 1: the network ends with an average of its weights over the last steps, about
        1 / (1 - d) of them, A_t = A_{t-1} + (1 - d_t) (W_t - A_{t-1}), d_t = min(d, (t - 1) / t); so do the
        running moments of batch normalisation. The average is also what the validation examples and
        callbacks see between epochs.
    schedule : Schedule, optional
        How the learning rate changes, see `descend.schedules`.
    metrics : iterable of str
        Names from `descend.metrics` to record by epoch: of the validation examples, else of the training
        examples.
    callbacks : iterable of Callback
        Who looks at the training between epochs, see `descend.callbacks`.
    shuffle : bool
        Whether each epoch goes through the examples in a new order.
    seed : int, optional
        What the orders, dropout and a validation share are drawn from; if not given, the operating system
        draws one.
    n_threads : int, optional
        How many threads may work; as many as help if not given. The result does not depend on it.
    progress : bool or "auto"
        Whether to show how it goes; "auto" shows trainings of more than a second in a terminal or notebook.

    Returns
    -------
    History
        The record by epoch. Ctrl-C ends training with a warning, the weights of the last finished step in the
        network, and the outcome "interrupted" in the history.

    Raises
    ------
    TypeError, ValueError
        An argument that cannot be used, before training starts.
    RuntimeError
        The network is being trained already.
    DivergedError
        The cost stopped being finite; the network is back at its last good epoch.
    """
    with network.claimed():
        resolved = losses.resolve(loss, network.layers[-1].activation)
        names = check_metrics(metrics, resolved.name, network.n_outputs)
        epochs = checks.integer("epochs", epochs, 1)
        seed = checks.seed(seed)
        threads = checks.threads(n_threads)
        optimizer = optimizers.resolve(optimizer)
        schedule = _checked(Schedule, "schedule", Constant() if schedule is None else schedule)
        observers = _observers([*callbacks, *schedule.callbacks])
        l1, l2 = checks.number("l1", l1, at_least=0), checks.number("l2", l2, at_least=0)
        clip_norm = 0.0 if clip_norm is None else checks.number("clip_norm", clip_norm, above=0)
        ema_decay = 0.0 if ema_decay is None else checks.number("ema_decay", ema_decay, above=0, below=1)

        examples = checks.examples(network, X, y, sample_weight, resolved.name)
        examples, held_out = _split(network, examples, validation, resolved.name, seed)
        examples = weighted(examples, class_weight, resolved.name, network.n_outputs)
        m = examples.X.shape[0]

        judge = _Judge(network, resolved, names, held_out or examples, "val_" if held_out else "", threads)
        history = History(seed, metrics={name: [] for name in judge.names})
        run = Run(network, optimizer, history, epochs, held_out)
        trainer = getattr(_core, f"Trainer{8 * network.dtype.itemsize}")(
            network.core,
            optimizer.prepare(network.n_parameters, network.dtype),
            checks.for_core(examples.X),
            examples.Y,
            resolved,
            sample_weight=examples.weight,
            batch_size=_batch_size(batch_size, m),
            shuffle=bool(shuffle),
            seed=seed,
            l1=l1,
            l2=l2,
            clip_norm=clip_norm,
            ema_decay=ema_decay,
            n_threads=threads,
        )
        with Progress(run, m, trainer.steps_per_epoch, progress) as display:
            _Loop(run, trainer, judge, schedule, observers, display).go()
        return history


@dataclass(frozen=True)
class _Loop:
    """The epochs of one training."""

    run: Run
    trainer: Trainer
    judge: _Judge
    schedule: Schedule
    observers: list[Callback]
    display: Progress

    def go(self) -> None:
        """Run all epochs, and note how they ended."""
        run, history = self.run, self.run.history
        for observer in self.observers:
            observer.on_train_begin(run)
        try:
            while run.epoch < run.epochs and not run.stop:
                self.advance()
            history.outcome = "stopped" if run.stop else "finished"
        except KeyboardInterrupt:
            history.outcome = "interrupted"
            warnings.warn(
                f"Training was interrupted in epoch {run.epoch + 1}: "
                "the network keeps the weights of the last finished step.",
                stacklevel=3,
            )
        except BaseException as error:
            history.outcome = "diverged" if isinstance(error, DivergedError) else "failed"
            raise
        finally:
            for values in history.metrics.values():
                values += [math.nan] * (run.epoch - len(values))
            for observer in self.observers:
                observer.on_train_end(run)

    def advance(self) -> None:
        """Run on to the next epoch that somebody wants to see, and let them look."""
        run, history = self.run, self.run.history
        rates = self.learning_rates(end := self.next_look())
        try:
            good = self.trainer.run(end - run.epoch, rates, self.display.poll, self.display.seconds)
        finally:
            self.record(rates)
        if not good:
            raise DivergedError(
                f"Training diverged in epoch {run.epoch + 1}, and the network is back at its last good "
                f"weights: try a learning rate below {rates.max():g}, clip_norm=1.0, or features scaled to "
                "variance 1.",
                history,
                run.epoch + 1,
            )
        for name, value in self.judge.values().items():
            history.metrics[name].append(value)
        for observer in self.observers:
            if run.epoch % observer.every == 0:
                observer.on_epoch_end(run)
        self.display.epoch_end()

    def next_look(self) -> int:
        """The epoch after which Python is wanted next."""
        epoch = self.run.epoch
        looks = [observer.every for observer in self.observers] + [1] * bool(self.judge.names)
        ends = [(epoch // every + 1) * every for every in looks]
        if not isinstance(self.schedule, Constant):
            ends.append(epoch + max(1, _STEPS_AHEAD // self.trainer.steps_per_epoch))
        return min([self.run.epochs, *ends])

    def learning_rates(self, end: int) -> Float64Array:
        """Those of all steps up to the end of an epoch, or one for all."""
        run, steps_per_epoch = self.run, self.trainer.steps_per_epoch
        rate = run.learning_rate_scale * run.optimizer.learning_rate
        if isinstance(self.schedule, Constant):
            return np.array([rate])
        t = np.arange(run.epoch * steps_per_epoch, end * steps_per_epoch) / steps_per_epoch
        return rate * self.schedule.factors(t, run.epochs)

    def record(self, rates: Float64Array) -> None:
        """Take over what the trainer knows of the epochs that it has finished."""
        history = self.run.history
        begin = len(history.cost)
        history.cost += map(float, self.trainer.costs[begin:])
        history.times += map(float, self.trainer.times[begin:])
        done = len(history.cost) - begin
        of_epochs = rates[:: self.trainer.steps_per_epoch][:done].tolist()
        history.learning_rate += of_epochs if rates.size > 1 else of_epochs * done


@dataclass(frozen=True)
class _Judge:
    """What is measured after each epoch, of which examples."""

    network: Network
    loss: _core.Loss
    metrics: tuple[str, ...]
    examples: Examples
    prefix: str
    n_threads: int

    @property
    def names(self) -> list[str]:
        """Keys of the history."""
        return ["val_cost"] * bool(self.prefix) + [self.prefix + name for name in self.metrics]

    def values(self) -> dict[str, float]:
        """A value for each key."""
        core, (rows, Y, weight) = self.network.core, self.examples
        X = checks.for_core(rows)
        values = {}
        if self.prefix:
            values["val_cost"] = core.cost(X, Y, self.loss, weight, self.n_threads)
        if self.metrics:
            output = self.network.layers[-1].activation
            prediction = core.predict(X, self.n_threads)
            assert prediction is not None
            for name, value in scores(self.metrics, Y, prediction, self.loss.name, output, weight).items():
                values[self.prefix + name] = value
        return values


def _split(
    network: Network, examples: Examples, validation: Validation | None, loss: str, seed: int
) -> tuple[Examples, Examples | None]:
    """The examples to train on and those to judge by."""
    if validation is None:
        return examples, None
    if isinstance(validation, tuple | list):
        if len(validation) not in (2, 3):
            raise ValueError(
                f"validation has {len(validation)} parts: give (Xv, yv), (Xv, yv, wv), or a share of X."
            )
        Xv, yv, *wv = validation
        return examples, checks.examples(network, Xv, yv, wv[0] if wv else None, loss, ("Xv", "yv", "wv"))
    share = checks.number("validation", validation, above=0, below=1)
    m = examples.X.shape[0]
    n_held_out = round(share * m)
    if not 0 < n_held_out < m:
        raise ValueError(
            f"validation is {share:g} of {m} examples, which leaves {n_held_out} to judge by and "
            f"{m - n_held_out} to train on: give another share, or more examples."
        )
    order = np.random.Generator(np.random.Philox(key=seed)).permutation(m)
    return examples.take(np.sort(order[n_held_out:])), examples.take(np.sort(order[:n_held_out]))


def _observers(callbacks: list[Callback]) -> list[Callback]:
    for callback in callbacks:
        _checked(Callback, "a callback", callback)
        checks.integer(f"{type(callback).__name__}.every", callback.every, 1)
    return callbacks


def _batch_size(batch_size: int | str, m: int) -> int:
    if isinstance(batch_size, str):
        checks.known_name("batch_size", batch_size, ["full"])
        return m
    return min(checks.integer("batch_size", batch_size, 1), m)


def _checked(kind: type[T], what: str, value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{what} is {value!r}: give a {kind.__name__} object.")
    return value
