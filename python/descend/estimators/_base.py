"""What the classifier and the regressor share: parameters, fit and prediction."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from numbers import Integral, Real
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing, assert_all_finite, check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, check_X_y, validate_data

from descend import _core, checks, flat_vector
from descend.checks import Array, Examples, FloatArray
from descend.class_weight import Weight
from descend.ensemble import mean
from descend.estimators import lbfgs, members, weights
from descend.estimators.bound import HasNetwork
from descend.estimators.stochastic import (
    HeldOut,
    Training,
    callbacks_of,
    go,
    optimizer_for,
    rows_with_weight,
)
from descend.estimators.tasks import TakesCallbacks, Tasks, warn
from descend.network import Network
from descend.schedules import Schedule
from descend.together import threads_each

FLOATS = (np.float64, np.float32)

# Parameters whose change makes losses and scores incomparable with those before.
_MEASURED_BY = ("loss", "alpha", "class_weight", "label_smoothing", "dropout", "batch_norm", "scoring")


F = TypeVar("F", bound=Callable[..., Any])


def _check_finite(X: Any, name: str, n_threads: int) -> None:
    """scikit-learn's check that X has no NaN and no infinity; the core looks through an array much faster."""
    if checks.is_sparse(X) or _core.first_not_finite(np.require(X, requirements=["C", "ALIGNED"]), n_threads):
        assert_all_finite(X, estimator_name=name, input_name="X")


def _as_rows(inputs: Any, dtype: np.dtype[Any]) -> checks.Rows:
    """Inputs, found to be finite, as rows of the network's dtype."""
    if (
        not checks.is_sparse(inputs)
        and inputs.dtype == dtype
        and inputs.flags.c_contiguous
        and inputs.flags.aligned
    ):
        return inputs
    return checks.features(inputs, inputs.shape[1], dtype)


def with_epochs_only(method: F) -> F:
    """A method that is there unless the solver is "lbfgs"."""

    def has_epochs(estimator: BaseMLP) -> bool:
        if estimator.solver == "lbfgs":
            raise AttributeError(
                f"{method.__name__} is for the solvers 'sgd' and 'adam': 'lbfgs' needs all examples at once."
            )
        return True

    return cast(F, available_if(has_epochs)(method))


