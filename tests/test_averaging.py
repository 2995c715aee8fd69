"""`ema_decay`: the network ends with an average of its weights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import descend as ds
from oracle import Array


class Watch(ds.Callback):
    """Copies of what callbacks see."""

    def __init__(self) -> None:
        self.seen: list[Array] = []

    def on_epoch_end(self, run: ds.Run) -> None:
        self.seen.append(run.network.parameters.copy())


X = np.random.default_rng(0).normal(size=(24, 3))
Y = np.sin(X.sum(axis=1))


def trained(epochs: int, units: int = 40, **options: object) -> tuple[ds.Network, list[Array]]:
    net = ds.Network(3, [ds.Dense(units, "tanh"), ds.Dense(1, "linear")], seed=1, dtype="float64")
    watch = Watch()
    ds.train(
        net,
        X,
        Y,
        epochs=epochs,
        batch_size="full",
        optimizer=ds.Adam(0.03),
        seed=0,
        callbacks=[watch],
        progress=False,
        **options,
    )
    return net, watch.seen


@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1}, {"l2": 0.1}, {"units": 4}])
def test_the_average_is_that_of_the_weights_after_each_step(options: dict[str, float]) -> None:
    _, steps = trained(30, **options)
    net, averages = trained(30, ema_decay=0.9, **options)
    A = np.zeros_like(steps[0])
    for t, (W, average) in enumerate(zip(steps, averages, strict=True), start=1):
        d = min(0.9, (t - 1) / (t + 8))
        A += (1 - d) * (W - A)
        np.testing.assert_allclose(average, A, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(net.parameters, averages[-1])


def test_it_does_not_change_the_steps() -> None:
    _, steps = trained(8)
    _, averages = trained(8, ema_decay=0.5)
    W = [averages[0]]
    for t, (before, after) in enumerate(pairwise(averages), start=2):
        W.append(before + (after - before) / (1 - min(0.5, (t - 1) / (t + 8))))
    np.testing.assert_allclose(np.array(W), np.array(steps), rtol=0, atol=1e-13)


def test_validation_judges_the_average() -> None:
    net = ds.Network(3, [ds.Dense(8, "tanh"), ds.Dense(1, "linear")], seed=1, dtype="float64")
    history = ds.train(net, X, Y, epochs=5, validation=(X, Y), optimizer=ds.Adam(0.1), ema_decay=0.9, seed=0)
    cost = ((net.predict(X)[:, 0] - Y) ** 2).mean() / 2
    assert history.metrics["val_cost"][-1] == pytest.approx(cost, rel=1e-12)


def test_divergence_gives_the_average_of_the_last_good_epoch_back() -> None:
    def bad(run: ds.Run) -> None:
        run.optimizer.learning_rate = 1e300 if run.epoch == 3 else run.optimizer.learning_rate

    class Explode(Watch):
        def on_epoch_end(self, run: ds.Run) -> None:
            super().on_epoch_end(run)
            bad(run)

    net = ds.Network(3, [ds.Dense(8, "tanh"), ds.Dense(1, "linear")], seed=1, dtype="float64")
    watch = Explode()
    with pytest.raises(ds.DivergedError):
        ds.train(
            net,
            X,
            Y,
            epochs=9,
            optimizer=ds.GradientDescent(0.1),
            batch_size=8,
            ema_decay=0.8,
            callbacks=[watch],
        )
    np.testing.assert_array_equal(net.parameters, watch.seen[-1])


@pytest.mark.parametrize("decay", [0, 1, -0.5])
def test_decay_out_of_range(decay: float) -> None:
    with pytest.raises(ValueError, match=r"ema_decay is .*: give a number above 0 and below 1"):
        trained(1, ema_decay=decay)
