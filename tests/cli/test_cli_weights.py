"""``--weights`` of the commands: which weights are used, what says so, and runs whose training did not end."""

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from command_cases import call, fail, succeed
from typer.main import get_command

from explorer.api import load_run
from explorer.cli import app
from explorer.cli.shell.completion import kept_weights
from explorer.runs.history import Metric
from explorer.runs.run_directory import open_run

VAE = Path(__file__).resolve().parents[2] / "checkpoints" / "digits-vae"
BEST, FINAL = 3588, 3600
COMMANDS = {name: one for name, one in get_command(app).commands.items() if not one.hidden}  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(VAE, "mine"))


@pytest.fixture
def killed(run: Path) -> Path:
    """Make a run whose process was killed."""
    state = json.loads((run / "state.json").read_text())
    owner = {"host": socket.gethostname(), "process": 1, "heartbeat": 0.0}
    state |= {"status": "training", "final": None, "owner": owner}
    (run / "state.json").write_text(json.dumps(state))
    return run


def test_every_command_with_a_model_takes_the_option() -> None:
    having = {name for name, one in COMMANDS.items() if any("--weights" in param.opts for param in one.params)}
    taking_runs = {name for name, one in COMMANDS.items() if any(param.name in ("run", "runs") for param in one.params)}
    # They continue the training, show all of it, or open the window, which has a menu for it.
    assert taking_runs - having == {"resume", "replay", "gui"}


def test_the_chosen_weights_are_used_and_named() -> None:
    command = ("decode", "mine", "--z", "0.5,1", "--out", "d.npy")
    decodes = {}
    for choice, words in (("final", "final, step 3,600, epoch 300.0"), ("best", "best, step 3,588, epoch 299.0")):
        result = call(*command, "--weights", choice)
        assert (result.exit_code, result.stderr) == (0, f"weights: {words}\n")
        decodes[choice] = np.load("d.npy")
        np.testing.assert_array_equal(decodes[choice], load_run("mine", choice).decode([0.5, 1]))
    assert np.abs(decodes["final"] - decodes["best"]).max() > 1e-4
    result = call(*command, "--weights", "best", "--json")
    values = json.loads(result.stdout)
    assert (values["weights"], values["step"], values["epoch"], result.stderr) == ("best", BEST, 299.0, "")
    assert json.loads(succeed(*command, "--json"))["weights"] == "final"


@pytest.mark.parametrize("words", [("step", BEST), ("step 3,588",), (str(BEST),)])
def test_a_step_may_be_written_as_it_is_shown(words: tuple[object, ...]) -> None:
    values = json.loads(succeed("decode", "mine", "--weights", *words, "--z", "0,0", "--out", "d.npy", "--json"))
    assert (values["weights"], values["step"]) == (f"step {BEST}", BEST)


def test_other_choices_are_refused() -> None:
    command = ("decode", "mine", "--z", "0,0", "--out", "d.npy", "--weights")
    assert "did you mean best?" in fail(*command, "bset")
    kept = "it keeps those of steps 3,588 (best) and 3,600 (final)"
    assert f"mine: has no weights of step 400; {kept}" in fail(*command, "step", "400")
    assert "write --shares 0.5,0.5" in fail(
        "blend", "mine", "--pin", 3, "--pin", 4, "--out", "b.npz", "--weights", "0.5,0.5"
    )


def test_figures_are_kept_for_each_choice(run: Path) -> None:
    command = ("evaluate", "mine", "--importance-samples", 0, "--json")
    first = {choice: json.loads(succeed(*command, "--weights", choice)) for choice in ("final", "best")}
    assert first["final"]["elbo"] != first["best"]["elbo"]
    for choice, step in (("final", FINAL), ("best", BEST)):
        again = json.loads(succeed(*command, "--weights", choice))
        assert (again["kept"], again["step"], again["elbo"]) == (True, step, first[choice]["elbo"])
    for choice, step in (("final", FINAL), ("best", BEST)):
        info = json.loads(succeed("info", "mine", "--weights", choice, "--json"))
        assert {one["step"] for one in info["figures"]} == {step}
    # With the checkpoint, its figures go, too.
    (run / f"step-{BEST:08d}.safetensors").unlink()
    succeed(*command, "--anew")
    entries = json.loads((run / "figures.json").read_text())["entries"]
    assert {entry["of"]["step"] for entry in entries} == {FINAL}


def test_stored_codes_are_no_evidence_about_other_weights(run: Path) -> None:
    opened = open_run(run)
    latents = opened.latents()
    assert latents is not None
    latents.mean[0] = 1e4
    opened.save_latents(latents)
    for choice, kinds in (("final", ["outliers"]), ("best", [])):
        info = json.loads(succeed("info", "mine", "--weights", choice, "--json"))
        assert [notice["kind"] for notice in info["notices"]] == kinds


