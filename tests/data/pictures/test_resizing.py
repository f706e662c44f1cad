"""`data.picture_size` also applies to pictures that are read from arrays."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.config import DataConfig
from explorer.data.catalog import load


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_pictures_in_arrays_are_resized_as_picture_files_are(tmp_path: Path, dtype: type[np.generic]) -> None:
    images = np.random.default_rng(0).integers(0, 255, (12, 8, 8)).astype(dtype)
    np.savez(tmp_path / "a.npz", images=images, labels=np.arange(12) % 3)
    plain = load(DataConfig(source=str(tmp_path / "a.npz")))
    larger = load(DataConfig(source=str(tmp_path / "a.npz"), picture_size=10))
    assert larger.description.shape == (1, 10, 10) and larger.samples.dtype == plain.samples.dtype
    wanted = np.asarray(Image.fromarray(images[3].astype(np.float32)).resize((10, 10), Image.Resampling.BILINEAR))
    assert np.abs(larger.samples[3, 0].astype(float) - wanted).max() <= 1
    assert larger.description.fingerprint != plain.description.fingerprint
    assert any("resized from 8×8 to 10×10" in line for line in larger.report.changed)
    assert load(DataConfig(source=str(tmp_path / "a.npz"), picture_size=8)).report.changed == plain.report.changed
