"""``posterior``, ``replay`` and ``plane``: pictures of a run's latent space, as figures, films or arrays."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.latent.options import Class, Dark, SampleIndex
from explorer.cli.output import FIGURES, AsJson, checked_out, loading, numbers_text, print_json, print_rows
from explorer.cli.program import LATENT, MEASURE, app
from explorer.cli.shell.chosen_run import RunPath, RunWithWeights, Weights, choose, chosen_run, use_weights
from explorer.cli.shell.completion import words
from explorer.config import ConfigError
from explorer.jobs.overlays.catalog import NAMES  # loads no overlay, and so no torch

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.jobs.reports.plane_layers import PlaneResult
    from explorer.jobs.reports.replay_film import SavedFilm
    from explorer.latent.bound.derivation import DerivationLine
    from explorer.latent.bound.sample_bound import SampleBound
    from explorer.latent.plane.box import Box


ImportanceSamples = Annotated[
    int,
    typer.Option(
        min=2, max=10_000_000, metavar="K", help="Number of draws, if there are too many dimensions for a grid."
    ),
]
PosteriorFile = Annotated[
    Path | None,
    typer.Option(help="For one or two latent dimensions: a figure (.png, .svg, .pdf) or the grid (.npz)."),
]
PosteriorSize = Annotated[int, typer.Option(min=160, max=4096, help="Width and height of a picture, in pixels.")]
Derive = Annotated[
    bool, typer.Option("--derive", help="Derive the ELBO line by line, with the numbers of this sample.")
]


@app.command("posterior", rich_help_panel=MEASURE)
def posterior(
    run: RunWithWeights,
    sample: SampleIndex,
    importance_samples: ImportanceSamples = 4096,
    out: PosteriorFile = None,
    size: PosteriorSize = 480,
    dark: Dark = False,
    derive: Derive = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Show log p(x) = ELBO + gap for one sample.

    With one or two latent dimensions, p(x|z) p(z) is integrated over a refined grid; with more, log p(x) is estimated
    by importance sampling.
    """
    suffix = checked_out(out, ".npz", *FIGURES) if out is not None else ""
    loaded = chosen_run(run, weights)
    # Refused before the data is loaded.
    if out is not None and loaded.latent_dim > 2:
        raise ConfigError(f"--out {out}: a grid of p(z|x) exists only in one or two latent dimensions")
    with loading() as context:
        loaded.dataset(context)
    found = loaded.bound(sample, importance_samples=importance_samples)
    if out is not None and suffix == ".npz":
        _save_arrays(out, found)
    elif out is not None:
        from explorer.plot.figures import save_figure
        from explorer.plot.posterior_figure import new_posterior

        save_figure(out, new_posterior(found, size, dark=dark))
    lines = _derivation(found) if derive else ()
    if as_json:
        values = {"run": loaded.name, "out": None if out is None else str(out), **found.to_json()}
        print_json(values | ({"derivation": [asdict(line) for line in lines]} if derive else {}))
    else:
        steps = [row for line in lines for row in ((line.reason, line.formula), ("", line.numbers))]
        print_rows([*_rows(found), *steps])


def _derivation(found: "SampleBound") -> "tuple[DerivationLine, ...]":
    from explorer.latent.bound.derivation import bound_numbers, derivation
    from explorer.latent.bound.sample_bound import POINT

    numbers = bound_numbers(found)
    if numbers is None:
        raise ConfigError(f"--derive: {POINT}")
    return derivation(numbers)


