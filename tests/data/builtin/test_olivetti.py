"""The Olivetti faces: the real file, and files that are refused."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import requests
from scipy.io import loadmat, savemat

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.builtin import olivetti
from explorer.data.builtin.olivetti import read_faces
from explorer.data.dataset import DataError


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder where a user's file is looked for."""
    folder = tmp_path / "olivetti"
    folder.mkdir()
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path))
    return folder


def save(path: Path, faces: np.ndarray, *, name: str = "faces", packed: bool = True) -> Path:
    savemat(path, {name: faces}, do_compression=packed)
    return path


def test_the_real_faces(olivetti_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(olivetti_folder.parent))
    data = catalog.load(DataConfig(source="olivetti"))
    assert data.samples.shape == (400, 1, 64, 64) and data.samples.dtype == np.uint8
    assert data.description.unit_range and len(data.class_names) == 40
    columns = loadmat(olivetti_folder / "olivettifaces.mat")["faces"]
    # As the folder's own description says: a column is a picture whose pixels run down its columns.
    assert np.array_equal(data.samples[123, 0], columns[:, 123].reshape(64, 64).T)
    assert np.array_equal(data.labels, np.repeat(np.arange(40), 10))
    for split in ("train", "test"):
        people = np.unique(data.labels[data.splits.named(split)])
        assert len(people) == 40, f"every person has pictures in {split}"
    listed = {line.name: line for line in catalog.describe_all()}
    assert listed["olivetti"].offline


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_a_file_of_the_users_by_any_name(mine: Path, packed: bool, kind: type) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (4096, 60)).astype(kind)
    save(mine / "my faces.mat", faces, packed=packed)
    data = catalog.load(
        DataConfig(source="olivetti", group_column="person", test_fraction=0.2, validation_fraction=0.2)
    )
    assert np.array_equal(data.samples[7, 0], faces[:, 7].reshape(64, 64).T)
    for split in (data.splits.train, data.splits.validation, data.splits.test):
        assert len(split) % 10 == 0, "a person's ten pictures stay together"


def test_an_unknown_group_column_is_named(mine: Path) -> None:
    save(mine / "faces.mat", np.zeros((4096, 60), np.uint8))
    with pytest.raises(DataError, match="no column 'age' to group by; its only column is person"):
        catalog.load(DataConfig(source="olivetti", group_column="age"))


@pytest.mark.parametrize(
    ("faces", "name", "message"),
    [
        (np.zeros((4096, 3), np.uint8), "people", "no array named faces"),
        (np.zeros((100, 3), np.uint8), "faces", r"has shape \(100, 3\)"),
        (np.zeros((4096, 3), np.int16), "faces", "of type int16"),
        (np.full((4096, 3), 300.0), "faces", "outside the grey values 0 to 255"),
        (np.full((4096, 3), np.nan), "faces", "outside the grey values 0 to 255"),
        (np.array([object(), "x"], dtype=object)[1:], "faces", "has shape"),
    ],
)
def test_files_with_other_contents_are_refused(mine: Path, faces: np.ndarray, name: str, message: str) -> None:
    path = save(mine / "faces.mat", faces, name=name)
    with pytest.raises(DataError, match=message) as error:
        read_faces(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize("seed", range(8))
def test_garbage_is_refused_in_one_sentence(mine: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = save(mine / "faces.mat", rng.integers(0, 256, (4096, 4)).astype(np.uint8), packed=bool(seed % 2))
    content = bytearray(path.read_bytes())
    if seed < 3:
        content = bytearray(rng.integers(0, 256, [0, 100, 5000][seed], np.uint8).tobytes())
    else:
        for position in rng.integers(100, 300, 30):
            content[position] = int(rng.integers(0, 256))
    path.write_bytes(bytes(content))
    try:
        read_faces(path)
    except DataError as error:
        assert "\n" not in str(error) and str(path) in str(error)
    else:
        assert seed >= 3, "only a scratched file may still be one"


def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_does(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(olivetti, "MAX_BYTES", 1 << 20)
    packed = zlib.compress(bytes(8 << 20))
    path = mine / "faces.mat"
    path.write_bytes(bytes(124) + struct.pack("<H", 0x100) + b"IM" + struct.pack("<II", 15, len(packed)) + packed)
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match="more than 1 MB"):
        read_faces(path)


def test_offline_it_says_where_to_put_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: str, **_: object) -> None:
        raise requests.exceptions.ConnectionError(address)

    monkeypatch.setattr(requests, "get", refuse)
    assert not {line.name: line for line in catalog.describe_all()}["olivetti"].offline
    for attempt in (lambda: catalog.load(DataConfig(source="olivetti")), lambda: catalog.fetch("olivetti")):
        with pytest.raises(DataError) as error:
            attempt()
        text = str(error.value)
        assert "cs.nyu.edu" in text and "figshare" in text and "olivetti/ in a folder that LATENT_EXPLORER_DATA" in text
