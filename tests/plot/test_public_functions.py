"""`explorer.plot`: the functions for notebooks, on given axes and on new ones."""

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import Image

import explorer
import explorer.plot
from explorer.api import LoadedRun
from explorer.assets import shipped_runs
from explorer.config import MODEL_CONFIGS, ConfigError, RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.rendering.theme import DARK, LIGHT

NAMES = ("comparison", "curves", "manifold", "path", "plane", "posterior")


@pytest.fixture(scope="module")
def vae() -> LoadedRun:
    return explorer.load(next(path for path in shipped_runs() if path.name == "digits-vae"))


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> LoadedRun:
    """Train a VAE of five latent dimensions for a moment."""
    path = tmp_path_factory.mktemp("runs") / "wide"
    model = MODEL_CONFIGS["vae"](hidden_widths=(16,), latent_dim=5)
    for _ in run_training(new_run(RunConfig(model=model, train=TrainConfig(epochs=2, threads=1)), path, device="cpu")):
        pass
    return explorer.load(path)


def call(name: str, run: LoadedRun, ax: Axes | None, **more: Any) -> Axes:
    arguments: dict[str, tuple[Any, ...]] = {
        "comparison": ([run, run], "active_units"),
        "path": (run, [3, [0.5, -1.0]]),
        "posterior": (run, 2),
    }
    axes: Axes = getattr(explorer.plot, name)(*arguments.get(name, (run,)), ax=ax, **more)
    return axes


def own_axes() -> Axes:
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots()


@pytest.mark.parametrize("name", NAMES)
def test_each_draws_on_the_given_axes_or_on_new_ones(name: str, vae: LoadedRun, tmp_path: Path) -> None:
    mine = own_axes()
    assert call(name, vae, mine) is mine
    assert mine.has_data() or mine.images or mine.texts
    explorer.plot.save(mine, tmp_path / "mine.png")
    for dark, theme in ((False, LIGHT), (True, DARK)):
        axes = call(name, vae, None, dark=dark)
        assert axes.get_figure(root=True).get_facecolor()[:3] == pytest.approx(
            tuple(int(theme.panel[i : i + 2], 16) / 255 for i in (1, 3, 5))
        )


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figures_are_written_alike_each_time(ending: str, vae: LoadedRun, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.{ending}" for number in (1, 2)]
    for file in files:
        explorer.plot.save(explorer.plot.plane(vae, overlays=["contours"]), file)
    first, second = (file.read_bytes() for file in files)
    assert first == second and len(first) > 10_000
    assert first.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending])
    assert [file.name for file in sorted(tmp_path.iterdir())] == [file.name for file in files]
    if ending == "svg":
        assert "digits-vae" in first.decode() and "points beyond the edge" in first.decode()


def test_given_axes_keep_the_theme_of_their_background(vae: LoadedRun) -> None:
    mine = own_axes()
    mine.set_facecolor("#101216")
    explorer.plot.plane(vae, mine, ["contours"])
    lines = [one.get_color()[0] for one in mine.collections if isinstance(one, LineCollection)]
    assert any(colour[:3].mean() > 0.8 for colour in lines), "light lines on a dark ground"


def test_a_plane_has_what_was_asked_for(vae: LoadedRun) -> None:
    axes = explorer.plot.plane(vae, overlays=["class_gaussians"], box=(-1, 1, -1, 1), samples=[3], legend=False)
    assert axes.get_xlim() == (-1, 1) and axes.get_ylim() == (-1, 1)
    assert not axes.get_figure(root=True).legends
    contents = vae.plane(["class_gaussians"], samples=[3])
    (layer,) = contents.layers
    assert layer.name == "class_gaussians" and layer.result.numbers["means"].shape == (10, 2)
    assert contents.marks.followed and contents.marks.probe == contents.marks.selected[0]
    np.testing.assert_allclose(contents.marks.selected[0], vae.code_of(3), atol=1e-6)
    with pytest.raises(ConfigError, match="choose from"):
        explorer.plot.plane(vae, overlays=["nonsense"])


