"""The command line of a run without an encoder: what is defined, and one clear sentence for what is not."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from explorer.cli import app


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def gan(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "gan"
    widths = ("--set", "model.generator_widths=8", "--set", "model.discriminator_widths=8")
    done = call("train", "--model", "gan", "--epochs", 2, "--out", path, "--threads", 1, "--device", "cpu", *widths)
    assert done.exit_code == 0, done.output
    assert "discriminator" in done.stdout and "generator" in done.stdout
    assert "total" not in done.stdout
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("encode", "--out", "z.npz"),
        ("encode", "--row", "1,2", "--out", "z.npz"),
        ("path", "--through", "3", "--through", "0,1", "--out", "way.png"),
        ("traverse", "--rows", "local", "--out", "rows.png"),
        ("vector", "--plus", "class 3", "--minus", "class 8", "--out", "vector.npz"),
        ("sample", "--from", "mixture", "--out", "sheet.png"),
        ("counterfactual", "3", "--out", "strip.png"),
    ],
)
def test_what_needs_codes_of_samples_is_refused(gan, words, tmp_path):
    *before, name = words
    refused = call(before[0], gan, *before[1:], tmp_path / name)
    assert refused.exit_code == 2
    assert "has no encoder" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert "choose" in refused.stderr
    assert not (tmp_path / name).exists()


def test_codes_and_paths_between_them_are_decoded(gan, tmp_path):
    for words in (("decode", gan, "--z", "0.1,1"), ("path", gan, "--through=-1,0", "--through", "1,1", "--steps", 3)):
        out = tmp_path / f"{words[0]}.png"
        assert call(*words, "--out", out).exit_code == 0
        with Image.open(out) as picture:
            picture.load()
            assert picture.convert("L").getextrema()[1] > 0


def test_figures_are_not_defined_with_why(gan):
    values = json.loads(call("evaluate", gan, "--json").stdout)
    assert values["reconstruction"] is None
    assert "no encoder" in values["not_defined"]["reconstruction"]


def test_info_has_generator_and_discriminator_losses_but_no_total(gan):
    shown = call("info", gan).stdout
    assert "discriminator" in shown and "best" not in shown
    assert json.loads(call("info", gan, "--json").stdout)["losses"]["best_validation"] is None
