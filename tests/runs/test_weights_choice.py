"""Which weights of a run are used: how the choice is written, what a run keeps, and reading while a training saves."""

import json
import socket
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from run_cases import CONFIG, checkpoint, make_run

from explorer.config import MODEL_CONFIGS, ConfigError, replace
from explorer.runs import checkpoint as checkpoint_module
from explorer.runs.checkpoint import read_checkpoint
from explorer.runs.files import RunError
from explorer.runs.history import Metric
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import create_run
from explorer.runs.weights_choice import BEST, FINAL, RunWeights, WeightsChoice, run_and_choice


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """Return a finished run of 40 steps an epoch with the steps 1160, 1200 (best) and 1240 (final)."""
    made = make_run(tmp_path / "mine")
    made.set_config(replace(CONFIG, train=replace(CONFIG.train, epochs=40)))
    made.append_metrics([Metric(0, 0.0, "validation", {"total": 3.0}), Metric(20, 0.5, "train", {"total": 2.0})])
    for step in (1160, 1200):
        made.save_checkpoint(checkpoint(step, best_step=step))
    made.save_checkpoint(checkpoint(1240, best_step=1200), final=True)
    made.set_status("finished")
    return made


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("final", FINAL),
        (" Best ", BEST),
        ("step 400", WeightsChoice("step", 400)),
        ("400", WeightsChoice("step", 400)),
        (400, WeightsChoice("step", 400)),
        ("step=0", WeightsChoice("step", 0)),
        ("step 1,240", WeightsChoice("step", 1240)),
        (BEST, BEST),
    ],
)
def test_a_choice_is_read_as_it_is_written(text: str | int | WeightsChoice, wanted: WeightsChoice) -> None:
    assert WeightsChoice.parse(text) == wanted == WeightsChoice.parse(str(wanted))


@given(st.text(max_size=12))
def test_any_text_is_a_choice_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        assert WeightsChoice.parse(str(WeightsChoice.parse(text))) == WeightsChoice.parse(text)
    except ConfigError as error:
        assert "write final, best or the number of a training step" in str(error)


@pytest.mark.parametrize("text", ["", "step", "-4", "4.5", "1,2", "0.5,0.5", "step best", 10**20, "²"])
def test_other_texts_are_refused(text: str | int) -> None:
    with pytest.raises(ConfigError, match="write final, best or the number"):
        WeightsChoice.parse(text)


def test_a_typing_error_is_pointed_out() -> None:
    with pytest.raises(ConfigError, match="did you mean best"):
        WeightsChoice.parse("bset")


def test_each_choice_has_its_weights_and_words(run: RunDirectory) -> None:
    words = {
        FINAL: "final, step 1,240, epoch 31.0",
        BEST: "best, step 1,200, epoch 30.0",
        WeightsChoice("step", 1160): "step 1,160, epoch 29.0",
    }
    for choice, wanted in words.items():
        read, used = run.checkpoint_of(choice)
        assert (used, used.words, used.choice) == (run.weights_of(choice), wanted, choice)
        model, step = run.load_model(choice)
        assert step == used.step == read.step and not model.training
        weights = checkpoint(step).weights
        assert all(torch.equal(model.state_dict()[name], value) for name, value in weights.items())
    assert run.weights_of(BEST).to_json() == {
        "weights": "best", "step": 1200, "epoch": 30.0, "weights_are": "best, step 1,200, epoch 30.0",
    }  # fmt: skip
    assert len({one.checksum for one in run.kept_weights()}) == 3


def test_weights_that_a_run_lacks_are_refused_with_those_that_it_has(run: RunDirectory) -> None:
    kept = "it keeps those of steps 1,160, 1,200 \\(best\\) and 1,240 \\(final\\)"
    for read in (run.weights_of, run.checkpoint_of, run.load_model):
        with pytest.raises(RunError, match=f"mine: has no weights of step 400; {kept}"):
            read(WeightsChoice("step", 400))
    run.replay_folder.mkdir()
    (run.replay_folder / "step-00000400.safetensors").write_bytes(b"")
    with pytest.raises(RunError, match="the replay has this step, but rounded to 16 bits"):
        run.weights_of(WeightsChoice("step", 400))


