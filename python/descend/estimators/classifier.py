"""The classifier."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import column_or_1d

from descend import _core, checks, losses
from descend.checks import Array, FloatArray
from descend.class_weight import Weight, weights_by_class
from descend.estimators import weights
from descend.estimators._base import BaseMLP, with_epochs_only
from descend.estimators.labels import Kind, Labels
from descend.estimators.tasks import fitting


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    """Multi-layer perceptron classifier: scikit-learn's, on descend's networks.

    Minimises the cross-entropy with L-BFGS or by epochs of mini-batch steps; see `descend.estimators` for
    what differs from scikit-learn on purpose.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Units of the hidden layers.
    activation : str or list of str
        Of the hidden layers, one for all or one for each: identity, logistic, tanh, relu, leaky_relu, elu,
        gelu, silu, softplus.
    solver : {"adam", "sgd", "lbfgs"}
        "sgd" is gradient descent with momentum. "lbfgs" takes all examples in each iteration, which pays for
        small sets.
    alpha : float
        L2 penalty on the weights, divided by the sum of the batch's sample weights.
    batch_size : int or "auto"
        Examples in a step; "auto" is min(200, n_samples). "lbfgs" has no batches.
    learning_rate : {"constant", "invscaling", "adaptive"} or Schedule
        How the rate changes. For "sgd": "invscaling" divides `learning_rate_init` by (t_ + 1)^power_t,
        "adaptive" divides the rate by 5 whenever epochs no longer improve and stops at 1e-6. An object of
        `descend.schedules` works for "adam" too.
    learning_rate_init : float
        The rate of the first step.
    power_t : float
        The exponent of "invscaling".
    max_iter : int
        Most epochs, or most iterations of "lbfgs".
    shuffle : bool
        Whether each epoch goes through the examples in a new order.
    random_state : int, RandomState or None
        What weights, the validation set, orders and dropout are drawn from. The weights and the validation
        set are those that scikit-learn draws.
    tol : float
        By how much an epoch must beat the best one to be an improvement; for "lbfgs" the greatest component
        of the gradient that is small enough.
    verbose : bool or int
        Whether to print each iteration's loss.
    warm_start : bool
        Whether fit goes on from the last one: weights, the optimiser's moments and orders of examples.
    momentum : float
        Of "sgd", from 0 to 1.
    nesterovs_momentum : bool
        Whether momentum looks ahead.
    early_stopping : bool
        Whether to stop when the validation score, not the training loss, no longer improves, and to restore
        the best weights; "lbfgs" does neither.
    validation_fraction : float
        The share of the examples that early stopping sets aside, unless fit is given `validation_data`.
    beta_1, beta_2, epsilon : float
        Adam's constants.
    n_iter_no_change : int or inf
        How many epochs in a row may fail to improve.
    max_fun : int
        Most evaluations of "lbfgs".
    class_weight : dict, "balanced" or None
        Multiplies `sample_weight` by a factor for each class, also in the validation set that early stopping
        sets aside. "balanced" makes all classes weigh the same.
    label_smoothing : float
        The share of certainty that each label gives away to all classes, of at least 0 and below 1.
    dropout : float or list of float
        The share of activations that each step silences, of all hidden layers or of each.
    batch_norm : bool
        Whether hidden layers normalise over the batch before their activation, see `descend.Dense`.
    clip_norm : float, optional
        Scales down a gradient whose Euclidean norm is greater.
    ema_decay : float, optional
        Above 0 and below 1: the weights are averages over about the last 1 / (1 - ema_decay) steps, see
        `descend.train`.
    scoring : str, callable or None
        scikit-learn's scorer for the validation score; None is the accuracy.
    init_params : (coefs, intercepts), optional
        Weights to start from; with them the estimator predicts before it is fitted (classes are numbers).
    n_members : int
        How many networks to train at once, each from weights and in orders of its own; predictions are means
        over all, and `transform` gives the features of all. Each has copies of the callbacks.
    preprocess : "auto" or None
        "auto" takes tables with missing values, words and dates, and of many scales: what becomes of each
        column is found in fit or the first partial_fit, from the rows whose weight is not 0, and means and
        variances are by sample_weight times class_weight, see `descend.data.preprocess`. Frames and tables
        train in float32.
    callbacks : list of Callback, optional
        Who looks at training between epochs, or iterations, see `descend.callbacks`. scikit-learn's own go to
        `set_callbacks`.
    progress : bool or "auto"
        Whether to show a progress bar.
    n_threads : int, optional
        Most threads; if not given, as many as help within the limits of the container, of joblib and of
        threadpoolctl. The result does not depend on it.

    Attributes
    ----------
    classes_ : array (n_classes,)
        The labels.
    coefs_, intercepts_ : list of array
        Weights (n[l-1], n[l]) and biases (n[l],) of each layer: writable views of the network's.
    network_ : Network
        The network itself, to save or to train on.
    normalisations_ : list of (gamma, beta, mean, variance)
        Views of what batch normalisation has for each hidden layer, (n[l],) each.
    members_ : list of MLPClassifier
        With several members, one estimator for each; all other attributes are then the first one's.
    preprocess_ : Preprocess
        What becomes of each column, with `preprocess`.
    loss_, best_loss_ : float
        The last epoch's mean loss, penalty included, and the least one (None with early stopping).
    loss_curve_ : list of float
        `loss_` by epoch.
    validation_scores_, validation_loss_curve_ : list of float or None
        By epoch, where there are examples to judge by.
    best_validation_score_ : float or None
        The best, with early stopping.
    history_ : History
        The record of the last fit: also learning rates and times.
    n_iter_, t_ : int
        Epochs of the last fit, and examples seen in all.
    n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_
        As in scikit-learn.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMLP._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
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
        label_smoothing: float = 0.0,
        dropout: Any = 0.0,
        batch_norm: bool = False,
        clip_norm: float | None = None,
        ema_decay: float | None = None,
        scoring: Any = None,
        init_params: Any = None,
        n_members: int = 1,
        preprocess: str | None = None,
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
        self.label_smoothing = label_smoothing
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.clip_norm = clip_norm
        self.ema_decay = ema_decay
        self.scoring = scoring
        self.init_params = init_params
        self.n_members = n_members
        self.preprocess = preprocess
        self.callbacks = callbacks
        self.progress = progress
        self.n_threads = n_threads

    @fitting
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None) -> MLPClassifier:
        """Fit the network to examples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples; float32 trains in float32, anything else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            A label each, or 0 and 1 for several labels at once.
        sample_weight : array-like of shape (n_samples,), optional
            Weight 0 is absence, and weight k is k copies.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Examples to judge by after each epoch, or iteration, and to stop early by.

        Returns
        -------
        MLPClassifier
            Itself. Ctrl-C ends training with a warning and leaves a usable model, of "lbfgs" with the members
            that it had come to.

        Raises
        ------
        TypeError, ValueError
            Parameters or data that cannot be used, or weights that stopped being finite.
        """
        self._fit(X, y, sample_weight, validation_data=validation_data)
        return self

    @with_epochs_only
    @fitting
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> MLPClassifier:
        """One epoch over the given examples.

        Parameters
        ----------
        X, y, sample_weight
            As for fit.
        classes : array-like of shape (n_classes,)
            All labels that will ever come; needed in the first call only.

        Returns
        -------
        MLPClassifier
            Itself.

        Raises
        ------
        TypeError, ValueError
            As fit raises, and where labels are not among the classes.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all examples at once, which partial_fit has not: "
                "give a dict of weights, such as sklearn.utils.class_weight.compute_class_weight makes."
            )
        self._fit(X, y, sample_weight, classes=classes, incremental=True)
        return self

    def predict(self, X: Any) -> Any:
        """The most likely labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_labels)
            Of the type that y had.
        """
        A = self._outputs(X)
        return self._labels.decoded(A)

    def predict_proba(self, X: Any) -> FloatArray:
        """The probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples.

        Returns
        -------
        array of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        A = self._outputs(X)
        return self._labels.probabilities(A)

    def predict_log_proba(self, X: Any) -> FloatArray:
        """The logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples.

        Returns
        -------
        array of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        X, y = self._validated(X, y, reset=reset, multi_output=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y.astype(y.dtype.newbyteorder("="), copy=False)

    def _learn_targets(self, y: Array, *, fresh: bool, incremental: bool, classes: Any) -> None:
        known: Labels | None = getattr(self, "_labels", None)
        if known is not None and known.assumed:
            known = None
        if incremental:
            self._check_classes_argument(known, classes)
        if known is None or (fresh and not incremental):
            self._set_labels(Labels.seen_in(y, classes))
            if not incremental:
                return
        if y.shape[1:] != self._labels.columns:
            before = f"(m, {self.n_outputs_})" if self._labels.columns else "(m,)"
            raise ValueError(
                f"y has shape {y.shape}, and the network to train on learned y of shape {before}: give as "
                "many columns, or fit with warm_start=False."
            )
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
                    "warm_start can only be used where `y` has the same classes as in the previous call to "
                    f"fit. Previously got {self.classes_}, `y` has {found}"
                )

    def _check_classes_argument(self, known: Labels | None, classes: Any) -> None:
        if known is None and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if known is not None and classes is not None:
            found = unique_labels(classes)
            if not np.array_equal(known.classes, found):
                raise ValueError(
                    f"`classes={classes!r}` is not the same as on last call to partial_fit, "
                    f"was: {known.classes!r}"
                )

    def _set_labels(self, labels: Labels) -> None:
        self._labels = labels
        self.classes_ = labels.classes
        self.n_outputs_ = labels.n_outputs
        self.out_activation_ = labels.out_activation

    def _assume_targets(self) -> None:
        classes = np.arange(max(2, self.n_outputs_))
        kind: Kind = "binary" if self.n_outputs_ == 1 else "multiclass"
        self._set_labels(Labels(classes, kind, assumed=True))

    def _targets(self, y: Array, dtype: np.dtype[Any]) -> Array:
        return self._labels.encoded(y, dtype)

    def _check_known(self, y: Array) -> None:
        unknown = self._labels.unknown_in(y)
        if len(unknown):
            raise ValueError(
                f"validation_data has the classes {unknown.tolist()}, which are none of "
                f"{self.classes_.tolist()}: drop their rows, or train on some of them."
            )

    def _core_loss(self) -> _core.Loss:
        softmax = self.out_activation_ == "softmax"
        kind = losses.CrossEntropy if softmax else losses.BinaryCrossEntropy
        return losses.resolve(
            kind(float(self.label_smoothing)), weights.OUTPUT_ACTIVATIONS[self.out_activation_]
        )

    def _class_weighted(self, y: Array, weight: Weight | None) -> Weight | None:
        class_weight = self.class_weight
        if class_weight is None:
            return weight
        if isinstance(class_weight, Mapping):
            numbers = {label: k for k, label in enumerate(self.classes_.tolist())}
            unknown = [label for label in class_weight if label not in numbers]
            if unknown:
                raise ValueError(
                    f"class_weight has the class {unknown[0]!r}: give classes of y, {list(numbers)}."
                )
            class_weight = {
                numbers[label]: checks.number(f"class_weight[{label!r}]", factor, at_least=0)
                for label, factor in class_weight.items()
            }
        Y = self._labels.encoded(y, np.dtype(np.float64))
        return weights_by_class(Y, weight, class_weight, self._core_loss().name, self.n_outputs_)

    def _strata(self, Y: Array) -> Array | None:
        return Y.astype(bool) if self.n_outputs_ == 1 else None

    def _score(self, Y: Array, A: FloatArray, weight: FloatArray | None) -> float:
        right = self._labels.numbers(A) == (Y[:, 0] if self._labels.kind == "binary" else Y)
        return float(np.average(right.all(axis=1) if right.ndim == 2 else right, weights=weight))
