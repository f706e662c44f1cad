"""``import``: make a run of the weights of another program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.assets import runs_folder
from explorer.cli.output import AsJson, loading, print_json, print_rows
from explorer.cli.program import WINDOW, app
from explorer.cli.settings import FROM, Settings, read_assignments
from explorer.cli.shell.completion import run_folders
from explorer.cli.shell.help_pages import OUTPUT
from explorer.config import ConfigError

if TYPE_CHECKING:
    from explorer.jobs.runs.import_plan import ImportPlan

SHOWN = 4
"""Number of choices that are printed."""


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="A file with a state_dict (.pt, .ckpt, .safetensors) or a folder. No code in it runs."
    ),
]
Data = Annotated[
    str | None, typer.Option(help="The training data: a data set, a file or a folder.", rich_help_panel=FROM)
]
Model = Annotated[str, typer.Option(help="Model family (see models). Default: that of the file.", rich_help_panel=FROM)]
ChoiceNumber = Annotated[
    int, typer.Option(metavar="N", min=1, help="Take the N-th of the listed choices; 1 reconstructs best.")
]
Renamed = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OLD=NEW",
        help="Use the tensor OLD of the file as NEW of the model; A+B=NEW joins two by rows. May be repeated.",
    ),
]
Interleaved = Annotated[
    bool, typer.Option("--interleaved", help="Mean and log-variance take turns in the rows of the last layer.")
]
OutFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of the new run. Default: a new one among the runs.", autocompletion=run_folders),
]
Replace = Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what was found; write nothing.", rich_help_panel=OUTPUT)
]


@app.command("import", rich_help_panel=WINDOW)
def import_weights(
    file: File,
    data: Data = None,
    model: Model = "",
    settings: Settings = None,
    choice: ChoiceNumber = 1,
    renamed: Renamed = None,
    interleaved: Interleaved = False,
    out: OutFolder = None,
    overwrite: Replace = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import another program's weights as a run.

    The network is read from the names and shapes of the tensors. What they do not tell, such as the activation, is
    chosen by the reconstruction of the data, and printed.
    """
    from explorer.jobs.runs.import_plan import ImportRequest, plan_import
    from explorer.jobs.runs.import_run import import_run
    from explorer.jobs.runs.settings import free_run_path
    from explorer.models.weight_import.weight_import import read_map

    given = read_assignments(settings or []) | ({} if data is None else {"data.source": data})
    pairs = read_map(renamed or [])
    request = ImportRequest(file, given, model, pairs, "interleaved" if interleaved else None)
    with loading() as context:
        plan = plan_import(request, context=context)
    try:
        plan = plan.choose(choice - 1)
    except ConfigError as error:
        raise ConfigError(f"--choice {choice}: {error}") from error
    _print_notes(plan)
    if dry_run:
        _print_result(plan, file, None, as_json=as_json)
        return
    out = out or free_run_path(runs_folder(), f"{file.stem}-{plan.config.model.family}")
    _print_result(plan, file, import_run(plan, out, overwrite=overwrite).path, as_json=as_json)


def _print_result(plan: "ImportPlan", file: Path, run: Path | None, *, as_json: bool) -> None:
    """Print what a run was made of; without a run, also the tensors by name."""
    # In the order of the model, so that gaps are easy to see.
    tensors = {pair.model: pair.file for pair in plan.weights.pairs}
    if as_json:
        made = {} if run is None else {"run": str(run)}
        print_json({**made, "imported_from": str(file), "tensors": tensors, **_found(plan)})
        return
    rows = [("imported from", str(file)), ("model", plan.config.model.family), ("assumed", plan.summary)]
    if run is None:
        print_rows([*rows, *tensors.items()])
    else:
        print_rows([("run", str(run)), *rows, ("tensors", str(len(tensors)))])


def _print_notes(plan: "ImportPlan") -> None:
    """Print what was read and what is uncertain on standard error, even with --json: a wrong choice ruins a model."""
    for note in plan.notes:
        typer.echo(f"note: {note}", err=True)
    # A match by shape or order is a guess.
    for pair in plan.weights.guessed:
        typer.echo(f"note: {pair.file} is used as {pair.model} {pair.shape}, matched by {pair.how}", err=True)
    if plan.certainty:
        typer.echo(f"note: {plan.certainty}", err=True)
    if len(plan.choices) > 1:
        typer.echo("choices (squared error per sample; take another one by --choice N):", err=True)
        for number, each in enumerate(plan.choices[:SHOWN], start=1):
            typer.echo(f"  {number}  {each.mse:<8.4g} {each.words}", err=True)


def _found(plan: "ImportPlan") -> dict[str, Any]:
    """Return what was assumed, as plain values."""
    choices = [{"assumed": each.words, "mse": _number(each.mse)} for each in plan.choices]
    return {
        "model": plan.config.model.family,
        "latent_dim": plan.config.model.latent_dim,
        "assumed": plan.choice.words,
        "mse": _number(plan.choice.mse),
        "mse_of_mean": plan.mean_error,
        "reconstructs": plan.reconstructs,
        "choice": plan.chosen + 1,
        "choices": choices,
        "notes": [*plan.notes, *([plan.certainty] if plan.certainty else [])],
    }


def _number(value: float) -> float | None:
    """Return a number as JSON knows it: NaN and infinity are null."""
    return value if value == value and abs(value) != float("inf") else None
