"""The two runs that ship agree with the README: made by its commands, complete, and as good as a new training."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.assets import shipped_runs
from explorer.cli import app
from explorer.config import replace
from explorer.jobs.runs.kept_figures import kept_figures
from explorer.latent.codes.embedding import embed
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.evaluation.figures import KEYS
from explorer.runs.run_directory import open_run

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
NAMES = ("digits-ae", "digits-vae")


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


def test_both_ship():
    assert [path.name for path in shipped_runs()] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_whole(name, digits):
    run = open_run(next(path for path in shipped_runs() if path.name == name))
    assert run.read_only
    assert (run.state.status, run.state.step) == ("finished", 3600)
    assert run.description.fingerprint == digits.description.fingerprint
    model, step = run.load_model()
    latents = run.latents()
    assert step == latents.step == 3600
    assert embed(model, digits).mean == pytest.approx(latents.mean, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_its_figures_ship_and_are_those_of_its_weights(name, digits):
    path = next(path for path in shipped_runs() if path.name == name)
    kept = kept_figures(path)
    assert kept is not None, "a figure is new or means something else: run docs/shipped_figures.py"
    model, step = open_run(path).load_model()
    measured = evaluate(model, digits, importance_samples=kept.requested_draws)
    assert kept.step == step and kept.requested_draws == 64
    assert kept.figures.not_defined == measured.not_defined
    for name in KEYS:
        if isinstance(value := measured.values[name], float):
            assert kept.figures[name] == pytest.approx(value, rel=1e-3, abs=1e-5), name


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_has_its_settings(name, tmp_path):
    made = train_elsewhere(name, tmp_path / name, "--epochs", "1")
    shipped = open_run(shipped_runs()[NAMES.index(name)]).config  # settings that came later have their defaults
    assert shipped.train.epochs == 300
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
