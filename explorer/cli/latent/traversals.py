"""``traverse`` decodes codes along directions through one code, in a row for each direction."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from explorer.cli.latent.code_text import code_or_word, note_missing_class, report
from explorer.cli.latent.options import FILMS, Class, Dark
from explorer.cli.output import FIGURES, AsJson, checked_out
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.cli.shell.completion import words
from explorer.config import ConfigError, suggestion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.api import LoadedRun
    from explorer.latent.directions.traversal_answer import TraversalAnswer

Rows = Literal["dimensions", "principal", "local", "vectors", "all"]
MAX_DIMENSIONS, FEW_DIRECTIONS = 20, 3
"""Number of rows of latent dimensions, and of other directions, unless --count says otherwise."""

MiddleSample = Annotated[int | None, typer.Option(help="A sample's index; its code is in the middle of each row.")]
MiddleCode = Annotated[
    str, typer.Option("--z", help="A code such as 0.5,-1 instead of a sample; for a run of words, also a word.")
]
Directions = Annotated[
    str,
    typer.Option(
        help="The directions: dimensions, principal (of all codes), local (principal, of the 200 nearest codes), "
        "vectors (those kept with the run), or all of these that are defined.",
        autocompletion=words(*get_args(Rows)),
    ),
]
SpanName = Annotated[
    str,
    typer.Option(
        "--range",
        help="Range of the dimensions: prior (±3σ) or codes (their central 99 %).",
        autocompletion=words("prior", "codes"),
    ),
]
StepCount = Annotated[int, typer.Option(min=3, max=101, help="Number of decodes in a row, odd.")]
OrderName = Annotated[
    str,
    typer.Option(help="Order of the dimensions: kl, index or change.", autocompletion=words("kl", "index", "change")),
]
RowCount = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1024,
        help="Number of rows, by default up to 20 dimensions or 3 directions; with --rows all, of dimensions.",
    ),
]
Difference = Annotated[bool, typer.Option("--difference", help="Draw the difference from the middle below each row.")]
DimensionNames = Annotated[
    list[str],
    typer.Option(metavar="NUMBER=NAME", help='Name a dimension, for example 3="narrow to round". May be repeated.'),
]
TraversalFile = Annotated[
    Path | None,
    typer.Option(help="A figure (.png, .svg, .pdf), an animation (.gif, .mp4), arrays (.npz) or a table (.csv)."),
]
PictureSize = Annotated[int | None, typer.Option(min=16, max=1024, help="Width and height of a picture, in pixels.")]


@app.command("traverse", rich_help_panel=LATENT)
def traverse(
    run: RunWithWeights,
    sample: MiddleSample = None,
    z: MiddleCode = "",
    rows: Directions = "dimensions",
    span: SpanName = "prior",
    steps: StepCount = 13,
    order: OrderName = "kl",
    count: RowCount = None,
    difference: Difference = False,
    name: DimensionNames = [],  # noqa: B006  (typer's way to declare an option that may be repeated)
    out: TraversalFile = None,
    condition: Class = "",
    size: PictureSize = None,
    dark: Dark = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Decode rows of codes along directions through one code.

    The directions are the latent dimensions over their range, and principal directions of the codes. Names of
    dimensions are kept with the run.
    """
    suffix = "" if out is None else checked_out(out, *FIGURES, *FILMS, ".npz", ".csv")
    _check_options(rows, span, order, steps, sample, z)
    if out is None and not name:
        raise ConfigError("give --out FILE to save a traversal, or --name NUMBER=NAME to name a dimension")
    loaded = chosen_run(run, weights)
    # Names first: they are kept even if nothing is decoded.
    names = _named(loaded, name)
    if out is None:
        _report_names(loaded, names, as_json)
        return
    code, title = _middle(loaded, sample, z)
    note_missing_class(loaded, condition)
    chosen: dict[str, Any] = {"span": span, "steps": steps, "order": order, "condition": condition or None}
    answers = _traversed(loaded, code, rows, count, chosen)
    _save(out, suffix, loaded, answers, names, title, difference=difference, size=size, dark=dark)
    report(as_json, out, _values(code, answers, names), _text(answers, steps, title))


def _values(code: "NDArray[np.float32]", answers: "list[TraversalAnswer]", names: dict[int, str]) -> dict[str, Any]:
    from explorer.export.traversal_table import traversal_json

    return {"probe": code.tolist(), "sections": [traversal_json(answer, names) for answer in answers]}


def _text(answers: "list[TraversalAnswer]", steps: int, title: str) -> str:
    shown = sum(len(answer.rows) for answer in answers)
    notes = " ".join(note for answer in answers for note in answer.notes)
    return f"{shown} rows of {steps} decodes around {title}. {notes}"


