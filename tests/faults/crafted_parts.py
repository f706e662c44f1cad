"""Parts of crafted files: many equal bytes, archives, sparse files, and pictures."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

MEGABYTE = 1 << 20
GIGABYTE = 1 << 30


def zeros(size: int, byte: bytes = b"\0") -> Iterable[bytes]:
    block = byte * MEGABYTE
    for start in range(0, size, MEGABYTE):
        yield block[: size - start]


def write_gzip(path: Path, head: bytes, block: bytes = b"", times: int = 0) -> None:
    """Write a gzip file of a beginning and a block that is repeated; such a file may have several parts."""
    path.write_bytes(gzip.compress(head) + gzip.compress(block) * times)


def write_zip(path: Path, members: dict[str, Iterable[bytes]], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
        for name, blocks in members.items():
            with archive.open(name, "w", force_zip64=True) as stream:
                for block in blocks:
                    stream.write(block)


def write_sparse(path: Path, head: bytes, size: int) -> None:
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(size)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def write_png(path: Path, width: int, height: int, depth: int = 8, colour: int = 0, *, whole: bool = False) -> None:
    """Write a PNG with the declared size; with ``whole``, all its pixels, which are black."""
    content = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    packer = zlib.compressobj(1)
    row = bytes(1 + width * depth // 8 * {0: 1, 2: 3, 4: 2, 6: 4}[colour])
    pixels = b"".join(packer.compress(row) for _ in range(height if whole else 1)) + packer.flush()
    path.write_bytes(content + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b""))
