"""Films: frames, size and pace of what is read back; and planes as pixels."""

import builtins

import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image

from explorer.config import ConfigError
from explorer.export.films import save_film_gif, save_mp4
from explorer.export.scatter import Limits, joined, limits_of, nice_ticks, paint_scatter
from explorer.rendering.style import DARK, LIGHT


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


def test_a_film_that_fails_leaves_nothing(tmp_path):
    def failing():
        yield frames()[0]
        raise RuntimeError("no more")

    for save in (save_mp4, save_film_gif):
        with pytest.raises(RuntimeError, match="no more"):
            save(tmp_path / "film", failing(), 10)
    assert not list(tmp_path.iterdir())


def test_without_av_it_is_said_what_to_do(tmp_path, monkeypatch):
    original = builtins.__import__

    def missing(name, *rest):
        if name == "av":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigError, match=r"pip install av, or choose a \.gif"):
        save_mp4(tmp_path / "film.mp4", frames(), 10)


def test_dots_lie_where_their_codes_do():
    places, limits = np.array([[0.0, 0.0], [1.0, 1.0], [np.nan, 0.0], [50.0, 0.0]]), Limits(-1, 3, -1, 3)
    colours = np.array([[255, 0, 0], [0, 0, 255], [0, 255, 0], [0, 255, 0]], np.uint8)
    pixels = paint_scatter(places, colours, limits, ("z1", "z2"), 400, LIGHT).astype(int)
    assert pixels.shape == (400, 400, 3)
    red = np.argwhere((pixels[..., 0] > 200) & (pixels[..., 2] < 120) & (pixels[..., 1] < 120)).mean(axis=0)
    blue = np.argwhere((pixels[..., 2] > 200) & (pixels[..., 0] < 120) & (pixels[..., 1] < 120)).mean(axis=0)
    inner = 400 - round(3.2 * 8) - 8
    assert blue - red == pytest.approx([-inner / 4, inner / 4], abs=1)
    assert not ((pixels[..., 1] > 200) & (pixels[..., 0] < 120)).any(), "what lies beyond is not drawn"


@pytest.mark.parametrize("places", [np.empty((0, 2)), np.full((3, 2), np.nan), np.zeros((1, 2)), np.ones((9, 2))])
def test_odd_codes_are_painted(places):
    limits = limits_of(places)
    assert limits.left < limits.right
    assert limits.bottom < limits.top
    paint_scatter(places, np.zeros((len(places), 3), np.uint8), limits, ("a", "b"), 64, DARK)


def test_limits_show_what_they_promise():
    places = np.random.default_rng(0).standard_normal((5000, 2))
    limits = limits_of(places)
    assert ((places[:, 0] > limits.left) & (places[:, 0] < limits.right)).mean() >= 0.99
    assert joined([Limits(0, 1, 2, 3), Limits(-1, 0.5, 2.5, 9)]) == Limits(-1, 1, 2, 9)


def test_ticks_are_round_and_few():
    for low, high in ((-2.3, 2.1), (0, 1e-3), (-40, 70), (3, 3.2)):
        ticks = nice_ticks(low, high)
        assert 2 <= len(ticks) <= 6
        assert all(low <= tick <= high for tick in ticks)
        assert all(float(f"{tick:.3g}") == pytest.approx(tick, abs=1e-12) for tick in ticks)
    assert nice_ticks(1, 1) == []


def test_a_place_that_cannot_be_written_is_named_as_it_was_asked_for(tmp_path):
    (tmp_path / "folder.gif").mkdir()
    for path in (tmp_path / "nowhere" / "x.gif", tmp_path / "folder.gif"):
        with pytest.raises(OSError) as raised:
            save_film_gif(path, frames(), 10)
        assert raised.value.filename == str(path)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.gif"]
