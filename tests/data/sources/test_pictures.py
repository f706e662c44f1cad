import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.config import DataConfig
from explorer.data.catalog import Cancelled, LoadContext, load
from explorer.data.dataset import DataError
from explorer.data.sources import pictures

RNG = np.random.default_rng(0)


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def grey(size=(6, 5)):
    return RNG.integers(0, 256, size, dtype=np.uint8)


def test_sub_folders_are_classes(tmp_path):
    kept = []
    for name in ("cat", "dog"):
        for number, suffix in enumerate((".png", ".bmp", ".tif")):
            kept.append(grey())
            save(tmp_path / name / f"{number}{suffix}", kept[-1])
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden").mkdir()
    save(tmp_path / ".hidden" / "a.png", grey((3, 3)))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.dtype == np.uint8 and np.array_equal(data.samples[:, 0], kept)
    assert data.class_names == ("cat", "dog") and data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.description.value_range == (0.0, 255.0) and data.name == tmp_path.name


def test_no_sub_folders_means_no_labels(tmp_path):
    for number in range(4):
        save(tmp_path / f"{number}.png", grey())
    data = load(DataConfig(source=str(tmp_path)))
    assert data.labels is None and data.class_names == ()


def test_split_folders_are_kept(tmp_path):
    for split, count in (("train", 4), ("val", 2), ("test", 1)):
        for number in range(count):
            save(tmp_path / split / "cat" / f"{number}.png", grey())
    data = load(DataConfig(source=str(tmp_path)))
    assert [len(data.splits.named(name)) for name in ("train", "validation", "test")] == [4, 2, 1]
    assert data.class_names == ("cat",)


def test_colours_and_greys(tmp_path):
    colour = RNG.integers(0, 256, (6, 5, 3), dtype=np.uint8)
    save(tmp_path / "0.png", colour)
    save(tmp_path / "1.png", grey())
    save(tmp_path / "2.png", np.dstack([colour, np.zeros((6, 5), np.uint8)]))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.shape == (3, 3, 6, 5)
    assert np.array_equal(data.samples[0], colour.transpose(2, 0, 1))
    assert np.array_equal(data.samples[1, 0], data.samples[1, 2])
    assert (data.samples[2] == 255).all()  # wholly transparent: the white behind it
    data = load(DataConfig(source=str(tmp_path), picture_mode="grey"))
    assert data.samples.shape == (3, 1, 6, 5)
    luma = colour @ np.array([0.299, 0.587, 0.114])
    assert np.abs(data.samples[0, 0] - luma).max() <= 1


def test_sixteen_bit_grey_stays(tmp_path):
    deep = RNG.integers(0, 4096, (3, 6, 5), dtype=np.uint16)
    for number, suffix in enumerate((".png", ".tiff", ".png")):
        save(tmp_path / f"{number}{suffix}", deep[number])
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.dtype == np.uint16 and np.array_equal(data.samples[:, 0], deep)
    assert data.description.value_range == (0.0, 4095.0)
    small = load(DataConfig(source=str(tmp_path), picture_size=3))
    assert small.samples.dtype == np.uint16 and small.samples.max() > 255
    save(tmp_path / "3.png", np.full((6, 5), 255, np.uint8))
    mixed = load(DataConfig(source=str(tmp_path)))
    assert mixed.samples.dtype == np.uint16 and (mixed.samples[3] == 65535).all()
    save(tmp_path / "4.png", np.zeros((6, 5, 3), np.uint8))
    with pytest.raises(DataError, match=r"mixes 16-bit grey and colour pictures; set data\.picture_mode to grey"):
        load(DataConfig(source=str(tmp_path)))


def test_float_tiff_stays_float(tmp_path):
    values = RNG.normal(size=(3, 6, 5)).astype(np.float32)
    for number in range(3):
        save(tmp_path / f"{number}.tif", values[number])
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.dtype == np.float32 and np.array_equal(data.samples[:, 0], values)


def test_pictures_are_resized_and_cut_to_their_middle(tmp_path):
    wide = np.zeros((8, 24), np.uint8)
    wide[:, 8:16] = 200
    for number in range(3):
        save(tmp_path / f"{number}.png", wide)
    data = load(DataConfig(source=str(tmp_path), picture_size=4))
    assert data.description.shape == (1, 4, 4)
    assert (data.samples[:, :, :, 1:3] == 200).all()


