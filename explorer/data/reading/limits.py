"""The limits of what a file may take. They are checked before memory is taken, so that no file can fill the computer.

1. A reader knows from the header of a file how much its contents take, and calls `Limit.check` before it reads them.
2. What is compressed may also not grow too far: `check_growth` checks sizes that are known before, and `BoundedStream`
   counts what is unpacked.
3. Each error names the limit, and the environment variable that raises it for large data that is trusted.
"""

import io
import os
from dataclasses import dataclass
from typing import BinaryIO, Literal, cast

from explorer.data.dataset import DataError

PREFIX = "LATENT_EXPLORER_MAX_"
"""Beginning of the environment variables that raise the limits."""
_UNITS = {"G": 1 << 30, "M": 1 << 20, "K": 1 << 10}


@dataclass(frozen=True)
class Limit:
    """A limit: the end of the name of its environment variable, its value, and what it counts."""

    name: str
    default: int
    unit: Literal["bytes", "", "times"] = "bytes"

    @property
    def variable(self) -> str:
        """The environment variable that replaces the value."""
        return PREFIX + self.name

    @property
    def value(self) -> int:
        """The default, or the value of the environment variable: a whole number, with K, M or G for powers of 1024.

        Raises
        ------
        DataError
            If the environment variable is not such a number.
        """
        text = os.environ.get(self.variable, "").strip().upper()
        if not text:
            return self.default
        factor = _UNITS.get(text[-1], 1)
        number = text[:-1] if factor > 1 else text
        if not number.isdecimal():
            raise DataError(f"{self.variable} is {text!r}; set it to a whole number, such as 8G")
        return int(number) * factor

    def check(self, amount: int, where: object, what: str) -> None:
        """Raise DataError if an amount is above the limit.

        Parameters
        ----------
        where
            The file, for the message.
        what
            What has the amount, with its verb: "the arrays take".
        """
        if amount > self.value:
            raise self.error(amount, where, what)

    def error(self, amount: int, where: object, what: str) -> DataError:
        """Return the error of an amount that is above the limit."""
        return DataError(
            f"{where}: {what} {self._text(amount)}; the limit is {self._text(self.value)} ({self.raising})"
        )

    @property
    def raising(self) -> str:
        """How to raise the limit, for messages."""
        return f"the environment variable {self.variable} raises it"

    def _text(self, amount: int) -> str:
        return f"{amount:,} {self.unit}".rstrip()


