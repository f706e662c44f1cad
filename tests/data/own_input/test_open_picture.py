"""Pictures of the user: formats, depths, transparency, EXIF, size limits, garbage, and arrays."""

import io

import numpy as np
import pytest
from PIL import Image

from explorer.data.dataset import DataError
from explorer.data.own_input.open_picture import MAX_SIDE, open_picture, picture_of_array

RAMP = np.arange(0, 256, 4, dtype=np.uint8).reshape(8, 8)


def encoded(picture, kind="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def test_a_file_and_its_bytes_are_the_same_picture(tmp_path):
    path = tmp_path / "ramp.png"
    path.write_bytes(encoded(Image.fromarray(RAMP)))
    found = open_picture(path)
    assert found.shape == (1, 8, 8) and found.name == "ramp.png"
    assert found.shares[0] == pytest.approx(RAMP / 255, abs=1e-6)
    assert np.array_equal(found.shares, open_picture(path.read_bytes()).shares)
    assert hash(found) == hash(open_picture(path))


def test_16_bits_are_kept():
    deep = (RAMP.astype(np.uint16) << 8) + 7
    assert open_picture(encoded(Image.fromarray(deep))).shares[0] == pytest.approx(deep / 65535, abs=1e-6)


def test_colours_palettes_and_bitmaps():
    colour = np.stack([RAMP, RAMP.T, 255 - RAMP], -1)
    assert open_picture(encoded(Image.fromarray(colour))).shares == pytest.approx(
        colour.transpose(2, 0, 1) / 255, abs=1e-6
    )
    assert open_picture(encoded(Image.fromarray(RAMP).convert("1"))).shape == (1, 8, 8)
    assert open_picture(encoded(Image.fromarray(colour).convert("P"), "GIF")).shape[0] == 3


@pytest.mark.parametrize(("ink", "ground", "word"), [(0, 1.0, "white"), (255, 0.0, "black")])
def test_transparent_parts_get_the_background_on_which_the_ink_is_seen(ink, ground, word):
    pixels = np.full((8, 8, 4), ink, np.uint8)
    pixels[..., 3] = 0
    pixels[2:6, 3:5, 3] = 255
    found = open_picture(encoded(Image.fromarray(pixels)))
    assert found.shares[:, 0, 0] == pytest.approx(ground) and found.shares[:, 3, 3] == pytest.approx(ink / 255)
    assert found.notes == (f"transparent parts were filled with {word}",)


def test_a_picture_on_its_side_is_turned_upright():
    picture = Image.fromarray(np.repeat(RAMP, 2, axis=1))
    exif = picture.getexif()
    exif[274] = 6
    found = open_picture(encoded(picture, "JPEG", exif=exif, quality=95))
    assert found.shape == (1, 16, 8) and any("upright" in note for note in found.notes)
    assert found.shares[0] == pytest.approx(np.rot90(np.repeat(RAMP, 2, axis=1), -1) / 255, abs=0.1)


def test_a_large_picture_is_made_smaller():
    found = open_picture(encoded(Image.new("L", (3000, 500), 200)))
    assert found.shape == (1, 171, MAX_SIDE) and any("smaller" in note for note in found.notes)


def test_floats_get_their_own_range():
    found = open_picture(encoded(Image.fromarray(RAMP.astype(np.float32) * 100 - 5), "TIFF"))
    assert (found.shares.min(), found.shares.max()) == (0, 1) and any("scaled" in note for note in found.notes)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"not a picture", "content is not"),
        (encoded(Image.fromarray(RAMP))[:40], "damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "content is not"),
    ],
    ids=["empty", "text", "cut off", "a format that runs programs"],
)
def test_what_is_no_picture_is_told(content, why):
    with pytest.raises(DataError, match=f"clip: .*{why}"):
        open_picture(content, "clip")


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_MAX_PICTURE_PIXELS", "1000")
    with pytest.raises(DataError, match="more than 1,000 pixels"):
        open_picture(encoded(Image.new("L", (100, 100))))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match="cannot be opened"):
        open_picture(tmp_path / "none.png")


def test_arrays_are_clipped_and_filled():
    found = picture_of_array([[0.0, 2.0, np.nan], [1.0, 1.0, np.inf]])
    assert found.shares[0].tolist() == [[0, 1, 1], [1, 1, 1]]
    assert len(found.warnings) == 2
    assert picture_of_array(np.zeros((5, 6, 3))).shape == (3, 5, 6)


@pytest.mark.parametrize("values", [np.zeros(5), np.zeros((0, 5)), np.zeros((2, 3, 4, 5)), np.full((2, 2), np.nan)])
def test_other_arrays_are_refused(values):
    with pytest.raises(DataError, match="drawing"):
        picture_of_array(values)
