"""A seed determines the weights to the bit: twice, watched, paused, interrupted, killed, trained further."""

import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_cases import (
    CONVOLUTIONAL,
    DIGITS,
    assert_equal_runs,
    assert_equal_weights,
    best,
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

from explorer.config import ConfigError
from explorer.data import catalog
from explorer.data.dataset import Dataset
from explorer.jobs.runs.train_run import run_training
from explorer.runs.run_directory import open_run
from explorer.training.control import Control
from explorer.training.events import Held, Progress, Snapshot

CASES = [
    pytest.param(config_of("vae"), vectors(), id="dense vae"),
    pytest.param(config_of("ae", weight_decay=0.01), vectors(), id="dense ae"),
    pytest.param(config_of("vae", model=CONVOLUTIONAL, epochs=2), pictures(), id="convolutional vae"),
]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return train_whole(tmp_path / "whole")


@pytest.mark.parametrize(("config", "dataset"), CASES)
def test_equal_seeds_give_equal_weights(tmp_path: Path, config: Any, dataset: Dataset) -> None:
    first, second = (train_whole(tmp_path / name, config, dataset) for name in ("first", "second"))
    assert_equal_runs(first, second)
    assert (first / "metrics.jsonl").read_bytes() == (second / "metrics.jsonl").read_bytes()


def test_another_seed_gives_other_weights(tmp_path: Path, whole: Path) -> None:
    other = final(train_whole(tmp_path / "other", config_of(seed=1))).weights
    assert not any(torch.equal(tensor, other[name]) for name, tensor in final(whole).weights.items())


@pytest.mark.parametrize(("config", "dataset"), CASES)
def test_interrupted_and_resumed_is_uninterrupted(tmp_path: Path, config: Any, dataset: Dataset) -> None:
    whole = train_whole(tmp_path / "whole", config, dataset)
    steps, dice = final(whole).step, random.Random(0)
    train_steps(start(tmp_path / "cut", config, dataset), 0)
    while open_run(tmp_path / "cut").state.step < steps - 4:
        assert train_steps(resume(tmp_path / "cut", dataset), dice.randint(1, 4)).status == "stopped"
    assert finish(run_training(resume(tmp_path / "cut", dataset))).status == "finished"
    assert_equal_runs(tmp_path / "cut", whole)
    curves = [{(m.step, m.split) for m in open_run(path).history.metrics} for path in (tmp_path / "cut", whole)]
    assert curves[0] == curves[1]


KILLED = """
import json, os, signal, sys
from pathlib import Path
import torch
from training_cases import Control, Held, run_training, start
from explorer.runs import files, run_directory, state

def kill(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

def train(path, steps, save_seconds, dies):
    control = Control()
    control.set_pace("step")
    control.advance(steps)
    for event in run_training(start(path), control, save_seconds=save_seconds):
        if isinstance(event, Held):
            if dies == "in the rename":
                files.os.replace = kill
            elif dies == "before the state":
                state.replace_json = kill
            elif dies == "in the prune":
                run_directory.RunDirectory._prune = kill
            else:
                kill()
            control.advance(1)

torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # its first import takes a second, which every child would pay
for number, (steps, save_seconds, dies) in enumerate(json.loads(sys.argv[2])):
    if os.fork() == 0:
        train(Path(sys.argv[1]) / str(number), steps, save_seconds, dies)
    assert os.wait()[1] == signal.SIGKILL
"""

KILLS = [
    (0, 1e9, "between steps"),
    (9, 1e9, "between steps"),
    (1, 0.0, "in the rename"),
    (7, 0.0, "between steps"),
    (9, 0.0, "in the rename"),
    (10, 0.0, "before the state"),
    (14, 0.0, "in the prune"),
    (19, 0.0, "before the state"),
]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_killed_and_resumed_is_uninterrupted(tmp_path: Path, whole: Path) -> None:
    here = str(Path(__file__).parents[1] / "cases")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *filter(None, sys.path)])}
    killed = [sys.executable, "-c", KILLED, str(tmp_path), json.dumps(KILLS)]
    subprocess.run(killed, check=True, env=environment, timeout=120)
    for number, (steps, _, _) in enumerate(KILLS):
        path = tmp_path / str(number)
        assert open_run(path).state.status == ("training" if steps or number == 0 else "new")
        assert finish(run_training(resume(path))).status == "finished"
        assert_equal_runs(path, whole)
        history = open_run(path).history.metrics
        assert [(m.step, m.split, m.terms) for m in history if m.split == "validation"] == [
            (m.step, m.split, m.terms) for m in open_run(whole).history.metrics if m.split == "validation"
        ]
        assert not list(path.glob(".*.part"))


