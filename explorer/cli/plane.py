"""``plane``: draw the latent plane of a run with overlays, or save its arrays."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.codes import Class
from explorer.cli.output import FIGURES, AsJson, RunPath, checked_out, loading, print_json
from explorer.cli.program import LATENT, app
from explorer.config import ConfigError
from explorer.jobs.overlays.catalog import NAMES  # loads no overlay, and so no torch

if TYPE_CHECKING:
    from explorer.latent.plane.box import Box


@app.command("plane", rich_help_panel=LATENT)
def plane(
    run: RunPath,
    out: Annotated[Path, typer.Option(help="A figure .png, .svg or .pdf, or arrays .npz.")],
    overlay: Annotated[str, typer.Option(metavar="NAME[,NAME]", help=f"Overlays: {', '.join(NAMES)}.")] = "",
    box: Annotated[str, typer.Option(metavar="LEFT,RIGHT,BOTTOM,TOP", help="What of the plane, in latent units.")] = "",
    size: Annotated[int, typer.Option(min=64, max=4096, help="Width and height in pixels.")] = 640,
    sample: Annotated[
        str, typer.Option(metavar="N[,N]", help="Samples: the first is followed, all are selected.")
    ] = "",
    dark: Annotated[bool, typer.Option("--dark", help="On a dark ground.")] = False,
    sheet: Annotated[
        int,
        typer.Option(min=0, max=200, help="Instead: an even sheet of N × N decodes at the prior's quantiles."),
    ] = 0,
    condition: Class = "",
    as_json: AsJson = False,
) -> None:
    """Draw the latent plane with overlays."""
    suffix = checked_out(out, *FIGURES, ".npz")
    # A sheet is another picture and takes no overlays.
    if sheet:
        _save_sheet(run, out, sheet, size, condition, dark, as_json)
        return
    from explorer.export.arrays import save_arrays
    from explorer.jobs.reports.plane_layers import PlaneOptions, compute_plane

    names = tuple(name.strip() for name in overlay.split(",") if name.strip())
    with loading() as context:
        options = PlaneOptions(names, size, _box(box), _samples(sample), condition)
        result = compute_plane(run, options, context)
    if suffix == ".npz":
        save_arrays(out, result.arrays())
    else:
        from explorer.plot.figures import save_figure
        from explorer.plot.plane_figure import new_plane

        save_figure(out, new_plane(result.contents, size, dark=dark))
    shown = result.scene.box
    edges = [shown.left, shown.right, shown.bottom, shown.top]
    words = {name: one.words for name, one in result.results.items()}
    if as_json:
        print_json({"out": str(out), "box": edges, "overlays": words})
    else:
        said = "".join(f"\n  {name}: {line}" if line else f"\n  {name}" for name, line in words.items())
        typer.echo(f"{out}: {', '.join(f'{edge:.4g}' for edge in edges)} (left, right, bottom, top){said}")


def _save_sheet(run: Path, out: Path, count: int, size: int, condition: str, dark: bool, as_json: bool) -> None:
    from explorer.api import load_run
    from explorer.export.arrays import save_arrays
    from explorer.latent.plane.quantiles import sheet_codes
    from explorer.models.catalog import family

    loaded = load_run(run)
    capabilities = family(loaded.config.model.family).model_type.capabilities
    z = sheet_codes(capabilities, loaded.latent_dim, loaded.name, count)
    decodes = loaded.decode(z, condition or None)
    if out.suffix.lower() == ".npz":
        save_arrays(out, {"z": z, "decode": decodes})
    else:
        from explorer.plot.figures import save_figure
        from explorer.plot.manifold_figure import new_manifold

        save_figure(out, new_manifold(decodes, loaded.description, count, size, title=loaded.name, dark=dark))
    if as_json:
        print_json({"out": str(out), "decodes": len(z), "quantiles": count})
    else:
        typer.echo(f"{out}: {len(z)} decodes, each for an equal share of the prior")


def _box(text: str) -> "Box | None":
    from explorer.latent.plane.box import Box

    if not text:
        return None
    try:
        # Also fails for another number of values.
        left, right, bottom, top = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--box {text}: write four numbers, LEFT,RIGHT,BOTTOM,TOP") from error
    if not (left < right and bottom < top):
        raise ConfigError(f"--box {text}: left must be below right, and bottom below top")
    # Beyond this, float32 coordinates of the plane cannot separate the edges.
    farthest = max(map(abs, (left, right, bottom, top)))
    if farthest >= 1e9 or min(right - left, top - bottom) < max(1e-6 * farthest, 1e-9):
        raise ConfigError(
            f"--box {text}: edges must be within ±1e9, and each side at least a millionth of the largest edge"
        )
    return Box(left, right, bottom, top)


def _samples(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"--sample {text}: write whole numbers separated by commas") from error
