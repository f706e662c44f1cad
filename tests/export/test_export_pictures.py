"""Pictures of samples as files, with unchanged pixels."""

import numpy as np
from PIL import Image

from explorer.export.pictures import GAP, contact_sheet, save_picture


def test_a_saved_picture_is_unchanged_and_leaves_no_temporary_file(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    save_picture(tmp_path / "x.png", picture)
    with Image.open(tmp_path / "x.png") as opened:
        np.testing.assert_array_equal(np.asarray(opened), picture)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_sheets_put_every_picture_in_its_cell():
    frames = [np.full((10, 12, 3), shade, np.uint8) for shade in (10, 20, 30)]
    strip = contact_sheet(frames, columns=3)
    assert strip.shape == (10 + 2 * GAP, 3 * (12 + GAP) + GAP, 3)
    for index, shade in enumerate((10, 20, 30)):
        left = GAP + index * (12 + GAP)
        assert (strip[GAP : GAP + 10, left : left + 12] == shade).all()
    sheet = contact_sheet(frames)
    assert sheet.shape == (2 * (10 + GAP) + GAP, 2 * (12 + GAP) + GAP, 3)
    assert (sheet[-10 - GAP :, 12 + 2 * GAP :] == 255).all()
