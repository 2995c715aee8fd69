"""The estimators beside scikit-learn's: the same names, the same numbers, and where we differ on purpose."""

import copy
import inspect
import itertools
import pickle
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
import sklearn.neural_network as theirs
from sklearn.datasets import load_iris, make_classification, make_multilabel_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils import compute_class_weight

import descend as ds
from ctrl_c import CtrlC
from descend import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PAIRS = [(MLPClassifier, theirs.MLPClassifier), (MLPRegressor, theirs.MLPRegressor)]
M = 230  # batches of 50 leave a short last one


def problem(kind: str) -> tuple[type, type, dict[str, Any], Any, Any]:
    """Our class, scikit-learn's, parameters, X and y."""
    match kind:
        case "binary":
            X, y = make_classification(M, random_state=0)
        case "multiclass":
            X, y = make_classification(M, n_classes=4, n_informative=6, random_state=0)
        case "multilabel":
            X, y = make_multilabel_classification(M, random_state=0)
            X = X / X.max()
        case _:
            X, y = make_regression(M, 10, random_state=0)
            y = np.abs(y) / 100
    classifies = kind in ("binary", "multiclass", "multilabel")
    params = {"loss": "poisson"} if kind == "poisson" else {}
    return (*PAIRS[0 if classifies else 1], params, X, y)


KINDS = ("binary", "multiclass", "multilabel", "regression", "poisson")
SHORT = {"hidden_layer_sizes": (20, 7), "random_state": 3, "max_iter": 30, "batch_size": 50}


def parameters(estimator: Any) -> Any:
    return np.concatenate([np.ravel(a) for a in [*estimator.coefs_, *estimator.intercepts_]])


# The same face


@pytest.mark.parametrize(("ours", "other"), PAIRS)
def test_every_parameter_of_scikit_learn_has_its_default(ours: type, other: type) -> None:
    mine = inspect.signature(ours).parameters
    for name, parameter in inspect.signature(other).parameters.items():
        assert mine[name].default == parameter.default, name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", [{"solver": "lbfgs"}, {}, {"early_stopping": True}])
def test_every_fitted_attribute_of_scikit_learn_is_there(kind: str, settings: dict[str, Any]) -> None:
    ours, other, params, X, y = problem(kind)
    mine, its = (cls(**params, **settings, max_iter=3).fit(X, y) for cls in (ours, other))
    public = {name for name in vars(its) if not name.startswith("_")}
    assert public <= set(dir(mine))
    for name in ("n_layers_", "n_outputs_", "out_activation_", "n_features_in_", "n_iter_"):
        assert getattr(mine, name) == getattr(its, name)
    assert [c.shape for c in mine.coefs_] == [c.shape for c in its.coefs_]
    assert [c.shape for c in mine.intercepts_] == [c.shape for c in its.intercepts_]


def test_only_the_hidden_layers_go_by_position() -> None:
    assert MLPRegressor((50,)).hidden_layer_sizes == (50,)
    assert MLPClassifier(7).hidden_layer_sizes == 7
    with pytest.raises(TypeError):
        MLPClassifier((50,), "relu")


