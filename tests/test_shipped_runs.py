"""The runs that ship are what the README says: made by its commands, whole, and as good as a new training."""

import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.assets import shipped_runs
from explorer.cli import app
from explorer.config import DataConfig, replace
from explorer.data.catalog import load
from explorer.jobs.runs.kept_figures import kept_figures
from explorer.latent.codes.embedding import embed
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.evaluation.figures import KEYS
from explorer.runs.run_directory import open_run

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
NAMES = ("mnist-ae", "mnist-vae", "digits-ae", "digits-vae")
STEPS = {"mnist-ae": 6780, "mnist-vae": 6780, "digits-ae": 3600, "digits-vae": 3600}
EPOCHS = {"mnist-ae": 60, "mnist-vae": 60, "digits-ae": 300, "digits-vae": 300}
MOST_BYTES = 6_000_000


def readme_command(name):
    """Return the README's command for a run, as words after the program's name."""
    (line,) = [line for line in README.splitlines() if line.endswith(f"--out checkpoints/{name}") and "train" in line]
    return shlex.split(line)[1:]


def train_elsewhere(name, out, *more):
    """Run the README's command with another output folder."""
    words = [str(out) if word == f"checkpoints/{name}" else word for word in readme_command(name)]
    result = CliRunner().invoke(app, [*words, *more])
    assert result.exit_code == 0, result.output
    return open_run(out)


@pytest.fixture(scope="module")
def data():
    """Return a function that loads the data of an included run, once."""
    return cache(lambda name: load(DataConfig(source="mnist-small" if name.startswith("mnist") else "digits")))


def test_all_ship_and_those_of_mnist_come_first():
    assert [path.name for path in shipped_runs()] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_whole(name, data):
    run = open_run(next(path for path in shipped_runs() if path.name == name))
    assert run.read_only
    assert (run.state.status, run.state.step) == ("finished", STEPS[name])
    assert run.description.fingerprint == data(name).description.fingerprint
    model, step = run.load_model()
    latents = run.latents()
    assert step == latents.step == STEPS[name]
    assert embed(model, data(name)).mean == pytest.approx(latents.mean, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_small(name):
    folder = next(path for path in shipped_runs() if path.name == name)
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < MOST_BYTES


@pytest.mark.parametrize("name", ["mnist-ae", "mnist-vae"])
def test_a_replay_ships(name):
    frames = open_run(next(path for path in shipped_runs() if path.name == name)).replay.frames
    assert len(frames) >= 8 and frames[0].step == 0 and frames[-1].step == STEPS[name]


@pytest.mark.parametrize("name", NAMES)
def test_its_figures_ship_and_are_those_of_its_weights(name, data):
    path = next(path for path in shipped_runs() if path.name == name)
    kept = kept_figures(path)
    assert kept is not None, "a figure is new or means something else: run docs/shipped_figures.py"
    model, step = open_run(path).load_model()
    measured = evaluate(model, data(name), importance_samples=kept.requested_draws)
    assert kept.step == step and kept.requested_draws == 64
    assert kept.figures.not_defined == measured.not_defined
    for name in KEYS:
        if isinstance(value := measured.values[name], float):
            assert kept.figures[name] == pytest.approx(value, rel=1e-3, abs=1e-5), name


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_has_its_settings(name, tmp_path):
    made = train_elsewhere(name, tmp_path / name, "--epochs", "1")
    shipped = open_run(shipped_runs()[NAMES.index(name)]).config  # settings that came later have their defaults
    assert shipped.train.epochs == EPOCHS[name]
    assert made.config == replace(shipped, train=replace(shipped.train, epochs=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_new_training_is_as_good(name, tmp_path):
    made = train_elsewhere(name, tmp_path / name)
    shipped = open_run(shipped_runs()[NAMES.index(name)])
    assert last_validation(made) == pytest.approx(last_validation(shipped), rel=0.02)


def last_validation(run):
    """Return the last validation loss, nats per sample."""
    return [metric for metric in run.history.metrics if metric.split == "validation"][-1].terms["total"]
