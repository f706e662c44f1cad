"""Classes by name or index, for models that are told the class of what they decode."""

from collections.abc import Sequence

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.latent_model import Capabilities


def class_index(description: Description, value: str | int) -> int:
    """Return the index of a class named or counted from 0; a name goes before a number.

    Raises
    ------
    ConfigError
        For a class that the data does not have.
    """
    names = description.class_names
    text = str(value).strip()
    if text in names:
        return names.index(text)
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    raise ConfigError(f"class {text!r}: {description.name} has the classes {_listed(names)}, or 0 to {len(names) - 1}")


def check_takes_class(capabilities: Capabilities, run: str) -> None:
    """Refuse a class for a model that is told none.

    Raises
    ------
    ConfigError
        For such a model.
    """
    if not capabilities.condition:
        raise ConfigError(f"{run}: its model is told no class; a conditional VAE is (model conditional-vae)")


def class_of_place(run: OpenRun, chosen: int | None) -> int | None:
    """Return the class that a point is decoded as: the chosen one, else the first; None without a condition."""
    valid = class_of_sample(run, chosen)
    return 0 if valid is None and run.capabilities.condition else valid


def class_of_sample(run: OpenRun, chosen: int | None) -> int | None:
    """Return the class that a sample of a run is decoded as: the chosen one; None is the sample's own."""
    if not run.capabilities.condition or chosen is None or chosen >= len(run.description.class_names):
        return None
    return chosen


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])}, … {names[-1]}"
