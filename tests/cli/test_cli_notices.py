import json
import shlex
from math import log

import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.runs.history import Metric
from explorer.runs.run_directory import open_run

FAST = ("--first-look", "--threads", "1", "--device", "cpu", "--set", "model.hidden_widths=16")


def call(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result


def test_train_ends_with_what_went_wrong_and_what_to_try(tmp_path):
    hasty = call("train", "--epochs", 2, "--learning-rate", 1, "--json", "--out", tmp_path / "hasty", *FAST)
    (line,) = hasty.stderr.splitlines()
    assert line.startswith("note: The learning rate of 1 is too high: the loss jumped to")
    assert "Try a learning rate of 0.001" in line
    (notice,) = json.loads(hasty.stdout)["notices"]
    assert notice["kind"] == "learning rate" and notice["severity"] == "warning"
    assert notice["try"][0]["settings"] == {"train.learning_rate": "0.001"}
    healthy = call("train", "--epochs", 2, "--json", "--out", tmp_path / "healthy", *FAST)
    assert healthy.stderr == "" and json.loads(healthy.stdout)["notices"] == []
    assert "note:" in call("resume", tmp_path / "hasty", "--epochs", 3).stderr


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory):
    """Return a run whose curves say that its posterior was the prior for 30 epochs."""
    path = tmp_path_factory.mktemp("runs") / "collapsed"
    call("train", "--epochs", 1, "--set", "model.beta=20", "--out", path, *FAST)
    rows = [
        Metric(12 * epoch, epoch, "validation", {"total": 27.0, "kl": 0.002}, (0.001, 0.001)) for epoch in range(2, 31)
    ]
    open_run(path).append_metrics(rows)
    return path


def test_info_prints_each_notice_with_its_epoch_and_options_to_try(collapsed):
    text = call("info", collapsed).stdout
    assert "The posterior has collapsed: KL is" in text and "This has been the case since epoch 2." in text
    line = next(line for line in text.splitlines() if "try β from 20 to 1" in line)
    assert shlex.split(line.partition(": ")[2]) == ["--set", "model.beta=1"]
    spaced = next(line for line in text.splitlines() if "try free bits" in line)
    assert "model.kl_objective=free bits" in shlex.split(spaced.partition(": ")[2])
    (notice,) = json.loads(call("info", collapsed, "--json").stdout)["notices"]
    assert notice["kind"] == "posterior collapse" and notice["since_epoch"] == 2


def test_info_prints_the_command_that_trains_further(tmp_path):
    path = tmp_path / "my run"
    call("train", "--epochs", 1, "--out", path, *FAST)
    losses = [44 - 4 * log(epoch) for epoch in range(2, 41)]
    open_run(path).append_metrics(
        [Metric(2 * epoch, epoch, "validation", {"total": loss}) for epoch, loss in enumerate(losses, start=2)]
    )
    text = call("info", path).stdout
    assert "Still improving: the validation loss fell by" in text and "at epoch 20 to" in text
    assert "This has been the case" not in text  # the sentence has its epoch
    line = next(line for line in text.splitlines() if "try 2 epochs" in line)
    assert shlex.split(line.partition(" nats: ")[2]) == ["latent-explorer", "resume", str(path), "--epochs", "2"]
    (notice,) = json.loads(call("info", path, "--json").stdout)["notices"]
    assert notice["try"][0]["continues"] and notice["try"][0]["settings"] == {"train.epochs": "2"}


def test_evaluate_prints_notices_beside_the_figures(collapsed):
    quick = ("--importance-samples", 0)
    values = json.loads(call("evaluate", collapsed, "--json", *quick).stdout)
    assert values["notices"]["posterior collapse"].startswith("The posterior has collapsed")
    assert "note: The posterior has collapsed" in call("evaluate", collapsed, *quick).stderr
