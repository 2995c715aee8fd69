"""Nodes of a computation graph: numbers and matrices, variable, constant or computed from other nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from descend import _core
from descend.graph import picture
from descend.graph.formula import formula

Array: TypeAlias = npt.NDArray[np.float64]
Operand: TypeAlias = "Node | npt.ArrayLike"
Rows: TypeAlias = int | np.integer | slice | Sequence[int] | npt.NDArray[np.integer | np.bool]

# NumPy's functions that may be called with nodes, and the operations that they then are.
_UFUNCS = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.divide: "divide",
    np.power: "power",
    np.matmul: "matmul",
    np.negative: "negative",
    np.maximum: "maximum",
    np.greater: "greater",
    np.greater_equal: "greater_equal",
    np.equal: "equal",
    np.not_equal: "not_equal",
    np.absolute: "abs",
    np.exp: "exp",
    np.log: "log",
    np.sqrt: "sqrt",
    np.tanh: "tanh",
}
_SWAPPED_UFUNCS = {np.less: "greater", np.less_equal: "greater_equal"}
_FUNCTIONS = {np.dot: "matmul", np.transpose: "transpose", np.where: "where"}
_REDUCTIONS = {np.sum: "sum", np.mean: "mean"}


class Computed(NamedTuple):
    """A node with its value and the derivative of the root by it, if it has one."""

    node: Node
    value: float | Array
    gradient: float | Array | None


class Node:
    """A number or a matrix in a graph.

    Attributes
    ----------
    name : str or None
        What it is called in tables and drawings; may be set at any time.
    op : str
        "variable", "constant", or the operation that it is the result of.
    inputs : tuple of Node
        What it is computed from.
    core : GraphNode
        The node in C++.
    shape : tuple of int
        () or (rows, columns).
    """

    __slots__ = ("_gradient", "_program", "_value", "core", "inputs", "name")

    def __init__(
        self,
        core: _core.GraphNode,
        inputs: tuple[Node, ...] = (),
        name: str | None = None,
        value: Array | None = None,
    ) -> None:
        self.core = core
        self._value = value
        self._gradient: float | Array | None = None
        self._program: _core.GraphProgram | None = None
        self.inputs = inputs
        self.name = name

    @property
    def op(self) -> str:
        """The operation."""
        return self.core.op

    @property
    def shape(self) -> tuple[int, ...]:
        """() for a number, else (rows, columns)."""
        return tuple(self.core.shape)

    @property
    def value(self) -> float | Array:
        """What the node is worth for the present values of the variables: a float, or an array.

        A variable's may be set, to a value of the same shape, and its array written to.

        Raises
        ------
        AttributeError
            Setting that of a node that is no variable.
        ValueError
            Setting one of another shape.
        """
        if self._value is not None:
            return _plain(self._value)
        return _plain(self._run().value(self.core))

    @value.setter
    def value(self, value: npt.ArrayLike) -> None:
        if self.op != "variable":
            raise AttributeError(f"{self!r} is no variable, and only a variable's value can be set.")
        array = number_or_matrix(value)
        if array.shape != self.shape:
            raise ValueError(
                f"the value of {self.name or 'a variable'} has shape {array.shape}: give shape {self.shape}."
            )
        self._value = array

    @property
    def gradient(self) -> float | Array:
        """The derivative by this node of the root whose `backward` was called last.

        Raises
        ------
        RuntimeError
            None was called, or that root does not depend on this node.
        """
        if self._gradient is None:
            raise RuntimeError(f"{self!r} has no gradient: call backward() of a node that depends on it.")
        return self._gradient

    def backward(self, order: int = 1) -> None:
        """Compute this number's derivatives by all nodes that it depends on: their `gradient`.

        dx = sum over the operations y that x goes into of dy * (derivative of y by x)

        The derivatives of an earlier call are replaced, not added to.

        Parameters
        ----------
        order : int
            1: derivatives are numbers here and no nodes, so there are no derivatives of them.

        Raises
        ------
        ValueError
            The node is no single number, or depends on no variable.
        NotImplementedError
            An order above 1.
        """
        if order != 1:
            raise NotImplementedError(
                f"order is {order}, and a graph gives first derivatives only: "
                "for a second one write the first as a graph, and call its backward()."
            )
        if math.prod(self.shape) != 1:
            raise ValueError(
                f"{self!r} has shape {self.shape}, and derivatives are those of one number: "
                "take its sum or mean first."
            )
        computed = self.computed()
        if computed[-1].gradient is None:
            raise ValueError(f"{self!r} depends on no variable: there is nothing to differentiate by.")
        for node, _, gradient in computed:
            node._gradient = gradient

    def computed(self) -> list[Computed]:
        """Every node that this one needs, each after its inputs, this one last."""
        program = self._run()
        one_number = math.prod(self.shape) == 1
        if one_number:
            program.backward()
        return [
            Computed(
                node,
                _plain(program.value(node.core)),
                _optional(program.gradient(node.core)) if one_number else None,
            )
            for node in in_order(self)
        ]

    def _run(self) -> _core.GraphProgram:
        """The node's program, after its forward pass."""
        if self._program is None:
            self._program = _core.GraphProgram(self.core)
        for node in in_order(self):
            if node.op == "variable":
                assert node._value is not None
                self._program.set(node.core, node._value)
        self._program.forward()
        return self._program

    def named(self, name: str) -> Node:
        """The node itself, after giving it a name."""
        self.name = name
        return self

    # What Python's operators mean

    def __add__(self, other: Operand) -> Node:
        return apply("add", self, other)

    def __radd__(self, other: Operand) -> Node:
        return apply("add", other, self)

    def __sub__(self, other: Operand) -> Node:
        return apply("subtract", self, other)

    def __rsub__(self, other: Operand) -> Node:
        return apply("subtract", other, self)

    def __mul__(self, other: Operand) -> Node:
        return apply("multiply", self, other)

    def __rmul__(self, other: Operand) -> Node:
        return apply("multiply", other, self)

    def __truediv__(self, other: Operand) -> Node:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Node:
        return apply("divide", other, self)

    def __pow__(self, other: Operand) -> Node:
        return apply("power", self, other)

    def __rpow__(self, other: Operand) -> Node:
        return apply("power", other, self)

    def __matmul__(self, other: Operand) -> Node:
        return apply("matmul", self, other)

    def __rmatmul__(self, other: Operand) -> Node:
        return apply("matmul", other, self)

    def __gt__(self, other: Operand) -> Node:
        return apply("greater", self, other)

    def __ge__(self, other: Operand) -> Node:
        return apply("greater_equal", self, other)

    def __lt__(self, other: Operand) -> Node:
        return apply("greater", other, self)

    def __le__(self, other: Operand) -> Node:
        return apply("greater_equal", other, self)

    def __eq__(self, other: Operand) -> Node:  # type: ignore[override]
        return apply("equal", self, other)

    def __ne__(self, other: Operand) -> Node:  # type: ignore[override]
        return apply("not_equal", self, other)

    __hash__ = object.__hash__

    def __neg__(self) -> Node:
        return apply("negative", self)

    def __abs__(self) -> Node:
        return apply("abs", self)

    @property
    def T(self) -> Node:
        """The transpose."""
        return apply("transpose", self)

    def __getitem__(self, rows: Rows) -> Node:
        """Some of the rows: of one, a matrix (1, columns).

        Raises
        ------
        IndexError
            A row that is not there, or truths that are not one for each row.
        TypeError
            No row numbers.
        ValueError
            No rows are left, or the node is a number.
        """
        n = self.shape[0] if self.shape else 0
        numbers = [row + n if row < 0 else row for row in _row_numbers(rows, n)]
        return Node(_core.GraphNode.take_rows(self.core, numbers), (self,))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Operand, **options: object) -> Node:
        if method == "__call__" and not options:
            if ufunc in _UFUNCS:
                return apply(_UFUNCS[ufunc], *inputs)
            if ufunc in _SWAPPED_UFUNCS:
                return apply(_SWAPPED_UFUNCS[ufunc], *reversed(inputs))
        call = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise _unknown_to_graphs(call)

    def __array_function__(
        self,
        function: Callable[..., object],
        types: object,
        operands: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Node:
        if function in _FUNCTIONS and not options:
            return apply(_FUNCTIONS[function], *operands)
        if function in _REDUCTIONS and options.keys() <= {"axis", "keepdims"}:
            return _numpy_reduction(_REDUCTIONS[function], *operands, **options)
        raise _unknown_to_graphs(function.__name__)

    def __bool__(self) -> bool:
        raise TypeError("a graph's node is neither true nor false: choose with graph.where(condition, a, b).")

    # How it looks

    def __repr__(self) -> str:
        return f"<graph {formula(self)}>"

    def __str__(self) -> str:
        return picture.table(self)

    def dot(self) -> str:
        """The graph in Graphviz's language, from left to right."""
        return picture.dot(self)

    def svg(self) -> str:
        """The graph as an SVG drawing, from left to right: values above the edges, derivatives below."""
        return picture.svg(self)

    def _repr_svg_(self) -> str:
        return self.svg()


def variable(value: npt.ArrayLike, name: str | None = None) -> Node:
    """A node to differentiate by, and whose value can be set.

    Parameters
    ----------
    value : number or array (rows, columns)
        What it is worth at first, kept as float64.
    name : str, optional
        What it is called in tables and drawings.

    Raises
    ------
    TypeError, ValueError
        The value is neither a number nor a matrix.
    """
    array = number_or_matrix(value)
    return Node(_core.GraphNode.variable(list(array.shape)), name=name, value=array)


def constant(value: npt.ArrayLike, name: str | None = None) -> Node:
    """A node that stays as it is: what a number or an array in an expression becomes.

    Parameters
    ----------
    value : number or array (rows, columns)
        What it is worth, kept as float64.
    name : str, optional
        What it is called in tables and drawings.

    Raises
    ------
    TypeError, ValueError
        The value is neither a number nor a matrix.
    """
    array = number_or_matrix(value)
    array.flags.writeable = False
    return Node(_core.GraphNode.constant(array), name=name, value=array)


def apply(op: str, *operands: Operand) -> Node:
    """The node of an element-wise operation, matmul or transpose.

    Raises
    ------
    ValueError
        Shapes that do not go together; the error names them and the operation.
    """
    inputs = tuple(map(as_node, operands))
    return Node(_core.GraphNode.apply(op, [node.core for node in inputs]), inputs)


def reduce(op: str, x: Operand, axis: int | None) -> Node:
    """The node of a sum, mean, logsumexp or softmax."""
    node = as_node(x)
    return Node(_core.GraphNode.reduce(op, node.core, axis), (node,))


def _row_numbers(rows: Rows, n: int) -> list[int]:
    """Of n rows, the numbers of those that an index means, as NumPy reads it."""
    if isinstance(rows, slice):
        return list(range(*rows.indices(n)))
    given = np.asarray(rows)
    truths = given.ndim == 1 and given.dtype == bool
    numbers = truths or given.size == 0 or given.dtype.kind in "iu"
    if isinstance(rows, tuple) or given.ndim > 1 or not numbers:
        raise TypeError("a graph takes rows, node[i], node[i:j] or node[[i, j]]: transpose for columns.")
    if truths:
        if len(given) != n:
            raise IndexError(f"{len(given)} truths choose among {n} rows: give one for each.")
        given = np.flatnonzero(given)
    return [int(row) for row in np.atleast_1d(given)]


def _numpy_reduction(op: str, x: Operand, axis: int | None = None, *, keepdims: bool = False) -> Node:
    if axis is not None and not keepdims:
        raise ValueError(f"numpy.{op} over an axis leaves an array of rank 1: add keepdims=True.")
    if axis is None and keepdims:
        raise ValueError(f"the {op} of all is a number in a graph: leave out keepdims.")
    return reduce(op, x, axis)


def _unknown_to_graphs(call: str) -> TypeError:
    return TypeError(f"numpy.{call} takes no nodes of a graph: use Python's operators and descend.graph.")


def as_node(operand: Operand) -> Node:
    """A node as it is; anything else as a constant."""
    return operand if isinstance(operand, Node) else constant(operand)


def in_order(root: Node) -> list[Node]:
    """Every node that the root needs, each after its inputs."""
    order: list[Node] = []
    met = {id(root)}
    path: list[tuple[Node, Iterator[Node]]] = [(root, iter(root.inputs))]
    while path:
        node, inputs = path[-1]
        for each in inputs:
            if id(each) not in met:
                met.add(id(each))
                path.append((each, iter(each.inputs)))
                break
        else:
            order.append(node)
            path.pop()
    return order


def number_or_matrix(value: npt.ArrayLike) -> Array:
    """The value as float64, a copy, if it has rank 0 or 2.

    Raises
    ------
    TypeError
        It is not made of real numbers.
    ValueError
        It has another rank.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{value!r} is no number and no matrix of real numbers: a graph is made of these.")
    if array.ndim == 1:
        n = len(array)
        raise ValueError(
            f"an array has the shape ({n},), and a graph's nodes are numbers and matrices: "
            f"reshape it to a column, ({n}, 1), or to a row, (1, {n})."
        )
    if array.ndim > 2:
        raise ValueError(
            f"an array has the shape {array.shape}, and a graph's nodes are numbers and matrices: "
            "reshape it to two dimensions."
        )
    return np.array(array, np.float64, order="C")


def _plain(value: Array) -> float | Array:
    return value if value.ndim else float(value)


def _optional(value: Array | None) -> float | Array | None:
    return None if value is None else _plain(value)
