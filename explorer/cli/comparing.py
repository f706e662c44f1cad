"""``compare``: settings and figures of several runs side by side, and their differences."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.output import FIGURES, AsJson, checked_out, followed, loading, print_json
from explorer.cli.program import MEASURE, app
from explorer.config import ConfigError

if TYPE_CHECKING:
    from explorer.export.comparison import Comparison, ComparisonLine

MAX_WIDTH = 48
"""Maximum width of a column in characters; longer reasons are cut, but complete in files and JSON."""


@app.command("compare", rich_help_panel=MEASURE)
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Folders of two or more runs.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    importance_samples: Annotated[
        int,
        typer.Option(min=0, max=1_000_000, metavar="K", help="Draws for each sample's estimate of log p(x); 0: none."),
    ] = 64,
    all_settings: Annotated[bool, typer.Option("--all", help="List settings that are equal too.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write a table .csv or .md, or a figure .png, .svg or .pdf.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Measure again what is kept with the runs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the settings and figures of several runs.

    Marks the better figure where figures can be compared: same data, split and likelihood, and a difference
    beyond the error.
    """
    from explorer.export.comparison import save_comparison
    from explorer.jobs.runs.compare_runs import compare_runs

    # typer cannot require two values of one argument.
    if len(runs) < 2:
        raise ConfigError("compare: give at least two runs")
    if out is not None:
        checked_out(out, ".csv", ".md", *FIGURES)
    with loading() as context:
        work = compare_runs(runs, split, context=context, importance_samples=importance_samples, anew=anew)
        found = followed(work, "part")
    if out is not None and out.suffix.lower() in FIGURES:
        from explorer.plot.comparison_figure import new_comparison
        from explorer.plot.figures import save_figure

        save_figure(out, new_comparison(found))
    elif out is not None:
        save_comparison(out, found, all_settings=all_settings)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, all_settings)
        if out is not None:
            typer.echo(f"written: {out}")


def _print(found: "Comparison", all_settings: bool) -> None:
    for sentence in found.words:
        typer.echo(sentence)
    lines = found.shown(all_settings=all_settings)
    # Title and unit come first, then one column per run.
    rows = [("", "", *found.runs), *((line.title, _unit(line), *_cells(line)) for line in lines)]
    widths = [min(MAX_WIDTH, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    typer.echo()
    for row in rows:
        cells = (_cut(text).ljust(width) for text, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
    typer.echo()
    # The rule explains the asterisks above.
    for text in (found.why_unmarked, f"* {found.rule}", *found.notes):
        if text:
            typer.echo(text)


def _cells(line: "ComparisonLine") -> list[str]:
    return [f"{cell.text} *" if cell.better else cell.text for cell in line.cells]


def _unit(line: "ComparisonLine") -> str:
    return line.unit if line.kind == "figure" else ""


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WIDTH else f"{text[: MAX_WIDTH - 1]}…"
