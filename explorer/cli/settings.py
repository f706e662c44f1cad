"""The settings of a new run on the command line, and all that can give them.

Later ones in this list override earlier ones:

1. the defaults of the model family,
2. ``--like RUN``: the settings of another run,
3. ``--config FILE``: a TOML or JSON file,
4. ``--recipe NAME``: how to read the data,
5. ``--set KEY=VALUE``,
6. the option of a single setting, such as ``--epochs``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import checked_out, print_json
from explorer.cli.shell.chosen_run import without_choice
from explorer.cli.shell.completion import data_names, device_names, model_names, run_folders, setting_keys
from explorer.config import ConfigError, value_text

if TYPE_CHECKING:
    from explorer.config import RunConfig

WHAT, HOW, FROM = "Data and model", "Training", "Settings"
"""Groups of options in the help."""
USUAL_FAMILY = "vae"

Data = Annotated[
    str | None,
    typer.Option(
        help="A data set (see datasets), a file or a folder. Default: the example data of the family.",
        rich_help_panel=WHAT,
        autocompletion=data_names,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(help="Model family (see models). Default: vae.", rich_help_panel=WHAT, autocompletion=model_names),
]
LatentDim = Annotated[int | None, typer.Option(help="Number of latent dimensions.", rich_help_panel=WHAT)]
Epochs = Annotated[
    int | None,
    typer.Option(
        help="Passes over the training samples. Default: by the family and the number of samples.",
        rich_help_panel=HOW,
    ),
]
BatchSize = Annotated[int | None, typer.Option(help="Samples per step.", rich_help_panel=HOW)]
Seed = Annotated[
    int | None,
    typer.Option(help="Random seed. The same seed, versions and threads give the same weights.", rich_help_panel=HOW),
]
Threads = Annotated[int | None, typer.Option(help="CPU threads; 0 for all cores but one.", rich_help_panel=HOW)]
Device = Annotated[
    str, typer.Option(help="auto, cpu, cuda, mps or xpu.", rich_help_panel=HOW, autocompletion=device_names)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Any other setting, for example model.beta=4.",
        rich_help_panel=FROM,
        autocompletion=setting_keys,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings from a .toml or .json file (see --save-config).",
        rich_help_panel=FROM,
    ),
]
LikeRun = Annotated[
    Path | None,
    typer.Option(
        metavar="RUN",
        help="Settings of another run.",
        rich_help_panel=FROM,
        autocompletion=run_folders,
        callback=without_choice,
    ),
]


@dataclass(frozen=True)
class GivenSettings:
    """What the command line says about the settings of a new run; ``options`` by their keys, None where not given."""

    model: str | None = None
    like: Path | None = None
    config: Path | None = None
    recipe: str | None = None
    settings: list[str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self) -> "RunConfig":
        """Return the whole config.

        Raises
        ------
        ConfigError, RunError
            If a setting, the file, the recipe or the run is unknown or cannot be read.
        """
        from explorer.jobs.runs.settings import build_config

        # Read before the family is known, which the file may name.
        in_file = {} if self.config is None else _file_settings(self.config)
        named = in_file.pop("model.family", "")
        like = None if self.like is None else _run_config(self.like)
        family = self.model or named or (USUAL_FAMILY if like is None else like.model.family)
        if self.config is not None:
            _check_file(self.config, family, in_file)
        liked = {} if like is None else _for_family(like, family)
        by_recipe = {} if self.recipe is None else _recipe_settings(self.recipe)
        # Everything is text, so that options and --set go through the same checks.
        given = {key: str(value) for key, value in self.options.items() if value is not None}
        return build_config(family, liked | in_file | by_recipe | read_assignments(self.settings or []) | given)


_OPTION_KEYS = {
    "data": "data.source",
    "latent_dim": "model.latent_dim",
    "epochs": "train.epochs",
    "batch_size": "train.batch_size",
    "learning_rate": "train.learning_rate",
    "seed": "train.seed",
    "threads": "train.threads",
    "fraction": "train.fraction",
}
"""The settings that have an option of their own, by its name."""


def option_values(**options: Any) -> dict[str, Any]:
    """Return the values of the options of single settings, by the keys of the settings."""
    return {_OPTION_KEYS[name]: value for name, value in options.items()}


def read_assignments(texts: list[str]) -> dict[str, str]:
    """Return the keys and values of ``--set KEY=VALUE`` options.

    Raises
    ------
    ConfigError
        If a text has no "=".
    """
    assignments = {}
    for text in texts:
        # Values may contain "=", for example paths.
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise ConfigError(f"--set {text}: write KEY=VALUE, for example --set model.beta=4")
        assignments[key.strip()] = value.strip()
    return assignments


def write_config(path: Path, config: "RunConfig") -> None:
    """Write all settings to a .toml or .json file; see `check_config_file` for errors."""
    from explorer.config.config_files import config_text
    from explorer.runs.files import replace_bytes

    replace_bytes(path, config_text(config, check_config_file(path)).encode())


def check_config_file(path: Path) -> str:
    """Return the suffix of a file that settings are written to.

    Raises
    ------
    ConfigError
        If it is neither .toml nor .json, or its folder does not exist.
    """
    from explorer.config.config_files import SUFFIXES

    return checked_out(path, *SUFFIXES, option="--save-config")


def print_config(config: "RunConfig", as_json: bool) -> None:
    """Print all settings, as TOML or JSON."""
    from explorer.config import config_to_json
    from explorer.config.config_files import config_text

    if as_json:
        print_json({"config": config_to_json(config)})
    else:
        typer.echo(config_text(config, ".toml"), nl=False)


def _file_settings(path: Path) -> dict[str, str]:
    from explorer.config.config_files import read_config_file

    return read_config_file(path)


def _check_file(path: Path, family: str, assignments: dict[str, str]) -> None:
    """Check the settings of a file on their own, so that an error names the file."""
    from explorer.jobs.runs.settings import build_config

    try:
        build_config(family, assignments)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _run_config(path: Path) -> "RunConfig":
    from explorer.runs.run_directory import open_run

    return open_run(path).config


def _for_family(like: "RunConfig", family: str) -> dict[str, str]:
    """Return the settings of another run that a family has; those that matter are named on standard error."""
    from explorer.config import config_to_json, describe_fields, given_values
    from explorer.models import catalog

    known = {f"model.{one.name}" for one in describe_fields(catalog.family(family).config_type)}
    if lost := [key for key in given_values("model", like.model) if key not in known]:
        typer.echo(f"note: {family} has no setting {', '.join(lost)}; left out", err=True)
    sections = config_to_json(like)
    all_of_them = {f"{one}.{key}": value for one, values in sections.items() for key, value in values.items()}
    return {
        key: value_text(value) for key, value in all_of_them.items() if key in known or not key.startswith("model.")
    }


def _recipe_settings(name: str) -> dict[str, str]:
    from explorer.data.imports.recipes import named_recipe

    return {f"data.{key}": value_text(value) for key, value in named_recipe(name).settings.items()}
