"""The steps of one layer by themselves, as the course writes them: arrays in, arrays and a cache out.

Every matrix has a column per example: A[l], Z[l], dA[l] and dZ[l] are (n[l], m), W[l] and dW[l] are
(n[l], n[l-1]), b[l] and db[l] are (n[l], 1). As in the course, a column of dA or dZ is the derivative of that
example's own loss L_i, and the mean over the m examples, 1/m, is taken in dW and db. An L-layer network's
step is, with the layers' activations g[1] .. g[L]::

    A, caches = X, []
    for l in range(1, L):
        A, cache = linear_activation_forward(A, W[l], b[l], g[l])
        caches.append(cache)
    Z, cache = linear_forward(A, W[L], b[L])
    cost, dZ = compute_cost(Z, Y, g[L])
    dA, dW[L], db[L] = linear_backward(dZ, cache)
    for l in reversed(range(1, L)):
        dA, dW[l], db[l] = linear_activation_backward(dA, caches[l - 1], g[l])

Each step is the function in C++ that a `Network` is trained with, so that the numbers are the network's own.
Arrays of float32 give float32, all others float64. None is copied that is in Fortran order already, as all
that these functions return are, and as X.T is for rows X.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

from descend import _core, checks, losses
from descend.checks import FloatArray
from descend.graph.functions import Activation
from descend.losses import Loss


class LinearCache(NamedTuple):
    """What `linear_backward` needs of a forward step."""

    A_prev: FloatArray
    W: FloatArray
    b: FloatArray


class LayerCache(NamedTuple):
    """What `linear_activation_backward` needs of a forward step: the linear part's cache, and Z."""

    linear: LinearCache
    Z: FloatArray


def linear_forward(A_prev: object, W: object, b: object) -> tuple[FloatArray, LinearCache]:
    """The linear part of a layer.

    Z = W A_prev + b, where b is added to every column

    Parameters
    ----------
    A_prev : array (n_prev, m)
        The activations of the layer before, or X.T.
    W : array (n, n_prev)
        The weights.
    b : array (n, 1)
        The biases.

    Returns
    -------
    Z : array (n, m)
        What the activation is applied to.
    cache : (A_prev, W, b)
        For `linear_backward`.

    Raises
    ------
    TypeError, ValueError
        An array of rank 1 or of a shape that does not fit, text, NaN or infinity.
    """
    dtype = checks.float_dtype_of(A_prev, W, b)
    A_prev = checks.columns(A_prev, ("n_prev", "m"), dtype, "A_prev")
    W = checks.columns(W, ("n", len(A_prev)), dtype, "W")
    b = checks.columns(b, (len(W), 1), dtype, "b")
    return _core.linear_forward(A_prev, W, b), LinearCache(A_prev, W, b)


def activation_forward(Z: object, activation: str | Activation) -> tuple[FloatArray, FloatArray]:
    """The activation of a layer.

    A = g(Z); for softmax, A = e^Z / sum of e^Z over each column

    Parameters
    ----------
    Z : array (n, m)
        What `linear_forward` gives.
    activation : str or Activation
        g, see `Dense`.

    Returns
    -------
    A : array (n, m)
        The activations.
    cache : array (n, m)
        Z, for `activation_backward`.

    Raises
    ------
    TypeError, ValueError
        As `linear_forward` raises; an unknown name.
    """
    Z = checks.columns(Z, ("n", "m"), checks.float_dtype_of(Z), "Z")
    return _core.layer_forward(_layer(activation, Z), 1, Z), Z


def linear_activation_forward(
    A_prev: object, W: object, b: object, activation: str | Activation
) -> tuple[FloatArray, LayerCache]:
    """A whole layer.

    Z = W A_prev + b, A = g(Z)

    Parameters
    ----------
    A_prev, W, b : array
        As for `linear_forward`.
    activation : str or Activation
        g, see `Dense`.

    Returns
    -------
    A : array (n, m)
        The activations.
    cache : (linear_cache, Z)
        For `linear_activation_backward`.

    Raises
    ------
    TypeError, ValueError
        As `linear_forward` and `activation_forward` raise.
    """
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, Z = activation_forward(Z, activation)
    return A, LayerCache(linear_cache, Z)


