import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import DataConfig, replace
from explorer.data.dataset import DataError
from explorer.data.splits import make_splits, read_split_names

CONFIG = DataConfig()


def parts(splits):
    return splits.train, splits.validation, splits.test


def check_partition(splits, count):
    together = np.concatenate(parts(splits))
    assert len(together) == count
    assert np.array_equal(np.sort(together), np.arange(count))
    for part in parts(splits):
        assert len(part) > 0
        assert np.array_equal(part, np.sort(part))


@given(
    count=st.integers(3, 300),
    validation=st.floats(0.05, 0.45),
    test=st.floats(0.05, 0.45),
    seed=st.integers(0, 1000),
    classes=st.integers(0, 5),
)
def test_splits_are_disjoint_complete_and_sized(count, validation, test, seed, classes):
    config = replace(CONFIG, validation_fraction=validation, test_fraction=test, split_seed=seed)
    labels = np.random.default_rng(seed).integers(0, classes, count) if classes else None
    splits = make_splits(config, count, name="d", labels=labels)
    check_partition(splits, count)
    assert len(splits.test) in (max(1, round(count * test)), count - 2)
    again = make_splits(config, count, name="d", labels=labels)
    assert all(np.array_equal(a, b) for a, b in zip(parts(splits), parts(again), strict=True))


def test_another_seed_gives_another_split():
    first = make_splits(CONFIG, 200, name="d")
    second = make_splits(replace(CONFIG, split_seed=1), 200, name="d")
    assert not np.array_equal(first.test, second.test)


def test_every_class_is_spread_over_the_splits_by_the_shares():
    labels = np.repeat([0, 1, 2], [500, 300, 200])
    config = replace(CONFIG, validation_fraction=0.2, test_fraction=0.1)
    splits = make_splits(config, 1000, name="d", labels=labels)
    assert np.abs(np.bincount(labels[splits.test]) - [50, 30, 20]).max() <= 1
    assert np.abs(np.bincount(labels[splits.validation]) - [100, 60, 40]).max() <= 1


@given(sizes=st.lists(st.integers(1, 12), min_size=3, max_size=20), seed=st.integers(0, 100))
def test_a_group_stays_in_one_split(sizes, seed):
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    splits = make_splits(replace(CONFIG, split_seed=seed), len(groups), name="d", groups=groups)
    check_partition(splits, len(groups))
    of_part = [set(groups[part]) for part in parts(splits)]
    assert not (of_part[0] & of_part[1] or of_part[0] & of_part[2] or of_part[1] & of_part[2])


def test_groups_come_near_the_shares():
    groups = np.repeat(np.arange(100), 10)
    splits = make_splits(CONFIG, 1000, name="d", groups=groups)
    assert len(splits.test) == 100 and len(splits.validation) == 100


def test_a_supplied_test_split_is_kept_and_validation_taken_from_train():
    assigned = np.array(["train"] * 90 + ["test"] * 10)
    splits = make_splits(CONFIG, 100, name="d", assigned=assigned)
    check_partition(splits, 100)
    assert np.array_equal(splits.test, np.arange(90, 100))
    assert len(splits.validation) == 9


def test_wholly_supplied_splits_are_kept():
    assigned = np.array(["test", "validation", "train", "train"])
    splits = make_splits(CONFIG, 4, name="d", assigned=assigned)
    assert [part.tolist() for part in parts(splits)] == [[2, 3], [1], [0]]
    assert splits.of_each_sample().tolist() == assigned.tolist()


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_samples_are_refused(count):
    with pytest.raises(DataError, match=f"mine: {count} samples cannot be split into train, validation and test"):
        make_splits(CONFIG, count, name="mine")


def test_too_few_groups_are_refused():
    with pytest.raises(DataError, match="2 groups cannot be split"):
        make_splits(CONFIG, 10, name="mine", groups=np.arange(10) % 2)


def test_split_words():
    assert read_split_names(["Train", "val", "dev", " TEST "], where="c").tolist() == [
        "train",
        "validation",
        "validation",
        "test",
    ]
    with pytest.raises(DataError, match=r"file, row 2: 'holdout' is not a split; use train, validation or test"):
        read_split_names(["train", "holdout"], where="file")
    with pytest.raises(DataError, match=r"file, row 8: 'holdout'"):  # the row of the file, of which six are left out
        read_split_names(["train", "holdout"], where="file", rows=np.array([6, 7]))
    with pytest.raises(DataError, match="no sample is assigned to train"):
        read_split_names(["test", "val"], where="file")
