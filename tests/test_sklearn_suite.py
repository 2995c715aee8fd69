"""scikit-learn's own tests of its MLP, as installed, with our classes in place of its own."""

from __future__ import annotations

import importlib.util
from contextlib import ExitStack
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
import sklearn.neural_network
from sklearn.utils._test_common import instance_generator
from sklearn.utils.estimator_checks import parametrize_with_checks

from descend import MLPClassifier, MLPRegressor

OURS = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}

# Their tests train for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def with_our_classes(name: str) -> ModuleType:
    """A new instance of a module, which finds our classes wherever it imports scikit-learn's."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(sklearn.neural_network, **OURS):
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def global_random_seed() -> int:
    """What scikit-learn's conftest draws its seeds from."""
    return 42


# test_gradient calls a private method with scikit-learn's own buffers; tests/test_gradients.py is our own.
globals().update(
    {
        name: test
        for name, test in vars(with_our_classes("sklearn.neural_network.tests.test_mlp")).items()
        if name.startswith("test_") and name != "test_gradient"
    }
)


THEIRS = {ours: getattr(sklearn.neural_network, name) for name, ours in OURS.items()}


def expected_failures(estimator: Any) -> dict[str, str]:
    """Those of scikit-learn's own class."""
    expected: dict[str, str] = instance_generator._get_expected_failed_checks(THEIRS[type(estimator)]())
    return expected


def with_their_settings() -> Any:
    """parametrize_with_checks, under the settings that scikit-learn gives its own MLP for each check."""
    settings = (instance_generator.INIT_PARAMS, instance_generator.PER_ESTIMATOR_CHECK_PARAMS)
    with ExitStack() as patches:
        for table in settings:
            patches.enter_context(mock.patch.dict(table, {o: table[t] for o, t in THEIRS.items()}))
        estimators = [e for ours in THEIRS for e in instance_generator._construct_instances(ours)]
        return parametrize_with_checks(estimators, expected_failed_checks=expected_failures)


@with_their_settings()
def test_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


@parametrize_with_checks([ours(preprocess="auto", max_iter=100) for ours in OURS.values()])
def test_estimator_of_tables(estimator: Any, check: Any) -> None:
    check(estimator)
