"""Sheets of samples: the order of the cells, and unchanged pixels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import explorer
from explorer.assets import shipped_runs
from explorer.data.dataset import Axis, Dataset, Description
from explorer.data.transform import Transform
from explorer.models.linear_parts import LinearParts
from explorer.plot.decodes.blend_figure import counterfactual_sheet
from explorer.plot.decodes.saved_decodes import save_samples
from explorer.plot.decodes.sheets import DrawingSheet, component_sheet, new_sheet, path_sheet, sheet_of
from explorer.plot.figures import TEXT_PIXELS, to_pixels
from explorer.plot.samples import canvas_of
from explorer.rendering.render import render

GAP = 4
CAPTION = round(1.5 * 13)


@pytest.mark.parametrize("trained", [False, True])
def test_a_sheet_has_a_row_for_pca_where_the_model_was_trained(digits: Dataset, trained: bool) -> None:
    directions = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    parts = LinearParts(
        directions, np.array([0.4, 0.2, 0.1]), "variance", 0.7, True, reference=directions if trained else None
    )
    sheet = to_pixels(new_sheet(component_sheet(parts, digits.description, 40)))
    height = 40 + CAPTION + GAP
    assert sheet.shape == ((2 if trained else 1) * height + GAP, 3 * 44 + GAP, 3)


def test_pictures_keep_their_pixels_and_stand_in_their_cells(digits: Dataset) -> None:
    samples = digits.samples[:5]
    for dark in (False, True):
        sheet = to_pixels(new_sheet(sheet_of(samples, digits.description, 24, columns=3), dark=dark))
        assert sheet.shape == (2 * (24 + GAP) + GAP, 3 * (24 + GAP) + GAP, 3)
        for index, sample in enumerate(samples):
            row, column = divmod(index, 3)
            top, left = GAP + row * (24 + GAP), GAP + column * (24 + GAP)
            drawn = sheet[top : top + 24, left : left + 24].astype(int)
            assert np.abs(drawn - render(sample, digits.description, size=(24, 24))).max() <= 1
        assert len(np.unique(sheet[-24:, -24:].reshape(-1, 3), axis=0)) == 1, "the sixth cell is free"


def test_a_path_has_t_beneath_each_decode(digits: Dataset) -> None:
    sheet = path_sheet(digits.samples[:3], digits.description, 48)
    assert sheet.captions == ("t = 0.00", "t = 0.50", "t = 1.00")
    pixels = to_pixels(new_sheet(sheet))
    assert pixels.shape == (48 + CAPTION + 2 * GAP, 3 * (48 + GAP) + GAP, 3)
    beneath = pixels[GAP + 48 : -GAP].astype(int).sum(axis=(0, 2))
    ground = 3 * 255 * (CAPTION)
    for column in range(3):
        left = GAP + column * (48 + GAP)
        assert (beneath[left : left + 48] < ground).any()


def test_signals_and_values_are_lines_and_text_not_pixels() -> None:
    unit = Transform(np.float32(0), np.float32(1))
    axis = Axis("Raman shift", "1/cm", np.linspace(100, 900, 40))
    signal = Description("s", "vector", (40,), unit, False, (-1, 1), axis=axis)
    values = np.sin(np.linspace(0, 6, 40)).astype(np.float32)
    (axes,) = new_sheet(sheet_of([values, values], signal, 240)).axes
    assert not axes.images and len(axes.lines) + len(axes.artists) >= 4
    assert any("Raman shift (1/cm)" in text.get_text() for text in axes.texts)
    table = Description("t", "vector", (2,), unit, False, (0, 1), feature_names=("height", "$width$"))
    (axes,) = new_sheet(sheet_of([np.array([0.5, -1.0])], table, 320)).axes
    assert {"height", "$width$"} <= {text.get_text() for text in axes.texts}
    to_pixels(axes.get_figure(root=True))


def test_the_classes_of_a_counterfactual_stay_within_their_pictures() -> None:
    run = explorer.load(next(path for path in shipped_runs() if path.name == "digits-vae"))
    found = run.counterfactual(0, steps=5)
    names = tuple(f"person {number}" for number in range(10))
    # Of 8 × 8 pixels, so a side of 63 leaves 56.
    sheet = counterfactual_sheet(found, replace(run.description, class_names=names), 63)
    assert sheet.cell[0] == 56
    widths = [canvas_of(100, 100, TEXT_PIXELS).text_width(caption) for caption in sheet.captions]
    assert max(widths) <= 56 and all(caption.endswith(tuple("0123456789%")) for caption in sheet.captions)


def test_a_smaller_picture_is_in_the_middle_of_its_cell(digits: Dataset) -> None:
    large, small = (sheet_of(digits.samples[:1], digits.description, side).drawings[0] for side in (48, 24))
    (axes,) = new_sheet(DrawingSheet((large, small), (), 2, 48)).axes
    left, right, bottom, top = axes.images[1].get_extent()
    assert (left, right) == (GAP + 52 + 12, GAP + 52 + 36) and {top, bottom} == {GAP + 12, GAP + 36}


@pytest.mark.parametrize(("count", "suffix"), [(1, ".png"), (3, ".png"), (1, ".svg"), (3, ".svg"), (1, ".pdf")])
def test_samples_are_saved_in_every_format_of_a_figure(
    digits: Dataset, count: int, suffix: str, tmp_path: Path
) -> None:
    save_samples(tmp_path / f"x{suffix}", digits.rows(np.arange(count)), digits.description, 64)
    start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF-"}[suffix]
    data = (tmp_path / f"x{suffix}").read_bytes()
    assert data.startswith(start)
    if suffix == ".svg":
        assert b"<image " in data
