import numpy as np
from PIL import Image

from explorer.export.films import save_gif


def shades(path):
    """The grey of every frame as shown, with its duration in ms."""
    found = []
    with Image.open(path) as gif:
        for place in range(gif.n_frames):
            gif.seek(place)
            found.append((int(np.asarray(gif.convert("L"))[0, 0]), gif.info["duration"]))
        return found, gif.info["loop"]


def test_a_way_is_shown_there_and_back_for_ever(tmp_path):
    frames = [np.full((6, 5, 3), shade, np.uint8) for shade in (0, 100, 200)]
    save_gif(tmp_path / "way.gif", frames, frame_seconds=0.1)
    found, loop = shades(tmp_path / "way.gif")
    assert found == [(0, 100), (100, 100), (200, 100), (100, 100)]
    assert loop == 0


def test_one_way_alone(tmp_path):
    frames = [np.full((6, 5, 3), shade, np.uint8) for shade in (0, 100, 200)]
    save_gif(tmp_path / "way.gif", frames, there_and_back=False)
    assert [shade for shade, _ in shades(tmp_path / "way.gif")[0]] == [0, 100, 200]
    assert [path.name for path in tmp_path.iterdir()] == ["way.gif"]
