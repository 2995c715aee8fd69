"""Training as a user calls it: targets, weights, judging, seeds, divergence, interruption, threads."""

import re
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

import descend as ds
from ctrl_c import CtrlC
from descend import _core, graph

DTYPES = ("float32", "float64")


def blobs(m: int = 120, n_classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Points round n_classes corners of a polygon, with their class numbers."""
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=m)
    angle = 2 * np.pi * y / n_classes
    return 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.standard_normal((m, 2)), y


def classifier(n_classes: int = 3, dtype: str = "float64", dropout: float = 0.0) -> ds.Network:
    return ds.Network(
        2, [ds.Dense(8, "tanh", dropout=dropout), ds.Dense(n_classes, "softmax")], seed=1, dtype=dtype
    )


def output(activation: str, units: int = 1, dtype: str = "float64") -> ds.Network:
    return ds.Network(2, [ds.Dense(5, "tanh"), ds.Dense(units, activation)], seed=1, dtype=dtype)


def fit(network: ds.Network, X: object, y: object, **settings) -> ds.History:
    return ds.train(network, X, y, **{"seed": 3, "epochs": 4, "progress": False, **settings})


def trained(network: ds.Network, X: object, y: object, **settings) -> np.ndarray:
    fit(network, X, y, **settings)
    return network.parameters.copy()


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_step_by_hand(dtype: str) -> None:
    # W = 1/2, b = 1/2; x = 1, 3 and y = 2, 4. A = 1, 2; r = A - y = -1, -2; J = 1/2 (1 + 4) / 2 = 1.25.
    # dW = ((-1) 1 + (-2) 3) / 2 = -3.5, db = (-1 - 2) / 2 = -1.5. W <- 1/2 + 3.5 / 4, b <- 1/2 + 1.5 / 4.
    network = ds.Network(1, [ds.Dense(1, "linear", init=[[0.5]])], seed=0, dtype=dtype)
    network.layers[0].b = 0.5
    history = fit(
        network, [[1], [3]], [2, 4], optimizer=ds.GradientDescent(0.25), epochs=1, batch_size="full"
    )
    assert history.cost == [1.25]
    np.testing.assert_array_equal(network.parameters, [1.375, 0.875])


def test_the_history() -> None:
    history = fit(classifier(), *blobs(), epochs=5, seed=None)
    assert [len(column) for column in history.columns().values()] == [5] * 4
    assert history.cost[-1] < history.cost[0]
    assert all(seconds > 0 for seconds in history.times)
    assert history.outcome == "finished"
    assert history.metrics == {}
    again = fit(classifier(), *blobs(), epochs=5, seed=history.seed)
    assert again.cost == history.cost


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("sigmoid", "binary_cross_entropy"),
        ("exp", "poisson"),
        ("linear", "squared_error"),
        ("tanh", "squared_error"),
        ("relu", "squared_error"),
    ],
)
def test_auto_is_the_loss_of_the_output(activation: str, loss: str) -> None:
    X, y = blobs(n_classes=2)
    assert (trained(output(activation), X, y) == trained(output(activation), X, y, loss=loss)).all()
    auto, named = (output(activation).cost_and_gradient(X, y, it)[0] for it in ("auto", loss))
    assert auto == named


def test_auto_for_softmax() -> None:
    X, y = blobs()
    assert (trained(classifier(), X, y) == trained(classifier(), X, y, loss="cross_entropy")).all()


@pytest.mark.parametrize(("name", "loss"), [("huber", ds.Huber(1.0)), ("quantile", ds.Quantile(0.5))])
def test_losses_with_a_number(name: str, loss: ds.Huber | ds.Quantile) -> None:
    X, y = blobs()
    assert (trained(output("linear"), X, y, loss=name) == trained(output("linear"), X, y, loss=loss)).all()
    other = type(loss)(0.25)
    assert (trained(output("linear"), X, y, loss=name) != trained(output("linear"), X, y, loss=other)).any()


def test_one_output_takes_a_row_or_a_column() -> None:
    X, y = blobs(n_classes=2)
    row = trained(output("sigmoid"), X, y)
    for same in (
        y[:, None],
        y.astype(bool),
        y.astype(float),
        y.tolist(),
        pd.Series(y),
        pd.DataFrame({"y": y}),
    ):
        np.testing.assert_array_equal(trained(output("sigmoid"), X, same), row)


def test_class_numbers_are_one_hot_rows() -> None:
    X, y = blobs()
    numbers, rows = trained(classifier(), X, y), trained(classifier(), X, np.eye(3)[y])
    np.testing.assert_allclose(numbers, rows, rtol=1e-12, atol=1e-14)


def test_several_labels_at_once() -> None:
    X, y = blobs()
    fit(output("sigmoid", 3), X, np.eye(3)[y])
    with pytest.raises(
        ValueError, match=r"shape \(120,\).*3 outputs.*binary_cross_entropy: give shape \(120, 3\)"
    ):
        fit(output("sigmoid", 3), X, y)


def test_classes_from_logits() -> None:
    X, y = blobs()
    network = output("linear", 3)
    history = fit(network, X, y, loss="cross_entropy", metrics=["accuracy", "log_loss"], epochs=20)
    A = np.exp(network.predict(X))
    A /= A.sum(axis=1, keepdims=True)
    assert history.metrics["accuracy"][-1] == (A.argmax(axis=1) == y).mean()
    assert history.metrics["log_loss"][-1] == pytest.approx(-np.log(A[np.arange(len(y)), y]).mean())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("settings", [{}, {"n_threads": 1}, {"batch_size": 7}, {"batch_size": "full"}])
def test_same_seed_same_bits(dtype: str, settings: dict[str, object]) -> None:
    X, y = blobs()
    one, same = (trained(classifier(dtype=dtype, dropout=0.2), X, y, **settings) for _ in range(2))
    np.testing.assert_array_equal(one, same)


def test_the_seed_orders_and_drops() -> None:
    X, y = blobs()
    assert (trained(classifier(), X, y) != trained(classifier(), X, y, seed=4)).any()
    assert (
        trained(classifier(), X, y, shuffle=False) == trained(classifier(), X, y, shuffle=False, seed=4)
    ).all()
    dropped = [trained(classifier(dropout=0.5), X, y, shuffle=False, seed=seed) for seed in (3, 4)]
    assert (dropped[0] != dropped[1]).any()


@pytest.mark.parametrize("n_threads", [2, 3])
def test_bits_do_not_depend_on_threads(n_threads: int) -> None:
    X, y = blobs(2000)
    one, other = (trained(classifier(), X, y, n_threads=n, batch_size=500) for n in (1, n_threads))
    np.testing.assert_array_equal(one, other)


def test_a_weight_is_so_many_copies_and_zero_is_absence() -> None:
    X, y = blobs()
    weight = np.random.default_rng(1).integers(4, size=len(X))
    whole = {"batch_size": "full", "optimizer": "gradient_descent"}
    weighted = trained(classifier(), X, y, sample_weight=weight, **whole)
    repeated = trained(classifier(), np.repeat(X, weight, axis=0), np.repeat(y, weight), **whole)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-11, atol=1e-13)


def test_class_weights_are_weights() -> None:
    X, y = blobs()
    weight = np.random.default_rng(1).random(len(X)) + 0.5
    by_class = trained(classifier(), X, y, class_weight={0: 2.0, 2: 0.5}, sample_weight=weight)
    by_example = trained(classifier(), X, y, sample_weight=weight * np.array([2.0, 1.0, 0.5])[y])
    np.testing.assert_array_equal(by_class, by_example)


@pytest.mark.parametrize("one_hot", [False, True])
def test_balanced_classes_weigh_the_same(one_hot: bool) -> None:
    X, y = blobs()
    keep = (y > 0) | (np.arange(len(y)) < 40)
    X, y = X[keep], y[keep]
    weight = len(y) / (3 * np.bincount(y))[y]
    balanced = trained(classifier(), X, np.eye(3)[y] if one_hot else y, class_weight="balanced")
    by_example = trained(classifier(), X, np.eye(3)[y] if one_hot else y, sample_weight=weight)
    np.testing.assert_array_equal(balanced, by_example)


def test_balanced_labels() -> None:
    X, y = blobs(n_classes=2)
    y[:50] = 0
    weight = len(y) / (2 * np.bincount(y))[y]
    balanced = trained(output("sigmoid"), X, y, class_weight="balanced")
    np.testing.assert_array_equal(balanced, trained(output("sigmoid"), X, y, sample_weight=weight))


def test_validation_by_hand() -> None:
    # A[L] = W x + b with W = b = 0 and a learning rate too small to move it: r = -y.
    network = ds.Network(1, [ds.Dense(1, "linear", init="zeros")], seed=0, dtype="float64")
    held_out = ([[1], [2], [3]], [1, 2, 4], [1, 1, 2])
    history = fit(
        network,
        [[1]],
        [0],
        validation=held_out,
        metrics=["mae", "rmse"],
        l2=1.0,
        optimizer=ds.Adam(1e-300),
        epochs=2,
    )
    assert history.metrics == {
        "val_cost": [pytest.approx((1 + 4 + 2 * 16) / 2 / 4)] * 2,
        "val_mae": [pytest.approx((1 + 2 + 2 * 4) / 4)] * 2,
        "val_rmse": [pytest.approx(np.sqrt((1 + 4 + 2 * 16) / 4))] * 2,
    }


def test_a_share_is_held_out_by_the_seed() -> None:
    X, y = blobs(100)
    w = np.arange(1.0, 101.0)
    order = np.random.Generator(np.random.Philox(key=3)).permutation(100)
    held_out, kept = np.sort(order[:25]), np.sort(order[25:])
    shared, split = classifier(), classifier()
    history = fit(shared, X, y, sample_weight=w, validation=0.25, metrics=["accuracy"])
    by_hand = fit(
        split,
        X[kept],
        y[kept],
        sample_weight=w[kept],
        validation=(X[held_out], y[held_out], w[held_out]),
        metrics=["accuracy"],
    )
    np.testing.assert_array_equal(shared.parameters, split.parameters)
    assert history.metrics == by_hand.metrics


def test_judging_changes_nothing() -> None:
    X, y = blobs()
    judged = trained(classifier(), X, y, validation=(X, y), metrics=["accuracy"])
    np.testing.assert_array_equal(judged, trained(classifier(), X, y))


CLASSES = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss", "calibration_error")


def calibration_error(y: np.ndarray, P: np.ndarray, w: np.ndarray) -> float:
    """Guo et al. 2017, equation 3, with 15 bins of the probability of the chosen class."""
    error = 0.0
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    for k in range(15):
        b = (k / 15 <= confidence) & (confidence < (k + 1) / 15)
        if b.any():
            accuracy, mean = np.average(right[b], weights=w[b]), np.average(confidence[b], weights=w[b])
            error += w[b].sum() / w.sum() * abs(accuracy - mean)
    return error


@pytest.mark.parametrize("units", [1, 2])
def test_metrics_of_two_classes(units: int) -> None:
    X, y = blobs(n_classes=2)
    w = np.linspace(0.5, 2, len(y))
    network = output("sigmoid" if units == 1 else "softmax", units)
    history = fit(network, X, y, sample_weight=w, metrics=CLASSES)
    p = network.predict(X)[:, -1]
    chosen = p > 0.5
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(y, chosen, sample_weight=w),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(y, chosen, sample_weight=w),
        "f1": sklearn_metrics.f1_score(y, chosen, sample_weight=w),
        "roc_auc": sklearn_metrics.roc_auc_score(y, p, sample_weight=w),
        "log_loss": sklearn_metrics.log_loss(y, p, sample_weight=w),
        "calibration_error": calibration_error(y, np.stack([1 - p, p], axis=1), w),
    }
    assert {name: values[-1] for name, values in history.metrics.items()} == pytest.approx(expected)
    assert ds.evaluate(network, X, y, CLASSES, sample_weight=w) == pytest.approx(expected)


@pytest.mark.parametrize("one_hot", [False, True])
def test_metrics_of_several_classes(one_hot: bool) -> None:
    X, y = blobs()
    network = classifier()
    fit(network, X, y)
    A = network.predict(X)
    chosen = A.argmax(axis=1)
    assert ds.evaluate(network, X, np.eye(3)[y] if one_hot else y, CLASSES) == pytest.approx(
        {
            "accuracy": (chosen == y).mean(),
            "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(y, chosen),
            "f1": sklearn_metrics.f1_score(y, chosen, average="macro"),
            "roc_auc": sklearn_metrics.roc_auc_score(y, A, multi_class="ovr"),
            "log_loss": sklearn_metrics.log_loss(y, A),
            "calibration_error": calibration_error(y, A, np.ones(len(y))),
        }
    )


def test_metrics_of_several_labels_at_once() -> None:
    X, y = blobs()
    Y = np.stack([y > 0, y > 1], axis=1)
    network = output("sigmoid", 2)
    fit(network, X, Y)
    A = network.predict(X)
    assert ds.evaluate(network, X, Y, ["accuracy", "f1", "roc_auc"]) == pytest.approx(
        {
            "accuracy": ((A > 0.5) == Y).all(axis=1).mean(),
            "f1": sklearn_metrics.f1_score(Y, A > 0.5, average="macro"),
            "roc_auc": sklearn_metrics.roc_auc_score(Y, A),
        }
    )
    with pytest.raises(ValueError, match="'log_loss' is not defined for several labels"):
        fit(network, X, Y, metrics=["log_loss"])


def test_metrics_of_regression() -> None:
    X, _ = blobs()
    Y = X @ [[1, 2], [3, 4]]
    network = output("linear", 2)
    fit(network, X, Y)
    A = network.predict(X)
    assert ds.evaluate(network, X, Y, ["rmse", "mae", "r2"]) == pytest.approx(
        {
            "rmse": np.sqrt(((A - Y) ** 2).mean(axis=0)).mean(),
            "mae": np.abs(A - Y).mean(),
            "r2": sklearn_metrics.r2_score(Y, A),
        }
    )


def test_metrics_of_rates_from_logits() -> None:
    X, y = blobs()
    network = output("linear")
    fit(network, X, y, loss="poisson")
    mae = ds.evaluate(network, X, y, ["mae"], loss="poisson")["mae"]
    assert mae == pytest.approx(np.abs(np.exp(network.predict(X)[:, 0]) - y).mean())


def test_metrics_where_a_class_is_absent() -> None:
    X, y = blobs()
    network = classifier()
    some = y == 1
    assert ds.evaluate(network, X[some], y[some], CLASSES[:3]).keys() == set(CLASSES[:3])


def test_the_batch_may_be_larger_than_the_set() -> None:
    X, y = blobs()
    np.testing.assert_array_equal(
        trained(classifier(), X, y, batch_size=1000), trained(classifier(), X, y, batch_size="full")
    )


def test_penalties_and_clipping_reach_the_step() -> None:
    X, y = blobs()
    plain = trained(classifier(), X, y)
    for settings in ({"l1": 0.1}, {"l2": 0.1}, {"clip_norm": 1e-3}):
        assert (trained(classifier(), X, y, **settings) != plain).any()


@pytest.mark.parametrize("clip_norm", [None, 1e9])
@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_the_cost_of_a_penalty_is_exact_for_large_layers(penalty: str, clip_norm: float | None) -> None:
    """Equal weights, whose roundings all go the same way."""
    network = ds.Network(3000, [ds.Dense(100, "tanh"), ds.Dense(3, "softmax")], seed=0)
    for layer in network.layers:
        layer.W[:] = 0.1
    W = np.concatenate([layer.W.astype(float).ravel() for layer in network.layers])
    settings = {penalty: 1.0, "clip_norm": clip_norm, "batch_size": "full", "epochs": 1}
    X, y = np.zeros((30, 3000), np.float32), np.arange(30) % 3
    cost = fit(network, X, y, optimizer=ds.GradientDescent(1e-30), **settings).cost[0]
    expected = np.log(3) + (np.abs(W).sum() if penalty == "l1" else 0.5 * (W**2).sum())
    assert cost == pytest.approx(expected, rel=64 * float(np.finfo(np.float32).eps))


def test_where_nobody_looks_all_epochs_are_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    class Spy(_core.Trainer64):
        def run(self, epochs: int, *others: object) -> bool:
            calls.append(epochs)
            return super().run(epochs, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(_core, "Trainer64", Spy)
    X, y = blobs()
    assert len(fit(classifier(), X, y, epochs=1000, batch_size="full").cost) == 1000
    assert calls == [1000]
    calls.clear()
    seldom = ds.Callback()
    seldom.every = 400
    fit(classifier(), X, y, epochs=1000, batch_size="full", callbacks=[seldom])
    assert calls == [400, 400, 200]


def test_divergence() -> None:
    X = np.linspace(1, 2, 20)[:, None]
    network = ds.Network(1, [ds.Dense(1, "linear")], seed=0)
    with pytest.raises(ds.DivergedError, match=r"diverged in epoch \d+.*learning rate below 10,") as raised:
        fit(network, X, X, optimizer=ds.GradientDescent(10.0), epochs=10_000)
    error = raised.value
    assert error.history is not None
    assert error.history.outcome == "diverged"
    assert error.epoch == len(error.history.cost) + 1 < 10_000
    assert np.isfinite(error.history.cost).all()
    assert np.isfinite(network.parameters).all()
    network.parameters = 0.0
    fit(network, X, X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    "name", ["W[1][2, 1]", "b[1][2, 0]", "gamma[1][0, 0]", "W[2][0, 3]", "b[2][0, 0]", "state[5]"]
)
def test_weights_that_are_no_numbers_are_refused(name: str, bad: float) -> None:
    network = ds.Network(3, [ds.Dense(4, "relu", batch_norm=True), ds.Dense(1, "linear")], seed=0)
    first, last = network.layers
    arrays = {"W[1]": first.W, "b[1]": first.b, "gamma[1]": first.gamma, "W[2]": last.W, "b[2]": last.b}
    array, _, place = name.rpartition("[")
    arrays.get(array, network.state)[tuple(int(i) for i in place[:-1].split(","))] = bad
    before = network.parameters.copy(), network.state.copy()
    with pytest.raises(
        ValueError, match=f"{re.escape(name)} of the network is {bad}: begin with finite weights"
    ):
        fit(network, np.ones((5, 3)), np.ones(5))
    np.testing.assert_array_equal(network.parameters, before[0])
    np.testing.assert_array_equal(network.state, before[1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("n_0", "m"), [(3, 300), (500, 300), (2000, 100), (40, 4)])
@pytest.mark.parametrize("units", [1, 2, 5, 20, 100, 300])
def test_relu_keeps_what_is_no_number(units: int, n_0: int, m: int, dtype: str) -> None:
    """An overflow in a hidden layer ends training, instead of being taken for 0."""
    layers = [ds.Dense(units, "relu"), ds.Dense(2, "relu"), ds.Dense(1, "linear")]
    network = ds.Network(n_0, layers, seed=0, dtype=dtype)
    X = np.full((m, n_0), 2.0, dtype)
    W = [layer.W for layer in network.layers]
    W[0][:] = 0.0
    W[0][-1, 0] = np.finfo(dtype).max
    W[0][-1, -1] = -W[0][-1, 0]  # Z[1] has inf - inf, or, where a product does not overflow alone, inf.
    W[1][:] = 1.0
    W[2][:] = [[1.0, -1.0]]
    assert np.isnan(network.predict(X)).all()
    with pytest.raises(ds.DivergedError, match=r"epoch 1, .* back at the weights it began with"):
        ds.train(network, X, np.ones(m), epochs=80, n_threads=2, seed=0)


def test_after_divergence_the_network_is_that_of_the_last_good_epoch() -> None:
    X = np.linspace(1, 2, 20)[:, None]
    diverged, good = (ds.Network(1, [ds.Dense(1, "linear")], seed=0) for _ in range(2))
    optimizers = ds.Momentum(10.0), ds.Momentum(10.0)
    with pytest.raises(ds.DivergedError) as raised:
        fit(diverged, X, X, optimizer=optimizers[0], epochs=10_000)
    fit(good, X, X, optimizer=optimizers[1], epochs=raised.value.epoch - 1)
    np.testing.assert_array_equal(diverged.parameters, good.parameters)
    np.testing.assert_array_equal(optimizers[0].state, optimizers[1].state)
    assert optimizers[0].step == optimizers[1].step


@pytest.mark.parametrize(
    "settings", [{}, {"validation": 0.5}, {"progress": True}], ids=["alone", "validation", "progress"]
)
def test_ctrl_c_keeps_what_was_learned(settings: dict[str, object]) -> None:
    X, y = blobs(1000)
    network = classifier()
    before = network.parameters.copy()
    with pytest.warns(UserWarning, match=r"interrupted in epoch \d+: the network keeps"):
        history = fit(network, X, y, epochs=10**7, callbacks=[CtrlC(0.3)], **settings)
    assert history.outcome == "interrupted"
    assert history.cost
    assert len({len(column) for column in history.columns().values()}) == 1
    assert (network.parameters != before).any()
    assert np.isfinite(network.parameters).all()
    fit(network, X, y)


def test_ctrl_c_inside_a_long_step() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20_000, 200)), rng.integers(2, size=20_000)
    network = ds.Network(200, [ds.Dense(1000), ds.Dense(1000), ds.Dense(1, "sigmoid")], seed=0)
    with pytest.warns(UserWarning, match="interrupted in epoch 1:"):
        history = fit(network, X, y, epochs=1000, batch_size="full", callbacks=[CtrlC(0.1, epoch=0)])
    assert history.cost == []


def test_ctrl_c_where_a_small_network_has_a_dear_loss() -> None:
    @graph.loss
    def dear(a: graph.Node, y: graph.Node) -> graph.Node:
        value = (y - a) ** 2
        for _ in range(300):
            value = graph.exp(-0.01 * value) * value
        return graph.mean(value)

    X = np.random.default_rng(0).standard_normal((300_000, 1), dtype="float32")
    network = ds.Network(1, [ds.Dense(1, "linear")], seed=0)
    with pytest.warns(UserWarning, match=r"interrupted in epoch \d+:"):
        history = fit(network, X, X[:, 0], loss=dear, epochs=10**6, batch_size="full", callbacks=[CtrlC(0.1)])
    assert len(history.cost) < 8


def test_early_stopping_leaves_an_interrupted_network_its_last_weights() -> None:
    class Interrupt(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            run.network.parameters = float(run.epoch)
            run.history.cost[-1] = float(run.epoch)
            if run.epoch == 3:
                raise KeyboardInterrupt

    X, y = blobs()
    network, stopping = classifier(), ds.EarlyStopping()
    with pytest.warns(UserWarning, match="interrupted"):
        fit(network, X, y, callbacks=[Interrupt(), stopping])
    np.testing.assert_array_equal(network.parameters, 3)
    np.testing.assert_array_equal(stopping.best_parameters, 1)


def test_an_interrupted_validation_leaves_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> dict[str, float]:
        raise KeyboardInterrupt

    monkeypatch.setattr("descend.validation.scores", interrupt)
    with pytest.warns(UserWarning, match="interrupted in epoch 2"):
        history = fit(classifier(), *blobs(), validation=0.5, metrics=["accuracy"])
    assert len(history.cost) == 1
    assert np.isnan(history.metrics["val_accuracy"]).tolist() == [True]


def test_while_a_network_trains_others_are_kept_from_it() -> None:
    X, y = blobs()
    network, running, done = classifier(), threading.Event(), threading.Event()

    class UntilDone(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            run.stop = done.is_set()
            running.set()

    thread = threading.Thread(target=lambda: fit(network, X, y, epochs=10**7, callbacks=[UntilDone()]))
    thread.start()
    running.wait()
    try:
        for attempt in (
            lambda: fit(network, X, y),
            lambda: network.parameters,
            lambda: network.layers[0].W,
            lambda: setattr(network.layers[0], "b", 0),
            lambda: network.predict(X),
            lambda: network.cost_and_gradient(X, y),
        ):
            with pytest.raises(RuntimeError, match="being trained"):
                attempt()
    finally:
        done.set()
        thread.join()
    assert np.isfinite(network.predict(X)).all()
    fit(network, X, y)


def test_networks_train_side_by_side_in_threads() -> None:
    X, y = blobs()
    expected = trained(classifier(), X, y, epochs=50)
    networks = [classifier() for _ in range(4)]
    threads = [threading.Thread(target=fit, args=(it, X, y), kwargs={"epochs": 50}) for it in networks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for network in networks:
        np.testing.assert_array_equal(network.parameters, expected)


def test_float64_data_are_the_same_to_a_float32_network() -> None:
    X, y = blobs()
    single = X.astype(np.float32)
    np.testing.assert_array_equal(
        trained(classifier(dtype="float32"), single, y),
        trained(classifier(dtype="float32"), single.astype(float), y),
    )


def test_the_data_are_left_as_they_were() -> None:
    X, y = blobs()
    X.setflags(write=False)
    y.setflags(write=False)
    fit(classifier(), X, y, validation=0.2)
