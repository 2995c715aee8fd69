"""Vectorisation shown: four ways to write a step, the same numbers, and times beside them."""

from __future__ import annotations

import numpy as np
import pytest

from descend import _core, course

NAMES = ["loops in Python", "NumPy", "loops in C++", "vectors in C++"]


@pytest.mark.parametrize(("m", "n"), [(1, 1), (7, 3), (20, 500)])
def test_four_ways_give_the_same_numbers(m: int, n: int) -> None:
    lesson = course.vectorization(m, n)
    assert [way.name for way in lesson.ways] == NAMES
    assert all(way.step.w.shape == (1, n) for way in lesson.ways)
    assert lesson.largest_difference < 1e-13


def test_vectors_are_faster_than_loops() -> None:
    lesson = course.vectorization(m=50, n=2000)
    assert min(lesson.speedups[2:]) > 2  # NumPy's library, on a busy machine, waits for its own threads
    assert [way.name in str(lesson) for way in lesson.ways] == [True] * 4


def test_it_draws_a_bar_for_each_way() -> None:
    lesson = course.vectorization(3, 4)
    axes = lesson.plot().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == NAMES
    assert [bar.get_width() for bar in axes.patches] == [1e3 * way.seconds for way in lesson.ways]


def test_a_step_goes_down_the_gradient() -> None:
    rng = np.random.default_rng(0)
    X, y, w = rng.normal(size=(6, 3)), rng.integers(0, 2, 6).astype(float), rng.normal(size=(1, 3))

    def J(w: np.ndarray, b: float) -> float:
        a = 1 / (1 + np.exp(-(X @ w[0] + b)))
        return float(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)))

    cost, w_after, b_after = _core.logistic_step_in_loops(X, y, w, 0.5, 1.0)
    assert cost == pytest.approx(J(w, 0.5), rel=1e-14)
    h = 1e-6
    for j in range(3):
        e = h * np.eye(3)[[j]]
        assert w[0, j] - w_after[0, j] == pytest.approx((J(w + e, 0.5) - J(w - e, 0.5)) / (2 * h), abs=1e-9)
    assert 0.5 - b_after == pytest.approx((J(w, 0.5 + h) - J(w, 0.5 - h)) / (2 * h), abs=1e-9)


@pytest.mark.parametrize("wrong", [(np.ones((2, 3)), np.ones(3)), (np.ones((2, 4)), np.ones(2))])
def test_arrays_that_do_not_fit_are_refused(wrong: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="expected"):
        _core.logistic_step_in_loops(*wrong, np.ones((1, 3)), 0.0, 1.0)


def test_no_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="m is 0"):
        course.vectorization(m=0)
