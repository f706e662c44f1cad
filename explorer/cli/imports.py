"""``import``: make a run from weights of another program."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.output import AsJson, loading, print_json, print_rows
from explorer.cli.program import TRAIN, app
from explorer.cli.training import read_assignments


@app.command("import", rich_help_panel=TRAIN)
def import_weights(
    file: Annotated[Path, typer.Argument(help="A state_dict: .pt or .safetensors. No code in it is run.")],
    model: Annotated[str, typer.Option(help="Model family of the weights (see models).")] = "vae",
    data: Annotated[str | None, typer.Option(help="The training data: a data set, a file or a folder.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting, for example model.hidden_widths=400."),
    ] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="Name of a tensor in the file, and in the model."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new run. Default: a new one among the runs.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show which tensor goes where; write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import another program's weights as a run."""
    from explorer.jobs.runs.import_run import import_run, plan_import
    from explorer.jobs.runs.run_paths import free_run_path, runs_folder
    from explorer.jobs.runs.settings import build_config
    from explorer.models.weight_import.weight_import import read_map

    given = read_assignments(settings or []) | ({} if data is None else {"data.source": data})
    # Settings decide the shapes that the tensors must fit.
    config = build_config(model, given)
    with loading() as context:
        plan = plan_import(file, config, read_map(renamed or []), context=context)
    # Guessed matches are printed even with --json, as a wrong one ruins the model silently.
    for pair in plan.weights.guessed:
        typer.echo(f"note: {pair.file} is used as {pair.model} {pair.shape}, matched by {pair.how}", err=True)
    for name in plan.weights.ignored:
        typer.echo(f"note: {name} is ignored: the model has no such tensor", err=True)
    # In the order of the model, so that gaps are easy to see.
    tensors = {pair.model: pair.file for pair in plan.weights.pairs}
    if dry_run:
        print_json({"tensors": tensors}) if as_json else print_rows(list(tensors.items()))
        return
    out = out or free_run_path(runs_folder(), f"{file.stem}-{model}")
    run = import_run(plan, out, overwrite=overwrite)
    if as_json:
        print_json({"run": str(run.path), "imported_from": str(file), "tensors": tensors})
    else:
        print_rows([("run", str(run.path)), ("imported from", str(file)), ("tensors", str(len(tensors)))])