# The same numbers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "sgd"},
        {"solver": "sgd", "momentum": 0, "learning_rate": "invscaling"},
        {
            "solver": "sgd",
            "nesterovs_momentum": False,
            "learning_rate": "adaptive",
            "n_iter_no_change": 2,
            "tol": 1.0,
        },
        {"solver": "adam", "epsilon": 1e-30},  # where it stands does not matter then
        {"solver": "lbfgs", "max_iter": 8},  # rounding grows by iteration
    ],
    ids=lambda settings: settings["solver"],
)
def test_unshuffled_training_gives_scikit_learns_weights(
    kind: str, activation: str, settings: dict[str, Any]
) -> None:
    ours, other, params, X, y = problem(kind)
    params |= SHORT | settings | {"alpha": 0.5, "shuffle": False, "activation": activation}
    mine, its = ours(**params).fit(X, y), other(**params).fit(X, y)
    rtol = 1e-6 if settings["solver"] == "lbfgs" else 1e-10
    np.testing.assert_allclose(parameters(mine), parameters(its), rtol=rtol, atol=rtol)
    assert mine.loss_ == pytest.approx(its.loss_, rel=1e-8)
    if settings["solver"] != "lbfgs":
        np.testing.assert_allclose(mine.loss_curve_, its.loss_curve_, rtol=1e-8)
        assert mine.best_loss_ == pytest.approx(its.best_loss_, rel=1e-8)
        assert (mine.t_, mine.n_iter_, mine._no_improvement_count) == (
            its.t_,
            its.n_iter_,
            its._no_improvement_count,
        )
    np.testing.assert_allclose(mine.predict(X), its.predict(X), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_weighted_training_gives_scikit_learns_weights(kind: str, solver: str) -> None:
    ours, other, params, X, y = problem(kind)
    params |= SHORT | {"solver": solver, "alpha": 0.5, "shuffle": False}
    weight = np.random.default_rng(0).uniform(0.1, 2, M)
    mine, its = (cls(**params).fit(X, y, sample_weight=weight) for cls in (ours, other))
    np.testing.assert_allclose(parameters(mine), parameters(its), rtol=1e-6, atol=1e-9)


def test_the_gradient_of_several_outputs_is_that_of_the_loss() -> None:
    X, y = make_regression(M, 10, n_targets=3, random_state=0)
    params = SHORT | {"solver": "sgd", "shuffle": False, "alpha": 0.3}
    its = theirs.MLPRegressor(**params).fit(X, y / 100)
    mine = MLPRegressor(**params | {"learning_rate_init": 0.003, "alpha": 0.1}).fit(X, y / 100)
    np.testing.assert_allclose(parameters(mine), parameters(its), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_validation_set_is_the_one_that_scikit_learn_draws(kind: str) -> None:
    ours, other, params, X, y = problem(kind)
    params |= SHORT | {"solver": "sgd", "shuffle": False, "early_stopping": True, "validation_fraction": 0.3}
    mine, its = ours(**params).fit(X, y), other(**params).fit(X, y)
    np.testing.assert_allclose(mine.validation_scores_, its.validation_scores_, rtol=1e-8)
    assert mine.best_validation_score_ == pytest.approx(its.best_validation_score_)
    np.testing.assert_allclose(parameters(mine), parameters(its), rtol=1e-10, atol=1e-10)


# Weights of examples and classes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_weight_k_is_k_copies_and_weight_0_is_absence(kind: str, solver: str) -> None:
    ours, _, params, X, y = problem(kind)
    params |= SHORT | {"solver": solver, "batch_size": 10 * M, "alpha": 0.3}
    copies = np.random.default_rng(0).integers(0, 4, M)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Got `batch_size`")
        by_weight = ours(**params).fit(X, y, sample_weight=copies)
        by_copies = ours(**params).fit(np.repeat(X, copies, axis=0), np.repeat(y, copies, axis=0))
    np.testing.assert_allclose(parameters(by_weight), parameters(by_copies), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_weight_0_change_no_bit(kind: str) -> None:
    ours, _, params, X, y = problem(kind)
    kept = np.arange(M) % 3 > 0
    alone = ours(**params, **SHORT).fit(X[kept], y[kept], sample_weight=np.ones(kept.sum()))
    among = ours(**params, **SHORT).fit(X, y, sample_weight=kept.astype(float))
    np.testing.assert_array_equal(parameters(among), parameters(alone))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("class_weight", ["balanced", {"a": 3.0, "c": 0.0}])
def test_class_weight_is_the_sample_weight_that_it_stands_for(class_weight: Any, solver: str) -> None:
    X, y = make_classification(M, n_classes=3, n_informative=6, weights=[0.6, 0.3], random_state=0)
    names = np.array(["a", "b", "c"])
    if class_weight == "balanced":
        factors = compute_class_weight("balanced", classes=np.arange(3), y=y)
    else:
        factors = np.array([3.0, 1.0, 0.0])
    params = SHORT | {"solver": solver}
    by_class = MLPClassifier(class_weight=class_weight, **params).fit(X, names[y])
    by_weight = MLPClassifier(**params).fit(X, names[y], sample_weight=factors[y])
    np.testing.assert_allclose(parameters(by_class), parameters(by_weight), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("settings", [{"preprocess": "auto"}, {"early_stopping": True}])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 2: 0.0}])
def test_class_weight_is_sample_weight_where_columns_are_scaled_and_examples_set_aside(
    settings: dict[str, Any], class_weight: Any
) -> None:
    X, y = make_classification(M, n_classes=3, n_informative=6, weights=[0.6, 0.3], random_state=0)
    weight = np.random.default_rng(0).integers(0, 4, M)
    if class_weight == "balanced":
        by_class = np.bincount(y, weight)
        factors = weight.sum() / (3 * by_class)
    else:
        factors = np.array([3.0, 1.0, 0.0])
    params = SHORT | settings
    classes = MLPClassifier(class_weight=class_weight, **params).fit(X, y, weight)
    samples = MLPClassifier(**params).fit(X, y, weight * factors[y])
    np.testing.assert_allclose(classes.predict_proba(X)[:, :2], samples.predict_proba(X)[:, :2], rtol=1e-12)
    if classes.validation_scores_ is not None:
        np.testing.assert_allclose(classes.validation_scores_, samples.validation_scores_, rtol=1e-12)


def test_class_weight_names_a_class_that_is_not_there() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=r"class_weight has the class 7: give classes of y, \[0, 1, 2\]"):
        MLPClassifier(class_weight={7: 2.0}).fit(X, y)


