"""``path`` decodes along a path through samples or codes, and measures each step."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.latent.code_text import code_of_text, note_missing_class, report
from explorer.cli.latent.options import FILMS, Class, Dark
from explorer.cli.output import FIGURES, AsJson, checked_out, progress_bar
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.cli.shell.completion import words
from explorer.config import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.api import LoadedRun
    from explorer.jobs.queries.path_questions import FollowPath
    from explorer.latent.paths.path_answer import PathAnswer, PathRow
    from explorer.latent.steps import Absent

FRAME_SIDE, FILM_SIDE = 96, 320
"""Usual side of a picture in a strip and in a film, in pixels."""
PROGRESS = 1000
"""Units of the progress bar."""

METHODS = words("straight", "spherical", "spline", "geodesic")

Through = Annotated[
    list[str],
    typer.Option(
        help="A waypoint: a sample's index, or a code such as 0.5,-1; for a run of words, also a word. Give at "
        "least two, in order."
    ),
]
PathFile = Annotated[
    Path,
    typer.Option(
        help="A film strip with curves (.png, .svg, .pdf), an animation (.gif, .mp4), arrays (.npz), or a table "
        "with one row per step (.csv)."
    ),
]
Loop = Annotated[bool, typer.Option("--loop", help="Return from the last waypoint to the first.")]
MethodName = Annotated[
    str,
    typer.Option(
        help="How to go from waypoint to waypoint: straight, spherical (along circles around 0), spline, or "
        "geodesic (the shortest decoded curve).",
        autocompletion=METHODS,
    ),
]
SecondMethod = Annotated[
    str, typer.Option(metavar="METHOD", help="A second method to compare with.", autocompletion=METHODS)
]
StepCount = Annotated[int, typer.Option(min=1, max=1000, help="Number of equal steps; there is one more code.")]
SpacingName = Annotated[
    str,
    typer.Option(
        help="Whether steps are equal in latent or in decoded length.", autocompletion=words("latent", "decoded")
    ),
]
MetricName = Annotated[
    str,
    typer.Option(
        help="The length that a geodesic minimizes: decoder (the decoded length), or density (this length, weighted "
        "where there are few codes).",
        autocompletion=words("decoder", "density"),
    ),
]
StartSeed = Annotated[int, typer.Option(min=0, help="Seed of the codes that a geodesic starts from.")]
PictureCount = Annotated[int, typer.Option(min=2, max=1001, help="Number of pictures in a film strip.")]
FrameSize = Annotated[
    int | None,
    typer.Option(min=8, max=4096, help="Width and height of a picture, in pixels: 96 in a strip, 320 in a film."),
]


@app.command("path", rich_help_panel=LATENT)
def path(
    run: RunWithWeights,
    through: Through,
    out: PathFile,
    loop: Loop = False,
    method: MethodName = "straight",
    second: SecondMethod = "",
    steps: StepCount = 96,
    spacing: SpacingName = "latent",
    metric: MetricName = "decoder",
    condition: Class = "",
    seed: StartSeed = 0,
    pictures: PictureCount = 13,
    size: FrameSize = None,
    dark: Dark = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Decode a path through samples or codes.

    Besides the decodes, it has at each step: the decoded distance from the step before, the distance between the code
    and the code of its decode, the density of the codes, the class, and the nearest real sample.
    """
    suffix = checked_out(out, *FIGURES, *FILMS, ".npz", ".csv")
    if len(through) < 2:
        raise ConfigError("a path needs at least two waypoints: give --through twice or more")
    if second == method:
        raise ConfigError(f"--second {second}: this is --method already; choose another to compare with")
    from explorer.api.run_paths import path_question

    loaded = chosen_run(run, weights)
    waypoints = [code_of_text(loaded, text, "--through") for text in through]
    note_missing_class(loaded, condition)
    options: dict[str, Any] = {"steps": steps, "spacing": spacing, "metric": metric, "seed": seed}
    methods: Any = (method, second) if second else (method,)
    given: dict[str, Any] = {"closed": loop, "condition": condition or None, **options}
    # Films do not show the measures, which take most of the time.
    question = path_question(loaded, waypoints, methods, measured=suffix not in FILMS, **given)
    answer = _followed(loaded, question)
    rows = _defined(answer, loaded)
    _save(out, answer, loaded, pictures, size, loop=loop, dark=dark)
    values = {"through": through, "loop": loop, **options, **_values(answer, rows)}
    report(as_json, out, values, _text(answer, rows, steps))


