"""``inspect``: read data as a training would; say what was understood, changed and left out, and what can be chosen."""

import shlex
from dataclasses import asdict
from dataclasses import replace as with_values
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.import_report import report_lines
from explorer.cli.output import AsJson, loading, print_json
from explorer.cli.program import LISTS, app
from explorer.cli.settings import read_assignments
from explorer.config import (
    ConfigError,
    DataConfig,
    RunConfig,
    config_to_json,
    given_values,
    replace,
    set_values,
    value_text,
)

if TYPE_CHECKING:
    from explorer.data.dataset import Dataset
    from explorer.data.report import ImportReport


@app.command("inspect", rich_help_panel=LISTS)
def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file or folder, or the name of a data set.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="How to read it, for example data.label_column=species."),
    ] = None,
    recipe: Annotated[str | None, typer.Option(metavar="NAME", help="Begin with the settings of this recipe.")] = None,
    save_recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="Save the settings as a recipe for the next file of the kind.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read all of it, not only the first samples.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how data is understood, and what can be chosen."""
    from explorer.data import catalog
    from explorer.data.context import PREVIEW_SAMPLES
    from explorer.data.dataset import DataError
    from explorer.data.imports.recipes import save_recipe as save

    config = data_config(file, recipe, read_assignments(settings or []))
    try:
        with loading() as context:
            dataset = catalog.load(config, with_values(context, limit=None if full else PREVIEW_SAMPLES))
    except DataError as error:
        # The choices are printed even so, as one of them may help.
        _print(config, error.report, None, as_json=as_json, problem=str(error))
        raise
    if save_recipe is not None:
        save(save_recipe, config, dataset.report)
    _print(config, dataset.report, dataset, as_json=as_json)


def data_config(source: str, recipe: str | None, assignments: dict[str, str]) -> DataConfig:
    """Return the settings of data: those of a recipe, then the given ones.

    Raises
    ------
    ConfigError, DataError
        If a setting or the recipe is unknown.
    """
    from explorer.data.imports.recipes import named_recipe

    other = next((key for key in assignments if not key.startswith("data.")), None)
    if other is not None:
        raise ConfigError(f"{other}: only settings of the data apply here; they begin with data.")
    config = DataConfig(source=source) if recipe is None else named_recipe(recipe).applied(source)
    return replace(set_values(RunConfig(data=config), assignments).data, source=source)


def _print(
    config: DataConfig, report: "ImportReport", dataset: "Dataset | None", *, as_json: bool, problem: str = ""
) -> None:
    from explorer.data.imports.recipes import fitting_recipes

    fitting = [recipe.name for recipe in fitting_recipes(config, report)]
    if as_json:
        print_json({"problem": problem, **_json(config, report, dataset), "recipes": fitting})
        return
    # Of a file that is not understood at all, the error says everything.
    if not problem or report.settings:
        for line in report_lines(report, config, fitting):
            typer.echo(line)
    if not problem:
        typer.echo(f"\nTrain on it:\n  {_train_command(config)}")


def _json(config: DataConfig, report: "ImportReport", dataset: "Dataset | None") -> dict[str, Any]:
    data = config_to_json(RunConfig(data=config))["data"]
    found = {
        name: value for name, value in vars(report).items() if name not in ("columns", "left_out", "offers", "choices")
    }
    listed = {name: [asdict(each) for each in getattr(report, name)] for name in ("columns", "left_out", "offers")}
    samples = None
    if dataset is not None:
        description = dataset.description
        samples = {
            "count": len(dataset),
            "kind": description.kind,
            "shape": list(description.shape),
            "class_names": list(description.class_names),
            "feature_names": list(description.feature_names),
        }
    choices = {name: list(values) for name, values in report.choices.items()}
    return {"config": data, **found, **listed, "choices": choices, "samples": samples}


def _train_command(config: DataConfig) -> str:
    words = ["latent-explorer", "train", "--data", value_text(config.source)]
    for key, text in given_values("data", config).items():
        if key != "data.source":
            words += ["--set", f"{key}={text}"]
    return shlex.join(words)