def compute_cost(
    Z: object, Y: object, activation: str | Activation, loss: Loss = "auto", *, sample_weight: object = None
) -> tuple[float, FloatArray]:
    """What closes the forward pass and opens the backward one, from Z[L].

    J = 1/m sum_i L_i(A[L], Y), and dZ[L] = dL/dZ[L]: A[L] - Y for the pairs sigmoid and binary_cross_entropy,
    softmax and cross_entropy, exp and poisson

    The course computes both from A[L], which fails where A[L] rounds to 0 or 1: log 0, and 0 / 0 in
    dA[L] = -(Y / A[L]) + (1 - Y) / (1 - A[L]). From Z[L], both are exact to rounding.

    Parameters
    ----------
    Z : array (n[L], m)
        Of the output layer.
    Y : array (n[L], m)
        The targets; for cross_entropy also class numbers (m,).
    activation : str or Activation
        Of the output layer.
    loss : str or Loss
        L, see `descend.losses`; "auto" is the one that belongs to the activation.
    sample_weight : array-like (m,), optional
        w: the cost is sum_i w_i L_i / sum_i w_i, and column i of dZ is multiplied by w_i over the mean of w.

    Returns
    -------
    cost : float
        J.
    dZ : array (n[L], m)
        For `linear_backward`.

    Raises
    ------
    TypeError, ValueError
        As `linear_forward` raises; a pair of activation and loss that does not exist.
    """
    dtype = checks.float_dtype_of(Z)
    Z = checks.columns(Z, ("n", "m"), dtype, "Z")
    n, m = Z.shape
    _check_examples(m, "Z")
    layer = _layer(activation, Z)
    resolved = losses.resolve(loss, layer.activations[0], n)
    Y = checks.target_columns(Y, n, m, resolved.name, dtype)
    weight = None if sample_weight is None else checks.weights(sample_weight, m)
    example_loss, dZ = _core.close_network(layer, Z, np.empty((m, 1), dtype), Y, resolved, weight)
    return float(np.average(example_loss, weights=weight)), dZ


def linear_backward(dZ: object, cache: LinearCache) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The derivatives of the linear part of a layer.

    dA_prev = W^T dZ, dW = 1/m dZ A_prev^T, db = 1/m sum of dZ's columns

    Parameters
    ----------
    dZ : array (n, m)
        What `compute_cost` or `activation_backward` gives.
    cache : (A_prev, W, b)
        What `linear_forward` gave.

    Returns
    -------
    dA_prev : array (n_prev, m)
        For the layer before.
    dW : array (n, n_prev)
        The derivative of the cost with respect to W.
    db : array (n, 1)
        The derivative of the cost with respect to b.

    Raises
    ------
    TypeError, ValueError
        As `linear_forward` raises.
    """
    A_prev, W, _ = _unpacked(cache, LinearCache, "linear_forward")
    dtype = checks.float_dtype_of(dZ, A_prev, W)
    W = checks.columns(W, ("n", "n_prev"), dtype, "W")
    A_prev = checks.columns(A_prev, (W.shape[1], "m"), dtype, "A_prev")
    dZ = checks.columns(dZ, (len(W), A_prev.shape[1]), dtype, "dZ")
    _check_examples(dZ.shape[1], "dZ")
    return _core.linear_backward(dZ, A_prev, W)


def activation_backward(dA: object, cache: object, activation: str | Activation) -> FloatArray:
    """The derivative of an element-wise activation.

    dZ = dA * g'(Z)

    Parameters
    ----------
    dA : array (n, m)
        What `linear_backward` gave for this layer.
    cache : array (n, m)
        Z, as `activation_forward` gave it.
    activation : str or Activation
        g, see `Dense`; not softmax, which is for the output layer: `compute_cost` gives its dZ.

    Returns
    -------
    array (n, m)
        dZ.

    Raises
    ------
    TypeError, ValueError
        As `linear_forward` and `activation_forward` raise; softmax.
    """
    if activation == "softmax":
        raise ValueError(
            "activation is 'softmax', whose outputs depend on each other: compute_cost gives dZ."
        )
    dtype = checks.float_dtype_of(dA, cache)
    Z = checks.columns(cache, ("n", "m"), dtype, "Z")
    dA = checks.columns(dA, Z.shape, dtype, "dA")
    layer = _layer(activation, Z)
    return _core.layer_backward(layer, 1, dA, Z, _core.layer_forward(layer, 1, Z))


def linear_activation_backward(
    dA: object, cache: LayerCache, activation: str | Activation
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The derivatives of a whole layer.

    dZ = dA * g'(Z), dA_prev = W^T dZ, dW = 1/m dZ A_prev^T, db = 1/m sum of dZ's columns

    Parameters
    ----------
    dA : array (n, m)
        What the layer after gave.
    cache : (linear_cache, Z)
        What `linear_activation_forward` gave.
    activation : str or Activation
        g, see `Dense`; not softmax.

    Returns
    -------
    dA_prev, dW, db : array
        As `linear_backward` gives them.

    Raises
    ------
    TypeError, ValueError
        As `linear_backward` and `activation_backward` raise.
    """
    linear_cache, Z = _unpacked(cache, LayerCache, "linear_activation_forward")
    return linear_backward(activation_backward(dA, Z, activation), linear_cache)