@app.command(
    "interpolate",
    rich_help_panel=LATENT,
    hidden=True,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def interpolate() -> None:
    """Say what replaced this command."""
    raise ConfigError(
        "interpolate is now path: write latent-explorer path RUN --through 3 --through 17 --out path.gif, and --method "
        "straight or spherical for lerp or slerp"
    )


def _followed(loaded: "LoadedRun", question: "FollowPath") -> "PathAnswer":
    """Answer the question with a progress bar, which geodesics need."""
    from explorer.latent.paths.path_answer import PathAnswer, PathProgress

    work = loaded.in_steps(question)
    with progress_bar(PROGRESS, "‰", "Shortest curve") as bar:
        while True:
            try:
                # tqdm takes increments; the progress is a share of the whole.
                if isinstance(found := next(work), PathProgress):
                    bar.update(round(PROGRESS * found.share) - bar.n)
                elif isinstance(found, PathAnswer):
                    # The curves are complete; measuring a thousand steps takes some seconds more.
                    bar.set_description("Measures")
            except StopIteration as stop:
                answer: PathAnswer = stop.value
                return answer


def _defined(answer: "PathAnswer", loaded: "LoadedRun") -> "list[PathRow]":
    from explorer.latent.steps import Absent

    for row in answer.rows:
        if isinstance(row, Absent):
            # Refused as a whole: a file with one of two methods would look complete.
            raise ConfigError(f"{loaded.name}: a geodesic is not defined: {row.why}; choose another method")
    if answer.advice:
        typer.echo(f"note: {answer.advice.removesuffix('.')}: --metric density", err=True)
    return [row for row in answer.rows if not isinstance(row, Absent)]


def _save(
    out: Path, answer: "PathAnswer", loaded: "LoadedRun", pictures: int, size: int | None, *, loop: bool, dark: bool
) -> None:
    from explorer.export.paths import save_path_arrays, save_path_table

    suffix, about = out.suffix.lower(), loaded.description
    if suffix == ".npz":
        save_path_arrays(out, answer, about)
    elif suffix == ".csv":
        save_path_table(out, answer, about)
    elif suffix in FILMS:
        from explorer.export.films import save_path_film

        with progress_bar(0, "picture", "Film") as bar:

            def drawn(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            save_path_film(out, answer, about, size or FILM_SIDE, loop=loop, dark=dark, report=drawn)
    else:
        from explorer.plot.decodes.path_figure import new_path_figure
        from explorer.plot.figures import save_figure

        save_figure(out, new_path_figure(answer, about, size or FRAME_SIDE, pictures=pictures, dark=dark))


def _values(answer: "PathAnswer", rows: "list[PathRow]") -> dict[str, Any]:
    from explorer.latent.paths.path_answer import NearestSamples
    from explorer.latent.steps import Absent

    values: dict[str, Any] = {"straight_length": answer.straight_length, "decoded_length_unit": answer.unit}
    values |= {"advice": answer.advice, "rows": []}
    for row in rows:
        one: dict[str, Any] = {"method": row.method, "decoded_length": row.length, "excess": row.excess}
        one |= {"latent_length": row.curve.length, "knots": row.curve.knots.tolist()}
        if (found := row.measures) is not None:
            near = found.nearest
            one |= {"mean_off_manifold_error": _mean(found.error), "mean_density": _mean(found.density)}
            one |= {"share_near_data": _mean(near.near if isinstance(near, NearestSamples) else near)}
            one["classes_by"] = found.classes_by
            # JSON says why a measure is missing, since null alone does not.
            every = {"off_manifold_error": found.error, "density": found.density, "classes": found.classes}
            absent = {name: one.why for name, one in {**every, "nearest": near}.items() if isinstance(one, Absent)}
            one["not_defined"] = absent
        values["rows"].append(one)
    return values


def _mean(values: "NDArray[Any] | Absent") -> float | None:
    """Return the mean of a measure; None if it is not defined or not finite, which JSON does not have."""
    from explorer.latent.steps import Absent

    mean = math.nan if isinstance(values, Absent) else float(values.mean())
    return mean if math.isfinite(mean) else None


def _text(answer: "PathAnswer", rows: "list[PathRow]", steps: int) -> str:
    # The excess is relative to the straight line, which is written first.
    excess = {row.method: f"{100 * row.excess:+.1f} %".replace("-", "−") for row in rows}
    lengths = [f"{row.method} {row.length:.4g} ({excess[row.method]})" for row in rows if row.method != "straight"]
    straight = f"straight line {answer.straight_length:.4g}"
    return f"{steps} steps, decoded length: {', '.join([straight, *lengths])} {answer.unit}"
