"""``sample`` decodes random codes: of the prior, of a mixture fitted on the codes, of their range, or around a code."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from explorer.cli.latent.code_text import code_of_text, is_index, note_missing_class, report
from explorer.cli.latent.options import Class, Dark, SheetSize
from explorer.cli.output import FIGURES, AsJson, checked_out, loading
from explorer.cli.program import LATENT, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.cli.shell.completion import words
from explorer.config import ConfigError, suggestion

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.latent.codes.draw_sheet import SheetDraws, SheetRequest, SourceName

COUNT, EACH_CLASS_COLUMNS = 25, 5
"""Default number of draws, and default number for each class with --each-class."""
MAX_COUNT, MAX_SHEET = 10_000, 400
"""Maximum number of draws, and maximum on a sheet, where a reader could not look at more pictures."""

SheetFile = Annotated[Path, typer.Option(help="A sheet (.png, .svg, .pdf), arrays (.npz), or a table (.csv).")]
Source = Annotated[
    str,
    typer.Option(
        "--from",
        help="Where codes come from: prior, mixture (of Gaussians, fitted on the codes), range (of the codes), or "
        "around (a code). Without a prior, prior means range.",
        autocompletion=words("prior", "mixture", "range", "around"),
    ),
]
Around = Annotated[str, typer.Option(help="With --from around: a sample's index, or a code such as 0.5,-1.")]
Temperature = Annotated[
    float,
    typer.Option(min=0.01, max=10, help="Factor of the standard deviations; below 1, draws are more typical."),
]
ComponentCount = Annotated[
    int, typer.Option(min=0, max=100, help="Number of Gaussians of the mixture; 0 chooses it by BIC.")
]
DrawCount = Annotated[
    int | None, typer.Option(min=1, max=MAX_COUNT, help="Number of draws; 25 by default, or rows × columns.")
]
SheetRows = Annotated[int | None, typer.Option(min=1, max=100, help="Rows of the sheet.")]
SheetColumns = Annotated[int | None, typer.Option(min=1, max=100, help="Columns of the sheet.")]
DrawSeed = Annotated[int, typer.Option(min=0, help="Random seed; the same seed gives the same draws.")]
EachClass = Annotated[
    bool, typer.Option("--each-class", help="For a conditional model: decode the same codes once per class.")
]
Drawn = Annotated[bool, typer.Option("--drawn", help="Draw a sample of p(x|z) for each code, instead of its mean.")]


@app.command("sample", rich_help_panel=LATENT)
def sample(
    run: RunWithWeights,
    out: SheetFile,
    source: Source = "prior",
    around: Around = "",
    temperature: Temperature = 1.0,
    components: ComponentCount = 0,
    count: DrawCount = None,
    rows: SheetRows = None,
    columns: SheetColumns = None,
    seed: DrawSeed = 0,
    condition: Class = "",
    each_class: EachClass = False,
    drawn: Drawn = False,
    size: SheetSize = 96,
    dark: Dark = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Decode random codes, each beside the nearest real sample.

    The codes are drawn from the prior or, if the model has none, uniformly from the range of its codes.
    """
    suffix = checked_out(out, *FIGURES, ".npz", ".csv")
    number, across = _layout(count, rows, columns, each_class)
    _check_sheet(suffix, number, condition, each_class)
    origin = _source(source, around)
    from explorer.api import draw_sheet
    from explorer.latent.codes.draw_sheet import SheetRequest

    loaded = chosen_run(run, weights)
    if origin == "mixture" and not loaded.has_encoder:
        raise ConfigError(
            f"--from mixture: {loaded.name} has no encoder, so samples have no codes; choose --from prior"
        )
    classes = _classes(loaded, condition, each_class)
    centre, at_sample = _centre(loaded, around)
    with loading() as context:
        loaded.dataset(context)
    request = SheetRequest(origin, number, seed, temperature, components, centre, at_sample, classes, drawn)
    sheet = draw_sheet(loaded, request)
    if sheet.no_samples:
        raise ConfigError(f"--drawn: {loaded.name}: {sheet.no_samples}")
    _save(out, suffix, loaded, sheet, across or (number if each_class else 0), size, dark)
    report(as_json, out, _values(request, sheet), _text(request, sheet))


def _layout(count: int | None, rows: int | None, columns: int | None, each_class: bool) -> tuple[int, int]:
    """Return the number of codes and the columns of the sheet; 0 columns for about as many as rows."""
    if count is not None and rows is not None:
        raise ConfigError("give either --count, or --rows and --columns")
    if each_class:
        if rows is not None:
            raise ConfigError("--rows: with --each-class, each class is a row; give --columns")
        return count or columns or EACH_CLASS_COLUMNS, columns or 0
    if rows is not None:
        across = columns or rows
        return rows * across, across
    return count or (columns * columns if columns else COUNT), columns or 0


