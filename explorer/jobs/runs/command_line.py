"""The command that trains the same run: what "Copy as command" gives."""

import shlex
from pathlib import Path

from explorer.config import RunConfig, describe_fields
from explorer.jobs.runs.settings import value_text

_OPTIONS = {"model.latent_dim": "--latent-dim", "train.epochs": "--epochs", "train.seed": "--seed"}


def command_line(config: RunConfig, out: Path, device: str = "auto") -> str:
    """Return the ``latent-explorer train`` line for a config: settings that are not at their default, shell-quoted."""
    words = ["latent-explorer", "train", "--data", config.data.source, "--model", config.model.family]
    assignments: list[str] = []
    for section in ("data", "model", "train"):
        part = getattr(config, section)
        for field in describe_fields(type(part)):
            key, value = f"{section}.{field.name}", getattr(part, field.name)
            if key in _OPTIONS:
                words += [_OPTIONS[key], value_text(value)]
            elif key != "data.source" and value != field.default:
                assignments += ["--set", f"{key}={value_text(value)}"]
    if device != "auto":
        words += ["--device", device]
    return shlex.join([*words, *assignments, "--out", str(out)])