def test_runs_are_compared_by_their_weights() -> None:
    quick = ("--importance-samples", 0)
    values = json.loads(succeed("compare", "mine", "mine@best", *quick, "--json"))
    assert values["runs"] == ["mine@final", "mine@best"]
    assert [one["step"] for one in values["weights"]] == [FINAL, BEST]
    text = succeed("compare", "mine", "mine@best", *quick)
    assert "final, step 3,600, epoch 300.0" in text and "best, step 3,588, epoch 299.0" in text
    assert "did you mean best?" in fail("compare", "mine", "mine@bset")
    shutil.copytree("mine", "mine@best")  # a folder of this name comes first
    values = json.loads(succeed("compare", "mine@best", "mine", *quick, "--weights", "best", "--json"))
    assert values["runs"] == ["mine@best", "mine"]
    assert [one["weights"] for one in values["weights"]] == ["best", "best"]


def test_codes_and_planes_are_of_the_chosen_weights() -> None:
    best = load_run("mine", "best")
    succeed("encode", "mine", "--weights", "best", "--out", "codes.npz")
    codes = best.encode_dataset().mean
    np.testing.assert_array_equal(np.load("codes.npz")["mean"], codes)
    assert best.latents is None and load_run("mine").latents is not None  # latents.npz is of the final weights
    np.testing.assert_array_equal(best.code_of(3), codes[3])
    succeed("plane", "mine", "--weights", "best", "--out", "plane.npz")
    np.testing.assert_array_equal(np.load("plane.npz")["places"], codes)
    best.vectors.keep(best.vectors.record("v", best.vectors.make("class 3", "class 5")))
    assert best.vectors.difference(best.vectors.kept_named("v")) == ""
    assert "step" in load_run("mine").vectors.difference(best.vectors.kept_named("v"))


def test_bounds_and_overlays_are_of_the_chosen_weights() -> None:
    elbo, drawn = {}, {}
    for choice in ("final", "best"):
        values = json.loads(succeed("posterior", "mine", "--sample", 3, "--weights", choice, "--json"))
        elbo[choice] = values["elbo"]
        assert elbo[choice] == pytest.approx(load_run("mine", choice).bound(3).elbo)
        succeed("plane", "mine", "--weights", choice, "--overlay", "manifold", "--out", f"{choice}.npz")
        drawn[choice] = dict(np.load(f"{choice}.npz"))
    assert elbo["final"] != elbo["best"]
    layers = [name for name in drawn["best"] if "manifold" in name and drawn["best"][name].dtype.kind == "f"]
    assert layers
    assert any(not np.array_equal(drawn["best"][name], drawn["final"][name]) for name in layers)


def test_the_exported_model_says_its_weights() -> None:
    from safetensors import safe_open

    succeed("export", "mine", "--safetensors", "--out", "w.safetensors", "--weights", "best")
    with safe_open("w.safetensors", framework="np") as file:
        assert "best, step 3,588" in str(file.metadata())


def test_a_killed_training_is_said(killed: Path) -> None:
    resume = f"latent-explorer resume {killed} continues it"
    text = succeed("info", killed)
    assert f"unfinished: its process ended at epoch 300 of 300; {resume} from step 3,600" in text
    assert "last saved, step 3,600, epoch 300.0 of 300, of a training that was killed" in text
    values = json.loads(succeed("info", killed, "--json"))
    assert (values["status"], values["reason"].startswith("its process ended at epoch 300")) == ("unfinished", True)
    for command in (("decode", "--z", "0,0", "--out", "d.npy"), ("evaluate", "--importance-samples", 0)):
        error = call(command[0], killed, *command[1:]).stderr
        assert f"last saved, step 3,600, epoch 300.0 of 300, of a training that was killed; {resume}\n" in error
    assert call("decode", killed, "--z", "0,0", "--out", "d.npy", "--weights", "best").stderr.count(resume) == 0
    owner = open_run(killed)
    with owner.acquire():
        owner.set_status("training")
        assert "of a training that still runs\n" in call("decode", killed, "--z", "0,0", "--out", "d.npy").stderr


def test_weights_may_be_named_with_the_run() -> None:
    for command in (("decode", "mine@best", "--z", "0,0", "--out", "d.npy"), ("info", "mine@best")):
        assert json.loads(succeed(*command, "--json"))["step"] == BEST
    result = succeed("evaluate", f"mine@{BEST}", "--importance-samples", 0, "--json")
    assert json.loads(result)["weights"] == f"step {BEST}"
    text = fail("decode", f"mine@{BEST}", "--weights", "best", "--z", "0,0", "--out", "d.npy")
    assert f"mine@{BEST} and --weights best choose different weights; write only one of them" in text
    text = fail("info", "mine@best", "--weights", "final")
    assert "mine@best and --weights final choose different weights" in text
    assert "did you mean best?" in fail("info", "mine@bset")
    text = fail("gui", "mine@best", "mine@final")
    assert "mine is given with the weights best and final, but a window shows a run with one choice" in text


