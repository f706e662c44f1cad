"""``components``: show the directions of a linear model, or the Gaussians of a learned prior."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.latent.options import Size
from explorer.cli.output import FIGURES, AsJson, checked_out, numbers_text, print_json, print_rows
from explorer.cli.program import MEASURE, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.models.linear_parts import LinearParts
    from explorer.models.priors import PriorComponents


@app.command("components", rich_help_panel=MEASURE)
def components(
    run: RunWithWeights,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A figure (.png, .svg, .pdf) of the directions, or of the means of a learned prior; or arrays (.npz)."
        ),
    ] = None,
    size: Size = 120,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Show the components of a linear model or a learned prior.

    For a linear model, these are its directions, the variance that each explains, and the angle to the plane of PCA.
    For a learned prior, these are its Gaussians.
    """
    suffix = checked_out(out, *FIGURES, ".npz") if out is not None else ""
    loaded = chosen_run(run, weights)
    # A learned prior has components too, but other ones than a linear map.
    gaussians = loaded.prior_components
    if gaussians is not None:
        _show_gaussians(loaded, gaussians, out, size, as_json)
        return
    parts = loaded.linear_parts()
    if out is not None and suffix == ".npz":
        _save_arrays(out, parts)
    elif out is not None:
        from explorer.plot.decodes.sheets import component_sheet, new_sheet
        from explorer.plot.figures import save_figure

        save_figure(out, new_sheet(component_sheet(parts, loaded.description, size)))
    if as_json:
        print_json({"out": None if out is None else str(out), **_figures(parts)})
    else:
        print_rows(_rows(parts))


def _figures(parts: "LinearParts") -> dict[str, Any]:
    shares = parts.explained_variance_ratio
    return {
        "latent_dim": len(parts.components),
        "explained_variance_ratio": shares.tolist(),
        "cumulative": shares.cumsum().tolist(),
        "share_of": parts.share_of,
        "kept": parts.kept,
        "solver": "exact" if parts.exact else "randomized",
        "angle_to_pca_degrees": parts.angle,
    }


def _rows(parts: "LinearParts") -> list[tuple[str, str]]:
    shares = parts.explained_variance_ratio[: len(parts.components)]
    of = f"of the {parts.share_of}"
    rows = [(f"direction {number}", f"{share:.2%} {of}") for number, share in enumerate(shares, start=1)]
    rows.append(("kept by the model", f"{parts.kept:.2%} {of}"))
    if parts.angle is not None:
        rows.append(("angle to the PCA plane", f"{parts.angle:.2f} degrees"))
    return [*rows, ("solver", "exact" if parts.exact else "randomized")]


def _save_arrays(out: Path, parts: "LinearParts") -> None:
    import numpy as np

    from explorer.export.arrays import save_arrays

    arrays = {"components": parts.components, "explained_variance_ratio": parts.explained_variance_ratio}
    optional = {"mean": parts.mean, "pca_components": parts.reference}
    if parts.angle is not None:
        optional["angle_to_pca_degrees"] = np.array(parts.angle)
    save_arrays(out, arrays | {name: value for name, value in optional.items() if value is not None})


def _plain(gaussians: "PriorComponents") -> dict[str, Any]:
    shares = {"shares": gaussians.weights.tolist()}  # "weights" are those of the model
    return {**shares, "means": gaussians.means.tolist(), "covariances": gaussians.covariances.tolist()}


def _show_gaussians(
    loaded: "LoadedRun", gaussians: "PriorComponents", out: Path | None, size: int, as_json: bool
) -> None:
    """Save and print the Gaussians of a learned prior in descending order of weight."""
    import numpy as np

    from explorer.export.arrays import save_arrays
    from explorer.plot.decodes.sheets import new_sheet, sheet_of
    from explorer.plot.figures import save_figure

    arrays = vars(gaussians)
    if out is not None and out.suffix.lower() == ".npz":
        save_arrays(out, arrays)
    elif out is not None:
        decodes = loaded.decode(gaussians.means)
        save_figure(out, new_sheet(sheet_of(decodes, loaded.description, size)))
    if as_json:
        print_json({"out": None if out is None else str(out), **_plain(gaussians)})
        return
    # Only the diagonal is printed; the files have the full covariances.
    deviations = np.sqrt(gaussians.covariances.diagonal(axis1=1, axis2=2))
    print_rows(
        [
            (
                f"Gaussian {number}",
                f"{weight:.2%} of the prior, mean {numbers_text(mean, 3)}, σ {numbers_text(deviation, 3)}",
            )
            for number, (weight, mean, deviation) in enumerate(
                zip(gaussians.weights, gaussians.means, deviations, strict=True), start=1
            )
        ]
    )
