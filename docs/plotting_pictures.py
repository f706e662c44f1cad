"""Draws the figures of docs/plotting.md, from the included runs. Needs no screen."""

import tempfile
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import explorer
from explorer.api import LoadedRun

ROOT = Path(__file__).resolve().parent
RUNS = ROOT.parent / "checkpoints"
PICTURES = ROOT / "images" / "plotting"


def main() -> None:
    """Draw one figure for each function, and several on one."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "one-dimension"
        run = explorer.train(out=out, data="digits", model="vae", latent_dim=1, epochs=60, seed=0, threads=1)
        axes = explorer.plot.plane(run, overlays=["class_gaussians", "axis_strips"], size=560)
        _save(axes.get_figure(root=True), "one-dimension")
    vae, ae = explorer.load(RUNS / "digits-vae"), explorer.load(RUNS / "digits-ae")
    plot = explorer.plot
    figures = {
        "plane-light": plot.plane(vae, overlays=["off_manifold", "contours"]),
        "plane-dark": plot.plane(vae, overlays=["regions", "all_posteriors", "axis_strips"], samples=[17], dark=True),
        "manifold": plot.manifold(vae, count=16, size=560),
        "posterior": plot.posterior(vae, sample=2),
        "path": plot.path(vae, [3, 17]),
        "curves": plot.curves([ae, vae], "reconstruction"),
        "comparison": plot.comparison([ae, vae], "overlap"),
    }
    for name, axes in figures.items():
        _save(axes.get_figure(root=True), name)
    _save(_side_by_side(ae, vae), "side-by-side")


def _side_by_side(*runs: LoadedRun) -> Figure:
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, run in zip(figure.subplots(1, len(runs)), runs, strict=True):
        explorer.plot.plane(run, axes, ["class_gaussians"], legend=run is runs[-1])
    return figure


def _save(figure: Figure | None, name: str) -> None:
    assert figure is not None
    path = PICTURES / f"{name}.png"
    explorer.plot.save(figure, path)
    print(path)  # noqa: T201  (a script tells what it wrote)


if __name__ == "__main__":
    main()