@pytest.mark.parametrize("command", [("info",), ("evaluate",), ("decode", "--z", "0,0", "--out", "d.npy")])
def test_missing_best_weights_are_said_with_what_to_do(run: Path, command: tuple[str, ...]) -> None:
    (run / f"step-{BEST:08d}.safetensors").unlink()
    text = fail(command[0], "mine", "--weights", "best", *command[1:])
    assert f"mine: its best weights are missing: there is no file step-{BEST:08d}.safetensors" in text
    assert text.endswith("it keeps those of step 3,600 (final) only; --weights final uses those of step 3,600\n")


def test_damaged_checkpoints_are_listed(run: Path) -> None:
    best, final = (run / f"step-{step:08d}.safetensors" for step in (BEST, FINAL))
    best.write_bytes(b"")
    assert f"step 3,600 (final); damaged: {best.name}" in succeed("info", "mine")
    final.write_bytes(b"")
    text = succeed("info", "mine")
    assert f"none: both checkpoints are damaged: {best.name}, {final.name}; restore a copy of these files" in text
    values = json.loads(succeed("info", "mine", "--json"))
    assert values["damaged_checkpoints"] == [best.name, final.name]
    assert f"both checkpoints are damaged: {best.name}, {final.name}" in fail(
        "decode", "mine", "--z", "0,0", "--out", "d.npy"
    )


def test_a_training_without_a_checkpoint_is_said(killed: Path) -> None:
    for path in killed.glob("step-*.safetensors"):
        path.unlink()
    assert "its training was killed before it saved any weights; latent-explorer resume mine" in succeed("info", killed)
    owner = open_run(killed)
    with owner.acquire():
        owner.set_status("training")
        text = "it trains and has saved no weights yet; the first save comes 30 s after its start"
        assert f"none: {text}" in succeed("info", killed)
        assert f"mine: {text}" in fail("decode", killed, "--z", "0,0", "--out", "d.npy")


def test_the_step_to_continue_from_is_that_of_the_newest_readable_weights(killed: Path) -> None:
    (killed / "state.json").unlink()
    (killed / f"step-{FINAL:08}.safetensors").write_bytes(b"damaged")
    assert f"continues it from step {BEST:,}" in succeed("info", killed)
    (killed / f"step-{BEST:08}.safetensors").write_bytes(b"damaged")
    assert "none of its checkpoints can be read" in succeed("info", killed)


def test_resume_says_that_early_stopping_ends(run: Path) -> None:
    file = run / "run.json"
    header = json.loads(file.read_text())
    header["config"]["train"] |= {"patience": 20, "epochs": 301, "replay": 0}
    file.write_text(json.dumps(header))
    result = call("resume", "mine")
    note = "note: mine stopped early, at epoch 300; it now trains to epoch 301 without early stopping (train."
    assert (result.exit_code, result.stderr.count(note)) == (0, 1)
    assert open_run(run).weights_of().words == "final, step 3,612, epoch 301.0"


def test_the_tab_key_offers_the_steps_of_the_run() -> None:
    class Line:
        params, args = {"run": None}, ["mine"]

    assert kept_weights(Line(), "") == ["final", "best", "3588", "3600"]  # type: ignore[arg-type]
    assert kept_weights(Line(), "b") == ["best"]  # type: ignore[arg-type]


def test_a_step_without_its_number_is_reported() -> None:
    assert "weights 'step': write final, best or" in fail(
        "decode", "mine", "--weights", "step", "--z", "0,0", "--out", "d.npy"
    )


def test_commands_without_a_choice_say_so(run: Path) -> None:
    for command in (
        ("resume", "mine@best"),
        ("replay", "mine@best", "--out", "film.gif"),
        ("train", "--like", "mine@best"),
    ):
        assert "mine@best: this command does not choose weights; write mine" in fail(*command)
    assert "nosuch@best: not a run" in fail("resume", "nosuch@best")
    run.rename("mine@best")  # a folder of this name is found first
    assert "this command does not choose weights" not in fail("resume", "mine@best", "--epochs", "1")


def test_info_says_that_the_best_weights_were_not_saved(killed: Path) -> None:
    assert "not saved" not in succeed("info", killed)
    lowest = Metric(3612, 301.0, "validation", {"total": 1.0})
    open_run(killed).append_metrics([lowest])
    assert "at epoch 301; these weights are not saved, the best ones are of epoch 299" in succeed("info", killed)


def test_evaluate_says_what_an_error_is_over() -> None:
    text = succeed("evaluate", "mine", "--importance-samples", "0")
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert "(over draws)" in lines["elbo"] and "(over samples)" in lines["mse"]
