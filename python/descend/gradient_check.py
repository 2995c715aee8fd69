"""Gradient checking: a derivative beside what the cost itself does when its parameter moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from descend import checks, losses, text
from descend.central_differences import Beside, Slopes, Vector
from descend.flat_vector import Part, parts
from descend.losses import Loss
from descend.network import Network


class ParameterCheck(NamedTuple):
    """One matrix of parameters.

    Attributes
    ----------
    l : int
        The layer, counted from 1.
    symbol : str
        W, b or, with batch normalisation, gamma or beta.
    difference : float
        norm(dW - approximation) / (norm(dW) + norm(approximation)).
    passed : bool
        Whether that is below the tolerance, or the two differ by no more than the cost's own rounding.
    worst : (int, int)
        The row and column where the two are farthest apart.
    gradient, approximation : float
        The two, there.
    checked, size : int
        How many parameters were moved, of how many.
    kinks : int
        How many of these lie at a kink, where there is no derivative: they are left out.
    """

    l: int
    symbol: str
    difference: float
    passed: bool
    worst: tuple[int, int]
    gradient: float
    approximation: float
    checked: int
    size: int
    kinks: int


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """What `check_gradient` found; true if every derivative is right.

    Attributes
    ----------
    difference : float
        The relative difference over all parameters that were moved.
    layers : dict of int to float
        That of each layer.
    parameters : list of ParameterCheck
        That of each W[l] and b[l], and where it is worst.
    tolerance : float
        What they were held against.
    """

    difference: float
    layers: dict[int, float]
    parameters: list[ParameterCheck]
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether every derivative is right."""
        return all(each.passed for each in self.parameters)

    def __bool__(self) -> bool:
        return self.passed

    def _verdict(self, each: ParameterCheck) -> str:
        if not each.passed:
            return "wrong"
        return "right" if each.difference <= self.tolerance else "within rounding"

    def __repr__(self) -> str:
        wrong = [f"{each.symbol}[{each.l}]" for each in self.parameters if not each.passed]
        verdict = f"wrong in {text.listed(wrong)}" if wrong else "right"
        return f"The gradient is {verdict}: relative difference {self.difference:.1e}"

    def __str__(self) -> str:
        header = [
            *("parameter", "relative difference", "worst at", "gradient", "approximation"),
            *("moved", "at kinks", ""),
        ]
        rows = [
            [
                f"{each.symbol}[{each.l}]",
                f"{each.difference:.1e}",
                str(list(each.worst)),
                f"{each.gradient:.9g}",
                f"{each.approximation:.9g}",
                f"{each.checked:,} of {each.size:,}",
                str(each.kinks),
                self._verdict(each),
            ]
            for each in self.parameters
        ]
        return f"{self!r}, held against {self.tolerance:g}.\n\n{text.table(header, rows)}"


