"""latents.npz: the round trip, and reports of damage."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_cases import latents

from explorer.data.dataset import Column
from explorer.runs.files import RunError
from explorer.runs.latents import Latents, read_latents, write_latents

ARRAYS = ("mean", "log_variance", "index", "split", "labels", "reconstruction")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "latents.npz"


def assert_same(found: Latents, wanted: Latents) -> None:
    assert found.step == wanted.step
    for name in ARRAYS:
        ours, theirs = getattr(found, name), getattr(wanted, name)
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            np.testing.assert_array_equal(ours, theirs, strict=True)
    assert sorted(found.columns) == sorted(wanted.columns)
    for key, column in wanted.columns.items():
        ours = found.columns[key]
        assert (ours.name, ours.categories, ours.unit) == (column.name, column.categories, column.unit)
        np.testing.assert_array_equal(ours.values, column.values, strict=True)


def test_round_trip(path: Path) -> None:
    write_latents(path, latents())
    assert_same(read_latents(path), latents())


def test_round_trip_of_a_point_posterior_without_labels(path: Path) -> None:
    wanted = replace(latents(), log_variance=None, labels=None, reconstruction=None, columns={})
    write_latents(path, wanted)
    assert_same(read_latents(path), wanted)


def test_damage_is_reported_or_harmless(path: Path) -> None:
    write_latents(path, latents())
    whole, dice = path.read_bytes(), random.Random(0)
    for length in dice.sample(range(len(whole)), 150):
        path.write_bytes(whole[:length])
        with pytest.raises(RunError, match="damaged"):
            read_latents(path)
    found = 0
    for bit in dice.sample(range(8 * len(whole)), 1000):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            assert_same(read_latents(path), latents())  # a date in the archive, for example
        except RunError:
            found += 1
    assert found > 500


@pytest.mark.parametrize(
    "change",
    [
        {"mean": np.zeros(7, np.float32)},
        {"mean": np.zeros((7, 2), "<U1")},
        {"mean": np.zeros((6, 2), np.float32)},
        {"log_variance": np.zeros((7, 3), np.float32)},
        {"index": np.zeros(3, np.int64)},
        {"labels": np.zeros((7, 1), np.int64)},
        {"columns": {"age": Column("age", np.zeros(6))}},
    ],
)
def test_arrays_that_do_not_fit_are_reported(path: Path, change: dict[str, Any]) -> None:
    write_latents(path, replace(latents(), **change))
    with pytest.raises(RunError, match="damaged"):
        read_latents(path)


def test_a_changed_name_is_reported(path: Path) -> None:
    write_latents(path, latents())
    path.write_bytes(path.read_bytes().replace(b"labels.npy", b"labfls.npy"))
    with pytest.raises(RunError, match="checksum"):
        read_latents(path)


def test_no_pickle_is_read(path: Path) -> None:
    np.savez(path, mean=np.array([print, len], dtype=object))
    with pytest.raises(RunError, match="damaged"):
        read_latents(path)
