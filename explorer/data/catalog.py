"""The catalogue of data sets: built-in sets and plug-ins by name, files and folders by their format.

How ``load`` finds the data of a config:

1. Import the built-in sources, which register themselves by `register`, and the plug-ins of the entry point
   ``latent_explorer.datasets``. A plug-in that fails is listed with its reason and breaks nothing else.
2. If ``config.source`` is a name in the catalogue, call its loader.
3. Otherwise it is a path: call the reader of its format (see `explorer.data.formats`).
4. Resize and binarise the samples if the config says so; readers of picture files resize them while reading.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from explorer import extras
from explorer.config import DataConfig, nearest_name, suggestion
from explorer.data.context import Cancelled, LoadContext, only_data_errors
from explorer.data.dataset import SPLITS, DataError, Dataset
from explorer.data.formats import format_of, module_rank
from explorer.data.preparation import binarise, resized
from explorer.data.report import Notes

__all__ = [
    "Cancelled",
    "LoadContext",
    "SourceDescription",
    "describe_all",
    "fetch",
    "load",
    "names",
    "prepared",
    "register",
]

ENTRY_POINTS = "latent_explorer.datasets"
SPLIT_SETTINGS = ("validation_fraction", "test_fraction", "split_seed")
"""The settings that apply to every data set."""

Loader = Callable[[DataConfig, LoadContext], Dataset]


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Source:
    """A catalogue entry: its loader, how to download it, and the settings that it uses besides those of the split."""

    name: str
    title: str
    summary: str
    load: Loader
    fetch: Callable[[LoadContext], None] | None
    offline: Callable[[], bool]
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceDescription:
    """One line of the ``datasets`` listing.

    ``offline`` tells whether the set can be loaded now without a network; ``problem`` is the reason why a plug-in is
    unusable, or empty.
    """

    name: str
    title: str
    summary: str
    offline: bool
    problem: str = ""


_SOURCES: dict[str, Source] = {}
extras.REGISTRIES.append((_SOURCES, lambda source: getattr(source.load, "__module__", "")))
_SOURCE_MODULES = ("mnist", "digits", "shapes", "cartoon_faces", "olivetti", "topics")


def register(
    name: str,
    *,
    title: str,
    summary: str,
    fetch: Callable[[LoadContext], None] | None = None,
    offline: Callable[[], bool] = _always,
    settings: tuple[str, ...] = (),
) -> Callable[[Loader], Loader]:
    """Register the decorated loader in the catalogue under ``name``.

    Parameters
    ----------
    title, summary
        One line each, shown in the window and by ``datasets``.
    fetch
        Downloads the files, for sets that need it.
    offline
        Returns whether the set can be loaded now without a network.
    settings
        Names of the `DataConfig` fields that the loader uses besides those of the split.
    """

    def enter(loader: Loader) -> Loader:
        _SOURCES[name] = Source(name, title, summary, loader, fetch, offline, settings)
        return loader

    return enter


def load(config: DataConfig, context: LoadContext | None = None) -> Dataset:
    """Load the catalogue entry, file or folder that ``config.source`` names.

    A catalogue name has priority over a file of the same name; write ``./digits`` for the file.

    Raises
    ------
    DataError
        If the name is unknown or the data is unusable; the message is one sentence.
    ConfigError
        If the data cannot be binarized.
    Cancelled
        If ``context.cancelled()`` returned True.
    """
    return prepared(_load_as_it_is, config, context)


def prepared(read: Loader, config: DataConfig, context: LoadContext | None) -> Dataset:
    """Return the data set that a loader reads, with its report, resized and binarized if the config says so."""
    context = replace(context or LoadContext(), notes=Notes())  # a report of its own for each import
    try:
        dataset = read(config, context)
    except DataError as error:
        # A reader that named no setting did not get into the file: choosing another split would not help.
        if context.notes.report().settings:
            context.notes.applies(*SPLIT_SETTINGS)
        error.report = context.notes.report()
        raise
    context.notes.applies(*SPLIT_SETTINGS)
    counts = [f"{len(dataset.splits.named(split)):,} {split}" for split in SPLITS]
    context.notes.understood(f"{', '.join(counts)} samples")
    dataset = replace(dataset, report=context.notes.report())
    dataset = resized(dataset, config)
    return binarise(dataset) if config.binarise else dataset


def _load_as_it_is(config: DataConfig, context: LoadContext) -> Dataset:
    problems = fill_catalogue()
    # A name before a path: "digits" must not depend on the folder in which the program starts.
    if config.source in _SOURCES:
        known_source = _SOURCES[config.source]
        context.notes.format = known_source.title
        context.notes.applies(*known_source.settings)
        return known_source.load(config, context)
    if config.source in problems:
        raise DataError(f"data set {config.source!r} is unusable: {problems[config.source]}")
    with only_data_errors(config.source):
        path = Path(config.source).expanduser()
        if not path.exists():
            raise DataError(_no_such_source(config.source))
        if not (path.is_file() or path.is_dir()):  # reading a pipe could wait forever
            raise DataError(f"{config.source}: neither a file nor a folder; data is not read from pipes and devices")
        known = format_of(path, config.read_as)
        context.notes.format = known.title
        if known.read_as and path.is_file():
            context.notes.applies("read_as")
        if config.read_as == "auto" and known.contents is not None and not known.recognizes(path):
            suffix = path.suffix or "of the name"
            context.notes.understood(f"the suffix {suffix} is unknown; the format was recognized by the contents")
        return known.load(path, config, context)


def fetch(name: str, context: LoadContext | None = None) -> None:
    """Download a catalogue set for use without a network, unless it has been downloaded already.

    Raises
    ------
    DataError
        If the name is unknown or the download fails.
    """
    problems = fill_catalogue()
    if name not in _SOURCES:
        reason = f": {problems[name]}" if name in problems else f": {suggestion(name, names())}"
        raise DataError(f"unknown data set {name!r}{reason}")
    source = _SOURCES[name]
    if source.fetch is not None:
        source.fetch(context or LoadContext())


def names() -> tuple[str, ...]:
    """Return the names in the catalogue, in the order of display."""
    fill_catalogue()
    return tuple(_SOURCES)


def source_title(source: str) -> str:
    """Return the title of a data set: that of its catalogue entry, or the name of its file."""
    fill_catalogue()
    known = _SOURCES.get(source)
    return known.title if known is not None else Path(source).name or source


def describe_all() -> tuple[SourceDescription, ...]:
    """Return a line for every catalogue entry, including plug-ins that failed, for the ``datasets`` listing."""
    problems = fill_catalogue()
    working = (_describe(source) for source in _SOURCES.values())
    failed = (SourceDescription(name, name, "", False, problem) for name, problem in problems.items())
    return (*working, *failed)


def _describe(source: Source) -> SourceDescription:
    try:
        return SourceDescription(source.name, source.title, source.summary, source.offline())
    except (Exception, SystemExit) as error:  # a plug-in may raise anything; the listing must not fail
        return SourceDescription(source.name, source.title, source.summary, False, extras.error_text(error))


def _no_such_source(source: str) -> str:
    looks_like_path = any(mark in source for mark in "/\\.~")
    if looks_like_path:
        return f"{source}: no such file or folder"
    if near := nearest_name(source, _SOURCES):
        return f"unknown data set {source!r}: did you mean {near}?"
    return f"unknown data set {source!r}: choose from {', '.join(_SOURCES)}, or enter the path of a file or folder"


@cache
def fill_catalogue() -> dict[str, str]:
    """Import the built-in sources and the plug-ins, once; return the plug-ins that failed, with the reasons."""
    for module in _SOURCE_MODULES:
        import_module(f"explorer.data.builtin.{module}")
    # A module may have been imported before, by a test or a plug-in, and then comes first.
    ordered = sorted(_SOURCES.items(), key=lambda item: module_rank(item[1].load, _SOURCE_MODULES))
    _SOURCES.clear()
    _SOURCES.update(ordered)
    problems: dict[str, str] = {}

    def load_plugin(entry: EntryPoint) -> None:
        # Plug-ins cannot replace built-in sets, whose names appear in the documentation.
        if entry.name in _SOURCES:
            problems[f"{entry.name} ({entry.value})"] = f"the name {entry.name!r} is already taken"
        else:
            _enter_plug_in(entry.name, entry.load())

    failed = extras.load_plugins(lambda: entry_points(group=ENTRY_POINTS), load_plugin)
    return {**problems, **failed}


def _enter_plug_in(name: str, loader: Any) -> None:
    """Register a plug-in's loader, unless its module did so on import."""
    if name in _SOURCES or any(source.load is loader for source in _SOURCES.values()):
        return
    if not callable(loader):
        raise TypeError("the entry point is not a function (config, context) -> Dataset")

    def guarded(config: DataConfig, context: LoadContext) -> Dataset:
        try:
            dataset = loader(config, context)
        except (DataError, Cancelled, KeyboardInterrupt):
            raise
        except BaseException as error:  # named as the plug-in's error, so that nobody looks for it in the program
            raise DataError(f"{name}: the plug-in failed ({extras.error_text(error)})") from error
        if not isinstance(dataset, Dataset):
            raise DataError(f"{name}: the plug-in returned a {type(dataset).__name__}, not a Dataset")
        return dataset

    register(name, title=name, summary=_first_line(loader))(guarded)


def _first_line(loader: Any) -> str:
    return (loader.__doc__ or "").strip().partition("\n")[0]
