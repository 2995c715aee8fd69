"""Losses and activations of one's own, written as graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from descend import _core
from descend.graph.nodes import Node, Operand, apply, as_node, constant, in_order, reduce, variable


@dataclass(frozen=True)
class Activation:
    """g of a layer, written as a graph: what `activation` makes of a function.

    Parameters
    ----------
    function : callable
        Takes z (n, 1), the layer's inputs of one example, and returns a = g(z) (n, 1), nodes both. An
        operation on each number alone is the usual; one across units, such as softmax, works too.
    name : str
        What the layer's activation is called.

    Raises
    ------
    ValueError
        The name is a built-in activation's.
    """

    function: Callable[[Node], Operand]
    name: str

    def __post_init__(self) -> None:
        if self.name in _core.ACTIVATIONS:
            raise ValueError(f"{self.name!r} is a built-in activation: give yours another name.")

    def __str__(self) -> str:
        return self.name

    def __call__(self, z: Operand) -> Node:
        """The node g(z), for a graph."""
        return as_node(self.function(as_node(z)))

    def core(self, units: int) -> _core.GraphActivation:
        """The function in C++, for a layer of so many units.

        Raises
        ------
        TypeError, ValueError
            The function cannot take a column of so many numbers, or does not return one.
        """
        z, a = self._trace(units)
        return _core.GraphActivation(self.name, z.core, a.core)

    def _trace(self, units: int) -> tuple[Node, Node]:
        z = variable(np.zeros((units, 1)), "z")
        return z, self(z)

    def operations(self, units: int) -> list[dict[str, Any]]:
        """The graph as plain data, in order; an operation's inputs are places in this list.

        The first is z, and the last that is no variable or constant, a.
        """
        z, a = self._trace(units)
        order = [z, *(node for node in in_order(a) if node is not z)]
        place = {id(node): i for i, node in enumerate(order)}
        return [_plain(node, [place[id(each)] for each in node.inputs]) for node in order]

    @classmethod
    def from_operations(cls, name: str, operations: Sequence[Mapping[str, Any]]) -> Activation:
        """The activation whose `operations` these are."""
        return cls(_Replay(tuple(operations)), name)


@dataclass(frozen=True)
class Loss:
    """L of one example, written as a graph: what `loss` makes of a function.

    The cost of a batch is J = sum_i w_i L(a_i, y_i) / sum_i w_i, as of any other loss.

    Parameters
    ----------
    function : callable
        Takes a (n, 1), the network's outputs for one example, after the output layer's activation, and y
        (n, 1), its targets; returns L, one number. Class numbers y come as columns with a 1 in their place.
    name : str
        What it is called.

    Raises
    ------
    ValueError
        The name is a built-in loss's.
    """

    function: Callable[[Node, Node], Operand]
    name: str

    def __post_init__(self) -> None:
        if self.name in _core.LOSSES:
            raise ValueError(f"{self.name!r} is a built-in loss: give yours another name.")

    def __str__(self) -> str:
        return self.name

    def __call__(self, a: Operand, y: Operand) -> Node:
        """The node L(a, y), for a graph."""
        return as_node(self.function(as_node(a), as_node(y)))

    def core(self, n_outputs: int) -> _core.Loss:
        """The loss in C++, for a network of so many outputs.

        Raises
        ------
        TypeError, ValueError
            The function cannot take columns of so many numbers, or does not return one number.
        """
        a, y = variable(np.zeros((n_outputs, 1)), "a"), variable(np.zeros((n_outputs, 1)), "y")
        return _core.Loss(_core.GraphLoss(self.name, a.core, y.core, self(a, y).core))


def activation(function: Callable[[Node], Operand]) -> Activation:
    """Make a function of nodes an activation, which `Dense` takes in place of a name.

    Parameters
    ----------
    function : callable
        a = function(z), of columns (n, 1).

    Returns
    -------
    Activation
        Named as the function.
    """
    return Activation(function, _name(function))


def loss(function: Callable[[Node, Node], Operand]) -> Loss:
    """Make a function of nodes a loss, which `train` takes in place of a name.

    Parameters
    ----------
    function : callable
        L = function(a, y), one number, of columns (n, 1).

    Returns
    -------
    Loss
        Named as the function.
    """
    return Loss(function, _name(function))


def _name(function: object) -> str:
    if not callable(function):
        raise TypeError(f"{function!r} is no function: give one that takes nodes and returns a node.")
    return str(getattr(function, "__name__", type(function).__name__))


@dataclass(frozen=True)
class _Replay:
    """The function that `Activation.operations` describes."""

    operations: tuple[Mapping[str, Any], ...]

    def __call__(self, z: Node) -> Node:
        nodes = [z]
        for each in self.operations[1:]:
            inputs = [nodes[i] for i in each["inputs"]]
            match each["op"]:
                case "constant":
                    nodes.append(constant(each["value"]))
                case "rows":
                    nodes.append(inputs[0][each["rows"]])
                case "sum" | "mean" | "logsumexp" | "softmax" as op:
                    nodes.append(reduce(op, inputs[0], each["axis"]))
                case op:
                    nodes.append(apply(op, *inputs))
        return nodes[-1]


def _plain(node: Node, inputs: list[int]) -> dict[str, Any]:
    """One operation as plain data."""
    plain: dict[str, Any] = {"op": node.op, "inputs": inputs}
    match node.op:
        case "constant":
            plain["value"] = np.asarray(node.value).tolist()
        case "rows":
            plain["rows"] = node.core.rows
        case "sum" | "mean" | "logsumexp" | "softmax":
            plain["axis"] = node.core.axis
    return plain
