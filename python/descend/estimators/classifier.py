"""The classifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import column_or_1d, validate_data

from descend import _core, losses
from descend.checks import Array, Examples, FloatArray
from descend.class_weight import weighted
from descend.estimators import weights
from descend.estimators._base import _FLOATS, BaseMLP
from descend.estimators.labels import Labels
from descend.estimators.tasks import with_callbacks


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    """scikit-learn's MLPClassifier, on descend's network."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMLP._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    loss = "log_loss"

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        *,
        activation: Any = "relu",
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        class_weight: Any = None,
        dropout: Any = 0.0,
        clip_norm: float | None = None,
        scoring: Any = None,
        init_params: Any = None,
        callbacks: Any = None,
        progress: Any = False,
        n_threads: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.class_weight = class_weight
        self.dropout = dropout
        self.clip_norm = clip_norm
        self.scoring = scoring
        self.init_params = init_params
        self.callbacks = callbacks
        self.progress = progress
        self.n_threads = n_threads

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None) -> MLPClassifier:
        """Fit."""
        self._fit(X, y, sample_weight, validation_data=validation_data)
        return self

    @available_if(lambda self: self.solver != "lbfgs")
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> MLPClassifier:
        """Partial fit."""
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all examples at once, which partial_fit has not: "
                "give a dict of weights, such as sklearn.utils.class_weight.compute_class_weight makes."
            )
        self._fit(X, y, sample_weight, classes=classes, incremental=True)
        return self

    def predict(self, X: Any) -> Any:
        """Predict."""
        A = self._outputs(X)
        return self._labels.decoded(A)

    def predict_proba(self, X: Any) -> FloatArray:
        """Probabilities."""
        A = self._outputs(X)
        return self._labels.probabilities(A)

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Logarithms of probabilities."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=_FLOATS,
            order="C",
            reset=reset,
        )
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _learn_targets(self, y: Array, *, fresh: bool, incremental: bool, classes: Any) -> None:
        known = getattr(self, "_labels", None)
        if incremental:
            self._check_classes_argument(known, classes)
        if known is None or (fresh and not incremental):
            self._set_labels(Labels.seen_in(y, classes))
            if not incremental:
                return
        unknown = self._labels.unknown_in(y)
        if incremental and len(unknown):
            raise ValueError(
                f"`y` has classes not in `self.classes_`: {unknown.tolist()} are none of "
                f"{self.classes_.tolist()}; list all classes in the first call of partial_fit."
            )
        if not incremental and self._labels.kind != "multilabel":
            found = unique_labels(y)
            if set(found) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                    f"Previously got {self.classes_}, `y` has {found}"
                )

    def _check_classes_argument(self, known: Labels | None, classes: Any) -> None:
        if known is None and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if known is not None and classes is not None:
            found = unique_labels(classes)
            if not np.array_equal(known.classes, found):
                raise ValueError(
                    f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {known.classes!r}"
                )

    def _set_labels(self, labels: Labels) -> None:
        self._labels = labels
        self.classes_ = labels.classes
        self.n_outputs_ = labels.n_outputs
        self.out_activation_ = labels.out_activation

    def _assume_targets(self) -> None:
        classes = np.arange(max(2, self.n_outputs_))
        self._set_labels(Labels(classes, "binary" if self.n_outputs_ == 1 else "multiclass"))

    def _targets(self, y: Array, dtype: np.dtype[Any]) -> Array:
        return self._labels.encoded(y, dtype)

    def _core_loss(self) -> _core.Loss:
        return losses.resolve("auto", weights.OUTPUT_ACTIVATIONS[self.out_activation_])

    def _class_weighted(self, examples: Examples) -> Examples:
        class_weight = self.class_weight
        if isinstance(class_weight, Mapping):
            numbers = {label: k for k, label in enumerate(self.classes_.tolist())}
            unknown = [label for label in class_weight if label not in numbers]
            if unknown:
                raise ValueError(
                    f"class_weight has the class {unknown[0]!r}: give classes of y, {list(numbers)}."
                )
            class_weight = {numbers[label]: factor for label, factor in class_weight.items()}
        return weighted(examples, class_weight, self._core_loss().name, self.n_outputs_)

    def _strata(self, Y: Array) -> Array | None:
        return Y.astype(bool) if self.n_outputs_ == 1 else None

    def _score(self, Y: Array, A: FloatArray, weight: FloatArray | None) -> float:
        from sklearn.metrics import accuracy_score

        y = Y[:, 0] if self._labels.kind == "binary" else Y
        return float(accuracy_score(y, self._labels.numbers(A), sample_weight=weight))
