"""Broadcasting, and arrays of rank 1: what NumPy repeats where shapes differ."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from descend import blocks, checks
from descend.checks import FloatArray
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

# The course's table: calories from carbohydrates, protein and fat (rows) in 100 g of four foods (columns).
FOODS = ("apples", "beef", "eggs", "potatoes")
NUTRIENTS = ("carbohydrates", "protein", "fat")
CALORIES = ((56.0, 0.0, 4.4, 68.0), (1.2, 104.0, 52.0, 8.0), (1.8, 135.0, 99.0, 0.9))


@dataclass(frozen=True, eq=False, repr=False)
class Broadcast(Result):
    """One operation on two matrices, of which a side of size 1 is repeated.

    Attributes
    ----------
    left, right : array
        The operands; (m, n), (1, n), (m, 1) or (1, 1).
    operation : str
        One of + - * /.
    result : array (m, n)
        Of the operation on both, repeated.
    """

    SIZE: ClassVar[tuple[float, float]] = (10, 2.5)

    left: FloatArray
    right: FloatArray
    operation: str
    result: FloatArray

    def __str__(self) -> str:
        shapes = f"{self.left.shape} {self.operation} {self.right.shape} gives {self.result.shape}"
        repeated = [
            f"the {side} one is repeated {' and '.join(ways)}"
            for side, operand in (("left", self.left), ("right", self.right))
            if (ways := self._ways(operand))
        ]
        return f"{shapes}: {', '.join(repeated) or 'nothing is repeated'}."

    def _ways(self, operand: FloatArray) -> list[str]:
        """How an operand is repeated."""
        sides = zip(operand.shape, self.result.shape, ("down", "across"), strict=True)
        return [f"{needed} times {way}" for given, needed, way in sides if given < needed]

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw both operands and the result; what is repeated is pale."""
        panels = figure.subplots(1, 3)
        rows, columns = self.result.shape
        for axes, matrix, sign in zip(
            panels, (self.left, self.right, self.result), ("", self.operation, "="), strict=True
        ):
            _draw_matrix(axes, np.broadcast_to(matrix, (rows, columns)), matrix.shape)
            axes.set_title(f"{sign}  {matrix.shape}" if sign else str(matrix.shape))