class BaseMLP(TakesCallbacks, ClassNamePrefixFeaturesOutMixin, TransformerMixin, HasNetwork):  # type: ignore[misc]
    """A network with scikit-learn's face."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(weights.ACTIVATIONS)), list, tuple],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"}), Schedule],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), list, tuple],
        "batch_norm": ["boolean"],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "ema_decay": [Interval(Real, 0, 1, closed="neither"), None],
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "preprocess": [StrOptions({"auto"}), None],
        "scoring": [str, callable, None],
        "init_params": [list, tuple, None],
        "callbacks": [list, tuple, None],
        "progress": ["boolean", StrOptions({"auto"})],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    validation_scores_: list[float] | None
    validation_loss_curve_: list[float] | None

    # What the classifier and the regressor say of themselves

    @abstractmethod
    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        """X and y as arrays, after scikit-learn's checks."""

    @abstractmethod
    def _learn_targets(self, y: Array, *, fresh: bool, incremental: bool, classes: Any) -> None:
        """Set what there is to learn from y: `n_outputs_` and `out_activation_`."""

    @abstractmethod
    def _targets(self, y: Array, dtype: np.dtype[Any]) -> Array:
        """The targets for y, as the core takes them."""

    def _check_known(self, y: Array) -> None:
        """Refuse targets of validation that are none of those to learn."""

    @abstractmethod
    def _core_loss(self) -> _core.Loss:
        """What is minimised."""

    @abstractmethod
    def _score(self, Y: Array, A: FloatArray, weight: FloatArray | None) -> float:
        """How good outputs A (m, n[L]) are against the core's Y, where `scoring` is None."""

    def _loss_constant(self, examples: Examples) -> float:
        """What scikit-learn's loss has in addition to ours."""
        return 0.0

    def _class_weighted(self, y: Array, weight: Weight | None) -> Weight | None:
        """The weights of examples, multiplied by those of their classes."""
        return weight

    def _check_scale(self, examples: Examples) -> None:
        """Warn of targets that a new network is far from."""

    def _strata(self, Y: Array) -> Array | None:
        """What early stopping's validation set is to hold equal shares of."""
        return None

    # Training

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        validation_data: Any = None,
        classes: Any = None,
        incremental: bool = False,
    ) -> BaseMLP:
        """One fit, or one partial_fit."""
        self._check_combinations(validation_data, incremental)
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows, labels, weight = self._learn_data(X, y, sample_weight, classes, fresh, incremental)
        dtype = rows.dtype if fresh else self._network().dtype
        examples = Examples(_as_rows(rows, dtype), self._targets(labels, dtype), weight)
        examples, labels = rows_with_weight(examples, labels)
        if fresh and self.init_params is None:
            self._check_scale(examples)
        held_out = None if validation_data is None else self._given(validation_data, labels, dtype)
        random = check_random_state(self.random_state)
        trained = members.to_train(self, fresh=fresh)
        networks = [member._network_to_train(rows.shape[1], dtype, fresh, random) for member in trained]
        for network in networks:
            flat_vector.check_weights(network)
        if fresh:
            for each in (self, *trained):
                each._forget()
        members.take_over(self, trained)
        told = [self, *trained[1:]]
        tasks = [Tasks(each, f"{self.solver}-iter", X, y, sample_weight) for each in told]
        if held_out is None and self.early_stopping and self.solver != "lbfgs":
            examples, held_out = self._set_aside(examples, labels, random)
        with ExitStack() as claims:
            for network in networks:
                claims.enter_context(network.claimed())
            if self.solver == "lbfgs":
                for i, member in enumerate(trained):
                    if member._fit_lbfgs(networks[i], examples, held_out, tasks[i]).interrupted:
                        del trained[i + 1 :]
            else:
                n_threads = threads_each(len(trained), checks.threads(self.n_threads))
                trainings = [
                    member._training(
                        network, examples, held_out, random, of_member, fresh, incremental, n_threads
                    )
                    for member, network, of_member in zip(trained, networks, tasks, strict=True)
                ]
                self._go(trainings, incremental)
        members.take_over(self, trained)
        tasks[0].end_fit()
        if not all(np.isfinite(network.parameters).all() for network in networks):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and "
                "need to be preprocessed."
            )
        return self

    def _learn_data(
        self, X: Any, y: Any, sample_weight: Any, classes: Any, fresh: bool, incremental: bool
    ) -> tuple[Any, Array, Weight | None]:
        """The network's inputs, y, and the weights of examples, after what is learned from them all."""
        X, y = self._checked(X, y, reset=fresh)
        weight = None
        if sample_weight is not None:
            weight = checks.weights(_check_sample_weight(sample_weight, y), y.shape[0])
        self._learn_targets(y, fresh=fresh, incremental=incremental, classes=classes)
        weight = self._class_weighted(y, weight)
        if fresh and self.preprocess is not None:
            self._learn_columns(X, weight)
        return self._inputs(X), y, weight

    def _go(self, trainings: list[Training], incremental: bool) -> None:
        go(trainings, self)
        if not incremental and any(training.exhausted for training in trainings):
            warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                "optimization hasn't converged yet.",
                ConvergenceWarning,
            )

    def _fit_lbfgs(
        self, network: Network, examples: Examples, held_out: tuple[Examples, Array] | None, tasks: Tasks
    ) -> lbfgs.Result:
        self.__dict__.pop("_optimizer", None)  # its moments are of weights that change here
        judge = None
        if held_out is not None:
            self.validation_scores_, self.validation_loss_curve_ = [], []
            judge = self._judge(network, *held_out)
        found = lbfgs.fit(
            self, network, examples, self._core_loss(), self._loss_constant(examples), judge, tasks
        )
        if found.problem is not None:
            more = f" or max_iter above {self.max_iter}" if found.n_iter == self.max_iter else ""
            warn(
                f"lbfgs failed to converge after {found.n_iter} iteration(s): {found.problem}; give features "
                f"scaled to variance 1{more}.",
                ConvergenceWarning,
            )
        return found

    def _training(
        self,
        network: Network,
        examples: Examples,
        held_out: tuple[Examples, Array] | None,
        random: np.random.RandomState,
        tasks: Tasks,
        fresh: bool,
        incremental: bool,
        n_threads: int,
    ) -> Training:
        self._begin_record(held_out is not None, random)
        self._optimizer = optimizer_for(
            self,
            goes_on=not fresh,
            incremental=incremental,
            n_parameters=network.n_parameters,
            dtype=network.dtype,
        )
        return Training(
            self,
            network,
            self._optimizer,
            examples,
            self._core_loss(),
            self._loss_constant(examples),
            None if held_out is None else self._judge(network, *held_out),
            1 if incremental else self.max_iter,
            tasks,
            n_threads,
        )

    def _check_combinations(self, validation_data: Any, incremental: bool) -> None:
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: score the estimator between its calls."
            )
        callbacks_of(self)
        self._hidden_kinds(len(self._hidden_units()))
        if self.scoring is not None:
            from sklearn.metrics import check_scoring

            check_scoring(self, self.scoring)
        if self.early_stopping and self.solver != "lbfgs" and validation_data is None:
            checks.number("validation_fraction with early_stopping=True", self.validation_fraction, above=0)
        if self.solver != "lbfgs":
            return
        of_epochs = {
            "dropout": np.any(self.dropout),
            "batch_norm": self.batch_norm,
            "clip_norm": self.clip_norm is not None,
            "ema_decay": self.ema_decay is not None,
            "a schedule": isinstance(self.learning_rate, Schedule),
        }
        for name, is_given in of_epochs.items():
            if is_given:
                raise ValueError(
                    f"The solver 'lbfgs' does not go with {name}: choose the solver 'sgd' or 'adam'."
                )

    def _given(self, validation_data: Any, y: Array, dtype: np.dtype[Any]) -> tuple[Examples, Array]:
        """The examples to judge by that fit was given, with their y; that to train on is of the same kind."""
        if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
            raise ValueError("validation_data is no pair (X, y) or triple (X, y, sample_weight): give one.")
        Xv, yv, *wv = validation_data
        Xv, yv = self._checked(Xv, yv, reset=False)
        if yv.shape[1:] != y.shape[1:]:
            raise ValueError(
                f"the y of validation_data has shape {yv.shape}, and the y to train on {y.shape}: "
                "give as many columns."
            )
        self._check_known(yv)
        weight = (
            checks.weights(wv[0], yv.shape[0], "the sample_weight of validation_data")
            if wv and wv[0] is not None
            else None
        )
        return Examples(_as_rows(self._inputs(Xv), dtype), self._targets(yv, dtype), weight), yv

    def _set_aside(
        self, examples: Examples, y: Array, random: np.random.RandomState
    ) -> tuple[Examples, tuple[Examples, Array]]:
        """The examples to train on, and those that early stopping sets aside to judge by, with their y."""
        from sklearn.model_selection import train_test_split

        kept, held = train_test_split(
            np.arange(y.shape[0]),
            random_state=random,
            test_size=self.validation_fraction,
            stratify=self._strata(examples.Y),
        )
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return examples.take(kept), (examples.take(held), y[held])

    def _judge(self, network: Network, examples: Examples, y: Array) -> HeldOut:
        """The examples with the score that early stopping watches."""
        threads, X = checks.threads(self.n_threads), checks.for_core(examples.X)
        _, Y, weight = examples
        loss, constant = self._core_loss(), self._loss_constant(examples)

        def cost() -> float:
            return network.core.cost(X, Y, loss, weight, threads) + constant

        def score() -> float:
            A = network.core.predict(X, threads)
            return self._score(Y, A, weight) if A is not None and np.isfinite(A).all() else math.nan

        if self.scoring is None:
            return HeldOut(examples, cost, score)

        from sklearn.metrics import check_scoring

        scorer = check_scoring(self, self.scoring)
        judged = copy.copy(self)
        judged._bound = self._bound
        judged.preprocess, judged.n_features_in_ = None, examples.X.shape[1]
        judged.__dict__.pop("feature_names_in_", None)
        given = {} if weight is None else {"sample_weight": weight}
        return HeldOut(examples, cost, lambda: float(scorer(judged, examples.X, y, **given)))

    def _forget(self) -> None:
        """Drop what an earlier training left for one that goes on."""
        record = ("loss_curve_", "best_loss_", "validation_scores_", "validation_loss_curve_")
        of_epochs = ("_seed", "_epochs_trained", "_no_improvement_count", "_optimizer", "_measured")
        for name in (*record, "best_validation_score_", *of_epochs):
            self.__dict__.pop(name, None)

    def _begin_record(self, judged: bool, random: np.random.RandomState) -> None:
        """The fitted attributes that grow by epoch, new ones or those of the training before."""
        if not hasattr(self, "_seed"):
            self._seed = int(random.randint(np.iinfo(np.int32).max))
            self._epochs_trained = 0
            self.loss_curve_: list[float] = []
        measured = {name: getattr(self, name, None) for name in _MEASURED_BY}
        if getattr(self, "_measured", None) != measured:
            self._measured = measured
            self._no_improvement_count = 0
            self.best_loss_: float | None = None
            self.best_validation_score_: float | None = None
        if not hasattr(self, "validation_scores_"):
            self.validation_scores_ = self.validation_loss_curve_ = None
        if self.early_stopping and self.best_validation_score_ is None:
            self.best_loss_, self.best_validation_score_ = None, -math.inf
        if not self.early_stopping and self.best_loss_ is None:
            self.best_loss_, self.best_validation_score_ = math.inf, None
        if judged and self.validation_scores_ is None:
            self.validation_scores_, self.validation_loss_curve_ = [], []

    # The table

    def _validated(self, X: Any, *y: Any, reset: bool, **of_y: Any) -> Any:
        """X, or X and y, after scikit-learn's checks: arrays, but a frame for `preprocess` as it is."""
        if self.preprocess is None:
            as_arrays = {"accept_sparse": ["csr", "csc"], "dtype": FLOATS, "order": "C"}
            validated = validate_data(self, X, *y, reset=reset, ensure_all_finite=False, **as_arrays, **of_y)
            _check_finite(
                validated[0] if y else validated, type(self).__name__, checks.threads(self.n_threads)
            )
            return validated
        if not reset:
            check_is_fitted(self, "preprocess_")
        if checks.is_sparse(X):
            raise ValueError("preprocess='auto' takes a table, and X is sparse: fit with preprocess=None.")
        least = 2 if reset else 1
        if not hasattr(X, "columns"):
            as_they_are = {"dtype": None, "ensure_all_finite": False, "ensure_min_samples": least}
            return validate_data(self, X, *y, reset=reset, **as_they_are, **of_y)
        if len(X) < least:
            raise ValueError(f"the number of rows of X is {len(X)}: give at least {least}.")
        table = validate_data(self, X, reset=reset, skip_check_array=True)
        return (table, check_X_y(np.zeros((len(X), 1)), *y, estimator=self, **of_y)[1]) if y else table

    def _learn_columns(self, table: Any, weight: Weight | None) -> None:
        """Find out what becomes of each column, from the rows whose weight is not 0."""
        from descend.data.preprocess import Preprocess

        if weight is not None:
            rows = np.flatnonzero(weight)
            table, weight = _safe_indexing(table, rows), weight[rows]
        self.preprocess_ = Preprocess.fit(table, weight=weight)

    def _inputs(self, X: Any) -> Any:
        """What the network takes: X itself, or with `preprocess` what is made of the table."""
        if self.preprocess is None:
            return X
        is_double = getattr(X, "dtype", None) == np.float64
        return self.preprocess_.transform(X, np.float64 if is_double else np.float32)

    # Prediction

    def _rows(self, X: Any, network: Network) -> checks.Rows:
        """X to predict for."""
        return _as_rows(self._inputs(self._validated(X, reset=False)), network.dtype)

    def _outputs(self, X: Any) -> Any:
        """A[L] (m, n[L]), the mean of the members' where there are several."""
        check_is_fitted(self)
        networks = self._networks()
        rows = self._rows(X, networks[0])
        return mean([network.predict(rows, n_threads=self.n_threads) for network in networks])

    def _networks(self) -> list[Network]:
        """Those of all members."""
        return [member._network() for member in vars(self).get("members_", [self])]

    def transform(self, X: Any) -> Any:
        """The activations of the last hidden layer, features that the network has learned.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The examples.

        Returns
        -------
        array of shape (n_samples, n_members * hidden_layer_sizes[-1])
            X itself where there is no hidden layer.
        """
        check_is_fitted(self)
        networks = self._networks()
        rows = self._rows(X, networks[0])
        if len(networks[0].layers) == 1:
            return rows
        hidden = [weights.hidden_part(network) for network in networks]
        return np.hstack([network.predict(rows, n_threads=self.n_threads) for network in hidden])

    @property
    def _n_features_out(self) -> int:
        check_is_fitted(self)
        networks = self._networks()
        layers = networks[0].layers
        return layers[0].n_inputs if len(layers) == 1 else len(networks) * layers[-1].n_inputs

    # scikit-learn's protocols

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_") or self.init_params is not None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self.preprocess is None
        tags.input_tags.allow_nan = tags.input_tags.string = self.preprocess is not None
        tags.input_tags.categorical = self.preprocess is not None
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