# Going on


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_training_in_parts_is_training_at_once(kind: str, solver: str) -> None:
    ours, _, params, X, y = problem(kind)
    params |= SHORT | {"solver": solver, "learning_rate": "invscaling", "n_iter_no_change": 1000}
    n_classes = y.shape[1] if kind == "multilabel" else len(np.unique(y))
    classes = {"classes": np.arange(n_classes)} if ours is MLPClassifier else {}
    at_once = ours(**params).fit(X, y)

    warm = ours(**params, warm_start=True).set_params(max_iter=10).fit(X, y)
    warm = pickle.loads(pickle.dumps(warm)).set_params(max_iter=20).fit(X, y)
    by_epoch = ours(**params)
    for _ in range(30):
        by_epoch.partial_fit(X, y, **classes)

    for parts in (warm, by_epoch):
        np.testing.assert_array_equal(parameters(parts), parameters(at_once))
        assert parts.loss_curve_ == at_once.loss_curve_
        assert parts.t_ == at_once.t_


def test_partial_fit_is_not_there_with_lbfgs() -> None:
    assert not hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")
    assert hasattr(MLPRegressor(), "partial_fit")


def test_going_on_with_other_sizes_says_so() -> None:
    X, y = load_iris(return_X_y=True)
    classifier = MLPClassifier(5, warm_start=True, max_iter=2).fit(X, y)
    with pytest.raises(
        ValueError, match=r"layers of \[4, 5, 3\] units, and training it on needs \[4, 6, 3\]"
    ):
        classifier.set_params(hidden_layer_sizes=6).fit(X, y)


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_with_other_columns_of_y_says_so_and_changes_nothing(kind: str) -> None:
    ours, _, params, X, y = problem(kind)
    fitted = ours(**params, warm_start=True, max_iter=2).fit(X, y)
    before = {name: value for name, value in vars(fitted).items() if name != "_bound"}
    other = np.c_[y, y] % 2 if ours is MLPRegressor or kind != "multilabel" else y[:, 0]
    with pytest.raises(ValueError, match=r"y has .*, and the network to train on .*: give as many"):
        fitted.fit(X, other)
    assert {name: value for name, value in vars(fitted).items() if name != "_bound"} == before
    if ours is MLPClassifier:
        with pytest.raises(ValueError, match=r"y has .*, and the network to train on .*: give as many"):
            fitted.partial_fit(X, other)


def test_a_new_fit_with_lbfgs_keeps_no_record_of_the_epochs_before() -> None:
    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier(max_iter=4, early_stopping=True, random_state=0).fit(X, y)
    fitted.set_params(solver="lbfgs", early_stopping=False).fit(X, y)
    for name in ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_"):
        assert not hasattr(fitted, name), name
    fitted.set_params(solver="adam", warm_start=True).fit(X, y)
    assert len(fitted.loss_curve_) == fitted._optimizer.step == fitted.n_iter_ == 4


@pytest.mark.parametrize("early_stopping", [False, True])
def test_what_is_best_is_sought_anew_where_its_measure_changes(early_stopping: bool) -> None:
    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier(max_iter=60, warm_start=True, early_stopping=early_stopping, random_state=0)
    fitted.fit(X, y).set_params(alpha=10.0, scoring="neg_log_loss", max_iter=30).fit(X, y)
    assert fitted.n_iter_ > 11
    if early_stopping:
        assert fitted.best_validation_score_ == max(fitted.validation_scores_[-fitted.n_iter_ :])
    else:
        assert fitted.best_loss_ == min(fitted.loss_curve_[-fitted.n_iter_ :])


def test_moments_end_where_lbfgs_moves_the_weights() -> None:
    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier(max_iter=4, warm_start=True, random_state=0, batch_size=150).fit(X, y)
    fitted.set_params(solver="lbfgs").fit(X, y, validation_data=(X, y))
    fitted.set_params(solver="adam").fit(X, y, validation_data=(X, y))
    assert fitted._optimizer.step == 4
    assert len(fitted.loss_curve_) == 8


