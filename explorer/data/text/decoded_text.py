"""The text of a file that is read as a whole, with the encoding it was in."""

from dataclasses import dataclass
from pathlib import Path

from explorer.data.dataset import DataError
from explorer.data.tables.text_encoding import chosen_encoding, detect_encoding, encoding_title, has_stray_zeros

_WIDE = ("utf-16", "utf-32")


@dataclass(frozen=True)
class DecodedText:
    """A text, its encoding in words, and whether the encoding is a guess by the characters."""

    text: str
    encoding: str
    is_guess: bool


def decode_text(data: bytes, encoding: str, path: Path) -> DecodedText:
    """Return the text of a file.

    Parameters
    ----------
    encoding
        The encoding that the config names, or "" to detect it.

    Raises
    ------
    DataError
        If the bytes are not text, do not fit the encoding, or the encoding is unknown.
    """
    used = chosen_encoding(encoding, str(path)) if encoding else detect_encoding(data)
    if not encoding and has_stray_zeros(data, used):
        raise DataError(f"{path}: not a text, as it contains zero bytes; use a text file, for example in UTF-8")
    try:
        text = data.decode(used)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not valid {encoding_title(used)} text at byte {error.start:,}; set data.encoding to its encoding"
        ) from error
    # Bytes that are valid UTF-8 by chance are rare; single bytes fit several encodings.
    proved = bool(encoding) or used.startswith(("utf-8", *_WIDE))
    return DecodedText(text.removeprefix("\ufeff"), encoding_title(used), not proved)
