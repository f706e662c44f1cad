"""Making a run's config from words, as the command line, the window's form and a script give them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.config import ConfigError, RunConfig, describe_fields, replace, set_values
from explorer.data import catalog as datasets
from explorer.models import catalog as models


def build_config(model: str = "vae", assignments: Mapping[str, str] | None = None) -> RunConfig:
    """Return the defaults of a model family with ``{"model.beta": "4"}``-like assignments applied.

    The family's training settings and its example data are defaults, too.

    A path as ``data.source`` is made absolute, so that the run finds its data from wherever it is opened.

    Raises
    ------
    ConfigError
        For an unknown family, an unknown setting or a value that does not fit.
    """
    config = set_values(models.family(model).defaults, assignments or {})
    source = config.data.source
    if source not in datasets.names() and Path(source).expanduser().exists():
        absolute = str(Path(source).expanduser().resolve())
        config = replace(config, data=replace(config.data, source=absolute))
    return config


def named_assignments(model: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return assignments for settings named alone, as Python keywords are: ``beta=4`` is ``model.beta``.

    Raises
    ------
    ConfigError
        For a name that no section has.
    """
    defaults = models.family(model).defaults
    sections = {
        field.name: section
        for section in ("data", "train", "model")
        for field in describe_fields(type(getattr(defaults, section)))
    }
    for name in settings:
        if name not in sections:
            raise ConfigError(f"{name}: no such setting; there are {', '.join(sections)}")
    return {f"{sections[name]}.{name}": value_text(value) for name, value in settings.items()}


def value_text(value: Any) -> str:
    """Return a setting's value as ``--set`` takes it; lists are comma-separated."""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
