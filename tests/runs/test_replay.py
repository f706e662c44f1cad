"""Frames of a replay: the precision of 16 bits, and damaged frames."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from run_cases import make_run

from explorer.runs.files import RunError
from explorer.runs.replay import (
    FrameCodes,
    Replay,
    drop_frames,
    read_codes,
    read_replay,
    read_weights,
    size_words,
    write_frame,
)


def codes_of(mean: Any, **more: Any) -> FrameCodes:
    mean = np.asarray(mean, np.float32)
    return FrameCodes(more.pop("index", np.arange(len(mean))), mean, **more)


def cloud(count: int = 200, latent_dim: int = 2) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, latent_dim)).astype(np.float32)


WEIGHTS = {"a": torch.linspace(-2, 2, 12).reshape(3, 4), "count": torch.tensor(7), "b": torch.tensor([1e6, -3.0])}


@pytest.mark.parametrize(("offset", "scale"), [(0, 1), (3e5, 1e6), (100, 1e-4), (0, 1e-9)])
def test_codes_keep_three_digits_of_their_spread_wherever_they_lie(tmp_path: Path, offset: float, scale: float) -> None:
    mean = (cloud().astype(np.float64) * scale + offset).astype(np.float32)
    read = read_codes(write_frame(tmp_path / "replay", 3, 0.5, WEIGHTS, codes_of(mean)))
    assert read is not None
    assert np.abs(read.mean.astype(np.float64) - mean).max() <= 2e-3 * np.abs(mean - mean.mean(axis=0)).max()
    np.testing.assert_array_equal(read.index, np.arange(200))


def test_nan_codes_stay_nan_and_do_not_affect_others(tmp_path: Path) -> None:
    mean = cloud()
    mean[3, 0], mean[4, 1] = np.nan, np.inf
    read = read_codes(write_frame(tmp_path, 0, 0.0, WEIGHTS, codes_of(mean)))
    assert read is not None
    np.testing.assert_array_equal(np.isfinite(read.mean), np.isfinite(mean))
    fine = np.isfinite(mean).all(axis=1)
    np.testing.assert_allclose(read.mean[fine], mean[fine], atol=4e-3)


@pytest.mark.parametrize("mean", [np.zeros((0, 2)), np.zeros((1, 1)), np.full((5, 3), np.nan), np.ones((4, 64))])
def test_odd_codes_are_kept(tmp_path: Path, mean: Any) -> None:
    read = read_codes(write_frame(tmp_path, 0, 0.0, WEIGHTS, codes_of(mean)))
    assert read is not None
    np.testing.assert_array_equal(read.mean, mean.astype(np.float32))


def test_posteriors_and_the_choice_of_samples_are_kept(tmp_path: Path) -> None:
    mean, index = cloud(5), np.array([0, 2, 30, 400, 70_000])
    tril = np.tril(np.random.default_rng(1).random((5, 2, 2))).astype(np.float32)
    given = codes_of(mean, index=index, log_variance=-mean, scale_tril=tril)
    read = read_codes(write_frame(tmp_path, 9, 1.0, WEIGHTS, given))
    assert read is not None
    assert read.log_variance is not None
    assert read.scale_tril is not None
    np.testing.assert_array_equal(read.index, index)
    np.testing.assert_allclose(read.log_variance, -mean, atol=2e-3)
    np.testing.assert_allclose(read.scale_tril, tril, atol=1e-3)


def test_weights_are_halved_where_16_bits_hold_them(tmp_path: Path) -> None:
    frame = write_frame(tmp_path, 1, 0.1, WEIGHTS, None)
    read = read_weights(frame)
    assert {name: value.dtype for name, value in read.items()} == {name: value.dtype for name, value in WEIGHTS.items()}
    torch.testing.assert_close(read["a"], WEIGHTS["a"], rtol=1e-3, atol=0)
    assert torch.equal(read["b"], WEIGHTS["b"])
    assert read["count"] == 7
    assert read_codes(frame) is None


def test_frames_are_listed_by_step_with_what_they_take(tmp_path: Path) -> None:
    written = [write_frame(tmp_path, step, step / 10, WEIGHTS, codes_of(cloud())) for step in (30, 5, 100)]
    replay = read_replay(tmp_path)
    assert [(frame.step, frame.epoch) for frame in replay.frames] == [(5, 0.5), (30, 3.0), (100, 10.0)]
    assert set(replay.frames) == set(written)
    assert replay.size == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert not replay.damaged


def test_no_folder_is_no_replay(tmp_path: Path) -> None:
    assert read_replay(tmp_path / "replay") == Replay()


def test_a_frame_cut_short_is_left_out_and_said(tmp_path: Path) -> None:
    good, bad = (write_frame(tmp_path, step, 0.0, WEIGHTS, codes_of(cloud())) for step in (1, 2))
    content = bad.path.read_bytes()
    for damage in (
        b"",
        content[:50],
        b"not safetensors at all, whatever it says",
        content.replace(b"step", b"stop", 1),
    ):
        bad.path.write_bytes(damage)
        replay = read_replay(tmp_path)
        assert replay.frames == (good,)
        assert len(replay.damaged) == 1
        assert str(bad.path) in replay.damaged[0]


@pytest.mark.parametrize("read", [read_codes, read_weights])
def test_wrong_bytes_are_found_by_the_checksum_of_their_part(tmp_path: Path, read: Any) -> None:
    other = {read_codes: read_weights, read_weights: read_codes}[read]
    frame = write_frame(
        tmp_path,
        1,
        0.0,
        {"z": torch.ones(400)},
        codes_of(np.ones((3, 1)), log_variance=np.full((3, 1), 0.5, np.float32)),
    )
    part = (np.full(3, 0.5) if read is read_codes else np.ones(400)).astype(np.float16).tobytes()
    content = frame.path.read_bytes()
    assert content.count(part) == 1
    frame.path.write_bytes(content.replace(part, part[:-1] + b"\x01"))
    with pytest.raises(RunError, match="damaged and was left out"):
        read(frame)
    other(frame)


def test_a_frame_of_another_step_is_not_believed(tmp_path: Path) -> None:
    frame = write_frame(tmp_path, 41, 0.0, WEIGHTS, None)
    frame.path.write_bytes(frame.path.read_bytes().replace(b'\\"step\\": 41', b'\\"step\\": 42'))
    assert [found.step for found in read_replay(tmp_path).frames] == [42]
    with pytest.raises(RunError, match="checksum"):
        read_weights(frame)


def test_a_missing_frame_is_reported(tmp_path: Path) -> None:
    frame = write_frame(tmp_path, 1, 0.0, WEIGHTS, None)
    drop_frames([frame])
    assert not tmp_path.exists()
    with pytest.raises(RunError, match="damaged and was left out"):
        read_weights(frame)


def test_what_a_kill_left_half_written_is_removed_by_the_next_owner(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    run.replay_folder.mkdir()
    (run.replay_folder / ".step-00000001.safetensors.abc.part").write_bytes(b"half")
    run.acquire().release()
    assert list(run.replay_folder.iterdir()) == []


def test_sizes_in_words() -> None:
    assert [size_words(size) for size in (340_000, 2_140_000, 21_400_000, 140_000_000, 3e9)] == [
        "340 kB", "2.14 MB", "21.4 MB", "140 MB", "3 GB",
    ]  # fmt: skip