def _rows(found: "SampleBound") -> list[tuple[str, str]]:
    from explorer.latent.bound.sample_bound import error_words, method_words

    rows = [("log p(x)", f"{found.log_likelihood:.4f} nats, {error_words(found)}")]
    # A point posterior has no density q, so it has log p(x) but no ELBO.
    if found.elbo is None or found.gap is None or found.reconstruction is None or found.kl is None:
        rows.append(("ELBO", f"not defined: {found.to_json()['not_defined']['elbo']}"))
    else:
        rows += [
            ("ELBO", f"{found.elbo:.4f} = −reconstruction {found.reconstruction:.4f} − KL {found.kl:.4f}"),
            ("gap", f"{found.gap:.4f} = log p(x) − ELBO = KL(q(z|x) ‖ p(z|x))"),
        ]
    rows.append(("method", method_words(found)))
    if found.posterior is not None:
        deviations = found.posterior.covariance.diagonal() ** 0.5
        rows.append(("p(z|x)", f"mean {numbers_text(found.posterior.mean, 4)}, σ {numbers_text(deviations, 4)}"))
    if found.q_mean is not None and found.q_covariance is not None:
        rows.append(
            (
                "q(z|x)",
                f"mean {numbers_text(found.q_mean, 4)}, σ {numbers_text(found.q_covariance.diagonal() ** 0.5, 4)}",
            )
        )
    return [*rows, ("note", found.note)] if found.note else rows


def _save_arrays(out: Path, found: "SampleBound") -> None:
    import numpy as np

    from explorer.export.arrays import save_arrays

    posterior = found.posterior
    assert posterior is not None
    # Only numbers: an array of Python objects would be pickled, and loading a pickle can run code.
    numbers: dict[str, Any] = {name: value for name, value in found.to_json().items() if isinstance(value, int | float)}
    arrays = {
        "places": posterior.points,
        "sides": posterior.sides,
        "log_density": posterior.log_density,
        "posterior_mean": posterior.mean,
        "posterior_covariance": posterior.covariance,
        **{name: np.array(value) for name, value in numbers.items()},
    }
    optional = {"q_mean": found.q_mean, "q_covariance": found.q_covariance}
    save_arrays(out, arrays | {name: value for name, value in optional.items() if value is not None})


@app.command("replay", rich_help_panel=LATENT)
def replay(
    run: RunPath,
    out: Annotated[Path, typer.Option(help="A film (.gif, .mp4) or arrays (.npz).")],
    z: Annotated[
        list[str] | None,
        typer.Option("--z", help="A code to decode in each frame, as comma-separated numbers. May be repeated."),
    ] = None,
    sample: Annotated[
        list[int] | None,
        typer.Option("--sample", help="A sample to decode in each frame, by index. May be repeated."),
    ] = None,
    size: Annotated[int, typer.Option(min=64, max=2048, help="Width and height of the plane, in pixels.")] = 640,
    fps: Annotated[float, typer.Option(min=0.5, max=60, help="Frames of the replay per second.")] = 12.0,
    axes: Annotated[
        str, typer.Option(help="Two latent dimensions, for example 1,3. Default: z itself, or PCA of the last codes.")
    ] = "",
    dark: Dark = False,
    as_json: AsJson = False,
) -> None:
    """Save the training of a run as a film."""
    checked_out(out, ".gif", ".mp4", ".npz")
    from explorer.cli.latent.code_text import read_code
    from explorer.jobs.reports.replay_film import FilmOptions, save_replay
    from explorer.runs.run_directory import open_run

    latent_dim = open_run(run).config.model.latent_dim
    # Checked against the run before its data and frames are read.
    codes = tuple(tuple(map(float, read_code(text, latent_dim))) for text in z or ())
    options = FilmOptions(size, fps, dark, codes, tuple(sample or ()), _axes(axes, latent_dim))
    with loading() as context:
        saved = save_replay(run, out, options, context)
    if as_json:
        epochs = [saved.first_epoch, saved.last_epoch]
        print_json(
            {"out": str(out), "frames": saved.frames, "epochs": epochs, "bytes": saved.size, "damaged": saved.damaged}
        )
    else:
        typer.echo(f"{out}: {_saved_text(saved)}")


def _saved_text(saved: "SavedFilm") -> str:
    from explorer.runs.replay import size_words

    span = f"epoch {saved.first_epoch:.4g} to {saved.last_epoch:.4g}"
    left_out = f"; {saved.damaged} damaged frames left out" if saved.damaged else ""
    return f"{saved.frames} frames, {span}, {size_words(saved.size)}{left_out}"


