"""Every data set by name, and every file or folder by what it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from explorer.config import DataConfig
from explorer.data.binarisation import binarise
from explorer.data.context import Cancelled, LoadContext
from explorer.data.dataset import DataError, Dataset

__all__ = [
    "Cancelled",
    "LoadContext",
    "SourceDescription",
    "describe_all",
    "fetch",
    "format_of",
    "load",
    "names",
    "opens",
    "register",
    "settings_of",
]

ENTRY_POINTS = "latent_explorer.datasets"

Loader = Callable[[DataConfig, LoadContext], Dataset]
Opener = Callable[[Path, DataConfig, LoadContext], Dataset]


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Source:
    """A catalogue entry: how it is loaded, made ready for use offline, and which settings but the split it heeds."""

    name: str
    title: str
    summary: str
    load: Loader
    fetch: Callable[[LoadContext], None] | None
    offline: Callable[[], bool]
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A kind of file or folder: how it is recognised and how it is read."""

    title: str
    recognises: Callable[[Path], bool]
    load: Opener


@dataclass(frozen=True)
class SourceDescription:
    """A line of the ``datasets`` listing.

    ``offline`` says whether it can be loaded with no network now; ``problem`` is why a plug-in cannot be used, or "".
    """

    name: str
    title: str
    summary: str
    offline: bool
    problem: str = ""


_SOURCES: dict[str, Source] = {}
_FORMATS: list[Format] = []
_SOURCE_MODULES = ("digits", "shapes", "mnist", "cartoon_faces", "olivetti", "topics")
_FORMAT_MODULES = ("idx", "arrays", "text", "tables", "pictures")


def register(
    name: str,
    *,
    title: str,
    summary: str,
    fetch: Callable[[LoadContext], None] | None = None,
    offline: Callable[[], bool] = _always,
    settings: tuple[str, ...] = (),
) -> Callable[[Loader], Loader]:
    """Enter the decorated loader into the catalogue under ``name``.

    Parameters
    ----------
    title, summary
        One line each, shown in the window and by ``datasets``.
    fetch
        Brings the files here, for sets that have to be downloaded.
    offline
        Whether it can be loaded with no network now.
    settings
        Names of the `DataConfig` fields that it heeds, those of the split left out.
    """

    def enter(loader: Loader) -> Loader:
        _SOURCES[name] = Source(name, title, summary, loader, fetch, offline, settings)
        return loader

    return enter


def opens(title: str, *, recognises: Callable[[Path], bool]) -> Callable[[Opener], Opener]:
    """Enter the decorated function as the reader of the files or folders that ``recognises`` says yes to."""

    def enter(opener: Opener) -> Opener:
        _FORMATS.append(Format(title, recognises, opener))
        return opener

    return enter


def load(config: DataConfig, context: LoadContext | None = None) -> Dataset:
    """Load the catalogue entry, file or folder that ``config.source`` names.

    A catalogue name comes before a file of that name; write ``./digits`` for the file.

    Raises
    ------
    DataError
        For an unknown name, or whatever is wrong with the data, in one sentence.
    ConfigError
        For a random binarisation of what are no grey values in their range.
    Cancelled
        Where ``context.cancelled()`` said so.
    """
    dataset = _load_as_it_is(config, context or LoadContext())
    return binarise(dataset) if config.binarise else dataset


def _load_as_it_is(config: DataConfig, context: LoadContext) -> Dataset:
    problems = _fill_catalogue()
    if config.source in _SOURCES:
        return _SOURCES[config.source].load(config, context)
    if config.source in problems:
        raise DataError(f"data set {config.source!r} cannot be used: {problems[config.source]}")
    try:
        path = Path(config.source).expanduser()
        if not path.exists():
            raise DataError(_no_such_source(config.source))
        return format_of(path).load(path, config, context)
    except (OSError, RuntimeError) as error:  # RuntimeError: a "~name" without a home
        raise DataError(f"{config.source}: cannot be read ({error})") from error
    except MemoryError as error:
        raise DataError(f"{config.source}: there is not enough memory for it") from error


def fetch(name: str, context: LoadContext | None = None) -> None:
    """Make a catalogue set ready for use offline; nothing is done where it already is.

    Raises
    ------
    DataError
        For an unknown name or a failed download.
    """
    problems = _fill_catalogue()
    if name not in _SOURCES:
        reason = f": {problems[name]}" if name in problems else f": choose from {', '.join(names())}"
        raise DataError(f"unknown data set {name!r}{reason}")
    source = _SOURCES[name]
    if source.fetch is not None:
        source.fetch(context or LoadContext())


