"""Data sets from recordings (WAV, FLAC, OGG, …): spectrograms as pictures, or frames of the waveform as signals.

1. Read the headers of all recordings: rate, channels, length. Unreadable ones are left out and listed.
2. A folder gives one spectrogram per recording, of the median length; longer ones are cut and shorter ones end with
   silence. A single recording is divided into pieces of `PIECE_SECONDS`.
3. As frames, every recording is divided into frames of `FRAME` samples; those of one recording stay in one split.
4. Lists beside the recordings, such as esc50.csv, give classes and splits; otherwise sub-folders do, or the parts of
   file names.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import Axis, DataError, Dataset
from explorer.data.folders import is_mostly, other_files, splits_and_classes, visible_files
from explorer.data.formats import missing, opens
from explorer.data.imports.column_roles import column_roles
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.reading.limits import ARRAY_BYTES
from explorer.data.report import Role, counted, noun, some
from explorer.data.signals.recording_lists import Listed, listed
from explorer.data.signals.spectrograms import BANDS, RANGE_DB, log_mel, window_length

SUFFIXES = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".au", ".mp3"})
FRAME = 512
"""Number of samples of a frame."""
PIECE_SECONDS = 1.0
"""Length of the pieces of a single recording."""
MAX_SECONDS = 3600
"""Of a longer recording, only its first hour is read."""
BLOCK_VALUES = 1 << 22
"""Number of values, of all channels together, that are read at once."""
MIN_SAMPLES = 3

_Samples = tuple[Found, list[Path], list[int]]
"""Samples, their recordings, and how many samples each recording has."""

_PARTS = re.compile(r"[_\-.]")


@dataclass(frozen=True)
class _Recording:
    """A recording before it is read: its file, samples per second, number of samples, and channels."""

    file: Path
    rate: int
    length: int
    channels: int

    @property
    def seconds(self) -> float:
        return self.length / self.rate


def holds_recordings(path: Path) -> bool:
    """Return whether a file is a recording, or a folder has mostly recordings."""
    return is_mostly(path, SUFFIXES) if path.is_dir() else path.suffix.lower() in SUFFIXES


@opens("recordings (.wav, .flac, .ogg, or a folder of them)", recognizes=holds_recordings)
def open_recordings(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a recording or a folder of them.

    Raises
    ------
    DataError
        If soundfile is not installed, no recording can be read, or there are too few samples.
    """
    notes = context.notes
    notes.applies("audio_as", "picture_size", "unreadable", *ROW_SETTINGS)
    files = visible_files(path, SUFFIXES) if path.is_dir() else [path]
    known = listed(files, path, config, context) if path.is_dir() else Listed()
    if path.is_dir():
        # Lists are used, and are no other files.
        others = other_files(path, {*files, *known.lists})
        notes.left_out(noun(len(others), "other file"), "not recordings", others)
    headers = _headers(files, path, config, context)
    rate = Counter(header.rate for header in headers).most_common(1)[0][0]
    _note(headers, rate, context)
    read = _frames if config.audio_as == "frames" else _spectrograms
    found, used, counts = read(headers, rate, path, config, context)
    return interpret(_described(found, used, counts, known.of(files, used), config, context), config, context)


def _soundfile(path: Path) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: its library is missing
        raise missing("soundfile", path) from error
    return soundfile


def _headers(files: Sequence[Path], path: Path, config: DataConfig, context: LoadContext) -> list[_Recording]:
    """Return the headers of the recordings that can be read; a preview takes recordings from all folders."""
    soundfile = _soundfile(path)
    if context.limit is not None and len(files) > context.limit:
        context.notes.partial(f"{context.limit:,} of {len(files):,} recordings")
        files = files[:: math.ceil(len(files) / context.limit)]
    found, unreadable = list[_Recording](), list[str]()
    for done, file in enumerate(files):
        context.report(done, 2 * len(files), f"reading {file.name}")
        try:
            info = soundfile.info(str(file))
            fault = "" if info.frames > 0 and info.samplerate > 0 else "it has no samples"
        except (RuntimeError, OSError, ValueError) as error:
            fault = " ".join(str(error).split())[:100]
        if not fault:
            found.append(_Recording(file, info.samplerate, info.frames, info.channels))
            continue
        # A single file that fails leaves nothing to open.
        if config.unreadable == "refuse" or len(files) == 1:
            raise DataError(f"{file}: the recording cannot be read ({fault}); convert it to WAV or FLAC")
        unreadable.append(file.name)
    context.notes.left_out(noun(len(unreadable), "recording"), "empty or damaged", unreadable)
    if not found:
        raise DataError(f"{path}: none of {len(files):,} recordings can be read; convert them to WAV or FLAC")
    return found


