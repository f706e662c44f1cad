import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.config import ConfigError
from explorer.jobs.runs.settings import build_config, command_line, in_labels, named_assignments

CONFIGS = [
    build_config("vae"),
    build_config("ae", {"model.latent_dim": "5", "train.seed": "7", "data.source": "shapes"}),
    build_config(
        "vae",
        {
            "model.hidden_widths": "64,32,16",
            "model.beta": "0.1",
            "model.likelihood": "gaussian",
            "train.learning_rate": "0.00037",
            "train.threads": "2",
            "data.attribute_columns": "age of sample,it's",
            "data.label_column": "the class",
        },
    ),
    build_config("vae", {"model.hidden_widths": ""}),
    build_config(
        "vae",
        {
            "data.ignored_columns": '"Größe, cm", "the ""second""", " blank ", 5" pipe, a=b',
            "data.label_column": '" Klasse "',
            "data.name_column": '"""quoted"""',
            "data.missing_marks": "−9999, n/a",
            "data.sample_shape": "28x28",
        },
    ),
]


def test_awkward_names_of_columns_are_what_they_say():
    data = CONFIGS[-1].data
    assert data.ignored_columns == ("Größe, cm", 'the "second"', " blank ", '5" pipe', "a=b")
    assert (data.label_column, data.name_column) == (" Klasse ", '"quoted"')


@pytest.mark.parametrize("config", CONFIGS)
def test_the_command_makes_the_same_run(config, monkeypatch, tmp_path):
    """The command, as a shell and the program read it, trains the config that it was made from."""
    caught = []

    def new_run(config, out, **options):
        caught.append((config, out, options["device"]))
        raise ConfigError("enough")

    monkeypatch.setattr("explorer.jobs.runs.train_run.new_run", new_run)
    out = tmp_path / "a run's folder"
    words = shlex.split(command_line(config, out, "cpu"))
    assert words[0] == "latent-explorer"
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == 2 and "enough" in result.output
    assert caught == [(config, out, "cpu")]


def test_only_settings_that_differ_are_named():
    line = command_line(CONFIGS[0], Path("checkpoints/x"))
    assert line == "latent-explorer train --data digits --model vae --latent-dim 2 --seed 0 --out checkpoints/x"
    with_epochs = replace(CONFIGS[0], train=replace(CONFIGS[0].train, epochs=5))
    assert "--epochs 5" in command_line(with_epochs, Path("checkpoints/x"))


def test_a_path_is_kept_absolute(tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    config = build_config("vae", {"data.source": "pictures"})
    assert config.data.source == str(tmp_path / "pictures")
    (tmp_path / "digits").mkdir()
    assert build_config("vae", {"data.source": "digits"}).data.source == "digits"


def test_settings_by_their_name_alone():
    assignments = named_assignments("vae", {"beta": 4, "epochs": 3, "hidden_widths": (8, 4), "source": "shapes"})
    config = build_config("vae", assignments)
    assert (config.model.beta, config.train.epochs, config.model.hidden_widths) == (4, 3, (8, 4))
    assert config == replace(config, data=replace(config.data, source="shapes"))
    with pytest.raises(ConfigError, match="betta: no such setting"):
        named_assignments("vae", {"betta": 4})


def test_messages_name_settings_as_the_form_does() -> None:
    words = in_labels("model.likelihood = bernoulli needs values in [0, 1]")
    assert words == "Likelihood bernoulli needs values in [0, 1]"
    assert in_labels("data.encoding chooses another encoding") == "“Encoding” chooses another encoding"
    assert in_labels("data.sample_shape = 8x8 needs 64 numbers") == "“Shape of a sample” 8x8 needs 64 numbers"
    kept = "/tmp/model.pt and model.unheard"
    assert in_labels(f"see train.epochs; {kept}") == f"see Epochs; {kept}"