def _traversed(
    loaded: "LoadedRun", code: "NDArray[np.float32]", rows: str, count: int | None, chosen: dict[str, Any]
) -> "list[TraversalAnswer]":
    """Return the sections that ``rows`` asks for; of all, those that are defined."""
    sections: tuple[Any, ...] = ("dimensions", "principal", "local", "vectors") if rows == "all" else (rows,)
    answers = []
    for section in sections:
        usual = MAX_DIMENSIONS if section == "dimensions" else FEW_DIRECTIONS
        # With --rows all, --count is for the dimensions; other directions are few.
        shown = count if count and section in (rows, "dimensions") else usual
        try:
            answers.append(loaded.traversals.around(code, section, count=shown, **chosen))
        except ConfigError as error:
            if section == "vectors" and rows == section:
                raise ConfigError(f"{error}; keep one with latent-explorer vector --keep NAME") from error
            if section == rows != "dimensions":
                raise ConfigError(f"{error}; choose --rows dimensions") from error
            if section == "dimensions":
                raise
            # Most runs have no kept vectors, so a note would only distract.
            if section != "vectors":
                typer.echo(f"note: without {section} directions: {error}", err=True)
    return answers


def _check_options(rows: str, span: str, order: str, steps: int, sample: int | None, z: str) -> None:
    from explorer.latent.directions.traversal import Order, Span

    for option, value, known in (("rows", rows, Rows), ("range", span, Span), ("order", order, Order)):
        if value not in get_args(known):
            raise ConfigError(f"--{option} {value}: {suggestion(value, get_args(known))}")
    if steps % 2 == 0:
        raise ConfigError(f"--steps {steps}: the number is odd, so that the code is in the middle; try {steps + 1}")
    if sample is not None and z:
        raise ConfigError("give either --sample or --z")


def _middle(loaded: "LoadedRun", sample: int | None, z: str) -> "tuple[NDArray[np.float32], str]":
    """Return the code in the middle of the rows ``(latent_dim,)``, and a description of it."""
    import numpy as np

    if z:
        return code_or_word(loaded, z), f"z = {z}"
    if sample is not None:
        return loaded.code_of(sample), loaded.description.sample_title(sample)
    # Without codes of samples, use 0, which every latent space contains.
    if loaded.code_source.has_normal_prior or loaded.plane_codes is None:
        return np.zeros(loaded.latent_dim, np.float32), "z = 0, the mean of the prior"
    codes = loaded.plane_codes.mean
    # Diverged encoders return NaN, which would spread to the mean.
    known = codes[np.isfinite(codes).all(axis=1)]
    return known.mean(axis=0), "the mean of the codes"


def _save(
    out: Path,
    suffix: str,
    loaded: "LoadedRun",
    answers: "list[TraversalAnswer]",
    names: dict[int, str],
    title: str,
    *,
    difference: bool,
    size: int | None,
    dark: bool,
) -> None:
    from explorer.export.traversal_table import save_traversal_arrays, save_traversal_table

    if suffix == ".npz":
        save_traversal_arrays(out, answers)
    elif suffix == ".csv":
        save_traversal_table(out, answers, names)
    elif suffix in FILMS:
        from explorer.export.films import SIDE, save_traversal_film

        save_traversal_film(out, answers, loaded.description, size or SIDE, dark=dark)
    else:
        from explorer.plot.decodes.traversal_figure import new_traversal
        from explorer.plot.figures import save_figure

        figure = new_traversal(
            answers, loaded.description, f"{loaded.name} around {title}", names=names, difference=difference,
            side=size or 0, dark=dark,
        )  # fmt: skip
        save_figure(out, figure)


def _named(loaded: "LoadedRun", given: list[str]) -> dict[int, str]:
    """Keep the given names with the run, and return the names of all its named dimensions."""
    new = dict(_one_name(text, loaded.latent_dim) for text in given)
    return loaded.traversals.set_names(new) if new else loaded.traversals.names


def _one_name(text: str, latent_dim: int) -> tuple[int, str]:
    number, equals, name = text.partition("=")
    # Users may write z3, as the rows are called.
    number = number.strip().removeprefix("z")
    if not equals or not number.isdecimal() or not 1 <= int(number) <= latent_dim:
        raise ConfigError(f"--name {text}: write the number of a dimension, 1 to {latent_dim}, = and its name")
    return int(number) - 1, name


def _report_names(loaded: "LoadedRun", names: dict[int, str], as_json: bool) -> None:
    shown: dict[str, Any] = {f"z{index + 1}": name for index, name in sorted(names.items())}
    text = ", ".join(f"{key} {name}" for key, name in shown.items()) or "no dimension has a name"
    report(as_json, loaded.traversals.names_file, {"names": shown}, text)
