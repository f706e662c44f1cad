import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError
from explorer.data.pictures import collection

RNG = np.random.default_rng(0)


def encoded(pixels=None):
    stream = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (6, 5), dtype=np.uint8) if pixels is None else pixels).save(stream, "PNG")
    return stream.getvalue()


def archive(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content, **options)
    return path


def read(path, **settings):
    return load(DataConfig(source=str(path), **settings))


def test_an_archive_is_read_like_its_folder(tmp_path):
    members = {f"animals/{name}/{n}.png": encoded() for name in ("cat", "dog") for n in range(3)}
    path = archive(tmp_path / "animals.zip", {**members, "animals/readme.md": "hello", "__MACOSX/._0.png": b"?"})
    with zipfile.ZipFile(path) as opened:
        opened.extractall(tmp_path / "unpacked")
    data, folder = read(path), read(tmp_path / "unpacked")
    assert data.class_names == ("cat", "dog") == folder.class_names and data.name == "animals"
    assert np.array_equal(data.samples, folder.samples)
    assert data.description.sample_names == ("cat/0", "cat/1", "cat/2", "dog/0", "dog/1", "dog/2")
    assert [each.items for each in data.report.left_out] == [("__MACOSX/._0.png",), ("animals/readme.md",)]


def test_an_archive_may_contain_a_list(tmp_path):
    members = {f"{n}.png": encoded() for n in range(6)}
    text = "id,label\n" + "".join(f"{n},{'cat' if n % 2 else 'dog'}\n" for n in range(6))
    assert read(archive(tmp_path / "a.zip", {**members, "labels.csv": text})).class_names == ("cat", "dog")


def test_members_that_are_not_safe_are_left_out(tmp_path, monkeypatch):
    members = {f"{n}.png": encoded() for n in range(4)}
    large = encoded(RNG.integers(0, 256, (60, 60), dtype=np.uint8))
    path = archive(tmp_path / "a.zip", {**members, "../evil.png": encoded(), "large.png": large})
    monkeypatch.setattr(collection, "MAX_FILE_BYTES", 2000)
    data = read(path)
    assert len(data) == 4
    assert [each.items for each in data.report.left_out] == [("../evil.png",), ("large.png",)]


def test_a_damaged_member_costs_one_picture(tmp_path):
    path = archive(tmp_path / "a.zip", {f"{n}.png": encoded() for n in range(4)})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    data = read(path)
    assert len(data) == 3 and data.report.left_out[0].items == ("0.png",)


def test_a_bomb_is_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"0.png": encoded(), "zeros.bin": bytes(300 << 20)})
    with pytest.raises(DataError, match=r"a\.zip: the archive grows more than 200 times"):
        read(path)


def test_an_archive_without_pictures_is_not_taken(tmp_path):
    for name, members in (("a.zip", {"a.txt": "hello"}), ("b.zip", {})):
        with pytest.raises(DataError, match="contains neither pictures nor a zarr store; unpack it"):
            read(archive(tmp_path / name, members))
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match="the archive is damaged or cut off; copy or download it again"):
        read(tmp_path / "c.zip")
