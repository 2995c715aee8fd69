"""What the estimators have that scikit-learn's have not: they only translate it for the native API."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score

import descend as ds
from descend import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
SHORT: dict[str, Any] = {"hidden_layer_sizes": (9, 5), "random_state": 3, "max_iter": 6, "batch_size": 30}


def native(fitted: Any, weights: Any, **options: Any) -> ds.Network:
    """The network that `train` makes of the weights from which an estimator began."""
    coefs, intercepts = weights
    hidden = [ds.Dense(c.shape[1], init=c.T, batch_norm=fitted.batch_norm) for c in coefs[:-1]]
    network = ds.Network(4, [*hidden, ds.Dense(3, "softmax", init=coefs[-1].T)], dtype="float64")
    for layer, intercept in zip(network.layers, intercepts, strict=True):
        layer.b = intercept[:, None]
    ds.train(network, X, Y, epochs=6, batch_size=30, seed=fitted._seed, **options)
    return network


def start(**settings: Any) -> Any:
    """What fit starts from, seen by a callback."""

    class Start(ds.Callback):
        def on_train_begin(self, run: ds.Run) -> None:
            layers = run.network.layers
            self.weights = [l.W.T.copy() for l in layers], [l.b[:, 0].copy() for l in layers]

    seen = Start()
    fitted = MLPClassifier(**SHORT, **settings, callbacks=[seen]).fit(X, Y)
    return fitted, seen.weights


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"label_smoothing": 0.2}, {"loss": ds.CrossEntropy(0.2)}),
        ({"ema_decay": 0.9}, {"ema_decay": 0.9}),
        ({"batch_norm": True}, {}),
    ],
)
def test_they_translate(settings: dict[str, Any], options: dict[str, Any]) -> None:
    fitted, begin = start(**settings, alpha=0.0)
    network = native(fitted, begin, **options)
    np.testing.assert_allclose(fitted.predict_proba(X), network.predict(X), rtol=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_smoothed_binary_labels_are_targets_between(sign: int) -> None:
    y = (sign * X[:, 0] > sign * X[:, 0].mean()).astype(int)
    fitted = MLPClassifier((), solver="lbfgs", label_smoothing=0.2, alpha=0, max_iter=500, tol=1e-9).fit(X, y)
    probability = fitted.predict_proba(X)[:, 1]
    assert probability.mean() == pytest.approx(0.8 * y.mean() + 0.1, abs=1e-4)


def test_normalisations_are_kept_by_pickle_clone_and_warm_start() -> None:
    fitted = MLPClassifier(**SHORT, batch_norm=True).fit(X, Y)
    assert [array.shape for array in fitted.normalisations_[0]] == [(9,)] * 4
    assert fitted.normalisations_[1][2].base is not None
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(copy.transform(X), fitted.transform(X))
    assert not hasattr(clone(fitted), "normalisations_")

    on = MLPClassifier(**{**SHORT, "max_iter": 3}, batch_norm=True, warm_start=True).fit(X, Y).fit(X, Y)
    np.testing.assert_array_equal(on.predict_proba(X), fitted.predict_proba(X))
    assert not hasattr(MLPClassifier(**SHORT, batch_norm=False).fit(X, Y), "normalisations_")


def test_transform_is_what_the_output_layer_reads() -> None:
    fitted = MLPClassifier(**SHORT, batch_norm=True).fit(X, Y)
    Z = fitted.transform(X) @ fitted.coefs_[-1] + fitted.intercepts_[-1]
    A = np.exp(Z - Z.max(axis=1, keepdims=True))
    np.testing.assert_allclose(fitted.predict_proba(X), A / A.sum(axis=1, keepdims=True), rtol=1e-10)


def test_early_stopping_restores_the_best_state() -> None:
    fitted = MLPClassifier(
        **{**SHORT, "max_iter": 300}, batch_norm=True, early_stopping=True, learning_rate_init=0.03
    ).fit(X, Y, validation_data=(X[::3], Y[::3]))
    assert fitted.n_iter_ < 300
    assert fitted.score(X[::3], Y[::3]) == fitted.best_validation_score_


@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_weight_k_is_k_copies_and_weight_0_is_absence_and_class_weight_is_sample_weight() -> None:
    full = {**SHORT, "batch_size": 10**6, "batch_norm": True}
    copies = np.repeat(np.arange(150), Y)
    repeated = MLPRegressor(**full).fit(X[copies], Y[copies])
    weighted = MLPRegressor(**full).fit(X, Y, Y)  # classes 0, 1, 2 weigh 0, 1, 2
    np.testing.assert_allclose(repeated.predict(X), weighted.predict(X), rtol=1e-8)

    by_sample = MLPClassifier(**full).fit(X, Y, Y)
    by_class = MLPClassifier(**full, class_weight={1: 1, 2: 2, 0: 0}).fit(X, Y)
    np.testing.assert_allclose(by_class.predict_proba(X), by_sample.predict_proba(X), rtol=1e-12)


def test_batches_of_one_have_nothing_to_normalise_over() -> None:
    with pytest.raises(ValueError, match="cannot normalise over one sample; give batches"):
        MLPClassifier(**SHORT | {"batch_size": 1}, batch_norm=True).fit(X, Y)


# Members


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_members_are_estimators_of_their_own(kind: Any, solver: str) -> None:
    settings = {**SHORT, "solver": solver}
    one = kind(**settings).fit(X, Y)
    fitted = kind(**settings, n_members=3).fit(X, Y)
    assert len(fitted.members_) == 3
    assert all(type(member) is kind for member in fitted.members_)
    method = "predict_proba" if kind is MLPClassifier else "predict"
    outputs = [getattr(member, method)(X) for member in fitted.members_]
    np.testing.assert_allclose(getattr(fitted, method)(X), np.mean(outputs, axis=0), rtol=1e-12)
    assert len({output.tobytes() for output in outputs}) == 3
    if solver == "lbfgs":
        np.testing.assert_array_equal(fitted.coefs_[0], one.coefs_[0])
    assert fitted.loss_ == fitted.members_[0].loss_
    assert fitted.transform(X).shape == (150, 15)
    assert len(fitted.get_feature_names_out()) == 15

    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(getattr(copy, method)(X), getattr(fitted, method)(X))
    assert not hasattr(fitted.set_params(n_members=1).fit(X, Y), "members_")


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_members_go_on(n_threads: int) -> None:
    at_once = MLPClassifier(**SHORT, n_members=2, n_threads=n_threads).fit(X, Y)
    on = MLPClassifier(**{**SHORT, "max_iter": 3}, n_members=2, warm_start=True).fit(X, Y).fit(X, Y)
    by_epoch = MLPClassifier(**SHORT, n_members=2)
    for _ in range(6):
        by_epoch.partial_fit(X, Y, classes=[0, 1, 2])
    for other in (on, by_epoch):
        np.testing.assert_array_equal(other.predict_proba(X), at_once.predict_proba(X))
    with pytest.raises(ValueError, match="n_members is 3, and there are 2 to train on"):
        on.set_params(n_members=3).fit(X, Y)


def test_a_fit_that_is_refused_leaves_the_members() -> None:
    fitted = MLPClassifier(**SHORT, n_members=3).fit(X, Y)
    before = fitted.predict_proba(X)
    with pytest.raises(ValueError, match="init_params is no pair"):
        fitted.set_params(init_params=(1, 2)).fit(X, Y)
    np.testing.assert_array_equal(fitted.predict_proba(X), before)


def test_members_stop_each_by_its_own_rule() -> None:
    fitted = MLPClassifier(
        **{**SHORT, "max_iter": 400},
        n_members=4,
        early_stopping=True,
        learning_rate_init=0.02,
        scoring="f1_macro",
    ).fit(X, Y)
    assert len({member.n_iter_ for member in fitted.members_}) > 1
    assert all(member.n_iter_ == len(member.loss_curve_) for member in fitted.members_)
    assert fitted.score(X, Y) > 0.9


def test_members_stop_each_by_callbacks_of_its_own() -> None:
    stopping = ds.EarlyStopping(patience=3)
    fitted = MLPClassifier(
        **{**SHORT, "max_iter": 400}, n_members=3, callbacks=[stopping], learning_rate_init=0.02
    ).fit(X, Y, validation_data=(X[::3], Y[::3]))
    for member in fitted.members_:
        (own,) = member.callbacks
        assert own.best_epoch == 1 + np.argmin(member.validation_loss_curve_)
        assert member.score(X[::3], Y[::3]) == member.validation_scores_[own.best_epoch - 1]
    assert stopping.best_epoch == 0


# L-BFGS


def test_lbfgs_tells_callbacks_and_judges_examples() -> None:
    class Watch(ds.Callback):
        every = 2

        def on_train_begin(self, run: ds.Run) -> None:
            self.seen: list[int] = []
            assert run.optimizer is None

        def on_epoch_end(self, run: ds.Run) -> None:
            self.seen.append(run.epoch)
            run.stop = run.epoch == 8

    watch = Watch()
    fitted = MLPClassifier(**{**SHORT, "max_iter": 50}, solver="lbfgs", callbacks=[watch])
    fitted.fit(X, Y, validation_data=(X[::3], Y[::3]))
    assert watch.seen == [2, 4, 6, 8]
    assert (fitted.n_iter_, fitted.history_.outcome) == (8, "stopped")
    assert len(fitted.validation_scores_) == len(fitted.validation_loss_curve_) == 8
    assert fitted.validation_scores_[-1] == fitted.score(X[::3], Y[::3])
    probability = fitted.predict_proba(X[::3])
    cost = -np.log(probability[np.arange(50), Y[::3]]).mean()
    assert fitted.validation_loss_curve_[-1] == pytest.approx(cost, rel=1e-12)
    assert len({len(column) for column in fitted.history_.columns().values()}) == 1


def test_lbfgs_stops_early_by_a_callback_and_restores_the_best() -> None:
    X, y = make_regression(60, 20, noise=50, random_state=0)
    fitted = MLPRegressor((50,), solver="lbfgs", max_iter=2000, random_state=0)
    fitted.set_params(callbacks=[ds.EarlyStopping(patience=5)])
    fitted.fit(X[:40], y[:40], validation_data=(X[40:], y[40:]))
    cost = ((fitted.predict(X[40:]) - y[40:]) ** 2).mean() / 2
    assert cost == pytest.approx(min(fitted.validation_loss_curve_), rel=1e-9)


# Tables


def table(m: int = 400) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], m)
    size = rng.normal(1000, 300, m)
    y = np.where((colour == "red") ^ (size > 1000), "yes", "no")
    return pd.DataFrame({"colour": colour, "size": np.where(rng.random(m) < 0.05, np.nan, size)}), y


@pytest.mark.parametrize("n_members", [1, 2])
def test_a_table_with_words_and_gaps_is_taken_as_it_is(n_members: int) -> None:
    frame, y = table()
    fitted = MLPClassifier((16,), preprocess="auto", n_members=n_members, random_state=0, max_iter=200)
    fitted.fit(frame[:300], y[:300], validation_data=(frame[300:], y[300:]))
    assert fitted.score(frame[300:], y[300:]) > 0.9
    assert fitted.n_features_in_ == 2
    assert fitted.feature_names_in_.tolist() == ["colour", "size"]
    assert fitted.transform(frame).shape == (400, 16 * n_members)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(frame), fitted.predict_proba(frame))
    on = clone(fitted).set_params(max_iter=2, warm_start=True).fit(frame[:100], y[:100])
    constants = on.preprocess_
    assert on.fit(frame, y).preprocess_ is constants
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame.rename(columns={"size": "weight"}))


def test_tables_go_through_cross_validation_and_regression() -> None:
    frame, y = table()
    assert (
        cross_val_score(MLPClassifier((16,), preprocess="auto", random_state=0), frame, y, cv=3).mean() > 0.9
    )
    target = np.where(y == "yes", 1.0, 0.0)
    assert (
        MLPRegressor((16,), preprocess="auto", random_state=0).fit(frame, target).score(frame, target) > 0.6
    )


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_warm_start_from_weights_that_are_no_numbers_is_refused(solver: str) -> None:
    fitted = MLPClassifier(**SHORT, solver=solver, warm_start=True).fit(X, Y)
    fitted.coefs_[1][2, 0] = np.nan
    before = fitted.n_iter_, fitted.loss_
    with pytest.raises(ValueError, match=r"W\[2\]\[0, 2\] of the network is nan: begin with finite weights"):
        fitted.fit(X, Y)
    assert (fitted.n_iter_, fitted.loss_) == before


def test_a_warm_start_from_moments_that_are_no_numbers_is_refused() -> None:
    fitted = MLPClassifier(**SHORT, batch_norm=True, warm_start=True).fit(X, Y)
    fitted.normalisations_[0][2][1] = np.inf
    with pytest.raises(ValueError, match=r"state\[1\] of the network is inf"):
        fitted.fit(X, Y)


@pytest.mark.parametrize("n_members", [1, 2])
def test_any_scorer_judges_tables_and_each_member_takes_them(n_members: int) -> None:
    frame, y = table()
    fitted = MLPClassifier((8,), preprocess="auto", scoring="roc_auc", n_members=n_members, max_iter=3)
    fitted.fit(frame, y, validation_data=(frame, y))
    first = fitted.members_[0] if n_members > 1 else fitted
    assert fitted.validation_scores_ is not None
    assert fitted.validation_scores_[-1] == pytest.approx(roc_auc_score(y, first.predict_proba(frame)[:, 1]))


def test_rows_of_weight_0_teach_nothing_of_a_table() -> None:
    frame, y = table()
    weight = np.where(frame["size"] < 1200, 1.0, 0.0)
    weighted, absent = (MLPClassifier((8,), preprocess="auto", max_iter=3, random_state=0) for _ in range(2))
    weighted.fit(frame, y, weight)
    absent.fit(frame[weight > 0], y[weight > 0])
    np.testing.assert_array_equal(weighted.predict_proba(frame), absent.predict_proba(frame))


def test_what_is_no_table_is_refused() -> None:
    import scipy.sparse as sp

    with pytest.raises(ValueError, match="takes a table, and X is sparse"):
        MLPClassifier(preprocess="auto").fit(sp.csr_array(X), Y)
    with pytest.raises(NotFittedError):
        MLPClassifier(preprocess="auto").predict(X)
    with pytest.raises(ValueError, match="number of rows of X is 1: give at least 2"):
        MLPClassifier(preprocess="auto").fit(pd.DataFrame({"a": [1.0]}), ["b"])
    with pytest.raises(ValueError, match="NaN"):
        MLPRegressor().fit([[np.nan], [1.0]], [0.0, 1.0])
