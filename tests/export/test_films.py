"""Films and animations: frames, size and speed after reading them back."""

import builtins

import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image

from explorer.config import ConfigError
from explorer.export.pictures import save_film_gif, save_gif, save_mp4


def frames(count=5, height=65, width=48):
    shades = np.linspace(20, 230, count).astype(np.uint8)
    return [np.full((height, width, 3), shade, np.uint8) for shade in shades]


def test_an_mp4_has_all_frames_in_their_order_and_stays_at_the_last(tmp_path):
    path = tmp_path / "film.mp4"
    save_mp4(path, iter(frames()), 10)
    read = imageio.imread(path, plugin="pyav")
    assert read.shape == (5 + 15, 64, 48, 3)  # an odd height loses a row
    assert read[:5].mean(axis=(1, 2, 3)) == pytest.approx([frame[0, 0, 0] for frame in frames()], abs=4)
    assert read[5:].mean() == pytest.approx(230, abs=4)
    assert imageio.immeta(path, plugin="pyav")["fps"] == 10


def test_a_gif_has_all_frames_in_their_order(tmp_path):
    path = tmp_path / "film.gif"
    save_film_gif(path, iter(frames()), 12.5)
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"], gif.info["duration"]) == (5, (48, 65), 0, 80)
        gif.seek(4)
        assert gif.info["duration"] == 1500
        assert np.asarray(gif.convert("RGB"))[0, 0] == pytest.approx([230] * 3, abs=8)


def test_a_film_that_fails_leaves_no_file(tmp_path):
    def failing():
        yield frames()[0]
        raise RuntimeError("no more")

    for save in (save_mp4, save_film_gif):
        with pytest.raises(RuntimeError, match="no more"):
            save(tmp_path / "film", failing(), 10)
    assert not list(tmp_path.iterdir())


def test_a_missing_av_is_reported_with_what_to_install(tmp_path, monkeypatch):
    original = builtins.__import__

    def missing(name, *rest):
        if name == "av":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigError, match=r'pip install ".*\[film]", or choose a \.gif'):
        save_mp4(tmp_path / "film.mp4", frames(), 10)


def shades(path):
    """Return the grey value of every frame and its duration in ms, and the loop count."""
    found = []
    with Image.open(path) as gif:
        for frame in range(gif.n_frames):
            gif.seek(frame)
            found.append((int(np.asarray(gif.convert("L"))[0, 0]), gif.info["duration"]))
        return found, gif.info["loop"]


def test_a_path_loops_forward_and_back(tmp_path):
    frames = [np.full((6, 5, 3), shade, np.uint8) for shade in (0, 100, 200)]
    save_gif(tmp_path / "way.gif", frames, frame_seconds=0.1)
    found, loop = shades(tmp_path / "way.gif")
    assert found == [(0, 100), (100, 100), (200, 100), (100, 100)]
    assert loop == 0


def test_a_path_can_be_filmed_forward_only(tmp_path):
    frames = [np.full((6, 5, 3), shade, np.uint8) for shade in (0, 100, 200)]
    save_gif(tmp_path / "way.gif", frames, there_and_back=False)
    assert [shade for shade, _ in shades(tmp_path / "way.gif")[0]] == [0, 100, 200]
    assert [path.name for path in tmp_path.iterdir()] == ["way.gif"]


def test_an_unwritable_path_is_named_as_the_user_gave_it(tmp_path):
    (tmp_path / "folder.gif").mkdir()
    for path in (tmp_path / "nowhere" / "x.gif", tmp_path / "folder.gif"):
        with pytest.raises(OSError) as raised:
            save_film_gif(path, frames(), 10)
        assert raised.value.filename == str(path)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.gif"]
