"""The estimators inside what scikit-learn, pandas, polars, joblib and threadpoolctl put around them."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import PartialDependenceDisplay, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from descend import MLPClassifier, MLPRegressor, _core

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
FRAME = load_iris(as_frame=True).data
FAST: dict[str, Any] = {
    "hidden_layer_sizes": (10,),
    "max_iter": 40,
    "learning_rate_init": 0.02,
    "random_state": 0,
}


def test_columns_of_every_kind_in_a_pipeline() -> None:
    frame = FRAME.assign(colour=np.where(np.arange(len(Y)) % 2, "red", "green"))
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), list(FRAME)),
            ("names", OneHotEncoder(sparse_output=False), ["colour"]),
        ]
    )
    model = make_pipeline(columns, MLPClassifier(**FAST)).set_output(transform="pandas").fit(frame, Y)
    assert model.score(frame, Y) > 0.9
    assert list(model[-1].feature_names_in_)[-1] == "names__colour_red"
    features = model[-1].set_output(transform="pandas").transform(model[:-1].transform(frame))
    assert list(features) == [f"mlpclassifier{i}" for i in range(10)]


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_frames_are_checked_by_their_names(kind: Any) -> None:
    frame = kind({name: FRAME[name].to_numpy() for name in FRAME})
    model = MLPClassifier(**FAST).fit(frame, Y)
    assert list(model.feature_names_in_) == list(FRAME)
    np.testing.assert_array_equal(model.predict(frame), MLPClassifier(**FAST).fit(X, Y).predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[list(FRAME)[::-1]])


@pytest.mark.parametrize("search", [GridSearchCV, HalvingGridSearchCV])
def test_searches_in_processes(search: Any) -> None:
    grid = {"mlpclassifier__alpha": [1e-4, 1.0], "mlpclassifier__activation": ["relu", "gelu"]}
    model = make_pipeline(StandardScaler(), MLPClassifier(**FAST))
    found = search(model, grid, n_jobs=2, cv=3).fit(X, Y)
    assert found.best_score_ > 0.85
    assert found.best_estimator_.score(X, Y) > 0.9


def test_calibration_stacking_and_inspection() -> None:
    model = make_pipeline(StandardScaler(), MLPClassifier(**FAST))
    np.testing.assert_allclose(CalibratedClassifierCV(model).fit(X, Y).predict_proba(X).sum(axis=1), 1)
    stacked = StackingClassifier([("mlp", model), ("linear", LogisticRegression())]).fit(X, Y)
    assert stacked.score(X, Y) > 0.9
    fitted = clone(model).fit(FRAME, Y)
    importances = permutation_importance(fitted, FRAME, Y, n_repeats=3, random_state=0).importances_mean
    assert importances.shape == (4,)
    assert importances.max() > 0.1
    PartialDependenceDisplay.from_estimator(fitted, FRAME, [2], target=0)


def test_sample_weights_and_validation_data_are_routed() -> None:
    weight = np.linspace(0, 2, len(Y))
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            MLPClassifier(**FAST).set_fit_request(sample_weight=True),
        )
        routed = model.fit(X, Y, sample_weight=weight)
        by_hand = MLPClassifier(**FAST).fit(StandardScaler().fit_transform(X), Y, sample_weight=weight)
        np.testing.assert_array_equal(routed[-1].coefs_[0], by_hand.coefs_[0])
        scored = (
            MLPClassifier(**FAST).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        )
        assert len(cross_validate(scored, X, Y, params={"sample_weight": weight})["test_score"]) == 5
    request = MLPClassifier(**FAST)
    with sklearn.config_context(enable_metadata_routing=True):
        request.set_fit_request(validation_data=True)


def test_a_regressor_predicts_several_columns_in_a_pipeline() -> None:
    features, target = load_diabetes(return_X_y=True)
    both = np.column_stack([target, -target]) / 100
    model = make_pipeline(StandardScaler(), MLPRegressor(**FAST)).fit(features, both)
    assert model.predict(features).shape == both.shape
    assert model.score(features, both) > 0.4


@pytest.mark.parametrize("dump", [pickle, joblib], ids=["pickle", "joblib"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_another_process_predicts_the_same_bits(dump: Any, solver: str, tmp_path: Path) -> None:
    model = MLPClassifier(**FAST | {"solver": solver}).fit(X.astype(np.float32), Y)
    with (tmp_path / "model").open("wb") as file:
        dump.dump(model, file)
    np.save(tmp_path / "X.npy", X.astype(np.float32))
    code = f"""
import sys, {dump.__name__} as dump, numpy as np
model = dump.load(open(sys.argv[1] + "/model", "rb"))
np.save(sys.argv[1] + "/P.npy", model.predict_proba(np.load(sys.argv[1] + "/X.npy")))
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "P.npy"), model.predict_proba(X.astype(np.float32)))


def test_weights_are_pickled_once() -> None:
    model = MLPRegressor((300, 300), solver="sgd", momentum=0, max_iter=1).fit(X, Y)
    n_bytes = sum(a.nbytes for a in [*model.coefs_, *model.intercepts_])
    assert len(pickle.dumps(model)) < 1.1 * n_bytes


def test_clones_are_unfitted_and_equal() -> None:
    model = MLPClassifier(class_weight={0: 2.0}, dropout=[0.1], init_params=([X], [Y]))
    assert clone(model).get_params(deep=False).keys() == model.get_params(deep=False).keys()
    assert not hasattr(clone(MLPClassifier(**FAST).fit(X, Y)), "coefs_")


def test_it_shows_itself() -> None:
    model = MLPClassifier(**FAST)
    assert repr(MLPClassifier(alpha=1.0)) == "MLPClassifier(alpha=1.0)"
    assert "MLPClassifier" in model._repr_html_()
    assert "fitted" in model.fit(X, Y)._repr_html_()


def test_tags() -> None:
    from sklearn.utils import get_tags

    classifier, regressor = get_tags(MLPClassifier()), get_tags(MLPRegressor())
    assert (classifier.estimator_type, regressor.estimator_type) == ("classifier", "regressor")
    assert classifier.classifier_tags.multi_label
    assert regressor.target_tags.multi_output
    assert classifier.input_tags.sparse
    assert regressor.input_tags.sparse


def threads_in_a_worker() -> int:
    import descend

    return descend._core.default_threads()


def test_workers_share_the_processors() -> None:
    in_workers = joblib.Parallel(n_jobs=2)(joblib.delayed(threads_in_a_worker)() for _ in range(2))
    assert max(in_workers) <= max(1, joblib.cpu_count() // 2)


def test_threadpoolctl_limits_training() -> None:
    threadpoolctl = pytest.importorskip("threadpoolctl", minversion="3.2")
    with threadpoolctl.threadpool_limits(1):
        assert _core.get_num_threads() == 1
        MLPClassifier(**FAST).fit(X, Y)
