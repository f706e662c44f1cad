"""Makes a data set of pictures, wherever their files are.

1. Guess the roles of the columns. For a preview, choose some pictures of each class.
2. Read all headers, and choose the common form (`explorer.data.pictures.picture_form`).
3. Allocate one array, and decode each picture into its place in several threads.
4. Leave out the pictures that cannot be read, and say which and why.
5. Interpret what was found like that of every other format (`explorer.data.imports.interpret`).
"""

import posixpath
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.config import DataConfig
from explorer.data.columns import encode_groups
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import interpret
from explorer.data.imports.role_offers import offer_roles
from explorer.data.imports.roles import NAME_NAMES, ROLE_SETTINGS, ColumnFacts, Roles, guess_roles
from explorer.data.pictures.picture_decoding import PictureForm, decode
from explorer.data.pictures.picture_file import Header, PictureFile, Unreadable, read_header
from explorer.data.pictures.picture_form import choose_form, note_files
from explorer.data.pictures.picture_ground import choose_ground
from explorer.data.pictures.threads import MAX_WORKERS, in_threads
from explorer.data.report import Notes, noun, some
from explorer.data.splits import stratified

PICTURE_SETTINGS = ("picture_size", "picture_fit", "picture_mode", "picture_ground", "unreadable")
"""The settings that apply to all pictures."""
MAX_PREVIEWED = 400
"""Maximum number of pictures that a preview decodes."""
PREVIEW_PIXELS = 80_000_000
"""A preview decodes no more pixels than this, but at least `MIN_PREVIEWED` pictures: less than a second of work."""
MIN_PREVIEWED = 8
_COST = 3
"""A pixel of other formats takes as long as this many of a JPEG that is made smaller while it is decoded."""
DARK = 32
"""Pictures in which no value reaches this are dark."""
_DECODING_BYTES = 1 << 30
"""Maximum memory of pictures that are being decoded."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class PictureSet:
    """Pictures with the values that belong to each, before they are read.

    Attributes
    ----------
    name, where
        Name of the data set, and the source for messages.
    columns
        Values per picture, ``(N,)`` each.
    label
        The column with the classes if its name does not say so; "" to guess it by the names.
    why
        Why a column has its role.
    class_names
        Names of the classes if the label column contains their numbers.
    names
        Names of the pictures; "" or none if they have none.
    total
        The number of pictures of the whole data set, if ``files`` are those of a preview.
    """

    name: str
    where: str
    files: Sequence[PictureFile]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    label: str = ""
    why: Mapping[str, str] = field(default_factory=dict)
    class_names: Sequence[str] = ()
    names: Sequence[str] = ()
    total: int = 0


def picture_dataset(pictures: PictureSet, config: DataConfig, context: LoadContext) -> Dataset:
    """Return the data set of pictures.

    Raises
    ------
    DataError
        If no picture can be read, one cannot and the config says to refuse it, or all take too much memory.
    """
    notes = context.notes
    notes.applies(*PICTURE_SETTINGS, "sample_shape")
    roles = _roles(pictures, config, notes)
    chosen = _previewed(pictures, roles, context)
    total = max(pictures.total, len(pictures.files))
    # Each picture is opened twice, for its header and for its pixels.
    reading = _Reading(pictures, config, context, steps=2 * len(chosen))
    # All headers before the first pixel: the common form depends on all of them, and the array is allocated once.
    headers = reading.headers(chosen)
    if context.limit is not None:
        headers = _affordable(headers)
    if len(headers) + len(reading.faults) < total:
        spread = ", some of each class" if roles.named("label") and not pictures.total else ""
        notes.partial(f"{len(headers):,} of {total:,} pictures{spread}")
    readable = [(pictures.files[row], header) for row, header in headers.items()]
    if not readable:
        raise DataError(f"{pictures.where}: none of its pictures can be read ({reading.fault_text()})")
    note_files(readable, notes)
    form = choose_form(readable, total, config, notes, pictures.where)
    form = replace(form, ground=choose_ground(readable, form, config, notes))
    samples, rows = reading.samples(headers, form)
    reading.write_faults(roles, rows)
    if len(rows) == 0:
        raise DataError(f"{pictures.where}: none of its pictures can be read ({reading.fault_text()})")
    _point_out_greys(samples, config, notes)
    return interpret(_found(pictures, roles, samples, rows), config, context)


def _found(pictures: PictureSet, roles: Roles, samples: NDArray[Any], rows: Rows) -> Found:
    """Return decoded pictures with what belongs to them."""
    # Masks have the numbers 0 and 1, which would be black in the range of 0 to 255.
    is_mask = samples.dtype == np.uint8 and samples.max() <= 1
    return Found(
        name=pictures.name,
        where=pictures.where,
        samples=samples,
        columns={name: values[rows] for name, values in pictures.columns.items()},
        roles=roles.roles,
        why=roles.why,
        class_names=pictures.class_names,
        names=[pictures.names[row] for row in rows] if len(pictures.names) else (),
        value_range=(0.0, 255.0) if samples.dtype == np.uint8 and not is_mask else None,
        layout="CHW",
    )


def names_of_files(files: Sequence[PictureFile]) -> list[str]:
    """Return the paths of pictures within the folder that contains all; without suffix if they stay different."""
    paths = [PurePosixPath(file.name) for file in files]
    # Not os.path: members of an archive have forward slashes on every system.
    shared = posixpath.commonpath([path.parent for path in paths])
    inside = [path.relative_to(shared) for path in paths]
    names = [path.with_suffix("").as_posix() for path in inside]
    return names if len(set(names)) == len(names) else [path.as_posix() for path in inside]


def _roles(pictures: PictureSet, config: DataConfig, notes: Notes) -> Roles:
    """Return the roles of the columns, and write them into the report."""
    facts = [ColumnFacts(name, values) for name, values in pictures.columns.items()]
    for setting in ROLE_SETTINGS.values() if facts else ():
        if setting not in ("feature_columns", "category_columns", "axis_column"):
            notes.choices(setting, pictures.columns)
    roles = guess_roles(facts, config, pictures.where, numbers="attribute")
    given = dict(roles.roles)
    # A role that was chosen by hand has priority over the folders.
    is_free = pictures.label in given and "label" not in given.values()
    if is_free and pictures.label not in (*config.attribute_columns, *config.ignored_columns):
        given[pictures.label] = "label"
    why = {**roles.why, **pictures.why}
    for name in roles.named("name") if len(pictures.names) else []:
        if name != config.name_column and name.lower() not in NAME_NAMES:
            given[name], why[name] = "ignored", "another text for each picture; the pictures are named by their files"
    roles = Roles(given, why)
    offer_roles(facts, roles, notes)
    for fact in facts:
        notes.column(fact.name, fact.text(), roles.roles[fact.name], roles.why.get(fact.name, ""))
    return roles


def _previewed(pictures: PictureSet, roles: Roles, context: LoadContext) -> Rows:
    """Return the indices of the pictures to read: all, or for a preview some of each class and split."""
    count = len(pictures.files)
    most = count if context.limit is None else min(context.limit, MAX_PREVIEWED)
    if count <= most:
        return np.arange(count)
    parts = [encode_groups(pictures.columns[name]) for role in ("split", "label") for name in roles.named(role)]
    kinds = np.unique(np.stack(parts), axis=1, return_inverse=True)[1].reshape(-1) if parts else None
    return np.unique(stratified(np.arange(count), kinds, most))


def _affordable(headers: dict[int, Header]) -> dict[int, Header]:
    """Return equally spaced headers whose pictures together cost at most `PREVIEW_PIXELS` pixels."""
    pixels = sum(header.pixels * (1 if header.format == "JPEG" else _COST) for header in headers.values())
    number = len(headers)
    kept = max(MIN_PREVIEWED, int(number * PREVIEW_PIXELS / max(pixels, 1)))
    if kept >= number:
        return headers
    rows = list(headers)
    return {rows[index]: headers[rows[index]] for index in np.linspace(0, number - 1, kept).round().astype(int)}


class _Reading:
    """Reads the headers and the pixels of pictures, and collects those that cannot be read."""

    def __init__(self, pictures: PictureSet, config: DataConfig, context: LoadContext, steps: int) -> None:
        self._pictures = pictures
        self._refuses = config.unreadable == "refuse"
        self._context = context
        self._steps = steps
        self.faults: dict[int, str] = {}

    def headers(self, rows: Rows) -> dict[int, Header]:
        """Return the headers of the readable ones among the chosen pictures, by index."""

        def read(row: int) -> Header | str:
            try:
                return read_header(self._pictures.files[row])
            except Unreadable as fault:
                return str(fault)

        Image.init()  # loads Pillow's plug-ins, which threads must not do at the same time
        chosen = rows.tolist()
        found = in_threads(read, chosen, self._context, self._texts(chosen, "looking at"), total=self._steps)
        headers: dict[int, Header] = {}
        for row, header in zip(chosen, found, strict=True):
            if isinstance(header, str):
                self._note_fault(row, header)
            else:
                headers[row] = header
        return headers

    def samples(self, headers: dict[int, Header], form: PictureForm) -> tuple[NDArray[Any], Rows]:
        """Return the decoded pictures ``(N, C, H, W)``, and their indices."""
        rows = list(headers)
        samples: NDArray[Any] = np.empty((len(rows), *form.shape), form.dtype)

        def read(index: int) -> str:
            try:
                samples[index] = decode(self._pictures.files[rows[index]], form)
            except Unreadable as fault:
                return str(fault)
            return ""

        largest = max(header.pixels for header in headers.values())
        faults = in_threads(
            read,
            range(len(rows)),
            self._context,
            self._texts(rows, "reading"),
            start=self._steps // 2,
            total=self._steps,
            workers=min(MAX_WORKERS, _DECODING_BYTES // (largest * 16)),  # 4 bytes a pixel, and copies
        )
        for row, fault in zip(rows, faults, strict=True):
            if fault:
                self._note_fault(row, fault)
        kept = np.flatnonzero([not fault for fault in faults])
        for target, index in enumerate(kept if len(kept) < len(rows) else ()):
            samples[target] = samples[index]  # in place, as a second array may not fit into memory
        return samples[: len(kept)], np.array(rows, np.int64)[kept]

    def _texts(self, rows: Sequence[int], verb: str) -> list[str]:
        return [f"{verb} {PurePosixPath(self._pictures.files[row].name).name}" for row in rows]

    def _note_fault(self, row: int, fault: str) -> None:
        if self._refuses:
            raise DataError(
                f"{self._pictures.where}, {self._pictures.files[row].name}: {fault}; "
                "set data.unreadable to skip to leave out such pictures"
            )
        self.faults[row] = fault

    def fault_text(self) -> str:
        """Return the reasons why pictures cannot be read, with their numbers."""
        by_reason = self._by_reason()
        return some([f"{reason}: {some(names, 3)}" for reason, names in by_reason.items()], 4)

    def _by_reason(self) -> dict[str, list[str]]:
        by_reason: dict[str, list[str]] = defaultdict(list)
        for row, reason in sorted(self.faults.items()):
            by_reason[reason].append(self._pictures.files[row].name)
        return by_reason

    def write_faults(self, roles: Roles, kept: Rows) -> None:
        """Write into the report which pictures cannot be read, and which classes have lost all of theirs."""
        notes = self._context.notes
        for reason, names in self._by_reason().items():
            notes.left_out(noun(len(names), "picture"), reason, names)
        for label in roles.named("label") if self.faults else []:
            values = self._pictures.columns[label]
            classes = {str(values[row]) for row in self.faults} - {str(value) for value in values[kept]}
            notes.left_out(noun(len(classes), "class", "classes"), "none of the pictures can be read", sorted(classes))


def _point_out_greys(samples: NDArray[Any], config: DataConfig, notes: Notes) -> None:
    """Offer one channel instead of three equal ones, and warn of pictures in which nothing can be seen."""
    highest = int(samples.max()) if samples.dtype == np.uint8 else 255
    if 1 < highest < DARK:
        notes.warn(f"all pictures are dark: the highest value is {highest} of 255; they may be numbers of classes")
    # A comparison of all pixels would take longer than decoding them.
    few = samples[:: max(1, len(samples) // 200)]
    if config.picture_mode == "auto" and few.shape[1] == 3 and (few == few[:, :1]).all():
        notes.offer("picture_mode", "grey", "all pictures are grey: keep one channel instead of three equal ones")