def test_parameters_set_after_a_fit_are_for_the_next_one() -> None:
    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier((6,), max_iter=5, random_state=0).fit(X, y)
    before = fitted.predict_proba(X)
    fitted.set_params(activation=["tanh", "gelu"], hidden_layer_sizes=(3, 2), batch_norm=True)
    for each in (fitted, pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        np.testing.assert_array_equal(each.predict_proba(X), before)
        each.coefs_ = [coef.copy() for coef in each.coefs_]
        np.testing.assert_array_equal(each.predict_proba(X), before)
    assert fitted.fit(X, y).n_layers_ == 4


def test_weights_may_be_edited_and_replaced() -> None:
    X, y = load_iris(return_X_y=True)
    classifier = MLPClassifier(max_iter=5, random_state=0).fit(X, y)
    before = classifier.predict_proba(X)
    classifier.coefs_[0][...] *= 2
    edited = classifier.predict_proba(X)
    assert not np.allclose(before, edited)
    classifier.coefs_ = [classifier.coefs_[0] / 2, classifier.coefs_[1]]
    np.testing.assert_array_equal(classifier.predict_proba(X), before)
    assert np.shares_memory(classifier.coefs_[0], classifier.network_.parameters)


def test_init_params_start_training_and_predict_before_it() -> None:
    X, y = load_iris(return_X_y=True)
    first = MLPClassifier(max_iter=5, random_state=0).fit(X, y)
    start = (first.coefs_, first.intercepts_)
    second = MLPClassifier(init_params=start, max_iter=1, learning_rate_init=1e-12)
    np.testing.assert_array_equal(second.predict(X), first.predict(X))
    np.testing.assert_allclose(second.fit(X, y).predict_proba(X), first.predict_proba(X), rtol=1e-6)
    with pytest.raises(ValueError, match=r"init_params\[0\]\[0\] has shape \(4, 100\): give shape \(4, 7\)"):
        MLPClassifier(7, init_params=start).fit(X, y)
    with pytest.raises(ValueError, match="init_params is no pair of lists of 3 arrays each"):
        MLPClassifier((100, 5), init_params=start).predict(X)
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)
    with pytest.raises(NotFittedError):
        MLPClassifier().get_feature_names_out()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_what_predicted_before_it_was_fitted_learns_any_labels(solver: str) -> None:
    X, y = load_iris(return_X_y=True)
    labels = np.array(["a", "b", "c"])[y]
    first = MLPClassifier(max_iter=2, random_state=0).fit(X, y)
    start = {"init_params": (first.coefs_, first.intercepts_), "solver": solver, "random_state": 0}
    fitted, asked = (MLPClassifier(**start, warm_start=True, max_iter=50) for _ in range(2))
    assert set(asked.predict(X)) <= {0, 1, 2}
    np.testing.assert_array_equal(asked.fit(X, labels).coefs_[0], fitted.fit(X, labels).coefs_[0])
    assert asked.score(X, labels) > 0.6
    if solver == "adam":
        asked = MLPClassifier(**start)
        asked.predict(X)
        with pytest.raises(ValueError, match="classes must be passed on the first call"):
            asked.partial_fit(X, labels)
        assert asked.partial_fit(X, labels, classes=["a", "b", "c"]).t_ == 150


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int64", "uint64"])
@pytest.mark.parametrize("gaps", [(0, 1, 2), (0, 2, 100), (0, 3, 255)], ids=str)
@pytest.mark.parametrize("from_the_top", [False, True])
def test_labels_are_whole_numbers_anywhere(dtype: str, gaps: tuple[int, ...], from_the_top: bool) -> None:
    X, y = load_iris(return_X_y=True)
    limits = np.iinfo(dtype)
    numbers = (
        [int(limits.max) - gap for gap in reversed(gaps)] if from_the_top else [limits.min + g for g in gaps]
    )
    labels = np.array(numbers, dtype)
    settings: dict[str, Any] = {"hidden_layer_sizes": (5,), "max_iter": 2, "random_state": 0}
    fitted = MLPClassifier(**settings).fit(X, labels[y])
    np.testing.assert_array_equal(fitted.classes_, labels)
    assert fitted.classes_.dtype == dtype
    alike = MLPClassifier(**settings).fit(X, np.array(["a", "b", "c"])[y])
    np.testing.assert_array_equal(fitted.coefs_[0], alike.coefs_[0])
    np.testing.assert_array_equal(
        fitted.predict(X), labels[np.searchsorted(alike.classes_, alike.predict(X))]
    )