def _note(headers: Sequence[_Recording], rate: int, context: LoadContext) -> None:
    notes = context.notes
    seconds = [header.seconds for header in headers]
    length = f"{seconds[0]:.3g} s" if len(seconds) == 1 else f"{min(seconds):.3g} to {max(seconds):.3g} s"
    notes.understood(f"{counted(len(headers), 'recording')} of {length}, {rate:,} Hz")
    other = [header for header in headers if header.rate != rate]
    if other:
        rates = some([f"{each:,} Hz" for each in sorted({header.rate for header in other})])
        notes.changed(f"resampled from {rates} to {rate:,} Hz: {counted(len(other), 'recording')}")
    several = sum(header.channels > 1 for header in headers)
    if several:
        have = counted(several, "recording has", "recordings have")
        notes.changed(f"{have} several channels: their mean is used")
    long = [header.file.name for header in headers if header.seconds > MAX_SECONDS]
    notes.left_out(noun(len(long), "recording"), "only the first hour is read", long)


def _waveforms(
    headers: Sequence[_Recording], rate: int, seconds: float, config: DataConfig, context: LoadContext
) -> Iterator[tuple[_Recording, NDArray[np.float32]]]:
    """Yield the recordings that can be read, as one channel ``(T,)`` at a rate, at most their first ``seconds``."""
    damaged = []
    for done, header in enumerate(headers):
        context.report(len(headers) + done, 2 * len(headers), f"reading {header.file.name}")
        # Only what is used is read: recordings may be hours long.
        frames = min(header.length, math.ceil(min(seconds, MAX_SECONDS) * header.rate))
        try:
            waveform = _one_channel(header.file, frames)
        except (RuntimeError, OSError, ValueError) as error:
            if config.unreadable == "refuse" or len(headers) == 1:
                fault = " ".join(str(error).split())[:100]
                raise DataError(
                    f"{header.file}: the recording is damaged ({fault}); record or copy it again"
                ) from error
            damaged.append(header.file.name)
            continue
        yield header, _resampled(np.nan_to_num(waveform), header.rate, rate)
    context.notes.left_out(noun(len(damaged), "recording"), "damaged samples", damaged)


