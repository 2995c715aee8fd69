"""Sparse X: what its dense twin gives, without ever becoming dense."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_regression

from descend import MLPClassifier, MLPRegressor, _core

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

M, N = 230, 60
SHORT: dict[str, Any] = {"hidden_layer_sizes": (20, 7), "random_state": 3, "max_iter": 10, "batch_size": 50}


def examples(dtype: Any = np.float64) -> tuple[Any, Any, Any]:
    """X (m, n) with one in ten filled, and an empty row; class numbers; targets."""
    random = np.random.default_rng(0)
    X = sp.random(M, N, 0.1, format="csr", random_state=random, dtype=dtype)
    X.data[X.indptr[7] : X.indptr[8]] = 0
    X.eliminate_zeros()
    y = np.asarray(X[:, :20].sum(axis=1) - X[:, 20:40].sum(axis=1)).ravel()
    return X, np.digitize(y, [-0.5, 0.5]), y


def parameters(estimator: Any) -> Any:
    return np.concatenate([np.ravel(a) for a in [*estimator.coefs_, *estimator.intercepts_]])


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csc_matrix, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize(
    "settings", [{"solver": "sgd"}, {"solver": "adam"}, {"solver": "lbfgs"}, {"early_stopping": True}]
)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_sparse_is_dense(kind: Any, settings: dict[str, Any], container: Any) -> None:
    X, classes, y = examples()
    y = classes if kind is MLPClassifier else y
    weight = np.random.default_rng(1).uniform(0.1, 2, M)
    dense = kind(**SHORT | settings).fit(X.toarray(), y, sample_weight=weight)
    sparse = kind(**SHORT | settings).fit(container(X), y, sample_weight=weight)
    np.testing.assert_allclose(parameters(sparse), parameters(dense), rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(sparse.loss_, dense.loss_, rtol=1e-10)
    method = "predict_proba" if kind is MLPClassifier else "predict"
    np.testing.assert_allclose(
        getattr(sparse, method)(container(X)), getattr(dense, method)(X.toarray()), rtol=1e-6
    )
    np.testing.assert_allclose(
        sparse.transform(container(X)), sparse.transform(X.toarray()), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", [(), (3,), (100,), (300, 10)])
def test_a_row_is_predicted_with_the_same_bits_in_any_company(hidden: tuple[int, ...], dtype: Any) -> None:
    X, y, _ = examples(dtype)
    fitted = MLPClassifier(hidden, max_iter=5, random_state=0).fit(X, y)
    whole = fitted.predict_proba(X)
    assert whole.dtype == dtype
    for rows in (slice(0, 1), slice(3, 80), slice(None, None, 7)):
        np.testing.assert_array_equal(fitted.predict_proba(X[rows]), whole[rows])


def test_the_number_of_threads_changes_no_bit() -> None:
    X, y, _ = examples()
    fits = [MLPClassifier((300, 50), max_iter=3, random_state=0, n_threads=n).fit(X, y) for n in (1, 2, 3)]
    for other in fits[1:]:
        np.testing.assert_array_equal(parameters(other), parameters(fits[0]))


def test_partial_fit_goes_on() -> None:
    X, y, _ = examples()
    at_once = MLPClassifier(**SHORT).fit(X, y)
    by_epoch = MLPClassifier(**SHORT)
    for _ in range(10):
        by_epoch.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(parameters(by_epoch), parameters(at_once))


def test_places_may_be_out_of_order_and_given_twice() -> None:
    X, y, _ = examples()
    messy = sp.csr_matrix((np.repeat(X.data, 2) / 2, np.repeat(X.indices, 2), X.indptr * 2), shape=X.shape)
    for i in range(M):
        row = slice(messy.indptr[i], messy.indptr[i + 1])
        messy.indices[row] = messy.indices[row][::-1]
        messy.data[row] = messy.data[row][::-1]
    before = messy.indices.copy()
    expected = MLPClassifier(**SHORT).fit(X, y)
    np.testing.assert_allclose(
        parameters(MLPClassifier(**SHORT).fit(messy, y)), parameters(expected), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_array_equal(messy.indices, before)


def test_memory_follows_the_non_zeros() -> None:
    code = """
import resource, warnings
import numpy as np, scipy.sparse as sp
from descend import MLPClassifier
warnings.simplefilter("ignore")
places = np.random.default_rng(0).integers(0, 50_000, 20_000 * 50)
X = sp.csr_array((np.ones(len(places), "f"), places, np.arange(0, len(places) + 1, 50)), (20_000, 50_000))
y = np.arange(20_000) % 2
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
MLPClassifier(4, max_iter=1).fit(X, y).predict(X)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    dense = 20_000 * 50_000 * 4
    assert int(finished.stdout) * 1024 < dense / 20


@pytest.mark.parametrize(
    ("values", "columns", "begins", "message"),
    [
        ([1, 2], [1, 0], [0, 2], "row 0 of the sparse X does not hold ascending columns below 3"),
        ([1, 2], [1, 3], [0, 1, 2], "row 1 of the sparse X does not hold ascending columns below 3"),
        ([1, 2], [0, 1], [0, 1], "begin at 0 and end at the number of values"),
        ([1], [0, 1], [0, 1], "as many columns"),
    ],
)
def test_the_core_refuses_what_is_no_csr(values: Any, columns: Any, begins: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _core.SparseRows32(values, columns, begins, 3)


def test_a_regressor_learns_from_sparse_data() -> None:
    X, y = make_regression(400, 50, n_informative=10, random_state=0)
    X[np.abs(X) < 1] = 0
    fitted = MLPRegressor(max_iter=300, learning_rate_init=0.01, random_state=0).fit(sp.csr_array(X), y / 100)
    assert fitted.score(sp.csr_array(X), y / 100) > 0.95