def update_parameters(
    parameters: Mapping[str, object], grads: Mapping[str, object], learning_rate: float
) -> dict[str, FloatArray]:
    """One step of gradient descent.

    W[l] = W[l] - learning_rate dW[l], b[l] = b[l] - learning_rate db[l]

    Parameters
    ----------
    parameters : mapping of str to array
        By name: W1, b1, W2, ...
    grads : mapping of str to array
        A derivative of the same shape for each: dW1, db1, dW2, ...; others are not looked at.
    learning_rate : float
        alpha, above 0.

    Returns
    -------
    dict of str to array
        The new parameters; the old ones are untouched.

    Raises
    ------
    TypeError, ValueError
        As `linear_forward` raises; a derivative that is missing, or whose shape is not its parameter's.
    """
    learning_rate = checks.number("learning_rate", learning_rate, above=0)
    for which, mapping in (("parameters", parameters), ("grads", grads)):
        if not isinstance(mapping, Mapping):
            raise TypeError(
                f"{which} is {type(mapping).__name__}: give matrices by name, W1, b1, or dW1, db1."
            )
    updated = {}
    for name, given in parameters.items():
        if f"d{name}" not in grads:
            raise ValueError(f"grads has no d{name}: give a derivative for every parameter.")
        derivative = grads[f"d{name}"]
        dtype = checks.float_dtype_of(given, derivative)
        W = checks.columns(given, ("n", "n_prev"), dtype, name)
        dW = checks.columns(derivative, W.shape, dtype, f"d{name}")
        updated[name] = _core.gradient_descent(W, dW, learning_rate)
    return updated


Cache = TypeVar("Cache", bound=NamedTuple)


def _layer(activation: str | Activation, Z: FloatArray) -> Any:
    """A layer with this activation and as many units as Z has rows; its weights are of no account."""
    g: Any = activation
    if isinstance(activation, Activation):
        g = activation.core(len(Z))
    else:
        checks.known_name("activation", activation, _core.ACTIVATIONS)
    kind = _core.Network32 if Z.dtype == np.float32 else _core.Network64
    return kind(1, [len(Z)], [g], [0.0])


def _unpacked(cache: object, kind: type[Cache], giver: str) -> Cache:
    """A cache of this kind, or a plain tuple of its parts."""
    if not isinstance(cache, tuple) or len(cache) != len(kind._fields):
        raise TypeError(f"cache is {type(cache).__name__}: give what {giver} returned, {kind._fields}.")
    return kind(*cache)


def _check_examples(m: int, name: str) -> None:
    if m == 0:
        raise ValueError(f"{name} has no columns: give at least one example.")
