"""What a shell offers at the tab key: folders of runs, data sets, model families, settings, words of a choice.

Whatever needs torch is kept in a small file in the cache folder, so that only the first tab key waits for it.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs
import typer

from explorer.assets import runs_folder, shipped_runs
from explorer.runs.files import replace_json
from explorer.version import __version__

PLUGINS = ("latent_explorer.models", "latent_explorer.datasets")
"""Groups of entry points of plug-ins, which may add families and settings."""
Names = dict[str, list[tuple[str, str]]]
"""Names with their titles or help, by kind: ``models`` and ``settings``."""


def run_folders(incomplete: str) -> list[str]:
    """Return folders of runs that begin so, and other folders on the way to them, ending in "/"."""
    found = [_shown(path) for path in _known_runs()]
    # As it was typed: "./" and "../" stay.
    above = incomplete[: incomplete.rfind("/") + 1]
    for path in _subfolders(Path(above or ".")):
        found.append(f"{above}{path.name}" + ("" if _is_run(path) else "/"))
    return sorted({one for one in found if one.startswith(incomplete)})


def data_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the names of data sets; without one, the shell offers files."""
    from explorer.data import catalog

    return _beginning(((one.name, one.title) for one in catalog.describe_all()), incomplete)


def model_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the names of model families with their titles."""
    return _beginning(_catalogue()["models"], incomplete)


def setting_keys(incomplete: str) -> list[tuple[str, str]]:
    """Return the keys of settings, such as ``model.beta=``, with their labels."""
    return _beginning(((f"{key}=", label) for key, label in _catalogue()["settings"]), incomplete)


def device_names(incomplete: str) -> list[str]:
    """Return the kinds of devices that torch knows."""
    return [name for name in ("auto", "cpu", "cuda", "mps", "xpu") if name.startswith(incomplete)]


def tracker_names(incomplete: str) -> list[str]:
    """Return the names of trackers."""
    from explorer.jobs.tracking.tracker import TRACKERS

    return [name for name in TRACKERS if name.startswith(incomplete)]


def kept_weights(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the choices of weights, with the steps of the run that the line names."""
    # While the value of an option is missing, the arguments before it are not parsed yet.
    runs = [Path(word) for word in (ctx.params.get("run"), *ctx.args) if word]
    steps = [path.stem.removeprefix("step-") for run in runs[:1] for path in run.glob("step-*.safetensors")]
    known = ["final", "best", *(str(int(step)) for step in sorted(steps) if step.isdecimal())]
    return [word for word in known if word.startswith(incomplete)]


def words(*known: str) -> Callable[[str], list[str]]:
    """Return a function that offers the words of a choice."""
    return lambda incomplete: [word for word in known if word.startswith(incomplete)]


def _beginning(names: "Iterator[tuple[str, str]] | list[tuple[str, str]]", incomplete: str) -> list[tuple[str, str]]:
    return [(name, text) for name, text in names if name.startswith(incomplete)]


def _known_runs() -> list[Path]:
    return [*(path for path in _subfolders(runs_folder()) if _is_run(path)), *shipped_runs()]


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return []


def _is_run(path: Path) -> bool:
    return (path / "run.json").is_file()


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _catalogue() -> Names:
    from importlib.metadata import entry_points  # not above: every command would wait for it

    plugins = sorted(point.value for group in PLUGINS for point in entry_points(group=group))
    file = platformdirs.user_cache_path("latent-explorer", appauthor=False) / "completion.json"
    key = [__version__, _newest_source(), *plugins]
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["key"] == key:
            names: Names = kept["names"]
            return names
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not written yet, or by another version
    names = _read_catalogue()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_json(file, {"key": key, "names": names})
    except OSError:
        pass  # without a cache, the next tab key waits again
    return names


def _newest_source() -> int:
    """Return when a file of the families was changed last: in a clone, settings change without a new version."""
    package = Path(__file__).resolve().parents[2]
    files = [file for folder in ("models", "config") for file in (package / folder).rglob("*.py")]
    return max((file.stat().st_mtime_ns for file in files), default=0)


def _read_catalogue() -> Names:
    from explorer.config import DataConfig, TrainConfig, describe_fields
    from explorer.models import catalog

    families = catalog.families()
    sections = [("data", DataConfig), ("train", TrainConfig), *(("model", one.config_type) for one in families)]
    labels = {f"{section}.{one.name}": one.label for section, kind in sections for one in describe_fields(kind)}
    return {"models": [(one.name, one.title) for one in families], "settings": sorted(labels.items())}
