"""Schedules: the factor at each t against its formula, and the learning rate that each step really has."""

import math

import numpy as np
import pytest

import descend as ds
from descend.schedules import Schedule

T = np.array([0.0, 0.5, 1.0, 2.0, 3.75, 8.0])


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (ds.Constant(), lambda t: 1.0),
        (ds.Step(every=2, factor=0.1), lambda t: 0.1 ** math.floor(t / 2)),
        (ds.Step(every=0.5, factor=0.5), lambda t: 0.5 ** math.floor(2 * t)),
        (ds.Exponential(0.9), lambda t: 0.9**t),
        (ds.Cosine(), lambda t: (1 + math.cos(math.pi * t / 10)) / 2),
        (ds.Cosine(epochs=4, minimum=0.2), lambda t: 0.2 + 0.4 * (1 + math.cos(math.pi * min(t / 4, 1)))),
        (ds.Warmup(2, start=0.5), lambda t: 0.5 + 0.25 * t if t < 2 else 1.0),
        (
            ds.Warmup(2, start=0.0, then=ds.Cosine()),
            lambda t: t / 2 if t < 2 else (1 + math.cos(math.pi * (t - 2) / 8)) / 2,
        ),
        (
            ds.Warmup(1, start=0.0, then=ds.Warmup(1, start=0.0, then=ds.Exponential(0.5))),
            lambda t: t if t < 1 else t - 1 if t < 2 else 0.5 ** (t - 2),
        ),
        (ds.Warmup(20, start=0.0, then=ds.Cosine()), lambda t: t / 20),
        (ds.ReduceOnPlateau(), lambda t: 1.0),
    ],
    ids=repr,
)
def test_factors(schedule: Schedule, formula) -> None:
    expected = [formula(t) for t in T]
    np.testing.assert_allclose(schedule.factors(T, 10), expected, rtol=4 * np.finfo(float).eps, atol=1e-16)


def rates_of(epochs: int, batch_size: int, **settings) -> list[float]:
    """The sum of each epoch's rates: x = 0 and y is far above, so a step adds its rate to b."""

    class Watch(ds.Callback):
        def __init__(self) -> None:
            self.b: list[float] = []

        def on_epoch_end(self, run: ds.Run) -> None:
            self.b.append(run.network.layers[0].b.item())

    network = ds.Network(1, [ds.Dense(1, "linear", init="zeros")], seed=0, dtype="float64")
    watch = Watch()
    ds.train(
        network,
        np.zeros((4, 1)),
        np.full(4, 1e6),
        loss="absolute_error",
        optimizer=ds.GradientDescent(0.5),
        epochs=epochs,
        batch_size=batch_size,
        callbacks=[watch],
        progress=False,
        **settings,
    )
    return np.diff([0.0, *watch.b]).tolist()


def test_each_step_has_its_own_rate() -> None:
    # Two steps an epoch, t = 0, 1/2 | 1, 3/2 | 2, 5/2.
    rates = rates_of(3, 2, schedule=ds.Exponential(0.25))
    assert rates == pytest.approx([0.5 * (1 + 0.5), 0.5 * (0.25 + 0.125), 0.5 * (0.0625 + 0.03125)])


def test_a_long_schedule_is_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descend.schedules._STEPS_AHEAD", 5)
    network = ds.Network(1, [ds.Dense(1, "linear", init="zeros")], seed=0, dtype="float64")
    history = ds.train(
        network,
        np.zeros((2, 1)),
        np.full(2, 1e6),
        loss="absolute_error",
        optimizer=ds.GradientDescent(1.0),
        epochs=11,
        batch_size=1,
        schedule=ds.Step(every=1, factor=0.5),
        progress=False,
    )
    assert network.layers[0].b.item() == pytest.approx(sum(2 * 0.5**epoch for epoch in range(11)))
    assert history.learning_rate == [0.5**epoch for epoch in range(11)]


def test_the_history_has_the_rate_of_each_epoch() -> None:
    network = ds.Network(1, [ds.Dense(1, "linear")], seed=0)
    X, y = np.ones((4, 1)), np.ones(4)
    settings = {"epochs": 4, "batch_size": 2, "progress": False}
    history = ds.train(network, X, y, optimizer=ds.Adam(0.01), schedule=ds.Step(2, 0.1), **settings)
    assert history.learning_rate == pytest.approx([0.01, 0.01, 0.001, 0.001])
    history = ds.train(network, X, y, optimizer=ds.Adam(0.01), **settings)
    assert history.learning_rate == [0.01] * 4


def test_reduce_on_plateau_drops_after_its_patience() -> None:
    # The cost falls in every epoch, but by less than min_delta: the first epoch is the best for ever.
    plateau = ds.ReduceOnPlateau(factor=0.5, patience=2, min_delta=1e5, minimum=0.2)
    rates = rates_of(9, 4, schedule=plateau)
    assert rates == pytest.approx([0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.1, 0.1])


def test_reduce_on_plateau_leaves_an_improving_training_alone() -> None:
    assert rates_of(5, 4, schedule=ds.ReduceOnPlateau(patience=1)) == [0.5] * 5


def test_reduce_on_plateau_after_a_warm_up_and_as_a_callback() -> None:
    plateau = ds.ReduceOnPlateau(factor=0.5, patience=1, min_delta=1e5)
    warm = rates_of(3, 4, schedule=ds.Warmup(2, start=0.5, then=plateau))
    assert warm == pytest.approx([0.5 * 0.5, 0.5 * 0.75, 0.5 * 0.5])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ds.Step(every=0), "Step's every is 0"),
        (lambda: ds.Step(factor=1.5), "Step's factor is 1.5"),
        (lambda: ds.Exponential(-0.5), "Exponential's factor is -0.5"),
        (lambda: ds.Cosine(epochs=0), "Cosine's epochs is 0"),
        (lambda: ds.Cosine(minimum=2), "Cosine's minimum is 2"),
        (lambda: ds.Warmup(epochs=-1), "Warmup's epochs is -1"),
        (lambda: ds.Warmup(start=2), "Warmup's start is 2"),
        (lambda: ds.ReduceOnPlateau(factor=1), "ReduceOnPlateau's factor is 1"),
        (lambda: ds.ReduceOnPlateau(patience=0), "patience is 0"),
    ],
)
def test_numbers_out_of_range(make, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_warm_up_to_no_schedule() -> None:
    with pytest.raises(TypeError, match=r"Warmup's then is 0\.1"):
        ds.Warmup(then=0.1)  # type: ignore[arg-type]