@dataclass(frozen=True, eq=False, repr=False)
class Broadcasting(Result):
    """Sums along axes, and what meets a matrix (m, n): a row (1, n), a column (m, 1).

    Attributes
    ----------
    A : array (3, 4)
        The course's calories, a nutrient a row, a food a column.
    of_foods : array (1, 4)
        Sums down the columns, axis 0.
    of_nutrients : array (3, 1)
        Sums along the rows, axis 1.
    percentage : array (3, 4)
        100 A / of_foods.
    steps : tuple of Broadcast
        (3, 4) with (1, 4), with (3, 1), with one number, and (1, 4) with (3, 1).
    """

    SIZE: ClassVar[tuple[float, float]] = (10, 10)

    A: FloatArray
    of_foods: FloatArray
    of_nutrients: FloatArray
    percentage: FloatArray
    steps: tuple[Broadcast, ...]

    def __str__(self) -> str:
        foods = ", ".join(f"{food} {sum_:g}" for food, sum_ in zip(FOODS, self.of_foods[0], strict=True))
        nutrients = ", ".join(
            f"{name} {sum_:g}" for name, sum_ in zip(NUTRIENTS, self.of_nutrients[:, 0], strict=True)
        )
        shares = [f"  {name:14}" + "".join(f"{share:6.1f}" for share in row)
                  for name, row in zip(NUTRIENTS, self.percentage, strict=True)]  # fmt: skip
        return "\n".join(
            [
                f"A {self.A.shape}, calories in 100 g.",
                f"A.sum(axis=0, keepdims=True), {self.of_foods.shape}, down the columns: {foods}.",
                f"A.sum(axis=1, keepdims=True), {self.of_nutrients.shape}, along the rows: {nutrients}.",
                "100 * A / A.sum(axis=0, keepdims=True), in per cent:",
                *shares,
                *map(str, self.steps),
            ]
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the steps below each other."""
        parts: Any = figure.subfigures(len(self.steps))
        for part, step in zip(parts, self.steps, strict=True):
            step.draw(part)


@dataclass(frozen=True, eq=False, repr=False)
class RankOne(Result):
    """An array of rank 1 beside a column, and what descend says where a matrix is meant.

    Attributes
    ----------
    a : array (n,)
        Neither a row nor a column: a.T is a.
    column : array (n, 1)
        The same numbers.
    inner : float
        a a^T, one number, and not the (n, n) products that column column^T is.
    outer : array (n, n)
        column column^T.
    slip : array (n, n)
        column - a: b (n, 1) less a db of shape (n,) is no column any more, and NumPy says nothing.
    errors : dict of str to str
        What descend says, by what was tried.
    """

    a: FloatArray
    column: FloatArray
    inner: float
    outer: FloatArray
    slip: FloatArray
    errors: dict[str, str]

    def __str__(self) -> str:
        rank_1 = (
            f"a has shape {self.a.shape}, a.T {self.a.T.shape}, and a @ a.T is one number, {self.inner:g}."
        )
        column = f"a.reshape(-1, 1) has shape {self.column.shape}, its transpose {self.column.T.shape},"
        slip = f"A column {self.column.shape} less a gives {self.slip.shape}, without a word."
        errors = [f"{tried}:\n  {error}" for tried, error in self.errors.items()]
        return "\n".join([rank_1, column, f"and their product {self.outer.shape}.", slip, *errors])

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the column, its product with its transpose, and the column less a."""
        panels = figure.subplots(1, 3)
        titles = ("a.reshape(-1, 1)", "column @ column.T", "column - a")
        for axes, matrix, title in zip(panels, (self.column, self.outer, self.slip), titles, strict=True):
            _draw_matrix(axes, matrix, matrix.shape)
            axes.set_title(f"{title}  {matrix.shape}")


def broadcast(left: npt.ArrayLike, right: npt.ArrayLike, operation: str = "+") -> Broadcast:
    """Carry out one operation on two matrices as NumPy does.

    result[i, j] = left[i or 0, j or 0] operation right[i or 0, j or 0]

    Parameters
    ----------
    left, right : array (m, n), (1, n), (m, 1) or (1, 1)
        A side of size 1 is repeated to meet the other's.
    operation : str
        One of + - * /.

    Raises
    ------
    ValueError
        An array of rank 1, or sizes that differ and are not 1.
    """
    checks.known_name("operation", operation, _OPERATIONS)
    float64 = np.dtype(np.float64)
    a, b = (
        checks.matrix(given, ("m", "n"), float64, name) for given, name in ((left, "left"), (right, "right"))
    )
    for axis, what in enumerate(("rows", "columns")):
        sizes = a.shape[axis], b.shape[axis]
        if sizes[0] != sizes[1] and 1 not in sizes:
            raise ValueError(
                f"left has {sizes[0]} {what} and right has {sizes[1]}: give as many to both, or 1 to one."
            )
    return Broadcast(a, b, operation, _OPERATIONS[operation](a, b))


def broadcasting() -> Broadcasting:
    """Sum along axes, and let rows, columns and numbers meet a matrix."""
    A = np.array(CALORIES)
    of_foods, of_nutrients = A.sum(axis=0, keepdims=True), A.sum(axis=1, keepdims=True)
    steps = (
        broadcast(A, of_foods, "/"),
        broadcast(A, of_nutrients, "/"),
        broadcast(A, [[100.0]], "*"),
        broadcast(of_foods, of_nutrients, "+"),
    )
    return Broadcasting(A, of_foods, of_nutrients, 100 * A / of_foods, steps)


def rank_1(n: int = 5, seed: int = 0) -> RankOne:
    """Show what an array of rank 1 is taken for, and where it is refused.

    Raises
    ------
    TypeError, ValueError
        n is no whole number of at least 2, or seed no seed.
    """
    a = np.random.default_rng(checks.seed(seed)).normal(size=checks.integer("n", n, 2)).round(2)
    column = a.reshape(-1, 1)
    network = Network(n, [Dense(1, "sigmoid")], seed=seed)
    W, b = np.ones((n, n)), column
    errors = {
        "network.predict(a)": _error_of(lambda: network.predict(a)),
        "blocks.linear_forward(a, W, b)": _error_of(lambda: blocks.linear_forward(a, W, b)),
        "blocks.linear_forward(A_prev, W, a)": _error_of(lambda: blocks.linear_forward(column, W, a)),
        "blocks.update_parameters({'b1': b}, {'db1': a}, 0.1)": _error_of(
            lambda: blocks.update_parameters({"b1": b}, {"db1": a}, 0.1)
        ),
    }
    return RankOne(a, column, float(a @ a.T), column @ column.T, column - a, errors)


def _error_of(attempt: Callable[[], object]) -> str:
    """The sentence with which this is refused."""
    try:
        attempt()
    except ValueError as error:
        return str(error)
    raise AssertionError("an array of rank 1 was taken for a matrix")


def _draw_matrix(axes: Axes, matrix: FloatArray, given: tuple[int, ...]) -> None:
    """The numbers in their cells; what lies outside the `given` shape is a repetition, and pale."""
    rows, columns = matrix.shape
    for i, j in np.ndindex(rows, columns):
        repeated = i >= given[0] or j >= given[1]
        face, ink = ("#f2f2f2", "#a0a0a0") if repeated else ("#c6dbef", "black")
        axes.add_patch(_cell(j, i, face))
        number = np.format_float_positional(float(matrix[i, j]), precision=3, fractional=False, trim="-")
        axes.text(j + 0.5, i + 0.5, number, ha="center", va="center", color=ink)
    axes.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal")
    axes.set_axis_off()


def _cell(x: int, y: int, face: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), 1, 1, facecolor=face, edgecolor="white")