def check_gradient(
    network: Network,
    X: object,
    y: object,
    loss: Loss = "auto",
    *,
    sample_weight: object = None,
    l1: float = 0.0,
    l2: float = 0.0,
    gradient: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    samples: int = 1000,
    tolerance: float = 1e-7,
) -> GradientCheck:
    """Hold a gradient against central differences of the cost, in float64.

    (J(theta + h) - J(theta - h)) / 2h, one parameter theta at a time

    Where the two disagree, the slopes on both sides of theta are looked at more closely, which tells a kink
    nearby, as relu has at 0, from a wrong derivative; parameters that lie at one are left out.

    Parameters
    ----------
    network : Network
        Left as it is: a float64 copy is moved.
    X, y, loss, sample_weight, l1, l2
        As for `Network.cost_and_gradient`; few examples are enough.
    gradient : array (P,), or mapping of str to array, optional
        What to check: your own gradient, laid out like `Network.parameters`, or by name, dW1, db1, dW2, ...;
        a single number stands for a whole matrix, as it does in b - alpha db. That of
        `Network.cost_and_gradient` if not given.
    samples : int
        How many parameters of each matrix are moved, drawn by lot where it has more.
    tolerance : float
        The largest relative difference of a right gradient. One that was computed in float32 is off by 1e-6
        or more.

    Returns
    -------
    GradientCheck
        True if the gradient is right; printing it tells where it is wrong.

    Raises
    ------
    TypeError, ValueError
        As `train` raises for the same arguments; a gradient that has not the parameters' shape.
    RuntimeError
        The network is being trained.

    References
    ----------
    The relative difference, norm(g - a) / (norm(g) + norm(a)), is the course's; it calls 1e-7 good.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network is {network!r}: give a Network, such as an estimator's network_.")
    samples = checks.integer("samples", samples, 1)
    tolerance = checks.number("tolerance", tolerance, above=0)
    l1, l2 = checks.number("l1", l1, at_least=0), checks.number("l2", l2, at_least=0)
    twin = network.astype("float64")
    core = twin.core
    resolved = losses.resolve(loss, core.activations[-1], network.n_outputs)
    rows, Y, weight = checks.examples(twin, X, y, sample_weight, resolved.name)
    features = checks.for_core(rows)

    def cost_and_gradient() -> tuple[float, Vector]:
        return cast(
            tuple[float, Vector], core.cost_and_gradient(features, Y, resolved, weight, l1, l2, n_threads=1)
        )

    def cost_alone() -> float:
        # The quick one knows no penalties, and normalises by running means.
        whole = l1 or l2 or twin.state.size
        return cost_and_gradient()[0] if whole else core.cost(features, Y, resolved, weight, n_threads=1)

    places = parts(twin)
    cost, own = cost_and_gradient()
    flat = own if gradient is None else _given(gradient, places, own.size)
    slopes = Slopes(cost_alone, cast(Vector, twin.parameters), cost, tolerance)
    lots = np.random.Generator(np.random.Philox(0))
    moved = [np.sort(lots.permutation(part.size)[:samples]) for part in places]
    beside = [
        slopes.beside(part.begin + of, flat[part.begin + of]) for part, of in zip(places, moved, strict=True)
    ]

    def relative(l: int | None) -> float:
        of_layer = [found for part, found in zip(places, beside, strict=True) if l in (None, part.l)]
        return _relative(*(np.concatenate([found[k][~found.at_kink] for found in of_layer]) for k in (0, 1)))

    return GradientCheck(
        relative(None),
        {l: relative(l) for l in range(1, core.n_layers + 1)},
        [_of_part(*each, tolerance) for each in zip(places, moved, beside, strict=True)],
        tolerance,
    )


def _given(gradient: npt.ArrayLike | Mapping[str, npt.ArrayLike], places: list[Part], size: int) -> Vector:
    """The user's gradient as a flat vector."""
    if not isinstance(gradient, Mapping):
        flat = np.empty(size)
        checks.assign(flat, gradient, "gradient")
        bad = ~np.isfinite(flat)
        if bad.any():
            i = int(bad.argmax())
            raise ValueError(f"gradient[{i}] is {flat[i]}: look for the step that it comes from.")
        return flat
    vectors = []
    for part in places:
        name = f"d{part.symbol}{part.l}"
        if name not in gradient:
            raise ValueError(f"gradient has no {name}: give a derivative for every parameter.")
        given = np.asarray(gradient[name])
        matrix = np.full(part.shape, given.item()) if given.size == 1 else given
        vectors.append(checks.matrix(matrix, part.shape, np.dtype(np.float64), name).ravel(order="F"))
    return np.concatenate(vectors)


def _of_part(part: Part, moved: npt.NDArray[np.intp], beside: Beside, tolerance: float) -> ParameterCheck:
    g, a, rounding = (np.where(beside.at_kink, 0.0, vector) for vector in beside[:3])
    worst = int(np.argmax(np.abs(g - a)))
    row, column = np.unravel_index(moved[worst], part.shape, order="F")
    difference = _relative(g, a)
    return ParameterCheck(
        part.l,
        part.symbol,
        difference,
        bool(difference <= tolerance or np.linalg.norm(g - a) <= np.linalg.norm(rounding)),
        (int(row), int(column)),
        float(g[worst]),
        float(a[worst]),
        len(moved),
        part.size,
        int(beside.at_kink.sum()),
    )


def _relative(g: Vector, a: Vector) -> float:
    """The course's relative difference."""
    lengths = float(np.linalg.norm(g) + np.linalg.norm(a))
    return float(np.linalg.norm(g - a)) / lengths if lengths else 0.0