ALARMED = """
import os, random, signal, sys
from pathlib import Path
import torch
from training_cases import DIGITS, config_of, finish, resume, run_training, start
from explorer.data import catalog

torch.set_num_threads(1)
torch.optim.Adam([torch.zeros(1, requires_grad=True)])
path, dice, data, kills = Path(sys.argv[1]), random.Random(0), catalog.load(DIGITS.data), 0
start(path, DIGITS, data)
while kills < 40:
    if os.fork() == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process on the spot
        signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.01, 0.25))
        finish(run_training(resume(path, data), save_seconds=dice.choice([0.0, 0.05])))
        os._exit(0)
    dice.random()
    code = os.wait()[1]
    kills += 1
    if code == 0:
        break
    assert code == signal.SIGALRM, code
print(kills)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_killed_at_any_moment_and_resumed_is_uninterrupted(tmp_path: Path) -> None:
    """The digits from the defaults, killed by a timer at arbitrary steps, several times."""
    here = str(Path(__file__).parents[1] / "cases")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *filter(None, sys.path)])}
    command = [sys.executable, "-c", ALARMED, str(tmp_path / "killed")]
    killed = subprocess.run(command, check=True, env=environment, timeout=280, capture_output=True, text=True)
    assert int(killed.stdout) > 5
    data = catalog.load(DIGITS.data)
    if open_run(tmp_path / "killed").state.status != "finished":
        finish(run_training(resume(tmp_path / "killed", data)))
    assert_equal_runs(tmp_path / "killed", train_whole(tmp_path / "whole", DIGITS, data))


def test_pausing_stepping_and_pacing_do_not_change_the_weights(tmp_path: Path, whole: Path) -> None:
    control = Control(clock=iter(range(10_000)).__next__)
    control.set_pace("epoch")
    paused = run_training(start(tmp_path / "paused"), control, snapshots=True, save_seconds=0.0)
    for ticks, event in enumerate(paused, 1):
        if isinstance(event, Held):
            control.resume()
            control.advance()
        elif ticks % 7 == 0:
            control.pause()
        elif ticks % 5 == 0:
            control.set_pace("step")
            control.advance(2)
    assert_equal_runs(tmp_path / "paused", whole)


def test_snapshots_are_copies_and_do_not_change_the_training(tmp_path: Path, whole: Path) -> None:
    snapshots = []
    for event in run_training(start(tmp_path / "watched"), snapshots=True):
        if isinstance(event, Snapshot):
            snapshots.append(event)
            for tensor in event.weights.values():
                tensor.zero_()
    assert snapshots[0].step == 0
    assert snapshots[-1].step == final(whole).step
    assert_equal_runs(tmp_path / "watched", whole)


def test_the_global_random_state_is_neither_used_nor_changed(tmp_path: Path, whole: Path) -> None:
    done = threading.Event()

    def disturb() -> None:
        while not done.is_set():
            torch.manual_seed(3)
            torch.rand(10)
            np.random.rand(3)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        train_whole(tmp_path / "disturbed")
    finally:
        done.set()
        thread.join()
    assert_equal_runs(tmp_path / "disturbed", whole)
    before = torch.get_rng_state()
    train_whole(tmp_path / "quiet")
    assert torch.equal(torch.get_rng_state(), before)


def test_two_runs_that_take_turns_do_not_disturb_each_other(tmp_path: Path, whole: Path) -> None:
    turns = [run_training(start(tmp_path / name), snapshots=True) for name in ("one", "two")]
    turns.append(run_training(start(tmp_path / "three", config_of(threads=2))))
    while turns:
        turns = [turn for turn in turns if next(turn, None) is not None]
    torch.set_num_threads(1)
    assert_equal_runs(tmp_path / "one", whole)
    assert_equal_runs(tmp_path / "two", whole)


def test_trained_further_is_a_longer_run(tmp_path: Path, whole: Path) -> None:
    longer = train_whole(tmp_path / "longer", config_of(epochs=7))
    assert finish(run_training(resume(whole, epochs=7))).status == "finished"
    assert open_run(whole).config.train.epochs == 7
    assert_equal_runs(whole, longer)


def test_a_finished_run_has_nothing_left_to_train(whole: Path) -> None:
    before, curves = final(whole), open_run(whole).history
    events = list(run_training(resume(whole)))
    assert [event.step for event in events if isinstance(event, Progress)] == [before.step] * 2
    assert_equal_weights(final(whole), before)
    assert open_run(whole).history == curves
    with pytest.raises(ConfigError, match=r"train.epochs = 2: .* has already been trained for 4 epochs"):
        resume(whole, epochs=2)


def test_a_damaged_newest_checkpoint_costs_no_more_than_its_steps(tmp_path: Path, whole: Path) -> None:
    train_steps(start(tmp_path / "damaged"), 13, save_seconds=0.0)
    newest = open_run(tmp_path / "damaged").checkpoint_paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-5])
    assert finish(run_training(resume(tmp_path / "damaged"))).status == "finished"
    assert_equal_runs(tmp_path / "damaged", whole)


def test_the_best_is_the_least_validation_loss(whole: Path) -> None:
    history = open_run(whole).history
    validation = {m.step: m.terms["total"] for m in history.metrics if m.split == "validation"}
    assert best(whole).step == min(validation, key=validation.__getitem__) == best(whole).best_step
    assert best(whole).best_loss == min(validation.values())


def test_saving_often_does_not_change_the_weights(tmp_path: Path, whole: Path) -> None:
    train_whole(tmp_path / "often", save_seconds=0.0)
    assert_equal_runs(tmp_path / "often", whole)
    names = [path.name for path in open_run(tmp_path / "often").checkpoint_paths()]
    assert len(names) <= 5
