"""Losses: what one example's error costs.

The cost of a batch is J = sum_i w_i L_i / sum_i w_i. With y the target and a the output's activation:

======================  ============================================================  ===================
name                    L                                                             outputs
======================  ============================================================  ===================
binary_cross_entropy    - sum_k y_k log(a_k) + (1 - y_k) log(1 - a_k)                 sigmoid, or logits
cross_entropy           - sum_k y_k log(a_k); y class numbers, or one-hot rows        softmax, or logits
squared_error           mean_k 1/2 (a_k - y_k)^2                                      any
absolute_error          mean_k abs(a_k - y_k)                                         element-wise
huber, Huber(delta)     mean_k 1/2 r^2 where r = abs(a_k - y_k) <= delta,             element-wise
                        else delta (r - delta / 2)
quantile, Quantile(q)   mean_k max(q r, (q - 1) r), r = y_k - a_k                     linear
poisson                 mean_k a_k - y_k log(a_k); log(y!) is left out                exp, or log rates
======================  ============================================================  ===================

A loss of one's own is a function of the outputs and the targets, see `descend.graph.loss`; it goes with any
output.

A linear output with one of the first two, or with poisson, gives logits: the loss applies sigmoid, softmax or
exp itself, and `predict` returns the logits. `BinaryCrossEntropy` and `CrossEntropy` smooth the labels.
"""

from dataclasses import dataclass
from typing import TypeAlias

from descend import _core, checks, graph

NAMES: tuple[str, ...] = _core.LOSSES
_FOR_OUTPUT = {"sigmoid": "binary_cross_entropy", "softmax": "cross_entropy", "exp": "poisson"}
ON_LOGITS = frozenset(_FOR_OUTPUT.values())
"""The losses that a linear output gives logits to."""


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """binary_cross_entropy with labels that are not quite certain.

    L = - sum_k s_k log(a_k) + (1 - s_k) log(1 - a_k), s = (1 - label_smoothing) y + label_smoothing / 2

    Parameters
    ----------
    label_smoothing : float
        How far the labels are moved towards 1/2, of at least 0 and below 1; the costs of validation examples
        are smoothed too.

    Raises
    ------
    TypeError, ValueError
        label_smoothing is no number in this range.
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        checks.number("label_smoothing", self.label_smoothing, at_least=0, below=1)


@dataclass(frozen=True)
class CrossEntropy:
    """cross_entropy with labels that are not quite certain (Szegedy et al. 2016).

    L = - sum_k s_k log(a_k), s = (1 - label_smoothing) y + label_smoothing / n[L]

    Parameters
    ----------
    label_smoothing : float
        The share of certainty that is spread over all classes, of at least 0 and below 1; the costs of
        validation examples are smoothed too.

    Raises
    ------
    TypeError, ValueError
        label_smoothing is no number in this range.
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        checks.number("label_smoothing", self.label_smoothing, at_least=0, below=1)


@dataclass(frozen=True)
class Huber:
    """Squared where the error is small, absolute where it is large.

    L = 1/2 r^2 where r = |a - y| <= delta, else delta (r - delta / 2)

    Parameters
    ----------
    delta : float
        Where the two meet, above 0, in units of y.

    Raises
    ------
    TypeError, ValueError
        delta is no number above 0.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        checks.number("Huber's delta", self.delta, above=0)


@dataclass(frozen=True)
class Quantile:
    """The pinball loss, least at the q-quantile of y given X.

    L = max(q r, (q - 1) r), r = y - a

    Parameters
    ----------
    q : float
        The quantile, between 0 and 1; 0.5 predicts the median.

    Raises
    ------
    TypeError, ValueError
        q is no number between 0 and 1.
    """

    q: float = 0.5

    def __post_init__(self) -> None:
        checks.number("Quantile's q", self.q, above=0, below=1)


Loss: TypeAlias = str | BinaryCrossEntropy | CrossEntropy | Huber | Quantile | graph.Loss


def resolve(loss: Loss, output: str, n_outputs: int = 1) -> _core.Loss:
    """The core's loss for what the user gave, with an output activation and so many outputs.

    "auto" is the one that belongs to the output: binary_cross_entropy for sigmoid, cross_entropy for softmax,
    poisson for exp, squared_error for any other.

    Raises
    ------
    ValueError
        An unknown name, or a pair of output and loss that does not exist (the error lists those that do).
    """
    if isinstance(loss, graph.Loss):
        return loss.core(n_outputs)
    if callable(loss):
        raise TypeError(f"loss is {loss!r}: make it one with descend.graph.loss.")
    if loss == "auto":
        loss = _FOR_OUTPUT.get(output, "squared_error")
    elif loss == "huber":
        loss = Huber()
    elif loss == "quantile":
        loss = Quantile()
    if isinstance(loss, Huber):
        resolved = _core.Loss("huber", loss.delta)
    elif isinstance(loss, Quantile):
        resolved = _core.Loss("quantile", loss.q)
    elif isinstance(loss, BinaryCrossEntropy):
        resolved = _core.Loss("binary_cross_entropy", loss.label_smoothing)
    elif isinstance(loss, CrossEntropy):
        resolved = _core.Loss("cross_entropy", loss.label_smoothing)
    else:
        resolved = _core.Loss(checks.known_name("loss", loss, ("auto", *NAMES)))
    _core.check_pair(output if output in _core.ACTIVATIONS else "custom", resolved.name)
    return resolved
