"""Every overlay on a figure and in the window: the same parts at the same points in the same style."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QImage, QPainter
from scipy.ndimage import binary_dilation, gaussian_filter

import explorer
from explorer.assets import shipped_runs
from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.jobs.overlays.catalog import NAMES
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.plot import strips  # noqa: F401  (tells draw_part how strips are drawn)
from explorer.plot.contents import PlaneContents
from explorer.plot.figures import add_axes, new_figure, style_for, to_pixels
from explorer.plot.parts import PartLook, draw_part
from explorer.ui.plane.overlays import overlay_item  # noqa: F401  (tells paint_part how all parts are painted)
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap
from explorer.ui.theme.theme import DARK, LIGHT

SIDE = 480
INK = 24
"""A pixel is inked that is so far from the ground in some channel."""
NEAR = 5
"""Pixels that the two may be apart: letters of two fonts, dashes that begin elsewhere."""
CLOSE_UP = (-0.5, 0.1, 0.1, 0.7)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a VAE of the digits for a moment: it has a replay."""
    path = tmp_path_factory.mktemp("runs") / "vae"
    config = RunConfig(
        model=MODEL_CONFIGS["vae"](hidden_widths=(16,), latent_dim=2), train=TrainConfig(epochs=3, threads=1)
    )
    for _ in run_training(new_run(config, path, device="cpu")):
        pass
    return path


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train vectors of some words for a moment."""
    path = tmp_path_factory.mktemp("runs") / "words"
    config = RunConfig(
        data=DataConfig(source="topics-words", vocabulary=120),
        model=MODEL_CONFIGS["skip-gram"](latent_dim=2),
        train=TrainConfig(epochs=1, threads=1),
    )
    for _ in run_training(new_run(config, path, device="cpu")):
        pass
    return path


def contents_of(name: str, trained: Path, words: Path) -> PlaneContents:
    shipped = next(path for path in shipped_runs() if path.name == "digits-vae")
    run = {"drift": trained, "words": words}.get(name, shipped)
    box = CLOSE_UP if name == "thumbnails" else None
    return explorer.load(run).plane([name], box=box, samples=(17, 5, 9), size=SIDE)


def on_figure(contents: PlaneContents, dark: bool) -> np.ndarray:
    style = style_for(640, dark=dark)
    figure = new_figure(SIDE, SIDE, style)
    axes, box = add_axes(figure, 0, 0, SIDE, SIDE, style), contents.box
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), autoscale_on=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0, labelsize=0)
    axes.set(xticks=[], yticks=[])
    for part in contents.layers[0].result.parts:
        draw_part(part, axes, PartLook(style, contents.description, 3.0))
    return to_pixels(figure).astype(np.float64)


def in_window(contents: PlaneContents, dark: bool) -> np.ndarray:
    theme, box = DARK if dark else LIGHT, contents.box
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(theme.plane)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)

    def pixel(point: tuple[float, float]) -> QPointF:
        x, y = point
        return QPointF((x - box.left) / box.width * SIDE, (box.top - y) / box.height * SIDE)

    look = PaintStyle(theme, 1.0, 1.0, contents.description, QRectF(0, 0, SIDE, SIDE), lambda: True)
    for part in contents.layers[0].result.parts:
        paint_part(part, painter, PlaneMap(pixel), look, Ready())
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE, 4)
    return pixels[..., 2::-1].astype(np.float64)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_both_draw_the_same(name: str, dark: bool, trained: Path, words: Path, qapp: object) -> None:
    contents = contents_of(name, trained, words)
    assert contents.layers[0].result.parts
    figure, window = on_figure(contents, dark), in_window(contents, dark)
    ground = window[0, 0] * 0 + np.array([int((DARK if dark else LIGHT).plane[i : i + 2], 16) for i in (1, 3, 5)])
    inked = [np.abs(pixels - ground).max(axis=-1) > INK for pixels in (figure, window)]
    assert all(one.mean() > 0.001 for one in inked), "something is drawn by both"
    around = np.ones((2 * NEAR + 1, 2 * NEAR + 1), bool)
    for one, other in (inked, inked[::-1]):
        assert (one & binary_dilation(other, around)).sum() > 0.97 * one.sum()
    off = np.abs(gaussian_filter(figure, (4, 4, 0)) - gaussian_filter(window, (4, 4, 0)))
    assert off.mean() < 5 and np.percentile(off, 99) < 45
