"""What a graph can compute, beside Python's operators: functions of nodes, numbers and arrays."""

from __future__ import annotations

from descend.graph.nodes import Node, Operand, apply, reduce


def exp(x: Operand) -> Node:
    """e^x, whose derivative is e^x."""
    return apply("exp", x)


def log(x: Operand) -> Node:
    """The natural logarithm, whose derivative is 1 / x."""
    return apply("log", x)


def sqrt(x: Operand) -> Node:
    """The square root, whose derivative is 1 / (2 sqrt(x)): infinite at 0."""
    return apply("sqrt", x)


def abs(x: Operand) -> Node:
    """The magnitude, whose derivative is the sign of x: 0 at 0."""
    return apply("abs", x)


def sigmoid(x: Operand) -> Node:
    """A = 1 / (1 + e^-x), whose derivative is a (1 - a)."""
    return apply("sigmoid", x)


def tanh(x: Operand) -> Node:
    """A = tanh(x), whose derivative is 1 - a^2."""
    return apply("tanh", x)


def relu(x: Operand) -> Node:
    """max(0, x), whose derivative is 1 where x > 0, else 0."""
    return apply("relu", x)


def maximum(a: Operand, b: Operand) -> Node:
    """The larger of a and b, which has the derivative 1, the other 0; where they are equal, 1/2 each."""
    return apply("maximum", a, b)


def where(condition: Operand, a: Operand, b: Operand) -> Node:
    """A where the condition is not 0, else b; there is no derivative by the condition."""
    return apply("where", condition, a, b)


def transpose(x: Operand) -> Node:
    """The transpose, as `x.T`."""
    return apply("transpose", x)


def sum(x: Operand, axis: int | None = None) -> Node:
    """The sum over the rows (axis 0), which leaves a row; over the columns (1), a column; of all, a number.

    Unlike NumPy's, a matrix stays one, as with keepdims=True.
    """
    return reduce("sum", x, axis)


def mean(x: Operand, axis: int | None = None) -> Node:
    """The mean over an axis as `sum` has it."""
    return reduce("mean", x, axis)


def logsumexp(x: Operand, axis: int | None = None) -> Node:
    """log(sum(e^x)) over an axis as `sum` has it, without overflow; its derivative is softmax."""
    return reduce("logsumexp", x, axis)


def softmax(x: Operand, axis: int | None = 0) -> Node:
    """e^x / sum(e^x), without overflow: over each column (axis 0), each row (1) or all (None).

    The derivative of y = softmax(x) takes dy to dx = y * (dy - sum(y * dy)).
    """
    return reduce("softmax", x, axis)
