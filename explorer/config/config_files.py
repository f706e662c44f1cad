"""Settings in files, TOML or JSON: the sections ``data``, ``model`` (with ``family``) and ``train``."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.config.changes import ConfigError, config_to_json
from explorer.config.run_config import RunConfig
from explorer.config.value_errors import nearest_name
from explorer.config.value_text import value_text

MAX_BYTES = 1_000_000
"""A larger file holds no settings."""
SUFFIXES = (".toml", ".json")
SECTIONS = ("data", "model", "train")


def read_config_file(path: Path) -> dict[str, str]:
    """Return the settings of a file as assignments such as ``{"model.beta": "4.0"}``; the family is ``model.family``.

    A path in ``data.source`` may be relative to the file.

    Raises
    ------
    ConfigError
        If the file is neither TOML nor JSON, or a value is not a number, a text, a truth value or a list of these.
    """
    values = _parsed(path)
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: write an object with the sections {', '.join(SECTIONS)}")
    assignments = dict(_flat(path, values))
    # A file of settings is often kept beside its data, and read from elsewhere.
    source = assignments.get("data.source", "")
    if source and (path.parent / source).exists():
        assignments["data.source"] = str((path.parent / source).resolve())
    return assignments


def config_text(config: RunConfig, suffix: str) -> str:
    """Return all settings as the text of a file ``.toml`` or ``.json``."""
    values = config_to_json(config)
    if suffix == ".json":
        return json.dumps(values, indent=1, ensure_ascii=False) + "\n"
    # JSON's texts, numbers, truth values and lists are TOML's; only the control character DEL is not.
    sections = (
        f"[{section}]\n"
        + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values[section].items())
        for section in SECTIONS
    )
    return "\n".join(sections).replace("\x7f", "\\u007f")


def _parsed(path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{path}: settings are read from a .toml or a .json file")
    try:
        # Checked before reading: a wrong path may lead to gigabytes of data.
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: too large for a file of settings")
        # Editors of Windows put a byte order mark first.
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text) if suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read as text in UTF-8") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}: invalid JSON at line {error.lineno}, column {error.colno}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: invalid TOML: {str(error)[:1].lower()}{str(error)[1:]}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply") from error


def _flat(path: Path, values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the keys, with their sections, and the values as text."""
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and not prefix:
            if name not in SECTIONS:
                near = nearest_name(name, SECTIONS)
                hint = f"did you mean {near}?" if near else f"the sections are {', '.join(SECTIONS)}"
                raise ConfigError(f"{path}: {key}: no such section; {hint}")
            yield from _flat(path, value, f"{key}.")
        elif _is_plain(value) or (isinstance(value, list) and all(map(_is_plain, value))):
            # As text, so that files, options and --set go through the same checks.
            yield key, value_text(value)
        else:
            raise ConfigError(f"{path}: {key}: write a number, a text, true, false, or a list of these")


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)