def test_the_newest_weights_of_an_unfinished_training_are_not_final(tmp_path: Path) -> None:
    run = make_run(tmp_path / "mine")
    run.set_config(replace(CONFIG, train=replace(CONFIG.train, epochs=20)))
    run.append_metrics([Metric(40, 1.0, "train", {"total": 2.0})])
    run.save_checkpoint(checkpoint(480, best_step=480))
    words = "last saved and best, step 480, epoch 12.0 of 20, of a training that"
    for status, ended in (("training", "still runs"), ("stopped", "was stopped"), ("failed", "failed")):
        run.set_status(status)  # type: ignore[arg-type]
        assert run.weights_of().words == f"{words} {ended}"
    run.save_checkpoint(checkpoint(500, best_step=480), final=True)
    run.save_checkpoint(checkpoint(540, best_step=480))  # resumed, and stopped in the middle
    assert [one.name for one in run.kept_weights()] == ["best", "", "last saved"]


def test_a_finished_run_that_is_resumed_and_killed_before_its_first_save_has_no_final_weights(
    run: RunDirectory,
) -> None:
    assert run.weights_of().name == "final"
    kill(run)
    assert (run.state.final, run.status) == ("step-00001240.safetensors", "unfinished")
    assert run.weights_of().words == "last saved, step 1,240, epoch 31.0 of 40, of a training that was killed"


def kill(run: RunDirectory) -> None:
    """Write the state of a run whose training was killed."""
    run.set_status("training")
    state = json.loads((run.path / "state.json").read_text())
    state["owner"] = {"host": socket.gethostname(), "process": 1, "heartbeat": 0.0}
    (run.path / "state.json").write_text(json.dumps(state))


def test_a_model_without_steps_has_one_set_of_weights(tmp_path: Path) -> None:
    run = make_run(tmp_path / "mine")
    run.save_checkpoint(checkpoint(0), final=True)
    run.set_status("finished")
    for choice in (FINAL, BEST, WeightsChoice("step", 0)):
        assert run.checkpoint_of(choice)[1].words == "the only weights, so both final and best"


def test_why_there_are_no_best_weights_is_said(tmp_path: Path) -> None:
    run = make_run(tmp_path / "mine")
    run.save_checkpoint(checkpoint(10))
    with pytest.raises(
        RunError, match=r"no best weights: no validation loss was measured; .* those of step 10 \(last saved"
    ):
        run.weights_of(BEST)
    config = replace(CONFIG, model=MODEL_CONFIGS["gan"]())
    gan = create_run(tmp_path / "gan", config, run.description, run.machine)
    gan.save_checkpoint(checkpoint(10), final=True)
    with pytest.raises(RunError, match="the validation loss of a GAN does not tell which weights are better"):
        gan.weights_of(BEST)