def test_curves_are_those_of_the_history(wide: LoadedRun) -> None:
    axes = explorer.plot.curves(wide, "kl")
    epochs, values = wide.history.curve("validation", "kl")
    line = next(line for line in axes.lines if line.get_label() == "validation")
    np.testing.assert_array_equal(line.get_xdata(), epochs)
    np.testing.assert_array_equal(line.get_ydata(), values)
    assert axes.get_ylabel() == "nats per sample" and axes.get_title(loc="left") == "KL"
    assert len(explorer.plot.curves([wide, wide], "total", log=True).lines) == 4
    with pytest.raises(ConfigError, match="term 'nonsense': choose from total, reconstruction, kl"):
        explorer.plot.curves(wide, "nonsense")


def test_a_manifold_is_the_decodes_at_the_priors_quantiles(vae: LoadedRun) -> None:
    axes = explorer.plot.manifold(vae, count=3)
    (image,) = axes.images
    pixels = image.get_array()[..., 0].reshape(3, 8, 3, 8).transpose(0, 2, 1, 3).reshape(9, 8, 8)
    decodes = vae.decode(vae.manifold_codes(3))[:, 0] / 16 * 255
    assert np.abs(pixels - decodes).max() <= 1
    ae = explorer.load(next(path for path in shipped_runs() if path.name == "digits-ae"))
    with pytest.raises(ConfigError, match="the model has no prior"):
        explorer.plot.manifold(ae)


def test_a_comparison_is_of_the_figures_that_the_runs_have(vae: LoadedRun, wide: LoadedRun) -> None:
    axes = explorer.plot.comparison([vae, wide], "active_units")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["digits-vae", "wide"]
    values = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1 and line.get_marker() == "o"]
    found = vae.compare(wide)
    (line,) = (line for line in found.lines if line.name == "active_units")
    assert values == [cell.value for cell in line.cells]
    with pytest.raises(ConfigError, match="figure 'nonsense': choose from reconstruction"):
        explorer.plot.comparison([vae, wide], "nonsense")


def test_a_path_goes_from_code_to_code(vae: LoadedRun) -> None:
    axes = explorer.plot.path(vae, [3, [0.5, -1.0]], steps=3)
    assert [text.get_text() for text in axes.texts] == ["t = 0.00", "t = 0.33", "t = 0.67", "t = 1.00"]
    assert len(axes.images) == 4


def test_what_is_not_defined_is_said_with_why(wide: LoadedRun, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="in one or two latent dimensions; it has 5"):
        explorer.plot.posterior(wide, 0)
    with pytest.raises(ConfigError, match=r"must end in \.png, \.svg, \.pdf"):
        explorer.plot.save(own_axes(), tmp_path / "x.gif")


def test_five_dimensions_are_shown_by_their_principal_components(wide: LoadedRun) -> None:
    axes = explorer.plot.plane(wide, overlays=["contours"])
    assert axes.get_xlabel().startswith("PC1 (") and axes.get_ylabel().startswith("PC2 (")


def test_a_large_figure_shows_the_same_larger(vae: LoadedRun, tmp_path: Path) -> None:
    for size in (320, 1280):
        explorer.plot.save(explorer.plot.plane(vae, size=size), tmp_path / "x.png")
        with Image.open(tmp_path / "x.png") as picture:
            assert picture.size == (size, size)


def test_no_module_hides_a_function() -> None:
    for module in pkgutil.iter_modules(explorer.plot.__path__):
        import_module(f"explorer.plot.{module.name}")
    assert all(callable(getattr(explorer.plot, name)) for name in explorer.plot.__all__)


def test_matplotlib_is_imported_when_something_is_drawn_and_pyplot_never() -> None:
    program = """
import sys, explorer
assert "explorer.plot" not in sys.modules
explorer.plot.plane
assert "matplotlib" not in sys.modules and "numpy" in sys.modules
from explorer.assets import shipped_runs
explorer.plot.path(explorer.load(shipped_runs()[0]), [0, 1])
assert "matplotlib.figure" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-W", "error", "-P", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
