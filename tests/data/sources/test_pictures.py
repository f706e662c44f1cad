import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from explorer.config import DataConfig
from explorer.data.catalog import Cancelled, LoadContext, load
from explorer.data.dataset import DataError
from explorer.data.pictures import picture_dataset
from explorer.data.reading import limits

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
    assert [each.text for each in data.report.left_out] == [
        "1 hidden picture: the name or the folder begins with a dot (.hidden/a.png)",
        "1 file: neither pictures nor a list of them (notes.txt)",
    ]


def test_no_sub_folders_means_no_labels(tmp_path):
    for number in range(4):
        save(tmp_path / f"{number}.png", grey())
    data = load(DataConfig(source=str(tmp_path)))
    assert data.labels is None and data.class_names == ()
    assert data.description.sample_names == ("0", "1", "2", "3")


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
    save(tmp_path / "4.png", np.full((6, 5, 3), 10, np.uint8))
    in_colour = load(DataConfig(source=str(tmp_path)))
    assert in_colour.samples.shape[1] == 3 and np.array_equal(in_colour.samples[:3, 2], deep)
    assert (in_colour.samples[4] == 10 * 257).all()
    assert "2 pictures with 8 bits per value were scaled to the range of 16 bits" in in_colour.report.changed


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
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.shape == (1, 8, 4)
    assert "3 pictures were turned upright, as their EXIF data say" in data.report.changed


def test_unequal_pictures_get_one_size_that_is_said(tmp_path):
    for number in range(4):
        save(tmp_path / f"{number}.png", grey((200, 100 + 20 * number)))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.shape == (1, 64, 64)
    (changed,) = data.report.changed
    assert changed.startswith("4 pictures of 4 sizes, from 100×200 to 160×200, became 64×64, 4 of them cropped")
    assert {offer.assignment for offer in data.report.offers} >= {"--set data.picture_fit=pad"}
    assert load(DataConfig(source=str(tmp_path), picture_size=16)).description.shape == (1, 16, 16)


def test_small_pictures_are_not_enlarged_to_the_usual_size(tmp_path):
    for number in range(4):
        save(tmp_path / f"{number}.png", grey((24, 22 + number)))
    assert load(DataConfig(source=str(tmp_path))).description.shape == (1, 20, 20)


def test_few_odd_pictures_do_not_change_the_size_of_the_others(tmp_path):
    kept = [grey((6, 5)) for _ in range(19)]
    for number, pixels in enumerate(kept):
        save(tmp_path / f"{number:02d}.png", pixels)
    save(tmp_path / "odd.png", grey((60, 50)))
    data = load(DataConfig(source=str(tmp_path)))
    assert np.array_equal(data.samples[:19, 0], kept)
    assert "1 picture of 50×60 became 5×6, the size of the others" in data.report.changed


@pytest.mark.parametrize(
    ("fit", "ground", "expected"),
    [
        ("crop", "auto", [200, 200, 200, 200]),
        ("pad", "white", [255, 200, 200, 255]),
        ("pad", "black", [0, 200, 200, 0]),
        ("stretch", "auto", [0, 200, 200, 0]),
    ],
)
def test_fit_crops_pads_or_stretches(tmp_path, fit, ground, expected):
    tall = np.full((16, 8), 200, np.uint8)
    if fit == "stretch":
        tall[:, :2] = tall[:, 6:] = 0
    for number in range(3):
        save(tmp_path / f"{number}.png", tall)
    data = load(DataConfig(source=str(tmp_path), picture_size=4, picture_fit=fit, picture_ground=ground))
    middle = data.samples[0, 0, 2]
    assert np.abs(middle.astype(int) - expected).max() <= (30 if fit == "stretch" else 0)


