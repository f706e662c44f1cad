"""Every family is trained on its example data by its name alone, and answers every question about a run."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from explorer.cli import app
from explorer.config import DataConfig, ModelConfig
from explorer.data import catalog as datasets
from explorer.latent.evaluation.catalog import ERRORS, FIGURES
from explorer.models import catalog

FAMILIES = {
    family.name: family for family in catalog.families() if family.model_type.__module__.startswith("explorer.")
}
OF_TEXT = {"lsi": "topics", "skip-gram": "topics-words"}
SMALL: dict[str, tuple[str, ...]] = {"residual-ae": ("--data", "digits")}
"""What the quick test takes in place of the example data, where that has large pictures."""


def call(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def trained(name: str, folder: Path, *words: object) -> Path:
    result = call("train", "--model", name, "--threads", 1, "--device", "cpu", "--out", folder / name, *words)
    assert result.exit_code == 0, result.output
    return folder / name


def check_figures(run: Path) -> dict[str, Any]:
    """Check that each figure is a number, or not defined with a reason in words; never both, never neither."""
    values = json.loads(call("evaluate", run, "--json").stdout)
    reasons = values["not_defined"]
    assert set(reasons) <= {"overlap_matrix", *ERRORS, *(figure.name for figure in FIGURES)}
    assert (values["overlap_matrix"] is None) == ("overlap_matrix" in reasons)
    for name in (*ERRORS, *(figure.name for figure in FIGURES)):
        value = values[name]
        assert (value is None) == (name in reasons), name
        assert len(reasons[name]) > 10 if value is None else math.isfinite(value), name
    shown = call("evaluate", run).stdout.splitlines()
    for name in ("monte_carlo_error", *(figure.name for figure in FIGURES)):
        (line,) = [line for line in shown if line.startswith(f"{name} ")]
        assert ("not defined: " in line) == (values[name] is None)
    return values


@pytest.mark.parametrize("name", FAMILIES)
def test_a_run_answers_or_says_in_one_sentence_why_not(name: str, tmp_path: Path) -> None:
    run = trained(name, tmp_path, "--epochs", 1, *SMALL.get(name, ()))
    check_figures(run)
    assert call("info", run).exit_code == 0
    header = json.loads(call("info", run, "--json").stdout)
    dim = header["config"]["model"]["latent_dim"]
    encoded = call("encode", run, "--out", tmp_path / "z.npz")
    asked = [encoded, call("path", run, "--through", 3, "--through", 17, "--steps", 3, "--out", tmp_path / "way.npz")]
    for result in asked:
        if FAMILIES[name].model_type.capabilities.encoder:
            assert result.exit_code == 0, result.output
        else:
            assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and "no encoder" in result.stderr
    if encoded.exit_code == 0:
        with np.load(tmp_path / "z.npz", allow_pickle=False) as codes:
            assert codes["mean"].shape[1] == dim and np.isfinite(codes["mean"]).all()
    zeros = ",".join(["0.1"] * dim)
    assert call("decode", run, "--z", zeros, "--out", tmp_path / "x.npy").exit_code == 0
    decoded = np.load(tmp_path / "x.npy")
    assert decoded.shape == tuple(header["data"]["shape"]) and np.isfinite(decoded).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_pictures_are_tried_on_the_digits_or_faces_and_text_on_the_topics(name: str) -> None:
    suits = datasets.load(DataConfig(source=OF_TEXT.get(name, "digits"))).description
    resolved = catalog.resolve(FAMILIES[name].config_type(), suits)
    assert isinstance(resolved, ModelConfig) and resolved.family == name
    assert FAMILIES[name].data in (OF_TEXT.get(name, "digits"), "faces")


def test_each_is_listed_with_one_sentence() -> None:
    output = {entry["name"]: entry for entry in json.loads(call("models", "--json").stdout)["models"]}
    text = call("models").stdout
    for name in FAMILIES:
        summary = output[name]["summary"]
        assert 40 < len(summary) < 120 and summary.endswith(".") and "\n" not in summary and summary in text
        assert output[name]["settings"] and all(entry["help"].endswith(".") for entry in output[name]["settings"])
    for entry in json.loads(call("datasets", "--json").stdout)["datasets"]:
        assert entry["summary"].endswith(".") and "\n" not in entry["summary"]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_its_defaults_train_to_the_end(name: str, tmp_path: Path) -> None:
    values = check_figures(trained(name, tmp_path))
    assert values["knn_accuracy"] is None or values["knn_accuracy"] > 0.1