@pytest.mark.parametrize(("of_classes", "of_y"), [("int64", "uint64"), ("uint64", "int64"), ("int64", ">i8")])
def test_classes_and_labels_may_be_of_different_types(of_classes: str, of_y: str) -> None:
    X, y = load_iris(return_X_y=True)
    numbers = [0, 2**60, 2**60 + 1]  # the last two are one float64
    settings: dict[str, Any] = {"hidden_layer_sizes": (5,), "random_state": 0}
    learned = MLPClassifier(**settings)
    learned.partial_fit(X, np.array(numbers, of_y)[y], classes=np.array(numbers, of_classes))
    alike = MLPClassifier(**settings).partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(learned.coefs_[0], alike.coefs_[0])


def test_labels_of_a_foreign_byte_order_are_learned_as_ones_of_the_machine() -> None:
    X, _ = load_iris(return_X_y=True)
    labels = np.full(len(X), 2**64 - 1, ">u8")
    fitted = MLPClassifier((5,), max_iter=2, warm_start=True).fit(X, labels).fit(X, labels)
    assert fitted.classes_.dtype == np.uint64
    assert fitted.classes_.dtype.isnative
    np.testing.assert_array_equal(fitted.predict(X), labels)


# Bits


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_predicted_with_the_same_bits_in_any_company(kind: str, dtype: Any) -> None:
    ours, _, params, X, y = problem(kind)
    X = X.astype(dtype)
    fitted = ours(**params, **SHORT).fit(X, y)
    method = "predict_proba" if hasattr(fitted, "predict_proba") else "predict"
    whole = getattr(fitted, method)(X)
    assert whole.dtype == dtype
    for rows in (slice(0, 1), slice(3, 10), slice(None, None, 7)):
        np.testing.assert_array_equal(getattr(fitted, method)(X[rows]), whole[rows])


def test_the_number_of_threads_changes_no_bit() -> None:
    X, y = make_classification(600, 60, random_state=0)
    fits = [
        MLPClassifier((200, 100), max_iter=3, random_state=0, n_threads=n, dropout=0.2).fit(X, y)
        for n in (1, 2, 3)
    ]
    for other in fits[1:]:
        np.testing.assert_array_equal(parameters(other), parameters(fits[0]))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype: Any, solver: str) -> None:
    _, _, _, X, y = problem("regression")
    fitted = MLPRegressor(solver=solver, max_iter=5).fit(X.astype(dtype), y)
    assert {a.dtype for a in [*fitted.coefs_, *fitted.intercepts_]} == {np.dtype(dtype)}
    assert fitted.predict(X.astype(dtype)).dtype == dtype


# More than scikit-learn's


def test_the_last_hidden_layer_is_what_transform_gives() -> None:
    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier((6, 4), activation=["tanh", "relu"], max_iter=5).fit(X, y)
    (W1, W2, _), (b1, b2, _) = fitted.coefs_, fitted.intercepts_
    expected = np.maximum(np.tanh(X @ W1 + b1) @ W2 + b2, 0)
    np.testing.assert_allclose(fitted.transform(X), expected, rtol=1e-12, atol=1e-14)
    assert list(fitted.get_feature_names_out()) == [f"mlpclassifier{i}" for i in range(4)]


@pytest.mark.parametrize("name", ["leaky_relu", "elu", "gelu", "silu", "softplus"])
def test_more_activations_learn(name: str) -> None:
    X, y = load_iris(return_X_y=True)
    assert MLPClassifier(activation=name, max_iter=300, random_state=0).fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize(
    ("loss", "statistic"),
    [("absolute_error", np.median), ("huber", np.median), (ds.Quantile(0.9), lambda y: np.quantile(y, 0.9))],
)
def test_more_losses_find_their_statistic(loss: Any, statistic: Any) -> None:
    y = np.random.default_rng(0).exponential(size=2000)
    X = np.zeros((2000, 1))
    fitted = MLPRegressor((), loss=loss, learning_rate_init=0.02, max_iter=100, random_state=0).fit(X, y)
    expected = (
        statistic(y)
        if loss != "huber"
        else np.mean(np.clip(y - fitted.predict(X)[0], -1, 1)) + fitted.predict(X)[0]
    )
    assert fitted.predict(X)[0] == pytest.approx(expected, abs=0.1)