def _axes(text: str, latent_dim: int) -> tuple[int, int] | None:
    if not text:
        return None
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts) or "0" in map(str.strip, parts):
        raise ConfigError(f"--axes {text}: write two latent dimensions counted from 1, for example 1,3")
    # Users count dimensions from 1, as in the window.
    first, second = int(parts[0]) - 1, int(parts[1]) - 1
    if first == second or max(first, second) >= latent_dim:
        raise ConfigError(f"--axes {text}: choose two different dimensions from 1 to {latent_dim}")
    return first, second


PlaneFile = Annotated[Path, typer.Option(help="A figure (.png, .svg, .pdf) or arrays (.npz).")]
OverlayNames = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME[,NAME]",
        help=f"Overlays: {', '.join(NAMES)}. May be repeated.",
        autocompletion=words(*NAMES),
    ),
]
VisibleBox = Annotated[
    str, typer.Option(metavar="LEFT,RIGHT,BOTTOM,TOP", help="Visible part of the plane, in latent units.")
]
PlaneSize = Annotated[int, typer.Option(min=64, max=4096, help="Width and height in pixels.")]
MarkedSamples = Annotated[
    str, typer.Option(metavar="N[,N]", help="Indices of samples: the first is followed, all are selected.")
]
ColourName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Colour by class, density, reconstruction, or a column of the data.",
        autocompletion=words("class", "density", "reconstruction"),
    ),
]
QuantileSheet = Annotated[
    int,
    typer.Option(min=0, max=200, help="Draw N × N decodes at the quantiles of the prior instead of the plane."),
]


@app.command("plane", rich_help_panel=LATENT)
def plane(
    run: RunWithWeights,
    out: PlaneFile,
    overlay: OverlayNames = None,
    box: VisibleBox = "",
    size: PlaneSize = 640,
    sample: MarkedSamples = "",
    colour: ColourName = "class",
    dark: Dark = False,
    sheet: QuantileSheet = 0,
    condition: Class = "",
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Draw the latent plane with overlays."""
    suffix = checked_out(out, *FIGURES, ".npz")
    # A sheet is another picture and takes no overlays.
    if sheet:
        _save_sheet(chosen_run(run, weights), out, sheet, size, condition, dark, as_json)
        return
    from explorer.export.arrays import save_arrays
    from explorer.jobs.reports.plane_layers import PlaneOptions, compute_plane

    names = tuple(name.strip() for name in ",".join(overlay or ()).split(",") if name.strip())
    path, choice = choose(run, weights)
    with loading() as context:
        options = PlaneOptions(names, size, _box(box), _samples(sample), condition, colour)
        result = compute_plane(path, options, context, weights=choice)
    if result.scene.run.used is not None:
        use_weights(result.scene.run.used, path)
    if suffix == ".npz":
        save_arrays(out, result.arrays())
    else:
        from explorer.plot.figures import save_figure
        from explorer.plot.plane_figure import new_plane

        save_figure(out, new_plane(result.contents, size, dark=dark))
    _report_plane(out, result, as_json)


def _report_plane(out: Path, result: "PlaneResult", as_json: bool) -> None:
    shown = result.scene.box
    edges = [shown.left, shown.right, shown.bottom, shown.top]
    words = {name: one.words for name, one in result.results.items()}
    if as_json:
        print_json({"out": str(out), "box": edges, "overlays": words})
    else:
        said = "".join(f"\n  {name}: {line}" if line else f"\n  {name}" for name, line in words.items())
        typer.echo(f"{out}: {', '.join(f'{edge:.4g}' for edge in edges)} (left, right, bottom, top){said}")


def _save_sheet(
    loaded: "LoadedRun", out: Path, count: int, size: int, condition: str, dark: bool, as_json: bool
) -> None:
    from explorer.export.arrays import save_arrays
    from explorer.latent.codes.draws import sheet_codes
    from explorer.models.catalog import family

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
        # Unpacking raises ValueError too, if there are not four values.
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
