"""The commands sample and encode with their sources, files and errors."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from cases.command_cases import fail, succeed
from PIL import Image

from explorer.api import draw_sheet, load_run
from explorer.data.pictures.picture_file import FORMATS_TEXT
from explorer.latent.codes.draw_sheet import SheetRequest

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"
DIGITS, WITHOUT_PRIOR = SHIPPED / "digits-vae", SHIPPED / "digits-ae"


def arrays_in(path):
    with np.load(path) as file:
        return dict(file)


def test_draws_without_options_are_those_of_the_notebook(tmp_path):
    out = tmp_path / "draws.npz"
    told = succeed("sample", DIGITS, "--out", out)
    run, arrays = load_run(DIGITS), arrays_in(out)
    before, sheet = run.draws(25), draw_sheet(run)
    for name in ("z", "decodes", "nearest", "distances"):
        assert np.array_equal(arrays[name], getattr(before, name)), name
        assert np.array_equal(arrays[name], getattr(sheet.draws, name)), name
    assert "25 draws with seed 0; draws from its prior, the standard normal" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "mixture", "--components", 3), "a mixture of 3 Gaussians fitted on"),
        (("--from", "range"), "uniform draws from the range"),
        (("--from", "around", "--around", 5, "--temperature", 0.5), "0.5 × the posterior's σ of sample 5"),
        (("--from", "around", "--around", "0.5,-1"), "around the code"),
    ],
)
def test_other_sources_say_where_their_draws_come_from(tmp_path, options, words):
    out = tmp_path / "draws.csv"
    values = json.loads(succeed("sample", DIGITS, *options, "--count", 4, "--seed", 2, "--out", out, "--json"))
    assert words in values["source"] and len(values["z"]) == 4
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [float(row["z1"]) for row in rows] == [z[0] for z in values["z"]]
    assert (values["log_density"] is None) == ("range" in words)


def test_a_sheet_has_rows_and_columns(tmp_path):
    out = tmp_path / "sheet.png"
    assert "6 samples of p(x|z)" in succeed("sample", DIGITS, "--rows", 2, "--columns", 3, "--drawn", "--out", out)
    with Image.open(out) as drawn:
        width, height = drawn.size
    assert width < height  # three columns, and two rows of pairs


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--from", "nowhere"), "choose from prior, range, mixture, around"),
        (("--from", "around"), "belong together"),
        (("--around", "5"), "belong together"),
        (("--from", "around", "--around", "nan,0"), "write finite numbers, or a sample index"),
        (("--count", 3, "--rows", 2), "either --count"),
        (("--count", 401), "at most 400"),
        (("--each-class",), "takes no class; choose a run of a conditional VAE"),
        (("--from", "around", "--around", "1,2,3"), "has 3 numbers"),
        (("--from", "mixture", "--components", 99), None),
    ],
)
def test_wrong_options_are_told(tmp_path, options, why):
    arguments = ("sample", DIGITS, *options, "--out", tmp_path / "sheet.png")
    if why is None:
        succeed(*arguments)
    else:
        assert why in fail(*arguments)


def picture(path, *, bright=True):
    pixels = np.full((300, 200), 255 if bright else 0, np.uint8)
    pixels[60:240, 90:115] = 0 if bright else 255
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_is_encoded_with_its_steps(tmp_path):
    told = succeed("encode", DIGITS, "--file", picture(tmp_path / "one.png"))
    assert told.startswith("one.png: z = ") and "invert: the background of the data is dark" in told
    values = json.loads(
        succeed("encode", DIGITS, "--file", tmp_path / "one.png", "--no", "invert", "--no", "centre", "--json")
    )["inputs"][0]
    applied = {step["name"]: step["applied"] for step in values["steps"]}
    assert applied["invert"] is False and applied["centre"] is False and applied["crop"] is True
    assert 0 <= values["error_percentile"] <= 1 and len(values["nearest"]) == 15 and values["not_defined"] == {}


def test_several_pictures_are_saved_as_arrays_table_and_figure(tmp_path):
    files = [("--file", picture(tmp_path / f"{number}.png", bright=bool(number))) for number in range(2)]
    options = [word for pair in files for word in pair]
    for suffix in ("npz", "csv", "png", "svg"):
        assert "2 inputs" in succeed("encode", DIGITS, *options, "--out", tmp_path / f"codes.{suffix}")
    arrays = arrays_in(tmp_path / "codes.npz")
    assert (
        arrays["sample"].shape == (2, 1, 8, 8) and arrays["mean"].shape == (2, 2) and arrays["nearest"].shape == (2, 15)
    )
    # The same picture in both polarities is the same sample.
    assert np.array_equal(arrays["sample"][0], arrays["sample"][1])
    rows = list(csv.DictReader((tmp_path / "codes.csv").read_text().splitlines()))
    assert [float(row["z2"]) for row in rows] == pytest.approx(arrays["mean"][:, 1].tolist())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "--out"),
        (("--no", "invert"), "need own input"),
        (("--text", "hello"), "the input is a text"),
        (("--row", "a=1"), "the input is a row"),
        (("--file", "none.png"), "cannot be opened"),
        (("--file", __file__), f"the content is not {FORMATS_TEXT}\n"),
        (("--text", "a", "--no", "turning"), "choose from colours"),
        (("--text", "a", "--no", "invert", "--do", "invert"), "both name invert"),
        (("--text", "a", "--class", "3"), "takes no class"),
    ],
)
def test_wrong_inputs_are_told(options, why):
    assert why in fail("encode", DIGITS, *options)


def test_a_request_is_a_value():
    assert hash(SheetRequest()) == hash(SheetRequest())