def test_the_output_activation_bounds_predictions() -> None:
    _, _, _, X, y = problem("regression")
    fitted = MLPRegressor(output_activation="softplus", max_iter=5).fit(X, y)
    assert fitted.out_activation_ == "softplus"
    assert fitted.predict(X).min() > 0
    with pytest.raises(ValueError, match="'softplus' does not go with the loss 'quantile'"):
        MLPRegressor(output_activation="softplus", loss="quantile").fit(X, y)


def test_dropout_clipping_and_schedules_reach_the_core() -> None:
    X, y = load_iris(return_X_y=True)
    plain = MLPClassifier(max_iter=20, random_state=0).fit(X, y)
    for params in ({"dropout": 0.3}, {"clip_norm": 0.01}, {"learning_rate": ds.Cosine()}):
        changed = MLPClassifier(max_iter=20, random_state=0, **params).fit(X, y)
        assert changed.loss_ != plain.loss_, params
    assert changed.history_.learning_rate[0] == 0.001
    assert changed.history_.learning_rate[-1] < 1e-4
    assert MLPClassifier((8, 8), dropout=[0.1, 0.2], max_iter=2).fit(X, y).network_.core.dropout == [
        0.1,
        0.2,
        0,
    ]


@pytest.mark.parametrize(
    "params",
    [
        {"dropout": 0.1},
        {"clip_norm": 1.0},
        {"learning_rate": ds.Cosine()},
        {"batch_norm": True},
        {"ema_decay": 0.9},
    ],
)
def test_what_lbfgs_cannot_do_is_refused(params: dict[str, Any]) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="'lbfgs' does not go with"):
        MLPClassifier(solver="lbfgs", **params).fit(X, y)


@pytest.mark.parametrize("activation", [["relu"], ["relu", "relu", "relu"]])
def test_a_list_has_one_for_each_hidden_layer(activation: list[str]) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="for 2 hidden layers: give one for each, or one for all"):
        MLPClassifier((5, 5), activation=activation).fit(X, y)


@pytest.mark.parametrize(
    ("params", "fit", "error", "message"),
    [
        (
            {"hidden_layer_sizes": [[3]]},
            {},
            TypeError,
            r"hidden_layer_sizes\[0\] is \[3\]: give a whole number",
        ),
        ({"scoring": "acuracy"}, {}, ValueError, "'acuracy' is not a valid scoring value"),
        (
            {"early_stopping": True, "validation_fraction": 0.0},
            {},
            ValueError,
            "validation_fraction with early_stopping=True is 0: give a number above 0",
        ),
        (
            {"hidden_layer_sizes": (5.5,)},
            {},
            TypeError,
            r"hidden_layer_sizes\[0\] is 5.5: give a whole number",
        ),
        ({"hidden_layer_sizes": (0,)}, {}, ValueError, r"hidden_layer_sizes must be > 0, got \[0\]"),
        ({"activation": ["swish"]}, {}, ValueError, "'swish' is unknown: did you mean 'silu'"),
        ({"dropout": [1.0]}, {}, ValueError, r"dropout\[0\] is 1: give a number"),
        ({"init_params": [1, 2]}, {}, ValueError, "init_params is no pair of lists of 2 arrays each"),
        ({"callbacks": [3]}, {}, TypeError, "a callback is 3: give objects of descend.callbacks"),
        (
            {"class_weight": {"b": -1}},
            {},
            ValueError,
            r"class_weight\['b'\] is -1: give a number of at least 0",
        ),
        ({}, {"validation_data": 3}, ValueError, "validation_data is no pair"),
        (
            {},
            {"validation_data": ([[1.0] * 4] * 2, [[0, 1], [1, 1]])},
            ValueError,
            r"the y of validation_data has shape \(2, 2\), and the y to train on \(150,\)",
        ),
        ({}, {"validation_data": ([[1.0] * 4], ["d"])}, ValueError, r"classes \['d'\], which are none of"),
        ({}, {"sample_weight": [-1.0] * 150}, ValueError, r"sample_weight\[0\] is -1: give finite weights"),
    ],
)
def test_errors_name_the_thing_the_value_and_the_remedy(
    params: dict[str, Any], fit: dict[str, Any], error: type[Exception], message: str
) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(error, match=message):
        MLPClassifier(**params).fit(X, np.array(["a", "b", "c"])[y], **fit)