ARRAY_BYTES = Limit("ARRAY_BYTES", 4 << 30)
"""Arrays and pictures in memory: 4 GiB, a quarter of an ordinary computer, as training needs a copy in float32."""
MAPPED_BYTES = Limit("MAPPED_BYTES", 64 << 30)
"""A mapped .npy file: 64 GiB, since only the parts in use are in memory."""
TABLE_BYTES = Limit("TABLE_BYTES", 2 << 30)
"""A table, as text and in memory: 2 GiB, as its columns exist twice while they are converted."""
TABLE_CELLS = Limit("TABLE_CELLS", 50_000_000, "")
"""Cells of a workbook, a database, or of records of JSON: 50 million Python objects take about 3 GB."""
TABLE_COLUMNS = Limit("TABLE_COLUMNS", 100_000, "")
"""Columns of a table: 100,000, more than genomes have genes; a column takes about 0.1 ms to look at."""
TEXT_BYTES = Limit("TEXT_BYTES", 256 << 20)
"""The files of a text together: 256 MiB, as their words take about ten times as much."""
LINE_BYTES = Limit("LINE_BYTES", 16 << 20)
"""One line of a table or of numbers: 16 MiB, as 100,000 columns take about 2 MB."""
PICTURE_BYTES = Limit("PICTURE_BYTES", 256 << 20)
"""One decoded picture: 256 MiB, as its pixels are copied when they are scaled; 64 million pixels in colour."""
PICTURE_PIXELS = Limit("PICTURE_PIXELS", 89_478_485, "")
"""Pixels of one picture: the number above which Pillow warns of a decompression bomb."""
TENSOR_NUMBERS = Limit("TENSOR_NUMBERS", 1_000_000_000, "")
"""Numbers of one tensor in a file of weights: 10⁹, twice as many as the largest model of the program has."""
WEIGHTS_BYTES = Limit("WEIGHTS_BYTES", 4_000_000_000)
"""A file of torch.save or safetensors: 4 GB, which 10⁹ numbers of float32 take."""
STRUCTURE_BYTES = Limit("STRUCTURE_BYTES", 16_000_000)
"""The pickled structure of a .pt file without its tensors: 16 MB; the names of a large model take less than 1 MB."""
STRUCTURE_STEPS = Limit("STRUCTURE_STEPS", 2_000_000, "")
"""Steps of that structure: two million, as a saved tensor takes about 30 of them, and each step about 1 µs to check."""
RUN_JSON_BYTES = Limit("RUN_JSON_BYTES", 48 << 20)
"""A JSON file of a run folder, or a session: 48 MiB; a million features take about 45 MB."""
SMALL_JSON_BYTES = Limit("SMALL_JSON_BYTES", 1 << 20)
"""The state of a run and the note on it: 1 MiB, as a list of runs reads those of all runs."""
JSON_VALUES = Limit("JSON_VALUES", 5_000_000, "")
"""Values of such a file: five million, as each takes up to 100 bytes of memory."""
METRICS_BYTES = Limit("METRICS_BYTES", 64 << 20)
"""The curves of a run: 64 MiB, which 100,000 epochs take; in memory they take about five times as much."""
METRICS_LINES = Limit("METRICS_LINES", 1_000_000, "")
"""Lines of the curves of a run: a million, as 100,000 epochs have 200,000, and a line takes about 20 µs to read."""
CHECKPOINT_BYTES = Limit("CHECKPOINT_BYTES", 16 << 30)
"""A checkpoint: 16 GiB, as 500 million weights with the state of their optimizer take 6 GB."""
CLASS_NAMES = Limit("CLASS_NAMES", 100_000, "")
"""Names of classes in a run: 100,000, each of which has a line in the legend."""
DOWNLOAD_BYTES = Limit("DOWNLOAD_BYTES", 512 << 20)
"""A downloaded file: 512 MiB, ten times the largest file of a published data set in the catalogue."""
UNPACKED_RATIO = Limit("UNPACKED_RATIO", 200, "times")
"""How many times its size a compressed file may take: 200, which only files of one repeated value exceed."""

FREE_BYTES = 64 << 20
"""`UNPACKED_RATIO` does not apply below this size, as small files of one repeated value are common: 64 MiB."""

FREE_STREAM_BYTES = 8 << 20
"""The same for text that is unpacked while it is read, since its values take several times as much: 8 MiB."""
_PIECE = 1 << 20


def check_growth(stored: int, unpacked: int, where: object, free: int = FREE_BYTES) -> None:
    """Raise DataError if contents take far more than what is stored of them, as those of a decompression bomb do.

    Parameters
    ----------
    stored, unpacked
        Sizes in bytes.
    free
        Smaller contents are allowed whatever is stored.
    """
    if unpacked > free and unpacked > UNPACKED_RATIO.value * max(stored, 1):
        raise DataError(
            f"{where}: {stored:,} bytes that unpack to {unpacked:,} look like a decompression bomb; the limit is "
            f"{UNPACKED_RATIO.value:,} times ({UNPACKED_RATIO.raising})"
        )


class BoundedStream(io.RawIOBase):
    """The unpacked contents of a file that is open; reading raises DataError where they grow like a bomb."""

    def __init__(self, unpacked: BinaryIO, raw: BinaryIO, where: object) -> None:
        """Wrap a stream that unpacks what it reads from ``raw``; ``where`` is the file, for the message."""
        super().__init__()
        self._unpacked, self._raw, self._where, self._count = unpacked, raw, where, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read into a buffer; return the number of bytes."""
        # In small pieces: a large one would be unpacked as a whole before it is counted.
        count = self._unpacked.readinto(memoryview(buffer)[:_PIECE])  # type: ignore[arg-type, attr-defined]
        self._count += count
        check_growth(self._raw.tell(), self._count, self._where, FREE_STREAM_BYTES)
        return int(count)

    def close(self) -> None:
        """Close the stream that unpacks."""
        self._unpacked.close()
        super().close()


def bounded(unpacked: BinaryIO, raw: BinaryIO, where: object) -> BinaryIO:
    """Return a stream of unpacked contents that raises DataError where they grow like a bomb."""
    return cast("BinaryIO", io.BufferedReader(BoundedStream(unpacked, raw, where), 1 << 16))
