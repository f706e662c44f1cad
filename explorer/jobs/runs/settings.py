"""Convert the settings of a run from text and back (``--set``, keyword arguments, a command line); find its folder."""

import re
import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from explorer.config import (
    MODEL_CONFIGS,
    ConfigError,
    DataConfig,
    RunConfig,
    TrainConfig,
    describe_fields,
    given_values,
    replace,
    set_values,
    suggestion,
    value_text,
)
from explorer.data import catalog as datasets
from explorer.models import catalog as models


def free_run_path(folder: Path, name: str) -> Path:
    """Return an unused path in ``folder``: the name itself, or the name with a number appended."""
    path, number = folder / name, 2
    while path.exists():
        path, number = folder / f"{name}-{number}", number + 1
    return path


_OPTIONS = {"model.latent_dim": "--latent-dim", "train.epochs": "--epochs", "train.seed": "--seed"}
"""Settings with an option of their own in ``latent-explorer train``; all others go through ``--set``."""


def build_config(model: str = "vae", assignments: Mapping[str, str] | None = None) -> RunConfig:
    """Return the defaults of a model family with assignments such as ``{"model.beta": "4"}`` applied.

    The defaults include the training settings and the example data of the family.

    Raises
    ------
    ConfigError
        If the family or a setting is unknown, or a value is out of range.
    """
    config = set_values(models.family(model).defaults, assignments or {})
    source = config.data.source
    # An absolute path lets the run find its data from any working directory.
    if source not in datasets.names() and Path(source).expanduser().exists():
        absolute = str(Path(source).expanduser().resolve())
        config = replace(config, data=replace(config.data, source=absolute))
    return config


def named_assignments(model: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return assignments for settings without a section, as in Python keywords: ``beta=4`` is ``model.beta``.

    Raises
    ------
    ConfigError
        If no section has a setting of that name.
    """
    # Every name belongs to one section only, so keywords need no prefix.
    defaults = models.family(model).defaults
    sections = {
        field.name: section
        for section in ("data", "train", "model")
        for field in describe_fields(type(getattr(defaults, section)))
    }
    for name in settings:
        if name not in sections:
            raise ConfigError(f"{name}: no such setting; {suggestion(name, sections)}")
    return {f"{sections[name]}.{name}": value_text(value) for name, value in settings.items()}


_KEY = re.compile(r"\b(data|model|train)\.([a-z_]+)\b(?: = (\S+))?")


def in_labels(sentence: str) -> str:
    """Return a sentence with the labels of the form in place of the keys of settings.

    "model.likelihood = bernoulli needs …" is "Likelihood bernoulli needs …". Labels of the data are quoted, as they are
    words of the sentences on data, too: "“Encoding” chooses another encoding".
    """

    def label(found: re.Match[str]) -> str:
        section, name, value = found.groups()
        known = _labels().get((section, name))
        if known is None:
            return found[0]
        quoted = f"“{known}”" if section == "data" else known
        return f"{quoted} {value}" if value else quoted

    return _KEY.sub(label, sentence)


@cache
def _labels() -> dict[tuple[str, str], str]:
    types: list[tuple[str, type[Any]]] = [("data", DataConfig), ("train", TrainConfig)]
    types += [("model", config_type) for config_type in MODEL_CONFIGS.values()]
    return {(section, field.name): field.label for section, kind in types for field in describe_fields(kind)}


def _given(section: str, part: Any) -> list[tuple[str, str]]:
    """Return the assignments of a section that no option of ``train`` makes."""
    return [item for item in given_values(section, part).items() if item[0] not in {"data.source", *_OPTIONS}]


def command_line(config: RunConfig, out: Path, device: str = "auto") -> str:
    """Return the shell-quoted ``latent-explorer train`` command that trains a config; defaults are left out."""
    words = ["latent-explorer", "train", "--data", value_text(config.data.source), "--model", config.model.family]
    for key, option in _OPTIONS.items():
        section, _, name = key.partition(".")
        value = getattr(getattr(config, section), name)
        # 0 stands for the default, or for no epochs, as in a closed form.
        words += [option, value_text(value)] if value or key != "train.epochs" else []
    # Defaults are left out: the command stays short, and a run of it resolves them the same way.
    given = [item for section in ("data", "model", "train") for item in _given(section, getattr(config, section))]
    assignments = [word for key, text in given for word in ("--set", f"{key}={text}")]
    # The device belongs to the machine and is not part of the config.
    if device != "auto":
        words += ["--device", device]
    return shlex.join([*words, *assignments, "--out", str(out)])
