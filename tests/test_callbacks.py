"""Callbacks: when they are called, what they may do, and early stopping."""

import math

import numpy as np
import pytest

import descend as ds

X, Y = np.ones((4, 1)), np.full((4, 1), 3.0)


def network() -> ds.Network:
    return ds.Network(1, [ds.Dense(1, "linear", init="zeros")], seed=0, dtype="float64")


def fit(
    callbacks: list[ds.Callback], net: ds.Network | None = None, epochs: int = 6, **settings
) -> ds.History:
    settings = {"optimizer": ds.GradientDescent(0.1), "batch_size": "full", "progress": False, **settings}
    return ds.train(net or network(), X, Y, epochs=epochs, callbacks=callbacks, **settings)


class Log(ds.Callback):
    def __init__(self, every: int = 1) -> None:
        self.every = every
        self.calls: list[str] = []

    def on_train_begin(self, run: ds.Run) -> None:
        self.calls.append(f"begin {run.epoch}")

    def on_epoch_end(self, run: ds.Run) -> None:
        assert len(run.history.cost) == run.epoch
        self.calls.append(f"epoch {run.epoch}")

    def on_train_end(self, run: ds.Run) -> None:
        self.calls.append(f"end {run.epoch} {run.history.outcome}")


class Follow(ds.Callback):
    """Replaces the recorded costs by given ones, and the weights by the number of the epoch."""

    def __init__(self, costs: list[float], name: str = "cost") -> None:
        self.costs, self.name = costs, name

    def on_epoch_end(self, run: ds.Run) -> None:
        values = run.history.cost if self.name == "cost" else run.history.metrics[self.name]
        values[-1] = self.costs[run.epoch - 1]
        run.network.parameters = float(run.epoch)


def test_the_order_of_calls() -> None:
    log = Log()
    fit([log], epochs=2)
    assert log.calls == ["begin 0", "epoch 1", "epoch 2", "end 2 finished"]


def test_each_looks_as_often_as_it_wants_to() -> None:
    two, five = Log(2), Log(5)
    history = fit([two, five], epochs=11)
    assert two.calls[1:-1] == [f"epoch {epoch}" for epoch in (2, 4, 6, 8, 10)]
    assert five.calls[1:-1] == ["epoch 5", "epoch 10"]
    assert len(history.cost) == 11


def test_looking_changes_nothing() -> None:
    watched, alone = network(), network()
    fit([Log(1)], watched, epochs=20)
    fit([], alone, epochs=20)
    np.testing.assert_array_equal(watched.parameters, alone.parameters)


