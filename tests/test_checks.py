"""Bad input gets a sentence that names the thing, the value and the remedy, before anything is computed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import descend as ds
from descend import _core, checks

X = np.arange(12.0).reshape(4, 3)
CLASSES = np.array([0, 1, 2, 1])


def with_cell(value: float, dtype: str = "float64") -> np.ndarray[Any, Any]:
    changed = X.astype(dtype)
    changed[2, 1] = value
    return changed


def classifier(dtype: str = "float32") -> ds.Network:
    return ds.Network(3, [ds.Dense(4), ds.Dense(3, "softmax")], seed=0, dtype=dtype)


def regressor(units: int = 1, activation: str = "linear") -> ds.Network:
    return ds.Network(3, [ds.Dense(units, activation)], seed=0)


def fit(network: ds.Network, X: object = X, y: object = CLASSES, **settings: Any) -> None:
    ds.train(network, X, y, **{"epochs": 1, "progress": False, **settings})


Case = tuple[str, Callable[[], object], type[Exception], list[str]]

X_CASES: list[Case] = [
    (
        "one axis",
        lambda: fit(classifier(), X[0]),
        ValueError,
        ["X has shape (3,)", "(m, 3)", "X.reshape(1, -1)"],
    ),
    ("no axis", lambda: fit(classifier(), 3.0), ValueError, ["X has shape ()", "(m, 3)"]),
    ("three axes", lambda: fit(classifier(), X[None]), ValueError, ["(1, 4, 3)", "X.reshape(len(X), -1)"]),
    (
        "too few features",
        lambda: fit(classifier(), X[:, :2]),
        ValueError,
        ["2 features", "takes 3", "(m, 3)"],
    ),
    ("columns for rows", lambda: fit(classifier(), X.T), ValueError, ["4 features", "give X.T"]),
    ("no rows", lambda: fit(classifier(), X[:0], CLASSES[:0]), ValueError, ["X has no rows", "at least one"]),
    ("nan", lambda: fit(classifier(), with_cell(np.nan)), ValueError, ["X[2, 1] is nan", "fill or drop"]),
    ("inf", lambda: fit(classifier(), with_cell(-np.inf)), ValueError, ["X[2, 1] is -inf", "fill or drop"]),
    (
        "too large",
        lambda: fit(classifier(), with_cell(1e39)),
        ValueError,
        ["X[2, 1] is 1e+39", "dtype='float64'"],
    ),
    (
        "nan in a frame",
        lambda: fit(classifier(), pd.DataFrame(with_cell(np.nan), columns=["a", "b", "c"])),
        ValueError,
        ["X[2, 1] (column 'b') is nan"],
    ),
    (
        "text in a frame",
        lambda: fit(classifier(), pd.DataFrame({"a": [1, 2, 3, 4], "b": list("wxyz"), "c": [1, 2, 3, 4]})),
        TypeError,
        ["X[0, 1] (column 'b') is 'w'", "encode"],
    ),
    ("text", lambda: fit(classifier(), X.astype(str)), TypeError, ["X[0, 0] is '0.0'", "encode"]),
    ("missing", lambda: fit(classifier(), [[1, 2, None]] * 4), TypeError, ["X[0, 2] is None", "missing"]),
    ("complex", lambda: fit(classifier(), X * 1j), TypeError, ["X[0, 0] is", "not a real number"]),
    ("a path", lambda: fit(classifier(), "data.csv"), TypeError, ["X is 'data.csv', not a real number"]),
    ("ragged", lambda: fit(classifier(), [[1, 2, 3], [1]]), ValueError, ["rows of different lengths"]),
    ("sparse y", lambda: fit(classifier(), y=sparse.csr_array(X)), TypeError, ["sparse", "y.toarray()"]),
    (
        "sparse nan",
        lambda: fit(classifier(), sparse.csr_array(with_cell(np.nan))),
        ValueError,
        ["X[2, 1] is nan", "fill or drop"],
    ),
    (
        "sparse too large",
        lambda: fit(classifier(), sparse.csc_array(with_cell(1e39))),
        ValueError,
        ["X[2, 1] is 1e+39", "too large"],
    ),
    ("sparse columns", lambda: fit(classifier(), sparse.csr_array(X.T)), ValueError, ["give X.T"]),
    (
        "sparse complex",
        lambda: fit(classifier(), sparse.csr_array(X * 1j)),
        TypeError,
        ["complex", "real numbers"],
    ),
]

Y_CASES: list[Case] = [
    (
        "lengths",
        lambda: fit(classifier(), X, CLASSES[:3]),
        ValueError,
        ["X has 4 rows and y has 3", "each row"],
    ),
    ("scalar", lambda: fit(classifier(), X, 1), ValueError, ["y has no length"]),
    (
        "class too high",
        lambda: fit(classifier(), X, [0, 3, 1, 1]),
        ValueError,
        ["y[1] is 3", "out of range", "0 to 2"],
    ),
    (
        "class negative",
        lambda: fit(classifier(), X, [0, 1, -1, 1]),
        ValueError,
        ["y[2] is -1", "out of range"],
    ),
    (
        "class no integer",
        lambda: fit(classifier(), X, [0, 1.5, 1, 1]),
        ValueError,
        ["y[1] is 1.5", "no class number"],
    ),
    (
        "class nan",
        lambda: fit(classifier(), X, [0, 1, 1, np.nan]),
        ValueError,
        ["y[3] is nan", "no class number"],
    ),
    (
        "class names",
        lambda: fit(classifier(), X, list("abca")),
        TypeError,
        ["y[0] is 'a'", "return_inverse"],
    ),
    (
        "class column",
        lambda: fit(classifier(), X, CLASSES[:, None]),
        ValueError,
        ["(4, 1)", "(4, 3)", "(4,)"],
    ),
    (
        "rows of no sum",
        lambda: fit(classifier(), X, np.ones((4, 3))),
        ValueError,
        ["y[0] sums to 3", "one-hot"],
    ),
    (
        "negative rows",
        lambda: fit(classifier(), X, [[2, -1, 0]] * 4),
        ValueError,
        ["y[0, 1] is -1", "probabilities"],
    ),
    ("label 2", lambda: fit(regressor(1, "sigmoid"), X, [0, 1, 2, 1]), ValueError, ["y[2] is 2", "0 and 1"]),
    (
        "label -1",
        lambda: fit(regressor(1, "sigmoid"), X, [[-1]] * 4),
        ValueError,
        ["y[0, 0] is -1", "0 and 1"],
    ),
    (
        "negative count",
        lambda: fit(regressor(1, "exp"), X, [1, 2, -3, 0]),
        ValueError,
        ["y[2] is -3", "poisson"],
    ),
    ("nan", lambda: fit(regressor(), X, [1, np.nan, 2, 3]), ValueError, ["y[1] is nan", "fill or drop"]),
    (
        "one column of two",
        lambda: fit(regressor(2), X, np.ones(4)),
        ValueError,
        ["y has shape (4,)", "2 outputs", "(4, 2)"],
    ),
    (
        "two columns for one",
        lambda: fit(regressor(), X, np.ones((4, 2))),
        ValueError,
        ["(4, 2)", "(4, 1) or (4,)"],
    ),
]

OTHER_CASES: list[Case] = [
    (
        "weight shape",
        lambda: fit(classifier(), sample_weight=[1, 1]),
        ValueError,
        ["sample_weight has shape (2,)", "(4,)"],
    ),
    (
        "weight negative",
        lambda: fit(classifier(), sample_weight=[1, 1, -1, 1]),
        ValueError,
        ["sample_weight[2] is -1"],
    ),
    (
        "weight nan",
        lambda: fit(classifier(), sample_weight=[1, np.nan, 1, 1]),
        ValueError,
        ["sample_weight[1] is nan"],
    ),
    (
        "weights all zero",
        lambda: fit(classifier(), sample_weight=np.zeros(4)),
        ValueError,
        ["sample_weight is 0 for every"],
    ),
    (
        "class weight of no class",
        lambda: fit(classifier(), class_weight={3: 1.0}),
        ValueError,
        ["class 3", "0 to 2"],
    ),
    (
        "class weight negative",
        lambda: fit(classifier(), class_weight={1: -1.0}),
        ValueError,
        ["class_weight[1] is -1"],
    ),
    (
        "class weight unknown",
        lambda: fit(classifier(), class_weight="even"),
        TypeError,
        ["'even'", "'balanced'"],
    ),
    (
        "class weight without classes",
        lambda: fit(regressor(), y=np.ones(4), class_weight="balanced"),
        ValueError,
        ["class_weight", "squared_error", "sample_weight"],
    ),
    (
        "unknown loss",
        lambda: fit(classifier(), loss="cross_entrpy"),
        ValueError,
        ["'cross_entrpy'", "'cross_entropy'?"],
    ),
    ("loss of no pair", lambda: fit(classifier(), loss="poisson"), ValueError, ["softmax", "poisson"]),
    ("unknown optimiser", lambda: fit(classifier(), optimizer="adamm"), ValueError, ["'adamm'", "'adam'?"]),
    (
        "unknown metric",
        lambda: fit(classifier(), metrics=["acuracy"]),
        ValueError,
        ["'acuracy'", "'accuracy'?"],
    ),
    (
        "metric of regression",
        lambda: fit(classifier(), metrics=["rmse"]),
        ValueError,
        ["'rmse'", "cross_entropy", "accuracy"],
    ),
    ("metrics as one name", lambda: fit(classifier(), metrics="accuracy"), TypeError, ["['accuracy']"]),
    ("no epochs", lambda: fit(classifier(), epochs=0), ValueError, ["epochs is 0", "at least 1"]),
    ("half an epoch", lambda: fit(classifier(), epochs=0.5), TypeError, ["epochs is 0.5", "whole number"]),
    ("no batch", lambda: fit(classifier(), batch_size=0), ValueError, ["batch_size is 0"]),
    ("batch name", lambda: fit(classifier(), batch_size="ful"), ValueError, ["'ful'", "'full'?"]),
    ("negative l2", lambda: fit(classifier(), l2=-0.1), ValueError, ["l2 is -0.1", "at least 0"]),
    ("l1 as text", lambda: fit(classifier(), l1="0.1"), TypeError, ["l1 is '0.1'"]),
    ("no clip", lambda: fit(classifier(), clip_norm=0), ValueError, ["clip_norm is 0", "above 0"]),
    ("negative seed", lambda: fit(classifier(), seed=-1), ValueError, ["seed is -1"]),
    (
        "seed too great",
        lambda: fit(classifier(), seed=2**64),
        ValueError,
        ["seed is 18446744073709551616", "2**64"],
    ),
    ("no threads", lambda: fit(classifier(), n_threads=0), ValueError, ["n_threads is 0"]),
    (
        "schedule",
        lambda: fit(classifier(), schedule="cosine"),
        TypeError,
        ["schedule is 'cosine'", "Schedule"],
    ),
    ("callback", lambda: fit(classifier(), callbacks=[print]), TypeError, ["callback", "Callback"]),
    (
        "progress",
        lambda: fit(classifier(), progress="always"),
        ValueError,
        ["progress is 'always'", "'auto'"],
    ),
    ("whole share", lambda: fit(classifier(), validation=1.0), ValueError, ["validation is 1", "below 1"]),
    (
        "share of nothing",
        lambda: fit(classifier(), validation=0.01),
        ValueError,
        ["0.01 of 4 examples", "0 to judge"],
    ),
    (
        "validation of one part",
        lambda: fit(classifier(), validation=(X,)),
        ValueError,
        ["1 parts", "(Xv, yv)"],
    ),
    (
        "validation features",
        lambda: fit(classifier(), validation=(X[:, :1], CLASSES)),
        ValueError,
        ["Xv has 1 features"],
    ),
    (
        "validation lengths",
        lambda: fit(classifier(), validation=(X, [1])),
        ValueError,
        ["Xv has 4 rows and yv has 1"],
    ),
    ("validation label", lambda: fit(classifier(), validation=(X, [0, 1, 2, 3])), ValueError, ["yv[3] is 3"]),
    (
        "validation weight",
        lambda: fit(classifier(), validation=(X, CLASSES, [1])),
        ValueError,
        ["wv has shape (1,)"],
    ),
]

CASES = {
    f"{group}: {name}": (call, error, parts)
    for group, cases in {"X": X_CASES, "y": Y_CASES, "other": OTHER_CASES}.items()
    for name, call, error, parts in cases
}


@pytest.mark.parametrize("case", CASES)
def test_the_sentence(case: str) -> None:
    call, error, parts = CASES[case]
    with pytest.raises(error) as raised:
        call()
    sentence = str(raised.value)
    assert all(part in sentence for part in parts), sentence
    assert "\n" not in sentence


def test_nothing_has_changed_when_an_argument_is_refused() -> None:
    network, optimizer = classifier(), ds.Adam()
    before = network.parameters.copy()
    for settings in (
        {"l2": -1},
        {"validation": (X, [0, 1, 2, 3])},
        {"callbacks": [ds.EarlyStopping(monitor="val_cost")]},
    ):
        with pytest.raises(ValueError, match=r"\."):
            fit(network, optimizer=optimizer, **settings)
    np.testing.assert_array_equal(network.parameters, before)
    assert optimizer.step == 0
    fit(network)


@pytest.mark.parametrize(
    "given",
    [
        X.tolist(),
        X.astype(np.float32),
        X.astype(np.int8),
        X.astype(object),
        np.asfortranarray(X),
        np.repeat(X, 2, axis=1)[:, ::2],
        pd.DataFrame(X),
        pd.DataFrame(X).astype("Int64"),
    ],
    ids=["list", "float32", "int8", "object", "Fortran", "strided", "pandas", "pandas Int64"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_features_of_any_kind_are_the_same_features(given: object, dtype: str) -> None:
    converted = checks.features(given, 3, np.dtype(dtype))
    assert converted.flags.c_contiguous
    assert converted.dtype == dtype
    np.testing.assert_array_equal(converted, X)


def test_features_from_polars() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    np.testing.assert_array_equal(checks.features(polars.DataFrame(X), 3, np.dtype("float32")), X)


def test_features_that_fit_are_not_copied() -> None:
    given = X.astype(np.float32)
    assert checks.features(given, 3, given.dtype) is given


def test_features_lie_where_their_type_may_lie() -> None:
    X = np.frombuffer(b"\0" + np.ones((4, 3)).tobytes(), np.uint8)[1:].view(np.float64).reshape(4, 3)
    assert not X.flags.aligned
    assert checks.features(X, 3, np.dtype(np.float64)).flags.aligned
    network = ds.Network(3, [ds.Dense(1, "linear")], seed=0, dtype="float64")
    assert network.core.predict(X) is None


@pytest.mark.parametrize(
    "labels", [CLASSES, CLASSES.astype(np.uint8), CLASSES.astype(float), pd.Series(CLASSES)]
)
def test_class_numbers_of_any_kind(labels: object) -> None:
    Y = checks.targets(labels, 4, 3, "cross_entropy", np.dtype("float32"), ("y", "X"))
    assert Y.dtype == np.int32
    np.testing.assert_array_equal(Y, CLASSES)


def test_targets_of_one_output_become_a_column() -> None:
    Y = checks.targets([True, False], 2, 1, "binary_cross_entropy", np.dtype("float64"), ("y", "X"))
    np.testing.assert_array_equal(Y, [[1.0], [0.0]])


def test_a_drawn_seed_survives_json() -> None:
    seeds = {checks.seed(None) for _ in range(100)}
    assert len(seeds) == 100
    assert all(int(float(seed)) == seed for seed in seeds)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_first_number_that_is_not_finite_is_found_by_any_number_of_threads(dtype: str) -> None:
    X = np.ones((3000, 1100), dtype)
    for place, value in [((2999, 1099), np.nan), ((1700, 5), np.inf), ((1, 2), -np.inf)]:
        X[place] = value
        for n_threads in (0, 1, 2, 3, 7):
            assert _core.first_not_finite(X, n_threads) == place
