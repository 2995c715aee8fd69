"""scikit-learn's MLP beside descend's estimators: same data, splits and parameters; fit, predict and score.

Both train the same number of epochs (tol=0, n_iter_no_change=inf) from the weights of the same seed; only
solver="lbfgs" ends when it has converged.
"""

from __future__ import annotations

import gc
import importlib
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import mnist
from bench.measure import Pool

PACKAGES = {"descend": "descend", "sklearn": "sklearn.neural_network"}
SEEDS = 10

Split = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class DataSet:
    """``goal`` is the least ratio of fit times promised in float32; half of it in float64."""

    files: tuple[str, ...]
    read: Callable[[Path], Split]
    epochs: int
    goal: float
    regression: bool = False
    batches: tuple[int, ...] = (32, 200)

    def missing(self, folder: Path) -> list[Path]:
        return [folder / file for file in self.files if not (folder / file).exists()]


@dataclass(frozen=True)
class Case:
    """One fit: a data set by its name, and parameters."""

    data: str
    dtype: str
    parameters: dict[str, Any]

    @property
    def label(self) -> str:
        p = self.parameters
        hidden = "-".join(map(str, p["hidden_layer_sizes"]))
        return f"{self.data}, {hidden}, {p.get('solver') or p['batch_size']}"

    @property
    def goal(self) -> float:
        goal = DATA[self.data].goal if "solver" not in self.parameters else 1.0
        return goal if self.dtype == "float32" or goal == 1.0 else goal / 2


@dataclass(frozen=True)
class Fit:
    """What one seed took, in seconds, the score on the test set, and the most bytes that fit had at once."""

    fit: float
    predict: float
    score: float
    memory: float


Result = tuple[Case, dict[str, list[Fit]]]


# The data: X and y to train on, then to test on, features scaled to variance 1


def _scaled(X: NDArray[Any], y: NDArray[Any], X_test: NDArray[Any], y_test: NDArray[Any]) -> Split:
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(X)
    return scaler.transform(X), y, scaler.transform(X_test), y_test


def _split(X: NDArray[Any], y: NDArray[Any]) -> Split:
    from sklearn.model_selection import train_test_split

    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    return _scaled(X, y, X_test, y_test)


def _sklearn(name: str) -> Callable[[Path], Split]:
    def read(_: Path) -> Split:
        return _split(*getattr(importlib.import_module("sklearn.datasets"), name)(return_X_y=True))

    return read


def _california(folder: Path) -> Split:
    """Features drawn in to 5 deviations: else one test row, 120 out, decides R^2, by chance."""
    table = np.loadtxt(folder / "tabular/california_housing.csv", delimiter=",", skiprows=1)
    X, y, X_test, y_test = _split(table[:, :-1], table[:, -1])
    return np.clip(X, -5, 5), y, np.clip(X_test, -5, 5), y_test


def _covertype(folder: Path) -> Split:
    table = np.loadtxt(folder / "tabular/covtype.20k.data", delimiter=",")
    return _split(table[:, :-1], table[:, -1].astype(int))


def _adult(folder: Path) -> Split:
    from sklearn.preprocessing import OneHotEncoder

    numbers, words = [0, 2, 4, 10, 11, 12], [1, 3, 5, 6, 7, 8, 9, 13]
    lines = ((folder / f"tabular/adult.{part}").read_text().splitlines() for part in ("data", "test"))
    train, test = (np.array([line.split(", ") for line in part if line.count(",") == 14]) for part in lines)
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(train[:, words])
    X, X_test = (
        np.hstack([t[:, numbers].astype(float), encoder.transform(t[:, words])]) for t in (train, test)
    )
    y, y_test = (np.char.startswith(t[:, -1], ">50K").astype(int) for t in (train, test))
    return _scaled(X, y, X_test, y_test)


def _sparse(_: Path) -> Split:
    from scipy.sparse import csr_array

    random = np.random.default_rng(0)
    places = random.integers(0, 50_000, 20_000 * 50)
    begins = np.arange(0, len(places) + 1, 50)
    X = csr_array((random.standard_normal(len(places)), places, begins), (20_000, 50_000))
    X.sum_duplicates()
    y = (X @ random.standard_normal(50_000) > 0).astype(int)
    return X[:16_000], y[:16_000], X[16_000:], y[16_000:]


