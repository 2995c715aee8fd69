"""Splits: partitions in the shares asked for, by chance, class, group, time and name, and in folds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descend.data.split import folds, split_at_random, split_by_groups, split_by_names, split_by_time


@given(
    st.integers(30, 300),  # of 30 rows, shares of 0.4 leave 6 to train on: one at least of each class
    st.integers(0, 2**32),
    st.floats(0.05, 0.4),
    st.floats(0.05, 0.4),
    st.integers(1, 5),
)
def test_a_split_is_a_partition_in_the_shares_asked_for(
    m: int, seed: int, validation: float, test: float, n_classes: int
) -> None:
    classes = np.random.default_rng(seed).integers(0, n_classes, m)
    parts = split_at_random(m, validation=validation, test=test, seed=seed, classes=classes)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(m))
    for share, part in ((validation, parts.validation), (test, parts.test)):
        assert len(part) == round(share * m)
        for k in range(n_classes):
            assert abs((classes[part] == k).sum() - share * (classes == k).sum()) <= 3
    assert set(classes[parts.train]) == set(classes)


def test_a_class_of_one_row_trains() -> None:
    classes = np.array([0] * 50 + [1])
    for seed in range(20):
        assert 50 in split_at_random(51, validation=0.2, test=0.4, seed=seed, classes=classes).train


def test_the_same_seed_deals_the_same_way_and_another_does_not() -> None:
    def deal(seed: int) -> list[int]:
        return split_at_random(100, validation=0.2, test=0.2, seed=seed).test.tolist()

    assert deal(1) == deal(1) != deal(2)


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.2), (0.1, 1.0)])
def test_shares_that_leave_nothing_are_refused(validation: float, test: float) -> None:
    with pytest.raises(ValueError, match="leave rows to train on"):
        split_at_random(100, validation=validation, test=test, seed=0)


def test_parts_that_would_be_empty_are_refused() -> None:
    with pytest.raises(ValueError, match="leaves no validation part"):
        split_at_random(3, validation=0.01, test=0.4, seed=0)
    with pytest.raises(ValueError, match="the target has 30 classes in 30 rows, and one row of each trains"):
        split_at_random(30, validation=0.1, test=0.2, seed=0, classes=np.arange(30))
    with pytest.raises(ValueError, match="leave too few of 2 to train on"):
        split_at_random(2, validation=0.5, test=0.49, seed=0)
    assert len(split_at_random(3, validation=0, test=0, seed=0).train) == 3


@given(st.lists(st.integers(0, 15), min_size=60, max_size=200), st.integers(0, 99))
def test_no_group_is_torn_apart(groups: list[int], seed: int) -> None:
    of_rows = np.array([*groups, *range(16)])
    parts = split_by_groups(of_rows, validation=0.25, test=0.25, seed=seed)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(of_rows)))
    assert [len(set(of_rows[part])) for part in parts] == [8, 4, 4]


@given(st.lists(st.integers(0, 1000), min_size=50, max_size=100, unique=True))
def test_what_is_later_judges_what_is_earlier(moments: list[int]) -> None:
    times = np.array(moments)
    train, validation, test = (times[part] for part in split_by_time(times, validation=0.2, test=0.2))
    assert train.max() < validation.min() <= validation.max() < test.min()
    assert len(test) == len(validation) == round(0.2 * len(times))


def test_one_moment_is_not_torn_apart() -> None:
    parts = split_by_time(np.array([3, 1, 2, 2, 2, 2, 1, 1, 1, 1]), validation=0, test=0.3)
    assert [part.tolist() for part in parts] == [[1, 6, 7, 8, 9], [], [0, 2, 3, 4, 5]]
    with pytest.raises(ValueError, match="too many rows have one moment"):
        split_by_time(np.array([2, 2, 2, 2]), validation=0, test=0.25)


def test_a_column_may_name_the_parts() -> None:
    parts = split_by_names(["train", "TEST", "val", "train", "validation"])
    assert [part.tolist() for part in parts] == [[0, 3], [2, 4], [1]]
    with pytest.raises(ValueError, match="holds 'holdout': it should say train, validation or test"):
        split_by_names(["train", "holdout"])
    with pytest.raises(ValueError, match="says train in no row"):
        split_by_names(["test"])


@pytest.mark.parametrize("with_classes", [False, True])
@pytest.mark.parametrize("with_groups", [False, True])
def test_every_row_tests_in_one_fold(with_classes: bool, with_groups: bool) -> None:
    rng = np.random.default_rng(0)
    classes, groups = rng.integers(0, 3, 120), rng.integers(0, 20, 120)
    given = {"classes": classes if with_classes else None, "groups": groups if with_groups else None}
    parts = list(folds(120, 4, seed=1, **given))
    assert np.array_equal(np.sort(np.concatenate([part.test for part in parts])), np.arange(120))
    for train, validation, test in parts:
        assert len(validation) == 0
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(120))
        if with_groups:
            assert not set(groups[train]) & set(groups[test])
        elif with_classes:
            assert abs(np.bincount(classes[test]) - np.bincount(classes) / 4).max() <= 1


def test_folds_that_cannot_be_made_are_refused() -> None:
    for k in (1, 11):
        with pytest.raises(ValueError, match=f"{k} folds cannot be made of 10"):
            list(folds(10, k, seed=0))
    with pytest.raises(ValueError, match="give 2 to 3 folds"):
        list(folds(10, 4, seed=0, classes=np.array([0] * 7 + [1] * 3)))


def test_too_few_groups_are_called_groups() -> None:
    with pytest.raises(
        ValueError, match=r"0\.1 of 3 groups leaves no validation part: give more groups, or 0"
    ):
        split_by_groups(np.array([1, 2, 3] * 9), validation=0.1, test=0.3, seed=0)
