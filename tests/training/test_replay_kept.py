"""The replay of a training: the kept frames, unchanged weights, and the effect of errors."""

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_cases import (
    assert_equal_runs,
    config_of,
    final,
    finish,
    pictures,
    resume,
    start,
    train_steps,
    train_whole,
    vectors,
)

import explorer.training.replay_writer as replay_writer
from explorer.jobs.reports.run_info import run_info
from explorer.jobs.runs.train_run import run_training
from explorer.latent.codes.embedding import embed
from explorer.runs.replay import read_codes, read_weights
from explorer.runs.run_directory import open_run
from explorer.training.events import Kept
from explorer.training.replay_plan import planned_replay, reusable_frames, spaced_steps


def steps_of(path: Path) -> list[int]:
    return [frame.step for frame in open_run(path).replay.frames]


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (path / "replay").iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_whole(tmp_path_factory.mktemp("runs") / "whole")


@pytest.mark.parametrize(("total", "count"), [(20, 16), (480, 32), (7, 100), (100_000, 3), (5, 1), (0, 10)])
def test_steps_are_spaced_from_the_first_to_the_last(total: int, count: int) -> None:
    steps = spaced_steps(total, count)
    assert list(steps) == sorted(set(steps))
    assert len(steps) <= count
    assert steps[-1] == total
    assert count < 2 or steps[0] == 0
    gaps = np.diff(steps)
    assert total < 400 or (gaps[1:] >= gaps[:-1] - 1).all()  # but for rounding


def test_a_longer_training_thins_what_it_kept_before() -> None:
    kept = spaced_steps(100, 20)
    wanted = spaced_steps(400, 20)
    left = reusable_frames(kept, wanted, 100)
    assert left < set(kept)
    assert {0, 100} & left == {0} | ({100} & left)
    assert len(left) <= sum(step <= 100 for step in wanted)
    assert reusable_frames(kept, kept, 50) == {step for step in kept if step <= 50}
    assert reusable_frames(kept, kept, -1) == set()


def test_the_plan_is_bounded_by_number_disk_and_work() -> None:
    config, dataset = config_of(), vectors()
    plan = planned_replay(config, dataset)
    assert len(plan.steps) <= 16
    assert (plan.steps[0], plan.steps[-1]) == (0, 20)
    longer = planned_replay(config_of(epochs=200), dataset)
    assert len(longer.steps) == min(100, 200 * 37 // 45)
    small = replace(config_of(epochs=200).train, replay_megabytes=1)
    bounded = planned_replay(replace(config, train=small, model=type(config.model)(hidden_widths=(2000, 60))), dataset)
    assert len(bounded.steps) == 1_000_000 // bounded.frame_size
    assert bounded.size <= 1_000_000
    assert planned_replay(config_of(replay=0), dataset).steps == ()
    assert planned_replay(config_of("pca", model={}), dataset).steps == ()


def test_the_frames_are_the_model_s_at_their_steps(whole: Path) -> None:
    run, dataset = open_run(whole), vectors()
    frames = run.replay.frames
    assert steps_of(whole) == list(planned_replay(run.config, dataset).steps)
    assert frames[-1].epoch == 4
    last = read_weights(frames[-1])
    for name, tensor in final(whole).weights.items():
        torch.testing.assert_close(last[name], tensor, rtol=1e-3, atol=1e-6)
    model, _ = run.load_model()
    codes, wanted = read_codes(frames[-1]), embed(model, dataset)
    assert codes is not None
    assert codes.log_variance is not None
    np.testing.assert_allclose(codes.mean, wanted.mean, atol=2e-3 * np.abs(wanted.mean).max())
    np.testing.assert_allclose(codes.log_variance, wanted.log_variance, rtol=1e-3, atol=1e-3)
    planned = planned_replay(run.config, dataset)
    assert frames[0].size == pytest.approx(planned.frame_size, abs=4096)


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_the_weights_do_not_depend_on_the_replay(tmp_path: Path, model: str) -> None:
    dataset = pictures()
    for name, frames in (("with", 100), ("without", 0)):
        config = config_of(model, model={} if model == "gan" else {"hidden_widths": (8,)}, replay=frames, epochs=2)
        train_whole(tmp_path / name, config, dataset)
    with_it, without = final(tmp_path / "with"), final(tmp_path / "without")
    assert all(torch.equal(with_it.weights[name], without.weights[name]) for name in without.weights)
    assert steps_of(tmp_path / "without") == []
    assert not (tmp_path / "without" / "replay").exists()
    assert len(steps_of(tmp_path / "with")) > 2
    codes = read_codes(open_run(tmp_path / "with").replay.frames[-1])
    assert (codes is None) == (model == "gan")


def test_interrupted_and_resumed_has_the_same_replay(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "cut"
    train_steps(start(path), 7)
    assert steps_of(path) == [step for step in steps_of(whole) if step <= 7]
    train_steps(resume(path), 6)
    finish(run_training(resume(path)))
    assert_equal_runs(path, whole)
    assert contents(path) == contents(whole)


def test_frames_after_the_checkpoint_that_it_resumes_from_are_made_again(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "killed"
    train_steps(start(path), 5)
    for name, content in contents(whole).items():  # as a kill long after the last checkpoint leaves them
        if name > "step-00000005.safetensors":
            (path / "replay" / name).write_bytes(content[:-1] + b"\0")
    finish(run_training(resume(path)))
    assert contents(path) == contents(whole)


def test_a_run_trained_further_stays_bounded(tmp_path: Path) -> None:
    path = train_whole(tmp_path / "run", config_of(replay=8))
    finish(run_training(resume(path, epochs=12)))
    steps = steps_of(path)
    assert len(steps) <= 8
    assert (steps[0], steps[-1]) == (0, 60)


def test_the_size_of_the_replay_is_announced_before_the_end(tmp_path: Path) -> None:
    *events, _ = run_training(start(tmp_path / "run"))
    frames = [frame for event in events if isinstance(event, Kept) for frame in event.frames]
    assert frames == list(open_run(tmp_path / "run").replay.frames)


def test_a_full_disk_costs_the_replay_and_not_the_run(tmp_path: Path, monkeypatch: Any) -> None:
    def write(folder: Path, step: int, *rest: Any) -> Any:
        if step > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(folder, step, *rest)

    original = replay_writer.write_frame
    monkeypatch.setattr(replay_writer, "write_frame", write)
    finished = finish(run_training(start(tmp_path / "run")))
    assert finished.status == "finished"
    assert finished.reason == "the replay ends early: it cannot be written (No space left on device)"
    assert open_run(tmp_path / "run").state.reason == finished.reason
    assert max(steps_of(tmp_path / "run")) <= 3


def test_a_generator_that_is_closed_leaves_no_thread(tmp_path: Path) -> None:
    events = run_training(start(tmp_path / "run"), snapshots=True)
    next(events)
    events.close()
    assert steps_of(tmp_path / "run") == [0]


def test_info_says_how_much_is_kept(whole: Path, tmp_path: Path) -> None:
    replay = run_info(whole).to_json()["replay"]
    assert replay["frames"] == len(steps_of(whole))
    assert replay["bytes"] == sum(map(len, contents(whole).values()))
    assert replay["absent"] == ""
    assert "train.replay is 0" in run_info(start(tmp_path / "none", config_of(replay=0)).run.path).replay_absent
    assert "closed form" in run_info(start(tmp_path / "pca", config_of("pca", model={})).run.path).replay_absent
