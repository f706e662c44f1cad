"""Choose the class that a conditional model decodes, by name or index."""

from collections.abc import Sequence

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.latent_model import Capabilities


def class_index(description: Description, value: str | int) -> int:
    """Return the index of a class from its name or its index as text; a name takes precedence.

    Raises
    ------
    ConfigError
        If the data does not have the class.
    """
    names = description.class_names
    text = str(value).strip()
    # Class names of digits are numbers themselves, and need not be in order.
    if text in names:
        return names.index(text)
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    raise ConfigError(f"class {text!r}: {description.name} has the classes {_listed(names)}, or 0 to {len(names) - 1}")


def check_takes_class(capabilities: Capabilities, run: str) -> None:
    """Check that a model is conditional.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if not capabilities.condition:
        raise ConfigError(
            f"{run}: its model is not conditional, so it takes no class; choose a run of a conditional VAE"
        )


def class_of_place(run: OpenRun, chosen: int | None) -> int | None:
    """Return the class for decoding a point: the chosen one, else the first; None if the model is not conditional."""
    valid = class_of_sample(run, chosen)
    # A conditional decoder needs some class; a point has none of its own.
    return 0 if valid is None and run.capabilities.condition else valid


def class_of_sample(run: OpenRun, chosen: int | None) -> int | None:
    """Return the class for decoding a sample: the chosen one, or None for the class of the sample."""
    if not run.capabilities.condition or chosen is None or chosen >= len(run.description.class_names):
        return None
    return chosen


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])}, … {names[-1]}"
