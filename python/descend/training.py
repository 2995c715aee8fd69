"""Training: what `train` and `train_ensemble` are given, checked and brought together."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from descend import checks, flat_vector, losses, optimizers
from descend.callbacks import Callback, Run
from descend.checks import Examples
from descend.class_weight import ClassWeight, weighted
from descend.ensemble import Ensemble, alike
from descend.history import History
from descend.loop import Loop, run
from descend.losses import Loss
from descend.metrics import check as check_metrics
from descend.network import Network
from descend.optimizers import Optimizer
from descend.progress import Choice, Progress
from descend.schedules import Constant, Schedule
from descend.streaming import Stream, StreamTrainer
from descend.together import threads_each
from descend.trainer import CoreTrainer, Settings, core_trainer
from descend.validation import Judge, Validation, held_out_of, split

T = TypeVar("T")


def train(
    network: Network,
    X: object,
    y: object = None,
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
        d, above 0 and below 1: the network ends with an average of its weights over about the last
        1 / (1 - d) steps, or, while these are few, the last tenth of all: A_t = A_{t-1} + (1 - d_t)
        (W_t - A_{t-1}), d_t = min(d, (t - 1) / (t + 8)); so do the running moments of batch normalisation.
        The average is also what the validation examples and callbacks see between epochs.
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
        network, or with `ema_decay` the average up to it, and the outcome "interrupted" in the history.

    Raises
    ------
    TypeError, ValueError
        An argument that cannot be used, or a weight that is not a finite number, before training starts.
    RuntimeError
        The network is being trained already.
    DivergedError
        The cost stopped being finite; the network is back at its last good epoch.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network is {network!r}: give a Network, and several of them to train_ensemble.")
    return _train(
        [network],
        X,
        y,
        _Options(
            sample_weight,
            class_weight,
            loss,
            optimizer,
            epochs,
            batch_size,
            validation,
            l1,
            l2,
            clip_norm,
            ema_decay,
            schedule,
            metrics,
            callbacks,
            shuffle,
            seed,
            n_threads,
            progress,
        ),
    )[0]


def train_ensemble(
    networks: Sequence[Network] | Ensemble, X: object, y: object, **options: Any
) -> list[History]:
    """Fit several networks to the same examples at once, each with an order of the examples of its own.

    The examples are checked and converted once, and every thread takes a network after the other: small
    networks, whose steps are too short to share among threads, train as many times faster as there are
    threads. Each ends with the same bits as if trained alone with its seed. `Ensemble` predicts with all.

    Parameters
    ----------
    networks : sequence of Network, or Ensemble
        Changed in place; with the same inputs, outputs, output activation and dtype.
    X, y
        As for `train`.
    **options
        As for `train`. Of `seed` network i, from 0, takes seed + i for orders and dropout, and all hold out
        the same validation share. Each has copies of the optimiser, the schedule and the callbacks.

    Returns
    -------
    list of History
        One for each network.

    Raises
    ------
    TypeError, ValueError, RuntimeError
        As `train` raises, and for networks that do not go together.
    DivergedError
        The cost of a network stopped being finite: it is back at its last good epoch, and the others are at
        the end of theirs.
    """
    defaults = train.__kwdefaults__ or {}
    for name in options:
        checks.known_name("option", name, defaults)
    return _train(alike(networks), X, y, _Options(**{**defaults, **options}))


@dataclass(frozen=True)
class _Options:
    """What `train` was given, unchecked."""

    sample_weight: object
    class_weight: ClassWeight | None
    loss: Loss
    optimizer: Optimizer | str | None
    epochs: int
    batch_size: int | Literal["full"]
    validation: Validation | None
    l1: float
    l2: float
    clip_norm: float | None
    ema_decay: float | None
    schedule: Schedule | None
    metrics: Iterable[str]
    callbacks: Iterable[Callback]
    shuffle: bool
    seed: int | None
    n_threads: int | None
    progress: Choice


def _train(networks: Sequence[Network], X: object, y: object, given: _Options) -> list[History]:
    """The histories of networks that are trained at once."""
    with ExitStack() as claims:
        for network in networks:
            claims.enter_context(network.claimed())
            flat_vector.check_weights(network)
        first, count = networks[0], len(networks)
        loss = losses.resolve(given.loss, first.output_activation, first.n_outputs)
        metrics = check_metrics(given.metrics, loss.name, first.n_outputs)
        epochs = checks.integer("epochs", given.epochs, 1)
        threads = checks.threads(given.n_threads)
        settings = _settings(given, threads_each(count, threads))
        optimizer = optimizers.resolve(given.optimizer)
        schedule = _checked(Schedule, "schedule", Constant() if given.schedule is None else given.schedule)
        callbacks = _observers(list(given.callbacks))

        def weigh(examples: Examples) -> Examples:
            return weighted(examples, given.class_weight, loss.name, first.n_outputs)

        examples: Examples | None = None
        if isinstance(X, Stream):
            _check_stream(y, given, count)
            m, held_out = X.n_rows, held_out_of(first, given.validation, loss.name)
        else:
            examples = checks.examples(first, X, y, given.sample_weight, loss.name, n_threads=threads)
            examples, held_out = split(first, examples, given.validation, loss.name, settings["seed"])
            examples = weigh(examples)
            m = examples.X.shape[0]
        settings["batch_size"] = min(settings["batch_size"], m)
        judged = held_out or examples
        if metrics and judged is None:
            raise ValueError("metrics of a stream need examples to judge by: give validation.")

        loops = []
        shared = optimizer, schedule, callbacks
        for i, network in enumerate(networks):
            if count > 1:
                optimizer, schedule, callbacks = copy.deepcopy(shared)
            own: Settings = {**settings, "seed": (settings["seed"] + i) % 2**64}
            prepared = optimizer.prepare(network.n_parameters, network.dtype)
            trainer: CoreTrainer | StreamTrainer
            if isinstance(X, Stream):
                trainer = StreamTrainer(network, prepared, X, loss, weigh, own)
            else:
                assert examples is not None
                trainer = core_trainer(network, prepared, examples, loss, own)
            judge = Judge(network, loss, metrics, judged, "val_" if held_out else "", threads)
            history = History(own["seed"], metrics={name: [] for name in judge.names})
            training = Run(network, optimizer, history, epochs, held_out)
            loops.append(
                Loop(training, optimizer, trainer, judge, schedule, [*callbacks, *schedule.callbacks])
            )
        with Progress(loops[0].run, m, loops[0].trainer.steps_per_epoch, given.progress) as display:
            run(loops, display, threads)
        return [loop.run.history for loop in loops]


def _settings(given: _Options, n_threads: int) -> Settings:
    """What the trainers are told, checked."""
    clip_norm = ema_decay = 0.0
    if given.clip_norm is not None:
        clip_norm = checks.number("clip_norm", given.clip_norm, above=0)
    if given.ema_decay is not None:
        ema_decay = checks.number("ema_decay", given.ema_decay, above=0, below=1)
    return {
        "batch_size": _batch_size(given.batch_size),
        "shuffle": bool(given.shuffle),
        "seed": checks.seed(given.seed),
        "l1": checks.number("l1", given.l1, at_least=0),
        "l2": checks.number("l2", given.l2, at_least=0),
        "clip_norm": clip_norm,
        "ema_decay": ema_decay,
        "n_threads": n_threads,
    }


def _check_stream(y: object, given: _Options, count: int) -> None:
    """What cannot be had with a stream."""
    if y is not None or given.sample_weight is not None:
        raise ValueError("a stream has its targets and weights with it: leave out y and sample_weight.")
    for name, value in (("class_weight", given.class_weight), ("batch_size", given.batch_size)):
        if value in ("balanced", "full"):
            raise ValueError(f"{name} {value!r} needs all examples, and a stream has a part: give numbers.")
    if given.ema_decay is not None or count > 1:
        raise ValueError("a stream trains one network, without ema_decay: leave that out.")


def _observers(callbacks: list[Callback]) -> list[Callback]:
    for callback in callbacks:
        _checked(Callback, "a callback", callback)
        checks.integer(f"{type(callback).__name__}.every", callback.every, 1)
    return callbacks


def _batch_size(batch_size: int | str) -> int:
    if isinstance(batch_size, str):
        checks.known_name("batch_size", batch_size, ["full"])
        return sys.maxsize
    return checks.integer("batch_size", batch_size, 1)


def _checked(kind: type[T], what: str, value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{what} is {value!r}: give a {kind.__name__} object.")
    return value
