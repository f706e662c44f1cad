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


def test_the_exported_model_says_its_weights() -> None:
    from safetensors import safe_open

    succeed("export", "mine", "--safetensors", "--out", "w.safetensors", "--weights", "best")
    with safe_open("w.safetensors", framework="np") as file:
        assert "best, step 3,588" in str(file.metadata())


def test_a_killed_training_is_said(killed: Path) -> None:
    resume = f"latent-explorer resume {killed} continues it"
    text = succeed("info", killed)
    assert f"unfinished: its process ended at epoch 300 of 300; {resume} from step 3,600" in text
    assert "newest of an unfinished training, step 3,600, epoch 300.0 of 300" in text
    values = json.loads(succeed("info", killed, "--json"))
    assert (values["status"], values["reason"].startswith("its process ended at epoch 300")) == ("unfinished", True)
    for command in (("decode", "--z", "0,0", "--out", "d.npy"), ("evaluate", "--importance-samples", 0)):
        error = call(command[0], killed, *command[1:]).stderr
        assert f"weights: newest of an unfinished training, step 3,600, epoch 300.0 of 300; {resume}\n" in error
    assert call("decode", killed, "--z", "0,0", "--out", "d.npy", "--weights", "best").stderr.count(resume) == 0
    owner = open_run(killed)
    with owner.acquire():
        owner.set_status("training")
        assert "the training still runs" in call("decode", killed, "--z", "0,0", "--out", "d.npy").stderr


def test_the_tab_key_offers_the_steps_of_the_run() -> None:
    class Line:
        params, args = {"run": None}, ["mine"]

    assert kept_weights(Line(), "") == ["final", "best", "3588", "3600"]  # type: ignore[arg-type]
    assert kept_weights(Line(), "b") == ["best"]  # type: ignore[arg-type]