def test_a_callback_may_stop_training() -> None:
    class Stop(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            run.stop = run.epoch == 3

    log = Log()
    history = fit([Stop(), log])
    assert len(history.cost) == 3
    assert log.calls[-1] == "end 3 stopped"


def test_a_callback_may_change_weights_and_the_rate() -> None:
    class Meddle(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            run.network.layers[0].W = 0.0
            run.network.layers[0].b = 0.0
            run.learning_rate_scale = 0.5

    net = network()
    history = fit([Meddle()], net, epochs=3)
    assert history.cost == [4.5, 4.5, 4.5]
    assert history.learning_rate == [0.1, 0.05, 0.05]
    assert not net.parameters.any()


def test_an_exception_of_a_callback_passes_through() -> None:
    class Fail(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            raise KeyError("mine")

    log, net = Log(), network()
    with pytest.raises(KeyError, match="mine"):
        fit([Fail(), log], net)
    assert log.calls == ["begin 0", "end 1 failed"]
    assert net.parameters.any()


def test_an_exception_at_the_beginning_leaves_the_network_untouched() -> None:
    class Fail(ds.Callback):
        def on_train_begin(self, run: ds.Run) -> None:
            raise KeyError("mine")

    net = network()
    with pytest.raises(KeyError, match="mine"):
        fit([Fail()], net)
    assert not net.parameters.any()


def test_a_callback_cannot_train_the_same_network() -> None:
    class Nested(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            fit([], run.network)

    with pytest.raises(RuntimeError, match="being trained already"):
        fit([Nested()])


@pytest.mark.parametrize("every", [0, 1.5])
def test_every_is_a_number_of_epochs(every: float) -> None:
    with pytest.raises((TypeError, ValueError), match=r"Log\.every is"):
        fit([Log(every)])  # type: ignore[arg-type]


def test_early_stopping_keeps_the_best() -> None:
    net, stopping = network(), ds.EarlyStopping(patience=2)
    history = fit([Follow([5, 3, 4, 2, 2, 2, 1]), stopping], net, epochs=7)
    assert history.outcome == "stopped"
    assert len(history.cost) == 6
    assert (stopping.best_epoch, stopping.best) == (4, 2)
    np.testing.assert_array_equal(net.parameters, 4)
    np.testing.assert_array_equal(stopping.best_parameters, 4)


def test_the_best_weights_come_back_also_where_all_epochs_ran() -> None:
    net = network()
    assert fit([Follow([5, 1, 2]), ds.EarlyStopping(patience=5)], net, epochs=3).outcome == "finished"
    np.testing.assert_array_equal(net.parameters, 2)


def test_the_last_weights_stay_if_asked() -> None:
    net, stopping = network(), ds.EarlyStopping(patience=1, restore_best=False)
    fit([Follow([1, 2, 3]), stopping], net, epochs=3)
    np.testing.assert_array_equal(net.parameters, 2)
    assert stopping.best_parameters is None


def test_an_improvement_must_be_greater_than_min_delta() -> None:
    stopping = ds.EarlyStopping(patience=2, min_delta=1)
    assert len(fit([Follow([5, 4, 4.5, 3]), stopping], epochs=4).cost) == 3
    assert (stopping.best_epoch, stopping.best) == (1, 5)
    assert len(fit([Follow([5, 3.5, 3, 3]), stopping], epochs=4).cost) == 4


def test_patience_is_in_epochs_also_for_one_who_looks_seldom() -> None:
    stopping = ds.EarlyStopping(patience=4)
    stopping.every = 3
    assert len(fit([Follow([9, 9, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]), stopping], epochs=12).cost) == 9


def test_nan_is_no_improvement() -> None:
    net, stopping = network(), ds.EarlyStopping(patience=2)
    fit([Follow([math.nan, math.nan]), stopping], net, epochs=2)
    assert (stopping.best_epoch, stopping.best_parameters) == (0, None)


def test_the_validation_cost_is_watched_where_there_is_one() -> None:
    stopping = ds.EarlyStopping(patience=1)
    fit([Follow([3, 2, 4], "val_cost"), stopping], epochs=3, validation=(X, Y))
    assert (stopping.best_epoch, stopping.best) == (2, 2)


def test_a_metric_that_should_grow() -> None:
    stopping = ds.EarlyStopping(patience=1, monitor="val_r2")
    fit([Follow([0.1, 0.3, 0.2], "val_r2"), stopping], epochs=3, validation=(X, [1, 2, 3, 4]), metrics=["r2"])
    assert (stopping.best_epoch, stopping.best) == (2, 0.3)


def test_an_object_can_be_used_again() -> None:
    stopping = ds.EarlyStopping(patience=1)
    fit([Follow([1, 2]), stopping], epochs=2)
    fit([Follow([9, 8, 7]), stopping], epochs=3)
    assert (stopping.best_epoch, stopping.best) == (3, 7)


@pytest.mark.parametrize(
    ("monitor", "sentence"),
    [
        ("val_cost", "monitor is 'val_cost', and there is no validation set"),
        ("costs", "monitor 'costs' is unknown: did you mean 'cost'"),
    ],
)
def test_what_is_not_recorded_cannot_be_watched(monitor: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fit([ds.EarlyStopping(monitor=monitor)])


def test_numbers_out_of_range() -> None:
    with pytest.raises(ValueError, match="patience is 0"):
        ds.EarlyStopping(patience=0)
    with pytest.raises(ValueError, match="min_delta is -1"):
        ds.EarlyStopping(min_delta=-1)