def _one_channel(file: Path, frames: int) -> NDArray[np.float32]:
    """Return the mean of the channels of a recording ``(frames,)``; a part at a time, as there may be many channels."""
    with _soundfile(file).SoundFile(str(file)) as sound:
        size = max(1, BLOCK_VALUES // sound.channels)
        blocks = sound.blocks(blocksize=size, frames=frames, dtype="float32", always_2d=True)
        return np.concatenate([np.empty(0, np.float32), *(block.mean(axis=1) for block in blocks)])


def _resampled(waveform: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    if rate == wanted:
        return waveform
    from scipy.signal import resample_poly

    # A rational factor, as 44,100 to 16,000 Hz, keeps the pitch.
    common = math.gcd(rate, wanted)
    resampled: NDArray[np.float32] = resample_poly(waveform, wanted // common, rate // common).astype(np.float32)
    return resampled


def _spectrograms(
    headers: Sequence[_Recording], rate: int, path: Path, config: DataConfig, context: LoadContext
) -> _Samples:
    notes, bands = context.notes, config.picture_size or BANDS
    if len(headers) == 1:
        seconds, pieces = PIECE_SECONDS, int(min(headers[0].seconds, MAX_SECONDS) // PIECE_SECONDS)
        if pieces < MIN_SAMPLES:
            raise DataError(
                f"{path}: a recording of {headers[0].seconds:.3g} s gives {pieces} spectrograms; set data.audio_as to "
                "frames, or open a folder of recordings"
            )
    else:
        # The median wastes less than the longest, and cuts less than the shortest.
        seconds, pieces = min(MAX_SECONDS, float(np.median([header.seconds for header in headers]))), 1
        _note_lengths(headers, seconds, context)
    ARRAY_BYTES.check(len(headers) * pieces * bands * bands * 4, path, "the spectrograms take")
    length = max(1, round(seconds * rate))
    pictures, used = list[NDArray[np.float32]](), list[_Recording]()
    for header, waveform in _waveforms(headers, rate, seconds * pieces, config, context):
        used.append(header)
        padded = np.pad(waveform, (0, max(0, length * pieces - len(waveform))))
        pictures += [log_mel(padded[piece * length :][:length], rate, bands) for piece in range(pieces)]
    if not pictures:
        raise DataError(f"{path}: no recording can be read; convert them to WAV or FLAC")
    samples = np.stack(pictures)
    loudest = float(math.ceil(samples.max()))
    # Digital silence has no level: without a floor it would fill the range of grey values.
    np.maximum(samples, loudest - RANGE_DB, out=samples)
    notes.changed(
        f"recordings became log-mel spectrograms: {bands} bands up to {rate / 2:,.0f} Hz, {bands} frames of "
        f"{1000 * window_length(rate, bands) / rate:.0f} ms in {seconds:.3g} s"
    )
    notes.changed(f"levels more than {RANGE_DB:g} dB below the loudest count as silence")
    notes.offer("audio_as", "frames", f"use frames of {1000 * FRAME / rate:.0f} ms of the waveform as samples")
    found = Found(_name(path), str(path), samples, value_range=(loudest - RANGE_DB, loudest))
    return found, [header.file for header in used], [pieces] * len(used)


def _note_lengths(headers: Sequence[_Recording], seconds: float, context: LoadContext) -> None:
    lengths = np.array([header.seconds for header in headers])
    longer, shorter = int((lengths > seconds * 1.001).sum()), int((lengths < seconds * 0.999).sum())
    if longer or shorter:
        context.notes.changed(
            f"recordings differ in length: {longer:,} were cut to the median of {seconds:.3g} s, and {shorter:,} end "
            "with silence"
        )


def _frames(headers: Sequence[_Recording], rate: int, path: Path, config: DataConfig, context: LoadContext) -> _Samples:
    notes = context.notes
    blocks, used, counts = list[NDArray[np.float32]](), list[_Recording](), list[int]()
    most = ARRAY_BYTES.value // (4 * FRAME)
    each = most if context.limit is None else math.ceil(context.limit / len(headers))
    for header, waveform in _waveforms(headers, rate, each * FRAME / rate, config, context):
        blocks.append(waveform[: len(waveform) // FRAME * FRAME].reshape(-1, FRAME))
        used.append(header)
        counts.append(len(blocks[-1]))
        ARRAY_BYTES.check(sum(counts) * 4 * FRAME, path, "the frames take at least")
    if sum(counts) < MIN_SAMPLES:
        raise DataError(f"{path}: {sum(counts)} frames of {FRAME} samples are too few; open longer or more recordings")
    short = [header.file.name for header, count in zip(used, counts, strict=True) if not count]
    notes.left_out(noun(len(short), "recording"), f"shorter than {FRAME} samples", short)
    notes.changed(f"recordings were cut into frames of {FRAME} samples, {1000 * FRAME / rate:.3g} ms each")
    if any(header.seconds * rate // FRAME > each for header in used):
        notes.partial(f"the first {each:,} frames of each recording")
    axis = Axis("time", "ms", 1000 * np.arange(FRAME) / rate)
    found = Found(_name(path), str(path), np.concatenate(blocks), axis=axis, is_signal=True)
    return found, [header.file for header in used], counts


def _name(path: Path) -> str:
    return path.resolve().name if path.is_dir() else path.stem


def _described(
    found: Found, files: Sequence[Path], counts: Sequence[int], known: Listed, config: DataConfig, context: LoadContext
) -> Found:
    """Return samples with what lists, folders and names say of their recordings, which have ``counts`` samples."""
    notes, where = context.notes, Path(found.where)
    root = where if where.is_dir() else where.parent
    titles = [file.relative_to(root).with_suffix("").as_posix() for file in files]
    splits, classes = splits_and_classes(files, root)
    columns: dict[str, Any] = {"split": splits, **({"folder": classes} if known.columns else {"class": classes})}
    columns, roles = {**columns, **known.columns}, {"split": "split", "folder": "attribute", **known.roles}
    if "label" not in known.roles.values() and classes:
        columns["class"], roles["class"] = columns.pop("folder", classes), "label"
        notes.understood(f"the sub-folders are {len(set(classes) - {''})} classes")
    elif not known.columns and (parts := _parts_of_names(files)):
        columns |= parts
        roles.update(dict.fromkeys(parts, "attribute"))
        roles[next(iter(parts))] = "label"
        notes.understood(f"{len(parts)} parts of the file names repeat; the first is the class")
    # Frames of one recording resemble each other: in two splits they would flatter the test figures.
    if max(counts) > 1 and len(files) > 1 and not len(columns["split"]):
        columns["recording"], roles["recording"] = titles, "group"
    values = {name: np.repeat(_array(each), counts) for name, each in columns.items() if len(each)}
    known_roles: dict[str, Role] = {name: role for name, role in roles.items() if name in values}
    chosen = column_roles(values, config, found.where, notes, known_roles)
    numbered = zip(titles, counts, strict=True)
    names = [f"{title}, {n}" if count > 1 else title for title, count in numbered for n in range(1, count + 1)]
    return replace(found, columns=values, roles=chosen.roles, why=chosen.why, names=names)


def _array(values: Any) -> NDArray[Any]:
    return values if isinstance(values, np.ndarray) else np.array(values, dtype=object)


def _parts_of_names(files: Sequence[Path]) -> dict[str, list[str]]:
    """Return the parts of file names, such as "7_george_12", that repeat and differ between files."""
    parts = [_PARTS.split(file.stem) for file in files]
    if len(files) < MIN_SAMPLES or len(set(map(len, parts))) > 1 or len(parts[0]) < 2:
        return {}
    columns = {f"part {number}": list(values) for number, values in enumerate(zip(*parts, strict=True), 1)}
    return {name: values for name, values in columns.items() if 1 < len(set(values)) <= len(files) / 2}
