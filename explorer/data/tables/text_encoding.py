"""Finds out the encoding of a text file: by its byte order mark, as UTF-8, or by what its characters look like.

1. A byte order mark, or zero bytes, tell UTF-16 and UTF-32.
2. Bytes that are valid UTF-8 are UTF-8.
3. If all characters beyond ASCII are usual in western Europe, and stand where they are usual, it is Windows-1252 or
   the encoding of old Macs or of DOS.
4. Otherwise charset-normalizer says which encoding gives the most natural text.
"""

import codecs
import re

from explorer.data.dataset import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "mac_roman", "cp850")
"""Encodings of western Europe by Windows, old Macs and old DOS programs, the most frequent first."""
# Among all that charset-normalizer knows, rare ones fit a short table as well as the usual ones.
_OTHERS = ["cp1250", "cp1251", "koi8_r", "iso8859_2", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "cp1253"]
_USUAL = frozenset("äöüßÄÖÜàâáãåçéèêëìîïíñóòôõøúùûýÿæœÀÂÁÃÅÇÉÈÊËÎÏÍÑÓÒÔÕØÚÙÛÝÆŒµ°²³€£§–—’‘“”„…«»·±×½¼ºª™®©¿¡\xa0")
_UNUSUAL = re.compile(r"[^\W\d_a-zA-Z]{3}|[²³£¼½€][^\W\d_]")
"""Three letters with accents in a row, or a symbol within a word: text that was decoded wrongly."""
_MAX_DETECTED = 64 << 10
"""Maximum number of bytes whose characters are looked at."""

_TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp850": "DOS (code page 850)",
    "latin-1": "Latin-1",
}


def encoding_title(encoding: str) -> str:
    """Return the name of an encoding as it is commonly written: "Windows-1252"."""
    title = encoding.replace("_", "-").upper().removesuffix("-LE").removesuffix("-BE")
    return _TITLES.get(encoding, title.replace("CP125", "Windows-125"))


def chosen_encoding(name: str, where: str) -> str:
    """Return the name of an encoding as Python knows it.

    Raises
    ------
    DataError
        If there is no such encoding of text.
    """
    try:
        "".encode(name)  # refuses codecs that are not of text, such as base64
        known = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise DataError(
            f"{where}: there is no encoding {name!r}; set data.encoding to utf-8, utf-16, windows-1252 or latin-1"
        ) from error
    return {"iso8859-1": "latin-1", "utf-8": "utf-8-sig"}.get(known, known)


def detect_encoding(data: bytes, *, whole: bool = True) -> str:
    """Return the encoding of the text that begins with ``data``.

    Parameters
    ----------
    whole
        Whether ``data`` is all of the text; otherwise its last character may be cut.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data[:4096]:
        # Text in UTF-16 without a mark: every other byte of ASCII characters is 0.
        return "utf-16-le" if data[1:4096:2].count(0) >= data[0:4096:2].count(0) else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError as error:
        return _of_eight_bits(data[max(0, error.start - _MAX_DETECTED // 2) :][:_MAX_DETECTED])
    return "utf-8"


def has_stray_zeros(data: bytes, encoding: str) -> bool:
    """Return whether bytes contain zeros that are not in every second place, as in UTF-16: they are no text."""
    if b"\0" not in data or encoding in ("utf-16", "utf-32"):  # a byte order mark says so
        return False
    head = data[: _MAX_DETECTED & ~1]
    zeros = [head[start::2].count(0) / max(1, len(head[start::2])) for start in (0, 1)]
    return not (encoding.startswith("utf-16") and max(zeros) > 0.4 and min(zeros) < 0.05)


def _of_eight_bits(data: bytes) -> str:
    """Return the likeliest encoding of text that is not UTF-8."""
    for encoding in _WESTERN:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(char.isascii() or char in _USUAL for char in text) and not _UNUSUAL.search(text):
            return encoding
    # Imported here, as it takes long to import and UTF-8 files do not need it.
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["cp1252", *_OTHERS]).best()
    return best.encoding if best is not None else "latin-1"