@pytest.mark.parametrize(
    ("params", "fit"),
    [
        ({"callbacks": [3]}, {}),
        ({"dropout": [0.1, 1.0]}, {}),
        ({"hidden_layer_sizes": (3, -1)}, {}),
        ({"init_params": (1, 2)}, {}),
        ({"class_weight": {9: 1.0}}, {}),
        ({}, {"validation_data": 3}),
        ({}, {"validation_data": ([[1.0] * 4], [7])}),
        ({}, {"sample_weight": [-1.0] * 150}),
    ],
)
def test_a_fit_that_is_refused_leaves_what_was_fitted(params: dict[str, Any], fit: dict[str, Any]) -> None:
    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier(**SHORT).fit(X, y)
    before, outputs = dict(vars(fitted)), fitted.predict_proba(X)
    with pytest.raises((TypeError, ValueError)):
        fitted.set_params(**params).fit(X, y, **fit)
    fitted.set_params(**{name: before[name] for name in params})
    assert vars(fitted).keys() == before.keys()
    for name in ("coefs_", "loss_curve_", "n_layers_", "n_iter_", "t_"):
        assert getattr(fitted, name) is before[name], name
    np.testing.assert_array_equal(fitted.predict_proba(X), outputs)


def test_remedies_are_those_of_the_estimator() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(TypeError, match="'0', not a real number: give numbers, and for classes"):
        MLPRegressor().fit(X, y.astype(str))
    with pytest.raises(ValueError, match="or `validation_data` to an estimator's fit, or monitor 'cost'"):
        MLPRegressor(callbacks=[ds.EarlyStopping(monitor="val_cost")]).fit(X, y)


def test_validation_data_are_scored_by_epoch() -> None:
    _, _, _, X, y = problem("binary")
    labels = np.array(["no", "yes"])[y]
    classifier = MLPClassifier(max_iter=15, random_state=0)
    classifier.fit(X[:150], labels[:150], validation_data=(X[150:], labels[150:]))
    assert len(classifier.validation_scores_) == len(classifier.validation_loss_curve_) == 15
    assert classifier.validation_scores_[-1] == classifier.score(X[150:], labels[150:])
    assert classifier.best_validation_score_ is None


def test_a_regressor_is_judged_by_r2() -> None:
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(40, 3)), rng.uniform(size=40)
    Y = np.c_[X @ [1, 2, 3], np.abs(X[:, 0]), np.ones(40)]
    regressor = MLPRegressor((5,), max_iter=7, random_state=0).fit(X, Y, validation_data=(X, Y, w))
    assert regressor.validation_scores_[-1] == pytest.approx(regressor.score(X, Y, w), rel=1e-12)
    exact = MLPRegressor(
        (), init_params=([np.zeros((3, 1))], [np.ones(1)]), max_iter=1, learning_rate_init=1e-300
    )
    assert exact.fit(X, Y[:, 2], validation_data=(X, Y[:, 2])).validation_scores_ == [1.0]


@pytest.mark.parametrize("scoring", [None, "neg_log_loss", "roc_auc"])
def test_early_stopping_restores_the_best_by_any_scorer(scoring: str | None) -> None:
    from sklearn.metrics import check_scoring

    _, _, _, X, y = problem("binary")
    held_out = (X[150:], y[150:])
    classifier = MLPClassifier(
        early_stopping=True, scoring=scoring, max_iter=60, learning_rate_init=0.05, random_state=0
    ).fit(X[:150], y[:150], validation_data=held_out)
    best = max(classifier.validation_scores_)
    assert classifier.best_validation_score_ == best
    assert check_scoring(classifier, scoring)(classifier, *held_out) == pytest.approx(best, rel=1e-12)


def test_several_labels_may_be_sparse_and_stop_early() -> None:
    ours, _, _, X, Y = problem("multilabel")
    params = SHORT | {"early_stopping": True}
    dense, sparse = ours(**params).fit(X, Y), ours(**params).fit(X, scipy.sparse.csr_matrix(Y))
    np.testing.assert_array_equal(parameters(sparse), parameters(dense))
    assert sparse.validation_scores_ == dense.validation_scores_
    np.testing.assert_array_equal(sparse.predict(X).toarray(), dense.predict(X))
    with pytest.raises(ValueError, match="classes has 2 labels, and y of several labels at once has 5"):
        ours().partial_fit(X, Y, classes=[0, 1])


