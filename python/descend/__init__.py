"""Dense neural networks, trained fast on the CPU."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from descend import blocks
from descend._core import build_info
from descend.callbacks import Callback, EarlyStopping, Run
from descend.dense import Dense
from descend.ensemble import Ensemble
from descend.errors import DivergedError
from descend.gradient_check import GradientCheck, check_gradient
from descend.history import History
from descend.layer import Layer
from descend.losses import BinaryCrossEntropy, CrossEntropy, Huber, Quantile
from descend.metrics import evaluate
from descend.network import Network
from descend.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSprop
from descend.schedules import Constant, Cosine, Exponential, ReduceOnPlateau, Step, Warmup
from descend.threads import register_with_threadpoolctl
from descend.tracing import Trace
from descend.training import train, train_ensemble

if TYPE_CHECKING:
    from descend.data.load import load_data
    from descend.data.prepare import divide, folds, prepare
    from descend.data.stream import stream
    from descend.estimators import MLPClassifier, MLPRegressor
    from descend.persist import load, save

__version__ = str(build_info()["version"])

register_with_threadpoolctl()

__all__ = [
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "Callback",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "Dense",
    "DivergedError",
    "EarlyStopping",
    "Ensemble",
    "Exponential",
    "GradientCheck",
    "GradientDescent",
    "History",
    "Huber",
    "Layer",
    "MLPClassifier",
    "MLPRegressor",
    "Momentum",
    "Nesterov",
    "Network",
    "Quantile",
    "RMSprop",
    "ReduceOnPlateau",
    "Run",
    "Step",
    "Trace",
    "Warmup",
    "__version__",
    "blocks",
    "build_info",
    "check_gradient",
    "divide",
    "evaluate",
    "folds",
    "load",
    "load_data",
    "prepare",
    "save",
    "stream",
    "train",
    "train_ensemble",
]

# What needs more than NumPy is imported when it is first asked for.
_LATER = {
    "MLPClassifier": "descend.estimators",
    "MLPRegressor": "descend.estimators",
    "divide": "descend.data.prepare",
    "folds": "descend.data.prepare",
    "load": "descend.persist",
    "load_data": "descend.data.load",
    "prepare": "descend.data.prepare",
    "stream": "descend.data.stream",
    "save": "descend.persist",
}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module 'descend' has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
