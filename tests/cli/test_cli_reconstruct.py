"""``reconstruct`` and the restoration's figures on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from explorer.api import load_run
from explorer.cli import app
from explorer.data.corruption import Corruption
from explorer.latent.metrics.decoder.restoration import psnr

FAST = ("--epochs", 8, "--threads", "1", "--device", "cpu", "--set", "model.hidden_widths=16")


def call(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "dae"
    status, _, error = call("train", "--model", "denoising-ae", "--out", path, *FAST)
    assert status == 0, error
    return path


def test_it_writes_the_four_side_by_side(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "four.png"
    status, text, _ = call("reconstruct", run, "--sample", 3, "--size", 80, "--out", out)
    assert status == 0
    assert "sample 3, gaussian 0.4" in text  # the run's own
    assert text.count(" dB") == 2
    with Image.open(out) as picture:
        width, height = picture.size
    assert width > 4 * 80
    assert height < 150


def test_it_saves_arrays_and_prints_the_values(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "values.npz"
    words = ("--corruption", "blocks", "--level", 0.3, "--seed", 5, "--out", out, "--json")
    status, text, _ = call("reconstruct", run, "--sample", 3, *words)
    assert status == 0
    output = json.loads(text)
    assert (output["corruption"], output["level"], output["seed"]) == ("blocks", 0.3, 5)
    assert output["not_defined"] == {}
    with np.load(out) as arrays:
        assert set(arrays) == {"clean", "corrupted", "restored", "difference", "hidden", "z"}
        assert (arrays["corrupted"][arrays["hidden"]] == 0).all()
        expected = psnr(arrays["clean"], arrays["restored"], data_range=16)
        assert output["psnr_restored"] == pytest.approx(expected, rel=1e-5)
        again = load_run(run).reconstruct(3, Corruption("blocks", 0.3), seed=5)
        assert np.array_equal(again.restored, arrays["restored"])


def test_a_ratio_without_an_end_is_null_with_why(run: Path, tmp_path: Path) -> None:
    words = ("--corruption", "none", "--out", tmp_path / "a.png", "--json")
    status, text, _ = call("reconstruct", run, "--sample", 3, *words)
    assert status == 0
    output = json.loads(text)
    assert output["psnr_corrupted"] is None
    assert "the ratio is infinite" in output["not_defined"]["psnr_corrupted"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--sample", 5000, "--out", "a.png"), "no sample 5000; its samples are 0 to 1796"),
        (("--sample", 3, "--corruption", "rain", "--out", "a.png"), "unknown corruption 'rain': choose from none"),
        (("--sample", 3, "--out", "a.gif"), "must end in .png, .svg, .pdf or .npz"),
        (("--sample", 3, "--level", 2, "--out", "a.png"), "--level"),
    ],
)
def test_errors_are_printed_in_one_line(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], fault: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, text, error = call("reconstruct", run, *words)
    assert (status, text) == (2, "")
    assert fault in error
    assert len(error.splitlines()) == 1


def test_evaluate_measures_the_restoration(run: Path) -> None:
    status, text, _ = call("evaluate", run, "--json")
    assert status == 0
    output = json.loads(text)
    assert output["psnr_corrupted"] == pytest.approx(7.96, abs=0.1)  # −20·log₁₀ 0.4
    assert output["psnr_restored"] > output["psnr_corrupted"]
    _, text, _ = call("evaluate", run)
    assert "psnr_restored" in text
    assert "dB" in text
