"""Recipes: settings of an import that are kept under a name, to read the next file of the kind in the same way.

A recipe is a JSON file in the user's folder of settings. It has the settings of `DataConfig` that differ from the
defaults, without the source, and the format and columns of the file that it was made for.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from explorer.config import DataConfig, RunConfig, config_to_json, describe_fields, replace
from explorer.data.dataset import DataError
from explorer.data.imports.roles import ROLE_SETTINGS
from explorer.data.report import ImportReport

# No slashes and no leading dot: a name must not lead out of the folder, nor hide the file.
NAME = re.compile(r"[\w][\w .()+-]{0,63}")
"""A name of a recipe, which is also that of its file."""
MAX_BYTES = 4 << 20
"""Maximum size of a file that is read as a recipe."""


@dataclass(frozen=True)
class Recipe:
    """Settings under a name.

    Attributes
    ----------
    settings
        Values of `DataConfig` by field; the others keep their defaults.
    format, columns
        Those of the file that the recipe was made for.
    """

    name: str
    settings: Mapping[str, Any]
    format: str = ""
    columns: tuple[str, ...] = ()

    def applied(self, source: str) -> DataConfig:
        """Return the config that reads a source by this recipe."""
        return DataConfig(source=source, **self.settings)

    def fits(self, report: ImportReport) -> bool:
        """Return whether a file has the same format, and the columns that the recipe names."""
        if not self.settings or self.format != report.format:
            return False
        named = [self.settings.get(setting, ()) for setting in ROLE_SETTINGS.values()]
        needed = {name for value in named for name in ([value] if isinstance(value, str) else value) if name}
        known = {column.name for column in report.columns}
        # A recipe without columns of its own fits a file of the same columns.
        return needed <= known if needed else set(self.columns) == known


def recipes() -> tuple[Recipe, ...]:
    """Return the saved recipes in the order of their names; other files are left out."""
    found = (_read(path) for path in sorted(_folder().glob("*.json"), key=lambda path: path.name.lower()))
    return tuple(recipe for recipe in found if recipe is not None)


def named_recipe(name: str) -> Recipe:
    """Return a saved recipe.

    Raises
    ------
    DataError
        If there is none of this name.
    """
    known = recipes()
    for recipe in known:
        if recipe.name == name:
            return recipe
    listing = f"the recipes are {', '.join(recipe.name for recipe in known)}" if known else "none has been saved yet"
    raise DataError(f"there is no recipe {name!r}; {listing}")


def save_recipe(name: str, config: DataConfig, report: ImportReport) -> Recipe:
    """Save the settings of an import under a name; a recipe of the same name is replaced.

    Raises
    ------
    DataError
        If the name cannot be that of a file, or the file cannot be written.
    """
    name = name.strip()
    if not NAME.fullmatch(name):
        raise DataError(f"{name!r} cannot name a recipe; use up to 64 letters, digits, blanks and . ( ) + - _")
    plain = config_to_json(RunConfig(data=config))["data"]
    default = config_to_json(RunConfig(data=DataConfig()))["data"]
    settings = {key: value for key, value in plain.items() if key != "source" and value != default[key]}
    recipe = Recipe(name, settings, report.format, tuple(column.name for column in report.columns))
    path = _folder() / f"{name}.json"
    content = {"settings": settings, "format": recipe.format, "columns": list(recipe.columns)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        # In one step, so that a crash or a full disk leaves the former recipe.
        os.replace(part, path)
    except OSError as error:
        raise DataError(f"{path}: the recipe cannot be saved ({error.strerror or error})") from error
    return recipe


def remove_recipe(name: str) -> None:
    """Delete a recipe; do nothing if there is none of this name."""
    if NAME.fullmatch(name):
        (_folder() / f"{name}.json").unlink(missing_ok=True)


def fitting_recipes(config: DataConfig, report: ImportReport) -> tuple[Recipe, ...]:
    """Return the saved recipes that fit a file, except those whose settings the config has already."""
    source = config.source
    return tuple(each for each in recipes() if each.fits(report) and each.applied(source) != config)


def _folder() -> Path:
    return platformdirs.user_config_path("latent-explorer", appauthor=False) / "recipes"


def _read(path: Path) -> Recipe | None:
    """Return the recipe in a file; None if it is damaged or of another version, as the file can be edited by hand."""
    known = {field.name for field in describe_fields(DataConfig)} - {"source"}
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        content = json.loads(path.read_text(encoding="utf-8"))
        settings = {str(key): value for key, value in content["settings"].items()}
        if not set(settings) <= known:
            return None
        # Validated: a value out of range would only fail when the recipe is used.
        valid = replace(DataConfig(), **settings)
        values = {key: getattr(valid, key) for key in settings}
        return Recipe(path.stem, values, str(content["format"]), tuple(map(str, content["columns"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError):
        return None