def _check_sheet(suffix: str, number: int, condition: str, each_class: bool) -> None:
    if suffix in FIGURES and number > MAX_SHEET:
        raise ConfigError(
            f"--count {number}: a sheet has at most {MAX_SHEET} draws; arrays (.npz) and tables (.csv) may have more"
        )
    if each_class and condition:
        raise ConfigError("give either --class or --each-class")


def _source(name: str, around: str) -> "SourceName":
    from explorer.latent.codes.draw_sheet import SourceName

    # Compared one by one, so that mypy knows the result as a SourceName.
    found: SourceName | None = next((known for known in get_args(SourceName) if known == name), None)
    if found is None:
        raise ConfigError(f"--from {name}: {suggestion(name, get_args(SourceName))}")
    if (found == "around") != bool(around):
        raise ConfigError("--from around and --around belong together: name a sample's index or a code")
    return found


def _classes(loaded: "LoadedRun", condition: str, each_class: bool) -> tuple[int, ...]:
    if not each_class:
        note_missing_class(loaded, condition)
    if each_class:
        loaded.class_to_decode(0)  # raises for a model that takes no class
        return tuple(range(len(loaded.description.class_names)))
    chosen = loaded.class_to_decode(condition or None)
    return () if chosen is None else (chosen,)


def _centre(loaded: "LoadedRun", around: str) -> tuple[tuple[float, ...], int | None]:
    """Return the code at the centre of the draws and the sample it belongs to; both empty without ``around``."""
    if not around:
        return (), None
    code = code_of_text(loaded, around, "--around")
    return tuple(map(float, code)), int(around) if is_index(around) else None


def _save(
    out: Path, suffix: str, loaded: "LoadedRun", sheet: "SheetDraws", columns: int, size: int, dark: bool
) -> None:
    from explorer.export.draw_tables import save_sheet_arrays, save_sheet_table

    if suffix == ".npz":
        save_sheet_arrays(out, sheet)
    elif suffix == ".csv":
        save_sheet_table(out, loaded.description, sheet)
    else:
        _save_figure(out, loaded, sheet, columns, size, dark)


def _save_figure(out: Path, loaded: "LoadedRun", sheet: "SheetDraws", columns: int, size: int, dark: bool) -> None:
    from dataclasses import replace

    from explorer.plot.decodes.sheets import draws_sheet, new_sheet
    from explorer.plot.figures import save_figure

    # Each class begins with its name, and the other draws of its row have their numbers.
    names = [] if sheet.classes is None else [loaded.description.class_name(int(label)) for label in sheet.classes]
    # Samples of p(x|z) in place of the means, if they were asked for.
    shown = replace(sheet.draws, decodes=sheet.shown)
    runs = [(f"{loaded.name}: {sheet.words}", shown, loaded.description)]
    save_figure(out, new_sheet(draws_sheet(runs, size, columns=columns, captions=names), dark=dark))


def _values(request: "SheetRequest", sheet: "SheetDraws") -> dict[str, Any]:
    from explorer.latent.steps import Absent

    draws, density = sheet.draws, sheet.log_density
    values: dict[str, Any] = {
        "count": len(draws.z),
        "seed": request.seed,
        "from": request.source,
        "temperature": request.temperature,
        "source": sheet.words,
        "z": draws.z.tolist(),
        "classes": None if sheet.classes is None else sheet.classes.tolist(),
        "nearest": None if draws.nearest is None else draws.nearest.tolist(),
        "distances": None if draws.distances is None else draws.distances.tolist(),
        # Numbered from 1, as on the sheet.
        "near_copies": [number + 1 for number, is_copy in enumerate(sheet.is_copy) if is_copy],
        "log_density": None if isinstance(density, Absent) else density.tolist(),
    }
    # JSON says why the density is null.
    if isinstance(density, Absent):
        values["not_defined"] = {"log_density": density.why}
    if sheet.bic:
        values["bic"] = [{"components": number, "bic": value} for number, value in sheet.bic]
    return values


def _text(request: "SheetRequest", sheet: "SheetDraws") -> str:
    draws = sheet.draws
    what = "samples of p(x|z)" if sheet.samples is not None else "draws"
    known = draws.nearest is not None
    compared = f"; nearest of {draws.compared:,} training samples" if known else ""
    copies = f"; {sheet.copies_text}" if sheet.copies_text else ""
    return f"{len(draws.z):,} {what} with seed {request.seed}; {sheet.words}{compared}{copies}"
