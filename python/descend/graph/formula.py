"""A node in a line, as its formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from descend.graph.nodes import Array, Node

SYMBOLS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "power": "**",
    "matmul": "@",
    "negative": "-",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
# How closely the infix operators bind, as in Python.
_BINDING = {
    "greater": 1,
    "greater_equal": 1,
    "equal": 1,
    "not_equal": 1,
    "add": 2,
    "subtract": 2,
    "multiply": 3,
    "divide": 3,
    "matmul": 3,
}
_POWER, _ATOM = 5, 6
_DEEPEST, _LONGEST = 5, 80


def number(value: float) -> str:
    """A number in up to five digits; 0 without a sign."""
    return f"{value + 0.0:.5g}"


def brief(value: float | Array) -> str:
    """A number or a small matrix; of a larger one the shape."""
    if isinstance(value, float):
        return number(value)
    if value.size > 4:
        return f"{value.shape}"
    return "[" + ", ".join("[" + ", ".join(map(number, row)) + "]" for row in value) + "]"


def formula(node: Node) -> str:
    """What the node is computed from, in terms of the named nodes nearest to it: ``3 * (a + u)``."""
    for deepest in range(_DEEPEST, 0, -1):
        text, _ = _formula(node, deepest)
        if len(text) <= _LONGEST:
            break
    return text


def _formula(node: Node, depth: int) -> tuple[str, int]:
    """The text, down to this depth, and how closely its outermost operator binds."""
    if node.op == "constant":
        return brief(node.value), _ATOM if np.all(np.asarray(node.value) >= 0) else _POWER - 1
    if not node.inputs:
        return node.name or "variable", _ATOM
    if depth == 0:
        return "...", _ATOM

    def operand(which: int, binding: int) -> str:
        of = node.inputs[which]
        text, own = (of.name, _ATOM) if of.name else _formula(of, depth - 1)
        return f"({text})" if own < binding else text

    if node.op in _BINDING:
        binding = _BINDING[node.op]
        return f"{operand(0, binding)} {SYMBOLS[node.op]} {operand(1, binding + 1)}", binding
    match node.op:
        case "power":
            return f"{operand(0, _POWER + 1)} ** {operand(1, _POWER)}", _POWER
        case "negative":
            return f"-{operand(0, _POWER - 1)}", _POWER - 1
        case "transpose":
            return f"{operand(0, _ATOM)}.T", _ATOM
        case "rows":
            return f"{operand(0, _ATOM)}[{_rows(node.core.rows)}]", _ATOM
    axis = f", axis={node.core.axis}" if node.core.axis is not None else ""
    return f"{node.op}({', '.join(operand(i, 0) for i in range(len(node.inputs)))}{axis})", _ATOM


def _rows(rows: list[int]) -> str:
    """As an index: 2, 1:4 or [0, 2]."""
    if len(rows) == 1:
        return str(rows[0])
    if rows and rows == list(range(rows[0], rows[0] + len(rows))):
        return f"{rows[0]}:{rows[-1] + 1}"
    return str(rows)
