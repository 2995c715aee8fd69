"""The matrix products beside their naive twin, in every layout of their factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from descend import _core

Matrix = NDArray[Any]

DTYPES = ["float32", "float64"]
NARROW = 24  # rows that the layout of narrow layers takes
ROWS = st.one_of(st.integers(1, 40), st.sampled_from([48, 50, 64, 100, 128, 130, 257]))
INNER = st.one_of(st.integers(1, 70), st.sampled_from([96, 256, 784, 1024, 1025, 1040, 2100, 5000]))
COLUMNS = st.one_of(st.integers(1, 20), st.sampled_from([48, 97, 241]))


def random(rng: np.random.Generator, dtype: str, *shape: int) -> Matrix:
    """A matrix as the core takes it: columns one after the other."""
    return np.asfortranarray(rng.standard_normal(shape).astype(dtype))


def assert_close(C: Matrix, twin: Matrix, sizes: Matrix, terms: int, dtype: str) -> None:
    """Two sums of `terms` products, whose absolute values sum to `sizes`, each in an order of its own."""
    np.testing.assert_array_less(np.abs(C - twin), 2 * (terms + 1) * np.finfo(dtype).eps * sizes + 1e-300)


def layouts(rows: int) -> list[str]:
    return ["columns", "panels", "transposed"] + (["narrow"] if rows <= NARROW else [])


@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=ROWS, inner=INNER, columns=COLUMNS, relu=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=200)
def test_forward(rows: int, inner: int, columns: int, relu: bool, seed: int, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    W, B, bias = (random(rng, dtype, *shape) for shape in ((rows, inner), (inner, columns), (rows, 1)))
    twin = _core.product(W, B, bias, relu, "portable")
    np.testing.assert_allclose(
        twin, np.maximum(W @ B + bias, 0) if relu else W @ B + bias, rtol=0, atol=1e-3 * np.sqrt(inner)
    )
    sizes = np.abs(W) @ np.abs(B) + np.abs(bias)
    for how in layouts(rows):
        assert_close(_core.product(W, B, bias, relu, how), twin, sizes, inner, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=ROWS, inner=INNER, columns=COLUMNS, seed=st.integers(0, 99))
@settings(max_examples=100)
def test_bits_depend_on_the_left_factor_alone(
    rows: int, inner: int, columns: int, seed: int, dtype: str
) -> None:
    rng = np.random.default_rng(seed)
    W, B, bias = (random(rng, dtype, *shape) for shape in ((rows, inner), (inner, columns), (rows, 1)))
    for how in layouts(rows):
        together = _core.product(W, B, bias, False, how)
        alone = [
            _core.product(W, np.asfortranarray(B[:, j : j + 1]), bias, False, how) for j in range(columns)
        ]
        np.testing.assert_array_equal(together, np.hstack(alone))
    np.testing.assert_array_equal(
        _core.product(W, B, bias, False, "panels"), _core.product(W, B, bias, False, "transposed")
    )


@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=ROWS, inputs=INNER, m=COLUMNS, split=st.integers(0, 50), seed=st.integers(0, 99))
@settings(max_examples=200)
def test_gradient(rows: int, inputs: int, m: int, split: int, seed: int, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    split = min(split, m)
    dZ, E = random(rng, dtype, rows, m), random(rng, dtype, inputs, m)
    twin = _core.product_transposed(dZ, E, "portable")
    np.testing.assert_allclose(twin, dZ @ E.T, rtol=0, atol=1e-3 * np.sqrt(m))
    sizes = np.abs(dZ) @ np.abs(E).T
    by_columns = _core.product_transposed(dZ, E, "columns", split)
    assert_close(by_columns, twin, sizes, m, dtype)
    if rows > NARROW:
        np.testing.assert_array_equal(_core.product_transposed(dZ, E, "panels", split), by_columns)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("inputs", [256, 784, 1024, 1040, 3072])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 13, 20, 24])
def test_a_narrow_gradient_has_the_same_bits_wherever_it_lies(rows: int, inputs: int, dtype: str) -> None:
    rng = np.random.default_rng(rows)
    for m, split in ((1, 0), (47, 1), (48, 0), (209, 96)):
        dZ, E = random(rng, dtype, rows, m), random(rng, dtype, inputs, m)
        np.testing.assert_array_equal(
            _core.product_transposed(dZ, E, "narrow", split),
            _core.product_transposed(dZ, E, "columns", split),
        )


@pytest.mark.parametrize("how", ["columns", "panels", "transposed", "narrow"])
def test_relu_keeps_what_is_not_a_number(how: str) -> None:
    W = np.ones((20, 300), np.float32, order="F")
    W[7] = np.nan
    B, bias = np.ones((300, 3), np.float32, order="F"), np.zeros((20, 1), np.float32, order="F")
    np.testing.assert_array_equal(
        np.isnan(_core.product(W, B, bias, True, how)).any(axis=1), np.arange(20) == 7
    )


def test_what_is_no_layout_is_refused() -> None:
    W = np.ones((25, 3), np.float32, order="F")
    bias = np.ones((25, 1), np.float32, order="F")
    with pytest.raises(ValueError, match="at most"):
        _core.product(W, np.ones((3, 1), np.float32, order="F"), bias, False, "narrow")
    with pytest.raises(ValueError, match="unknown layout"):
        _core.product(W, np.ones((3, 1), np.float32, order="F"), bias, False, "diagonal")
    with pytest.raises(ValueError, match="inner dimensions are 3 and 2"):
        _core.product(W, np.ones((2, 1), np.float32, order="F"), bias, False, "columns")