def names() -> tuple[str, ...]:
    """Return the catalogue's names, in their order of display."""
    _fill_catalogue()
    return tuple(_SOURCES)


def settings_of(name: str) -> tuple[str, ...]:
    """Return the settings that a catalogue entry heeds beside those of the split; none for an unknown name."""
    _fill_catalogue()
    return _SOURCES[name].settings if name in _SOURCES else ()


def describe_all() -> tuple[SourceDescription, ...]:
    """Describe every catalogue entry, plug-ins that failed included, for the ``datasets`` listing."""
    problems = _fill_catalogue()
    working = (_describe(source) for source in _SOURCES.values())
    failed = (SourceDescription(name, name, "", False, problem) for name, problem in problems.items())
    return (*working, *failed)


def _describe(source: Source) -> SourceDescription:
    try:
        return SourceDescription(source.name, source.title, source.summary, source.offline())
    except Exception as error:  # a plug-in may raise anything; the listing goes on without it
        return SourceDescription(source.name, source.title, source.summary, False, f"{type(error).__name__}: {error}")


def _no_such_source(source: str) -> str:
    looks_like_path = any(mark in source for mark in "/\\.~")
    if looks_like_path:
        return f"{source}: no such file or folder"
    return f"unknown data set {source!r}: choose from {', '.join(_SOURCES)}, or give a file or folder"


def format_of(path: Path) -> Format:
    """Recognise what kind of data a file or folder holds.

    Raises
    ------
    DataError
        Where it is none of the kinds that can be read.
    """
    for known in _formats():
        if known.recognises(path):
            return known
    if path.is_dir() and not any(path.iterdir()):
        raise DataError(f"{path}: the folder is empty")
    known_titles = ", ".join(known.title for known in _formats())
    raise DataError(f"{path}: this is none of the kinds that can be read ({known_titles})")


@cache
def _formats() -> tuple[Format, ...]:
    """Import the readers of files and folders, once; they bring pyarrow and Pillow, which names do not need."""
    for module in _FORMAT_MODULES:
        import_module(f"explorer.data.sources.{module}")
    return tuple(sorted(_FORMATS, key=lambda known: _rank(known.load, _FORMAT_MODULES)))


@cache
def _fill_catalogue() -> dict[str, str]:
    """Import the built-in sources and the plug-ins, once; give the plug-ins that failed and why."""
    for module in _SOURCE_MODULES:
        import_module(f"explorer.data.builtin.{module}")
    ordered = sorted(_SOURCES.items(), key=lambda item: _rank(item[1].load, _SOURCE_MODULES))
    _SOURCES.clear()
    _SOURCES.update(ordered)
    problems: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in _SOURCES:
            problems[f"{entry.name} ({entry.value})"] = f"the name {entry.name!r} is already taken"
            continue
        try:
            _enter_plug_in(entry.name, entry.load())
        except (Exception, SystemExit) as error:  # a plug-in may raise anything; it must harm nothing but itself
            problems[entry.name] = " ".join(f"{type(error).__name__}: {error}".split())
    return problems


def _rank(function: Callable[..., Dataset], modules: tuple[str, ...]) -> int:
    """Return the place of a function's module, so that the order of imports does not matter; the others come last."""
    module = function.__module__.rpartition(".")[2]
    return modules.index(module) if module in modules else len(modules)


def _enter_plug_in(name: str, loader: Any) -> None:
    """Enter a plug-in's loader, unless importing it did so through `register`."""
    if name in _SOURCES or any(source.load is loader for source in _SOURCES.values()):
        return
    if not callable(loader):
        raise TypeError("the entry point is no function (config, context) -> Dataset")

    def guarded(config: DataConfig, context: LoadContext) -> Dataset:
        try:
            dataset = loader(config, context)
        except (DataError, Cancelled):
            raise
        except Exception as error:  # whatever a plug-in raises is its own fault, told in one sentence
            raise DataError(f"{name}: the plug-in failed ({type(error).__name__}: {error})") from error
        if not isinstance(dataset, Dataset):
            raise DataError(f"{name}: the plug-in gave a {type(dataset).__name__}, not a Dataset")
        return dataset

    register(name, title=name, summary=_first_line(loader))(guarded)


def _first_line(loader: Any) -> str:
    return (loader.__doc__ or "").strip().partition("\n")[0]