def _mnist(folder: Path) -> Split:
    return *mnist.read(folder / "mnist", "train"), *mnist.read(folder / "mnist", "t10k")


_TABLE = "tabular/{}".format
DATA = {
    "iris": DataSet((), _sklearn("load_iris"), 50, 1.0),
    "digits": DataSet((), _sklearn("load_digits"), 60, 8.0),
    "california": DataSet((_TABLE("california_housing.csv"),), _california, 10, 8.0, regression=True),
    "adult": DataSet((_TABLE("adult.data"), _TABLE("adult.test")), _adult, 5, 8.0),
    "covertype": DataSet((_TABLE("covtype.20k.data"),), _covertype, 10, 8.0),
    "mnist": DataSet(tuple(f"mnist/{f}" for f in mnist.FILES), _mnist, 2, 4.0),
    "sparse": DataSet((), _sparse, 1, 1.0, batches=(200,)),
}


def cases(dtypes: Iterable[str]) -> list[Case]:
    """Every data set, hidden layers, batch size and dtype; on the small sets L-BFGS too."""
    found = []
    for dtype, (name, data) in product(dtypes, DATA.items()):
        for hidden, batch in product(((100,), (64, 64)), data.batches):
            epochs = {"max_iter": data.epochs, "tol": 0.0, "n_iter_no_change": np.inf}
            found.append(Case(name, dtype, {"hidden_layer_sizes": hidden, "batch_size": batch} | epochs))
        if name in ("iris", "digits"):
            found.append(Case(name, dtype, {"hidden_layer_sizes": (100,), "solver": "lbfgs"}))
    return found


def measure(
    pool: Pool, threads: int, folder: Path, dtypes: Iterable[str], seeds: int, tell: Callable[[str], Any]
) -> Iterator[Result]:
    """Every case whose data are there: its seeds in turn, both packages for each."""
    for case in cases(dtypes):
        if absent := DATA[case.data].missing(folder):
            tell(f"{case.label} is left out: {absent[0]} is absent")
            continue
        fits: dict[str, list[Fit]] = {package: [] for package in PACKAGES}
        with pool.tolerating(case.label):
            for seed, package in product(range(seeds), PACKAGES):
                told = pool[package, threads].ask(
                    "call",
                    function="bench.estimators:fit",
                    package=package,
                    data=case.data,
                    dtype=case.dtype,
                    parameters=case.parameters | {"random_state": seed},
                    folder=str(folder),
                )
                fits[package].append(Fit(*told))
        if any(len(of_package) < seeds for of_package in fits.values()):
            continue
        ours, theirs = (median(fits[package], "fit") for package in PACKAGES)
        ratio = f"{theirs / ours:.1f} times as long"
        tell(f"{case.label} ({case.dtype}): fit in {ours:.3g} s, scikit-learn's in {theirs:.3g} s, {ratio}")
        yield case, fits


@lru_cache(maxsize=1)
def _read(data: str, dtype: str, folder: str) -> Split:
    X, y, X_test, y_test = DATA[data].read(Path(folder))
    return X.astype(dtype), y, X_test.astype(dtype), y_test


def fit(package: str, data: str, dtype: str, parameters: dict[str, Any], folder: str) -> tuple[float, ...]:
    """In a worker: seconds of fit, seconds of predict, the score, and the bytes of fit."""
    X, y, X_test, y_test = _read(data, dtype, folder)
    kind = "MLPRegressor" if DATA[data].regression else "MLPClassifier"
    model = getattr(importlib.import_module(PACKAGES[package]), kind)(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = _forget_peak()
        start = time.perf_counter()
        model.fit(X, y)
        fitted = time.perf_counter()
        memory = _status("VmHWM") - before
        model.predict(X_test)
        predicted = time.perf_counter()
    return fitted - start, predicted - fitted, float(model.score(X_test, y_test)), memory


def _forget_peak() -> float:
    """The resident bytes now, which become the peak so far."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> float:
    """Bytes, from the system's account of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024.0 * int(next(line for line in lines if line.startswith(name)).split()[1])


def median(fits: Iterable[Fit], what: str) -> float:
    """Of one number of every seed."""
    return float(statistics.median(getattr(fit, what) for fit in fits))
