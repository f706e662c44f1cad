"""Files of the published data sets: found in a folder of the user's, or downloaded once and checked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import platformdirs

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError

DATA_VARIABLE = "LATENT_EXPLORER_DATA"
_CHUNK = 1 << 16
_TIMEOUT = 15  # seconds without an answer, after which the mirror counts as unreachable


@dataclass(frozen=True)
class Published:
    """Where a data set's files are published.

    Attributes
    ----------
    name
        Catalogue name, and the name of its folder.
    mirrors
        Addresses that end in "/"; tried in turn.
    sha256
        File name to SHA-256.
    aliases
        Further folder names under `DATA_VARIABLE`, as other programs make them.
    copies
        File name to whole addresses of copies that go by another name; tried after the mirrors.
    """

    name: str
    mirrors: tuple[str, ...]
    sha256: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def cache_folder(name: str) -> Path:
    """Return the folder that downloads of a data set are kept in."""
    return platformdirs.user_cache_path("latent-explorer", appauthor=False) / "data" / name


def is_offline_ready(published: Published) -> bool:
    """Whether every file is here, so that no network is needed."""
    folder = cache_folder(published.name)
    return user_folder(published) is not None or all((folder / file).is_file() for file in published.sha256)


def user_folder(published: Published) -> Path | None:
    """Return the set's folder under `DATA_VARIABLE` where all its files are, gzip or not; else None.

    These are the user's own files: no checksum is asked of them.
    """
    root = os.environ.get(DATA_VARIABLE, "")
    if not root:
        return None
    for name in (published.name, *published.aliases):
        folder = Path(root).expanduser() / name
        if all((folder / file).is_file() or (folder / file.removesuffix(".gz")).is_file() for file in published.sha256):
            return folder
    return None


def provide(published: Published, context: LoadContext) -> Path:
    """Return the folder with the set's files, downloading those that are not here.

    Raises
    ------
    DataError
        Where no mirror gives a file whose checksum is right; says where to put the files by hand.
    Cancelled
        Where the user stopped; what was complete is kept.
    """
    found = user_folder(published)
    if found is not None:
        return found
    folder = cache_folder(published.name)
    for number, (file, sha256) in enumerate(published.sha256.items(), start=1):
        context.report(0, 0, f"looking for {file}")
        _download(published, folder, file, sha256, context, f"file {number} of {len(published.sha256)}: {file}")
    return folder


def _download(published: Published, folder: Path, file: str, sha256: str, context: LoadContext, text: str) -> None:
    import pooch  # with requests, a sixth of a second: only where something is downloaded
    import requests

    pooch.get_logger().setLevel("WARNING")  # it would write to standard error
    reasons: list[str] = []
    for address in (*(mirror + file for mirror in published.mirrors), *published.copies.get(file, ())):
        downloader = pooch.HTTPDownloader(progressbar=_Progress(context, text), chunk_size=_CHUNK, timeout=_TIMEOUT)
        try:
            pooch.retrieve(address, known_hash=f"sha256:{sha256}", fname=file, path=folder, downloader=downloader)
        except requests.exceptions.ConnectionError:
            reasons.append(f"{address} cannot be reached")
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            reasons.append(f"{address}: {str(error).splitlines()[0]}")
        else:
            return
    raise DataError(
        f"{published.name}: {file} could not be downloaded ({'; '.join(reasons)}); without a network, put the files "
        f"into {folder}, or into {published.name}/ in a folder that {DATA_VARIABLE} names"
    )


class _Progress:
    """What pooch takes for a progress bar: passes on the bytes, and stops the download by raising `Cancelled`."""

    def __init__(self, context: LoadContext, text: str) -> None:
        self.context = context
        self.text = text
        self.total = 0
        self.done = 0

    def update(self, size: int) -> None:
        self.done = min(self.done + size, self.total) if self.total else self.done + size
        self.context.report(self.done, self.total, self.text)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Nothing is held open."""