@pytest.mark.parametrize("mean", [500_000.0, 1e-4])
def test_counts_far_from_1_are_to_be_scaled(mean: float) -> None:
    X = np.random.default_rng(0).normal(size=(300, 3))
    y = mean * np.exp(X[:, 0] / 2)
    regressor = MLPRegressor((16,), loss="poisson", early_stopping=True, max_iter=1000, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"mean of y is .*: fit on y / .*, and multiply predictions"):
        regressor.fit(X, y)
    near_1 = regressor.fit(X, y / y.mean())
    assert near_1.score(X, y / y.mean()) > 0.9
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        near_1.fit(X, y / y.mean())
        near_1.set_params(warm_start=True).fit(X, y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_look_and_stop(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    class Third(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            run.stop = run.epoch == 3

    X, y = load_iris(return_X_y=True)
    fitted = MLPClassifier(solver=solver, callbacks=[Third()], progress=True).fit(X, y)
    assert fitted.n_iter_ == 3
    assert "epoch 3/200" in capsys.readouterr().err


def test_scikit_learns_callbacks_see_each_iteration() -> None:
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    X, y = load_iris(return_X_y=True, as_frame=True)
    for solver in ("adam", "lbfgs"):
        monitor = callback.ScoringMonitor(scoring="accuracy")
        fitted = MLPClassifier(solver=solver, max_iter=5, random_state=0).set_callbacks(monitor).fit(X, y)
        scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == f"{solver}-iter"]
        assert len(scores) == 5
        assert scores[-1] == fitted.score(X, y)


# Endings


def test_ctrl_c_between_epochs_leaves_a_usable_model() -> None:
    class CtrlC(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            if run.epoch == 5:
                signal.raise_signal(signal.SIGINT)

    X, y = make_classification(2000, 100, random_state=0)
    classifier = MLPClassifier((200,), callbacks=[CtrlC()], random_state=0)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        classifier.fit(X, y)
    assert classifier.n_iter_ == 5
    assert classifier.score(X, y) > 0.8


@pytest.mark.parametrize("n_members", [1, 3])
def test_ctrl_c_in_lbfgs_leaves_a_usable_model(n_members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(evaluated: Callable[[object], object], *arguments: object, **settings: object) -> object:
        def and_ctrl_c(parameters: object) -> object:
            found = evaluated(parameters)
            if next(evaluations) == 8:
                signal.raise_signal(signal.SIGINT)
            return found

        return minimize(and_ctrl_c, *arguments, **settings)

    minimize, evaluations = scipy.optimize.minimize, itertools.count(1)
    monkeypatch.setattr(scipy.optimize, "minimize", interrupted)
    X, y = make_classification(2000, 100, random_state=0)
    classifier = MLPClassifier((200,), solver="lbfgs", n_members=n_members, random_state=0)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        classifier.fit(X, y)
    assert next(evaluations) == 9
    assert 3 < classifier.n_iter_ < 8
    assert classifier.loss_ == classifier.history_.cost[-1]
    assert classifier.score(X, y) > 0.8


def test_ctrl_c_reaches_the_core() -> None:
    X, y = make_classification(2000, 100, random_state=0)
    ctrl_c = CtrlC(0.3, epoch=5)
    classifier = MLPClassifier(
        (200,), max_iter=10**6, tol=0, n_iter_no_change=np.inf, callbacks=[ctrl_c], random_state=0
    )
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        classifier.fit(X, y)
    assert classifier.score(X, y) > 0.8


def test_divergence_is_an_error_and_leaves_the_last_good_weights() -> None:
    _, _, _, X, y = problem("regression")
    regressor = MLPRegressor(solver="sgd", learning_rate_init=1e6, activation="identity")
    with pytest.raises(
        ValueError, match=r"non-finite parameter weights.*try a learning_rate_init below 1e\+06"
    ):
        regressor.fit(X, y)
    assert np.isfinite(parameters(regressor)).all()


def test_warnings_point_at_the_caller() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning) as caught:
        MLPClassifier(max_iter=1).fit(X, y)
    assert caught[0].filename == __file__


def test_one_class_is_predicted_for_sure() -> None:
    fitted = MLPClassifier(max_iter=2).fit([[1.0], [2.0]], ["a", "a"])
    assert list(fitted.predict([[3.0]])) == ["a"]
    np.testing.assert_array_equal(fitted.predict_proba([[3.0]]), [[1.0]])


def test_importing_the_estimators_brings_scikit_learns_base_and_little_more() -> None:
    code = """
import sys
import descend
assert "sklearn" not in sys.modules
import sklearn.base
before = set(sys.modules)
descend.MLPClassifier
print(*(name for name in set(sys.modules) - before if name.partition(".")[0] != "descend"))
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    allowed = {"sklearn.utils._unique", "sklearn.utils.metaestimators", "sklearn.utils.multiclass"}
    assert set(finished.stdout.split()) <= allowed