def test_damaged_newest_weights_are_said(run: RunDirectory) -> None:
    newest = run.checkpoint_paths()[-1]
    whole = bytearray(newest.read_bytes())
    whole[-1] ^= 1
    newest.write_bytes(bytes(whole))
    read, used = run.checkpoint_of()
    assert (read.step, used.words) == (1200, "best, step 1,200, epoch 30.0, as newer weights are damaged")
    with pytest.raises(RunError, match=r"its weights of step 1,240 cannot be read, as step-00001240\S* is damaged"):
        run.checkpoint_of(WeightsChoice("step", 1240))
    newest.write_bytes(b"")
    assert run.weights_of().words == "best, step 1,200, epoch 30.0, as newer weights are damaged"
    for path in run.checkpoint_paths():
        path.write_bytes(b"")
    names = "step-00001160.safetensors, step-00001200.safetensors, step-00001240.safetensors"
    with pytest.raises(RunError, match=f"mine: all 3 checkpoints are damaged: {names}; restore a copy of these files"):
        run.weights_of()


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped"])
def test_best_weights_that_are_missing_or_damaged_are_named(run: RunDirectory, damage: str) -> None:
    path = run.path / "step-00001200.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(bytes(content) if damage == "flipped" else b"")
    lack = {"missing": f"are missing: there is no file {path.name}"}.get(
        damage, f"cannot be read, as {path.name} is damaged"
    )
    with pytest.raises(RunError, match="mine: its best weights") as caught:
        run.checkpoint_of(BEST)
    assert str(caught.value).endswith(f"mine: its best weights {lack}; it keeps those of steps 1,160 and 1,240 (final)")
    assert caught.value.__notes__ == ["--weights final uses those of step 1,240"]
    assert run.weights_of().words == "final, step 1,240, epoch 31.0"
    if damage == "cut":
        with pytest.raises(RunError, match=f"its weights of step 1,200 cannot be read, as {path.name} is damaged"):
            run.weights_of(WeightsChoice("step", 1200))


def test_why_a_run_has_no_weights_is_said(tmp_path: Path) -> None:
    run = make_run(tmp_path / "my run")
    run.set_status("training")
    with pytest.raises(RunError, match="my run: it trains and has saved no weights yet; the first save comes 30 s"):
        run.weights_of()
    for end, ended in ((kill, "was killed"), (lambda run: run.set_status("stopped"), "was stopped")):
        end(run)
        with pytest.raises(RunError, match=f"its training {ended} before it saved any weights; latent-explorer resume"):
            run.checkpoint_of()


def test_a_run_and_its_weights_in_one_word(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run.path.parent)
    mine, choice = Path("mine"), WeightsChoice("step", 1160)
    assert run_and_choice("mine@best") == run_and_choice(Path("mine@best")) == (mine, BEST)
    assert run_and_choice("mine", choice) == run_and_choice("mine@1160") == (mine, choice)
    assert run_and_choice("nosuch@best") == (Path("nosuch@best"), FINAL)
    with pytest.raises(ConfigError, match="did you mean best"):
        run_and_choice("mine@bset")
    Path("mine@best").mkdir()
    assert run_and_choice("mine@best") == (Path("mine@best"), FINAL)


def test_the_best_weights_are_found_without_a_state(run: RunDirectory) -> None:
    (run.path / "state.json").write_text("{", encoding="utf-8")
    assert open_run(run.path).weights_of(BEST).step == 1200


def test_checkpoints_that_are_deleted_meanwhile_are_read_again(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = count()

    def read(path: Path, weights: int | None) -> object:
        if next(calls) == 0:  # the training saves four times between listing and reading
            for step in (1280, 1320, 1360, 1400):
                run.save_checkpoint(checkpoint(step, best_step=1400 if step == 1400 else 1200))
        return read_checkpoint(path, weights)

    monkeypatch.setattr(checkpoint_module, "read_checkpoint", read)
    assert run.checkpoint_of(BEST)[0].step == 1400


def test_reading_during_a_training_never_fails(tmp_path: Path) -> None:
    run, ended = make_run(tmp_path / "mine"), Event()
    run.save_checkpoint(checkpoint(1, best_step=1))

    def train() -> None:
        for step in range(2, 40):
            run.save_checkpoint(checkpoint(step, best_step=step), best=None)
        ended.set()

    writer = Thread(target=train)
    writer.start()
    read = []
    while not ended.is_set():
        for choice in (FINAL, BEST):
            found, used = open_run(run.path).checkpoint_of(choice)
            assert found.step == used.step
            read.append(used.step)
    writer.join()
    assert len(read) > 2 and read == sorted(read)


def test_the_only_weights_are_named_final_and_best() -> None:
    assert RunWeights(0, "x", is_only=True).name == "final and best"
