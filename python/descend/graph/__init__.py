"""The computation graph: matrices as nodes, their values forwards, derivatives of one number backwards.

>>> from descend import graph
>>> a, b, c = graph.variable(5.0, "a"), graph.variable(3.0, "b"), graph.variable(2.0, "c")
>>> J = 3 * (a + b * c)
>>> J.backward()
>>> J.value, a.gradient, b.gradient, c.gradient
(33.0, 3.0, 6.0, 9.0)

`print(J)` gives every intermediate as a table, a notebook draws J, and `J.svg()` and `J.dot()` are the
drawing as text. Operators take nodes, numbers and NumPy arrays on either side, and broadcast as NumPy does;
so do NumPy's own functions where there is one of the same name here. Comparisons, == among them, give 1 where
they hold and 0 elsewhere.

A loss or an activation of one's own is a function of nodes under a decorator, and trains a network at about
the speed of a built-in one; it is compiled once, and Python takes no part in the steps:

>>> @graph.activation
... def mish(z):
...     return z * graph.tanh(graph.log(1 + graph.exp(z)))
>>> @graph.loss
... def log_cosh(a, y):
...     return graph.mean(graph.log((graph.exp(a - y) + graph.exp(y - a)) / 2))
"""

from descend.graph.functions import Activation, Loss, activation, loss
from descend.graph.nodes import Node, constant, variable
from descend.graph.operations import (
    abs,
    exp,
    log,
    logsumexp,
    maximum,
    mean,
    relu,
    sigmoid,
    softmax,
    sqrt,
    sum,
    tanh,
    transpose,
    where,
)

__all__ = [
    "Activation",
    "Loss",
    "Node",
    "abs",
    "activation",
    "constant",
    "exp",
    "log",
    "logsumexp",
    "loss",
    "maximum",
    "mean",
    "relu",
    "sigmoid",
    "softmax",
    "sqrt",
    "sum",
    "tanh",
    "transpose",
    "variable",
    "where",
]