def test_a_turned_photograph_is_upright(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    for number in range(3):
        save(tmp_path / f"{number}.jpg", np.zeros((4, 8), np.uint8), exif=exif)
    assert load(DataConfig(source=str(tmp_path))).description.shape == (1, 8, 4)


def test_several_sizes_need_a_picture_size(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
    save(tmp_path / "other.png", grey((9, 7)))
    with pytest.raises(DataError, match=r"other\.png has 7×9 pixels, but others have 5×6; set data\.picture_size"):
        load(DataConfig(source=str(tmp_path)))
    assert load(DataConfig(source=str(tmp_path), picture_size=4)).description.shape == (1, 4, 4)


def test_an_unreadable_picture_is_named(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey((40, 40)))
    whole = (tmp_path / "1.png").read_bytes()
    for content, message in (
        (whole[: len(whole) // 2], r"1\.png: the picture is damaged \("),
        (b"no picture at all", r"1\.png: not a PNG, JPEG, BMP or TIFF picture"),
        (b"", r"1\.png: not a PNG"),
        (b"GIF89a" + bytes(20), r"1\.png: not a PNG"),
    ):
        (tmp_path / "1.png").write_bytes(content)
        with pytest.raises(DataError, match=message) as error:
            load(DataConfig(source=str(tmp_path)))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("limit", [20, 35])
def test_a_bomb_is_refused(tmp_path, monkeypatch, limit):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey((8, 8)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(DataError, match=rf"0\.png: the picture has more than {limit} pixels"):
        load(DataConfig(source=str(tmp_path)))


def test_what_would_be_cut_silently_is_refused(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.tif", grey())
    first = Image.fromarray(grey())
    first.save(tmp_path / "1.tif", save_all=True, append_images=[Image.fromarray(grey())])
    with pytest.raises(DataError, match=r"1\.tif contains 2 pictures"):
        load(DataConfig(source=str(tmp_path)))
    (tmp_path / "1.tif").write_bytes(sixteen_bit_colour_tiff())
    with pytest.raises(DataError, match="16-bit colour TIFF would be cut to 8 bits"):
        load(DataConfig(source=str(tmp_path)))
    (tmp_path / "1.tif").unlink()
    (tmp_path / "deep.png").write_bytes(sixteen_bit_colour_png())
    with pytest.raises(DataError, match="16-bit colour PNG would be cut to 8 bits"):
        load(DataConfig(source=str(tmp_path)))


def sixteen_bit_colour_png():
    import struct
    import zlib

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(12) for _ in range(2))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def sixteen_bit_colour_tiff():
    import struct

    tags = [
        (256, 3, 1, 1),
        (257, 3, 1, 1),
        (258, 3, 3, 150),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 160),
        (277, 3, 1, 3),
        (278, 3, 1, 1),
        (279, 4, 1, 6),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    content = b"II*\0" + struct.pack("<I", 8) + directory
    content += bytes(150 - len(content)) + struct.pack("<HHH", 16, 16, 16)
    return content + bytes(160 - len(content)) + bytes(6)


def test_a_single_picture_and_columns_are_refused(tmp_path):
    save(tmp_path / "0.png", grey())
    with pytest.raises(DataError, match=r"0\.png is a single picture; choose the folder"):
        load(DataConfig(source=str(tmp_path / "0.png")))
    with pytest.raises(DataError, match=r"leave data\.label_column empty"):
        load(DataConfig(source=str(tmp_path), label_column="kind"))
    with pytest.raises(DataError, match="1 samples cannot be split"):
        load(DataConfig(source=str(tmp_path)))


def test_too_much_memory_is_refused(tmp_path, monkeypatch):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
    monkeypatch.setattr(pictures, "MAX_BYTES", 50)
    with pytest.raises(DataError, match=r"take 90 bytes of memory; set data\.picture_size"):
        load(DataConfig(source=str(tmp_path)))


def test_reading_is_cancelled(tmp_path):
    for number in range(5):
        save(tmp_path / f"{number}.png", grey())
    seen = []
    context = LoadContext(progress=lambda *report: seen.append(report), cancelled=lambda: len(seen) == 7)
    with pytest.raises(Cancelled):
        load(DataConfig(source=str(tmp_path)), context)
    assert [report[:2] for report in seen] == [(done, 10) for done in range(7)]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([".png", ".jpg", ".bmp", ".tif"]), data=st.data())
def test_damage_is_a_sentence_or_a_picture(tmp_path, suffix, data):
    path = tmp_path / f"0{suffix}"
    Image.fromarray(np.arange(120, dtype=np.uint8).reshape(12, 10)).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        load(DataConfig(source=str(tmp_path), picture_size=8))
    except DataError as error:
        assert "\n" not in str(error)
