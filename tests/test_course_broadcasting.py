"""Broadcasting is NumPy's, told in words; an array of rank 1 is refused where a matrix is meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descend import course


def test_the_calories_are_the_courses() -> None:
    lesson = course.broadcasting()
    np.testing.assert_allclose(lesson.of_foods, [[59, 239, 155.4, 76.9]])
    np.testing.assert_allclose(lesson.of_nutrients, [[128.4], [165.2], [236.7]])
    np.testing.assert_allclose(lesson.percentage.sum(axis=0), 100)
    np.testing.assert_allclose(lesson.percentage[:, 0], [94.91525424, 2.03389831, 3.05084746])
    assert "axis 0" not in str(lesson)
    assert "A.sum(axis=0, keepdims=True), (1, 4), down the columns: apples 59, beef 239" in str(lesson)
    assert "(1, 4) + (3, 1) gives (3, 4): the left one is repeated 3 times down, the right one" in str(lesson)


@given(
    st.sampled_from("+-*/"),
    st.tuples(*[st.integers(1, 4)] * 2),
    st.tuples(*[st.booleans()] * 4),
)
def test_each_number_is_that_of_its_two(operation: str, size: tuple[int, int], one: tuple[bool, ...]) -> None:
    rng = np.random.default_rng(0)
    shapes = [
        tuple(1 if single else n for n, single in zip(size, one[k : k + 2], strict=True)) for k in (0, 2)
    ]
    left, right = (rng.normal(size=shape) for shape in shapes)
    found = course.broadcast(left, right, operation)
    for i, j in np.ndindex(found.result.shape):
        a, b = (of[min(i, len(of) - 1), min(j, of.shape[1] - 1)] for of in (left, right))
        assert found.result[i, j] == {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[operation]
    repeated = sum(n < m for shape in shapes for n, m in zip(shape, found.result.shape, strict=True))
    assert str(found).count("times") == repeated


def test_what_does_not_fit_says_why() -> None:
    with pytest.raises(ValueError, match="left has 2 rows and right has 3: give as many to both, or 1"):
        course.broadcast(np.ones((2, 4)), np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"right has shape \(4,\).*rank-1.*reshape\(-1, 1\)"):
        course.broadcast(np.ones((2, 4)), np.ones(4))
    with pytest.raises(ValueError, match="operation '%' is unknown"):
        course.broadcast([[1]], [[1]], "%")


def test_an_array_of_rank_1() -> None:
    lesson = course.rank_1(4)
    assert lesson.a.T.shape == lesson.a.shape == (4,)
    assert lesson.inner == pytest.approx(np.trace(lesson.outer))
    assert lesson.slip.shape == (4, 4)
    assert len(lesson.errors) == 4
    for error in lesson.errors.values():
        assert "has shape (4,)" in error
        assert "reshape(-1, 1)" in error
        assert error in str(lesson)


@pytest.mark.parametrize("lesson", [course.broadcasting, course.rank_1])
def test_pictures(lesson) -> None:
    assert lesson().png().startswith(b"\x89PNG")