FAULTS = [
    (lambda whole: whole[: len(whole) // 2], "the picture is damaged, cut off, or a rare variety of its format"),
    (lambda whole: b"no picture at all", "the content is not PNG, JPEG, WebP"),
    (lambda whole: b"", "the file is empty"),
    (lambda whole: b"GIF89a" + bytes(20), "the picture is damaged"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_an_unreadable_picture_is_left_out_with_its_reason(tmp_path, fault, reason):
    for number in range(4):
        save(tmp_path / f"{number}.png", grey((40, 40)))
    (tmp_path / "1.png").write_bytes(fault((tmp_path / "1.png").read_bytes()))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.sample_names == ("0", "2", "3")
    (left_out,) = data.report.left_out
    assert (left_out.what, left_out.items) == ("picture", ("1.png",)) and left_out.why.startswith(reason)
    with pytest.raises(DataError, match=rf"1\.png: {reason}.*set data\.unreadable to skip") as error:
        load(DataConfig(source=str(tmp_path), unreadable="refuse"))
    assert "\n" not in str(error.value)


def test_a_class_that_lost_all_its_pictures_is_named(tmp_path):
    for number in range(4):
        save(tmp_path / "cat" / f"{number}.png", grey())
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "0.png").write_bytes(b"<html>not found</html>")
    (tmp_path / "bird").mkdir()
    left_out = {each.what: each for each in load(DataConfig(source=str(tmp_path))).report.left_out}
    assert left_out["class"].items == ("dog",)
    assert left_out["folder"].items == ("bird",) and left_out["folder"].why == "empty"
    for number in range(4):
        (tmp_path / "cat" / f"{number}.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of its pictures can be read \(the file is empty: cat/0\.png"):
        load(DataConfig(source=str(tmp_path)))


@pytest.mark.parametrize("limit", [20, 35])
def test_a_bomb_is_left_out(tmp_path, monkeypatch, limit):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey((4, 4)))
    save(tmp_path / "bomb.png", grey((8, 8)))
    monkeypatch.setenv(limits.PICTURE_PIXELS.variable, str(limit))
    (left_out,) = load(DataConfig(source=str(tmp_path))).report.left_out
    fault = f"the picture has more than {limit} pixels; make it smaller first ({limits.PICTURE_PIXELS.raising})"
    assert left_out.text == f"1 picture: {fault} (bomb.png)"


def test_every_format_is_read(tmp_path):
    names = ["a.png", "b.jpg", "c.webp", "d.bmp", "e.tif", "f.gif", "g.jp2", "h.pgm"]
    names += ["i.avif"] if features.check("avif") else []
    flat = np.full((16, 16), 100, np.uint8)
    for name in names:
        save(tmp_path / name, flat)
    data = load(DataConfig(source=str(tmp_path), picture_mode="grey"))
    assert data.description.sample_names == tuple(name[0] for name in names)
    assert np.abs(data.samples.astype(int) - 100).max() <= 2
    assert data.report.understood[1].startswith("formats: 1 PNG, 1 JPEG, 1 WEBP")


def test_a_picture_with_another_suffix_is_read_and_named(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
    save(tmp_path / "3.jpg", grey(), format="PNG")
    save(tmp_path / "4", grey(), format="PNG")
    data = load(DataConfig(source=str(tmp_path)))
    assert len(data) == 5 and "1 picture read in spite of another suffix: 3.jpg is PNG" in data.report.understood


def test_only_the_first_page_is_read_and_the_others_are_counted(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.tif", grey())
    pages = [Image.fromarray(grey()) for _ in range(4)]
    pages[0].save(tmp_path / "1.tif", save_all=True, append_images=pages[1:])
    data = load(DataConfig(source=str(tmp_path)))
    assert np.array_equal(data.samples[1, 0], pages[0])
    (left_out,) = data.report.left_out
    assert left_out.count == 3 and left_out.what == "further pages and frames"


@pytest.mark.parametrize("suffix", [".tif", ".gif"])
def test_the_pages_of_one_file_are_samples(tmp_path, suffix):
    pixels = [grey() for _ in range(12)]
    pages = [Image.fromarray(each) for each in pixels]
    pages[0].save(tmp_path / f"stack{suffix}", save_all=True, append_images=pages[1:])
    data = load(DataConfig(source=str(tmp_path / f"stack{suffix}")))
    assert len(data) == 12 and data.description.sample_names[:2] == ("page 01", "page 02")
    assert data.columns["page"].values.tolist() == list(range(1, 13))
    if suffix == ".tif":
        assert np.array_equal(data.samples[:, 0], pixels)


def deep_colour(pixels, alpha=None):
    """Return a PNG with 16 bits per colour, which Pillow cannot write."""
    values = pixels if alpha is None else np.dstack([pixels, alpha])
    height, width, channels = values.shape

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bits_per_colour_are_kept(tmp_path):
    pixels = RNG.integers(0, 65536, (4, 5, 6, 3), dtype=np.uint16)
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(deep_colour(pixels[number]))
    opaque = np.full((5, 6), 65535, np.uint16)
    (tmp_path / "3.png").write_bytes(deep_colour(pixels[3], opaque))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.dtype == np.uint16
    assert np.array_equal(data.samples, pixels.transpose(0, 3, 1, 2))
    (tmp_path / "4.png").write_bytes(deep_colour(pixels[3], np.zeros((5, 6), np.uint16)))
    assert (load(DataConfig(source=str(tmp_path))).samples[4] == 65535).all()
    save(tmp_path / "5.tif", grey((5, 6)))
    assert load(DataConfig(source=str(tmp_path))).report.changed[0] == (
        "1 picture in grey became colour, with three equal channels"
    )


def test_a_tiff_with_sixteen_bits_per_colour_is_kept(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.tif").write_bytes(deep_colour_tiff(256 * number + 7))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.dtype == np.uint16 and data.samples[:, :, 0, 0].tolist() == [
        [256 * number + 7] * 3 for number in range(3)
    ]


def deep_colour_tiff(value):
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
    return content + bytes(160 - len(content)) + struct.pack("<HHH", value, value, value)


def test_a_single_picture_is_refused(tmp_path):
    save(tmp_path / "0.png", grey())
    with pytest.raises(DataError, match=r"0\.png is a single picture; choose the folder"):
        load(DataConfig(source=str(tmp_path / "0.png")))
    with pytest.raises(DataError, match="'kind'"):
        load(DataConfig(source=str(tmp_path), label_column="kind"))
    with pytest.raises(DataError, match="1 samples cannot be split"):
        load(DataConfig(source=str(tmp_path)))


def test_too_much_memory_is_refused_or_made_smaller(tmp_path, monkeypatch):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey((100, 90)))
    monkeypatch.setenv(limits.ARRAY_BYTES.variable, "20000")
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.shape == (1, 64, 64)
    assert "would take too much memory" in data.report.changed[0]
    with pytest.raises(DataError, match=r"take 30,000 bytes of memory; set data\.picture_size"):
        load(DataConfig(source=str(tmp_path), picture_size=100))


@pytest.mark.parametrize(("level", "border"), [(0, 0), (20, 0), (230, 255)])
def test_borders_are_padded_like_the_pictures(tmp_path, level, border):
    for number in range(3):
        save(tmp_path / f"{number}.png", np.full((16, 8), level, np.uint8))
    data = load(DataConfig(source=str(tmp_path), picture_size=8, picture_fit="pad"))
    assert data.samples[0, 0, 4].tolist() == [border] * 2 + [level] * 4 + [border] * 2


def transparent(level):
    """Return a picture with a disc of a grey level on transparent ground."""
    rows, columns = np.mgrid[:16, :16]
    alpha = np.where((rows - 8) ** 2 + (columns - 8) ** 2 < 25, 255, 0)
    return np.dstack([np.full((16, 16, 3), level), alpha]).astype(np.uint8)


@pytest.mark.parametrize(
    ("level", "ground", "used"),
    [(255, "auto", "black"), (240, "auto", "black"), (0, "auto", "white"), (128, "auto", "white"), (0, "grey", "grey")],
)
def test_transparent_pictures_get_a_ground_on_which_they_are_seen(tmp_path, level, ground, used):
    for number in range(3):
        save(tmp_path / f"{number}.png", transparent(level))
    data = load(DataConfig(source=str(tmp_path), picture_ground=ground))
    corner = {"black": 0, "white": 255, "grey": 128}[used]
    assert (data.samples[:, :, 0, 0] == corner).all() and (data.samples[:, :, 8, 8] == level).all()
    assert data.report.changed[0].startswith(f"the transparent parts of 3 pictures were filled with {used}")


def test_pictures_that_vanish_on_the_ground_are_warned_of(tmp_path):
    for number, level in enumerate((0, 0, 0, 255)):
        save(tmp_path / f"{number}.png", transparent(level))
    report = load(DataConfig(source=str(tmp_path))).report
    assert any(
        warning.startswith("1 of 4 transparent pictures that were checked are blank") for warning in report.warnings
    )
    assert "--set data.picture_ground=grey" in {offer.assignment for offer in report.offers}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "YCbCr", "LAB"])
def test_every_kind_of_pixels_becomes_grey_or_colour(tmp_path, mode):
    colour = Image.fromarray(np.full((8, 8, 3), (250, 20, 20), np.uint8))
    if mode == "LAB":
        picture = Image.new("LAB", (8, 8), (136, 208, 195))  # red: L 136, a and b as signed bytes
    else:
        picture = Image.new("I;16", (8, 8), 4000) if mode == "I;16" else colour.convert(mode)
    for number in range(3):
        picture.save(tmp_path / f"{number}.tif")
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.shape[0] == (1 if mode in ("1", "L", "LA", "I;16") else 3)
    said = [text for text in data.report.changed if "became RGB" in text]
    assert bool(said) == (mode in ("CMYK", "YCbCr", "LAB"))


def test_grey_pictures_saved_in_colour_are_pointed_out(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", np.repeat(grey()[..., np.newaxis], 3, axis=2))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.shape[0] == 3
    assert "--set data.picture_mode=grey" in {offer.assignment for offer in data.report.offers}


def test_a_preview_decodes_some_of_each_class(tmp_path):
    for name in ("a", "b", "c"):
        for number in range(20):
            save(tmp_path / name / f"{number}.png", grey())
    data = load(DataConfig(source=str(tmp_path)), LoadContext(limit=12))
    assert np.bincount(data.labels).tolist() == [4, 4, 4]
    assert data.report.partial == "12 of 60 pictures, some of each class"
    assert "60 pictures in 3 folders" in data.report.understood


def test_a_preview_of_large_pictures_decodes_fewer(tmp_path, monkeypatch):
    for number in range(40):
        save(tmp_path / f"{number}.png", grey((30, 30)))
    monkeypatch.setattr(picture_dataset, "PREVIEW_PIXELS", 20 * 900 * 3)  # PNG takes longer than JPEG
    assert len(load(DataConfig(source=str(tmp_path)), LoadContext(limit=40))) == 20


def test_equal_names_keep_their_suffixes(tmp_path):
    for suffix in (".png", ".bmp", ".tif"):
        save(tmp_path / "cat" / f"0{suffix}", grey())
    names = load(DataConfig(source=str(tmp_path))).description.sample_names
    assert names == ("0.bmp", "0.png", "0.tif")


def test_reading_is_cancelled(tmp_path):
    for number in range(5):
        save(tmp_path / f"{number}.png", grey())
    seen = []
    context = LoadContext(progress=lambda *report: seen.append(report), cancelled=lambda: len(seen) == 7)
    with pytest.raises(Cancelled):
        load(DataConfig(source=str(tmp_path)), context)
    assert [report[:2] for report in seen if report[1]] == [(done, 10) for done in range(6)]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([".png", ".jpg", ".bmp", ".tif", ".webp", ".gif"]), data=st.data())
def test_a_damaged_picture_is_read_or_left_out(tmp_path, suffix, data):
    for old in tmp_path.iterdir():
        old.unlink()
    for number in range(3):
        save(tmp_path / f"whole {number}.png", grey((12, 10)))
    path = tmp_path / f"0{suffix}"
    Image.fromarray(np.arange(120, dtype=np.uint8).reshape(12, 10)).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    read = load(DataConfig(source=str(tmp_path), picture_size=8))
    assert len(read) + sum(each.count for each in read.report.left_out if each.what == "picture") == 4


def test_masks_of_0_and_1_are_seen_and_dark_pictures_pointed_out(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", (grey() > 99).astype(np.uint8))
    assert load(DataConfig(source=str(tmp_path))).description.value_range == (0.0, 1.0)
    save(tmp_path / "3.png", np.arange(30, dtype=np.uint8).reshape(6, 5) // 2)
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.value_range == (0.0, 255.0)
    assert data.report.warnings[0].startswith("all pictures are dark: the highest value is 14 of 255")


def test_formats_that_cannot_be_read_are_told(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"ftypheic")
    with pytest.raises(DataError, match=r"pictures of the format \.heic are not read; save them as PNG"):
        load(DataConfig(source=str(tmp_path)))
    with pytest.raises(DataError, match=r"a\.heic: pictures of this format cannot be read; save them as PNG or JPEG"):
        load(DataConfig(source=str(tmp_path / "a.heic")))
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
    (left_out,) = load(DataConfig(source=str(tmp_path))).report.left_out
    assert left_out.text == "1 file: a format of pictures that cannot be read; save as PNG or JPEG (a.heic)"


def test_texts_beside_each_picture_do_not_hide_the_pictures(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
        (tmp_path / f"{number}.txt").write_text("0 0.5 0.5 0.1 0.1")
    data = load(DataConfig(source=str(tmp_path)))
    assert data.description.kind == "image" and data.report.left_out[0].count == 3


def test_links_to_nothing_are_said(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
    (tmp_path / "lost.png").symlink_to(tmp_path / "nowhere.png")
    (left_out,) = load(DataConfig(source=str(tmp_path))).report.left_out
    assert left_out.text == "1 picture: a link to a file that does not exist (lost.png)"


def test_bands_of_satellites_are_a_reason_of_their_own(tmp_path, capfd):
    for number in range(3):
        save(tmp_path / f"{number}.png", grey())
    pixels = RNG.integers(0, 4000, (8, 8, 13)).astype("<u2").tobytes()
    entries = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 4, 1, 16), (259, 4, 1, 1), (262, 4, 1, 1), (273, 4, 1, 8)]
    entries += [(277, 4, 1, 13), (278, 4, 1, 8), (279, 4, 1, len(pixels))]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    (tmp_path / "bands.tif").write_bytes(b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + directory)
    (left_out,) = load(DataConfig(source=str(tmp_path))).report.left_out
    assert left_out.why == "a TIFF with 13 bands of a kind that cannot be read; save all pictures as one .npy array"
    assert capfd.readouterr().err == ""
