"""Provides the files of published data sets, from a folder of the user or by download.

1. If the folder that `DATA_VARIABLE` names contains all files, use them as they are.
2. Otherwise look in the cache folder of the program, and download each missing file from the first mirror that has it.
3. Verify the SHA-256 of each file, whether cached or downloaded. On a mismatch try the next mirror.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import platformdirs

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.reading.limits import DOWNLOAD_BYTES

DATA_VARIABLE = "LATENT_EXPLORER_DATA"
"""Environment variable with the folder of data sets that the user has already."""
_CHUNK = 1 << 16
_TIMEOUT = 15  # seconds without a response after which a mirror counts as unreachable


@dataclass(frozen=True)
class Published:
    """Where a data set's files are published.

    Attributes
    ----------
    name
        Name in the catalogue and of the folder.
    mirrors
        Addresses ending in "/", in the order in which they are tried.
    sha256
        SHA-256 of each file by name.
    aliases
        Further folder names to look for under `DATA_VARIABLE`, as other programs use them.
    copies
        Complete addresses of copies under another name, by file name; tried after the mirrors.
    """

    name: str
    mirrors: tuple[str, ...]
    sha256: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def cache_folder(name: str) -> Path:
    """Return the cache folder for the downloads of a data set."""
    return platformdirs.user_cache_path("latent-explorer", appauthor=False) / "data" / name


def is_offline_ready(published: Published) -> bool:
    """Return whether all files are available without a network."""
    folder = cache_folder(published.name)
    return user_folder(published) is not None or all((folder / file).is_file() for file in published.sha256)


def user_folder(published: Published) -> Path | None:
    """Return the folder under `DATA_VARIABLE` that contains all files, compressed or not; None if there is none.

    Checksums of the user's own files are not verified.
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
    """Return the folder with the files of a data set, after downloading those that are missing.

    Raises
    ------
    DataError
        If no mirror delivers a file with the right checksum; the message says where to put the files by hand.
    Cancelled
        If the user cancelled; complete files are kept.
    """
    found = user_folder(published)
    if found is not None:
        return found
    folder = cache_folder(published.name)
    for number, (file, sha256) in enumerate(published.sha256.items(), start=1):
        # Also a chance to cancel before the next connection.
        context.report(0, 0, f"looking for {file}")
        _download(published, folder, file, sha256, context, f"file {number} of {len(published.sha256)}: {file}")
    return folder


def _download(published: Published, folder: Path, file: str, sha256: str, context: LoadContext, text: str) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it reports downloads on standard error
    reasons: list[str] = []
    # pooch checks the SHA-256 of a cached file, too, and downloads it again if it is damaged.
    for address in (*(mirror + file for mirror in published.mirrors), *published.copies.get(file, ())):
        downloader = pooch.HTTPDownloader(progressbar=_Progress(context, text), chunk_size=_CHUNK, timeout=_TIMEOUT)
        try:
            pooch.retrieve(address, known_hash=f"sha256:{sha256}", fname=file, path=folder, downloader=downloader)
        # Its message is a page of nested exceptions; users need only the address.
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
    """A progress bar for pooch that reports to a `LoadContext`, which may raise `Cancelled`.

    It raises DataError for a file that is too large.
    """

    def __init__(self, context: LoadContext, text: str) -> None:
        self.context = context
        self.text = text
        self.total = 0
        self.done = self.received = 0

    def update(self, size: int) -> None:
        # Counted beside what is shown: a server may send more than it has announced.
        self.received += size
        DOWNLOAD_BYTES.check(max(self.received, self.total), "the download", "it has at least")
        self.done = min(self.done + size, self.total) if self.total else self.done + size
        self.context.report(self.done, self.total, self.text)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Do nothing; pooch requires the method."""
