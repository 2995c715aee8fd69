"""The regressor."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import column_or_1d

from descend import _core, checks, losses
from descend.checks import Array, Examples, FloatArray
from descend.estimators import weights
from descend.estimators._base import BaseMLP, with_epochs_only
from descend.estimators.tasks import fitting, warn
from descend.losses import Huber, Quantile

# From it on early stopping gave up: 2,000 counts of this mean ended at an R^2 of -6, divided by it at 0.97.
_FAR_FROM_1 = 100

_LOSSES = ("squared_error", "poisson", "absolute_error", "huber", "quantile")


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    """Multi-layer perceptron regressor: scikit-learn's, on descend's networks.

    Minimises a loss with L-BFGS or by epochs of mini-batch steps; see `descend.estimators` for what differs
    from scikit-learn on purpose.

    Parameters
    ----------
    loss : {"squared_error", "poisson", "absolute_error", "huber", "quantile"}, Huber or Quantile
        Half the squared error, half the Poisson deviance (of a log link; y of at least 0, and of a mean near
        1, from which training begins), the absolute error, Huber's loss, or the pinball loss of a quantile:
        the mean over outputs.
    output_activation : str, optional
        Of the output layer: one of the hidden ones, exp or softmax. exp for "poisson", identity for the
        others if not given.
    scoring : str, callable or None
        scikit-learn's scorer for the validation score; None is R^2.
    hidden_layer_sizes, activation, solver, ...
        All others as for `MLPClassifier`, and the same but for `class_weight` and `label_smoothing`.

    Attributes
    ----------
    coefs_, intercepts_, network_, loss_, loss_curve_, ...
        As for `MLPClassifier`, but for `classes_`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(_LOSSES)), Huber, Quantile],
        "output_activation": [StrOptions(set(weights.OUTPUT_ACTIVATIONS)), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        *,
        loss: Any = "squared_error",
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
        output_activation: str | None = None,
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
        self.loss = loss
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
        self.output_activation = output_activation
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
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None) -> MLPRegressor:
        """Fit the network to examples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples; float32 trains in float32, anything else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weight 0 is absence, and weight k is k copies.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Examples to judge by after each epoch, or iteration, and to stop early by.

        Returns
        -------
        MLPRegressor
            Itself. Ctrl-C ends training with a warning and leaves a usable model.

        Raises
        ------
        TypeError, ValueError
            Parameters or data that cannot be used, or weights that stopped being finite.
        """
        self._fit(X, y, sample_weight, validation_data=validation_data)
        return self

    @with_epochs_only
    @fitting
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """One epoch over the given examples.

        Parameters
        ----------
        X, y, sample_weight
            As for fit.

        Returns
        -------
        MLPRegressor
            Itself.

        Raises
        ------
        TypeError, ValueError
            As fit raises.
        """
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: Any) -> Any:
        """The network's outputs.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
            Of the dtype that it was trained in.
        """
        A = self._outputs(X)
        return A[:, 0] if A.shape[1] == 1 else A

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        X, y = self._validated(X, y, reset=reset, multi_output=True, y_numeric=True)
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _learn_targets(self, y: Array, *, fresh: bool, incremental: bool, classes: Any) -> None:
        n_outputs = 1 if y.ndim == 1 else y.shape[1]
        if not fresh and n_outputs != self.n_outputs_:
            raise ValueError(
                f"y has {n_outputs} columns, and the network to train on has {self.n_outputs_} outputs: give "
                "as many, or fit with warm_start=False."
            )
        self.n_outputs_ = n_outputs
        self._assume_targets()

    def _assume_targets(self) -> None:
        default = "exp" if self.loss == "poisson" else "identity"
        self.out_activation_ = default if self.output_activation is None else self.output_activation

    def _targets(self, y: Array, dtype: np.dtype[Any]) -> Array:
        return checks.targets(y, len(y), self.n_outputs_, self._core_loss().name, dtype, ("y", "X"))

    def _core_loss(self) -> _core.Loss:
        return losses.resolve(self.loss, weights.OUTPUT_ACTIVATIONS[self.out_activation_])

    def _check_scale(self, examples: Examples) -> None:
        if self.loss != "poisson":
            return
        for mean in np.average(examples.Y, axis=0, weights=examples.weight):
            if mean and not 1 / _FAR_FROM_1 <= mean <= _FAR_FROM_1:
                warn(
                    f"the mean of y is {mean:g}, far from the predictions near 1 with which training for the "
                    f"loss 'poisson' begins: fit on y / {mean:g}, and multiply predictions by it.",
                    ConvergenceWarning,
                )

    def _loss_constant(self, examples: Examples) -> float:
        """Poisson's y log(y) - y, which scikit-learn's loss counts in."""
        if self.loss != "poisson":
            return 0.0
        from scipy.special import xlogy

        Y = examples.Y.astype(np.float64)
        return float(np.average((xlogy(Y, Y) - Y).mean(axis=1), weights=examples.weight))

    def _score(self, Y: Array, A: FloatArray, weight: FloatArray | None) -> float:
        """R^2, the mean over outputs; scikit-learn's takes longer than an epoch of few examples.

        1 - sum_i w_i (y_i - a_i)^2 / sum_i w_i (y_i - mean(y))^2; where y is constant, 1 or, if a differs, 0
        """
        Y = Y.astype(np.float64)
        left = np.average((Y - A) ** 2, axis=0, weights=weight)
        spread = np.average((Y - np.average(Y, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
        share = np.divide(left, spread, out=np.where(left > 0, 1.0, 0.0), where=spread > 0)
        return float(1 - share.mean())
