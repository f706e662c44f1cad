"""The diagram of a model: its parts, texts and tooltips, in any room, and its figure."""

from itertools import pairwise
from pathlib import Path

import pytest

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.models.architecture import Architecture, architecture
from explorer.models.catalog import family
from explorer.plot.figures import save_figure
from explorer.plot.network_figure import new_network
from explorer.rendering.network_diagram import described, network_diagram, weights_text


def network(name: str = "vae", **settings: object) -> Architecture:
    found = architecture(family(name).config_type(**settings), load(DataConfig(source="digits")).description)
    assert found is not None
    return found


def width(text: str) -> float:
    return 7.0 * len(text)


@pytest.mark.parametrize("room", [(200.0, 90.0), (640.0, 240.0)])
@pytest.mark.parametrize("name", ["vae", "conv-ae", "residual-ae", "gan", "overcomplete-ae"])
def test_everything_is_in_its_room_and_no_two_sizes_overlap(name: str, room: tuple[float, float]) -> None:
    diagram = network_diagram(network(name), *room, 14, width)
    for shape in diagram.shapes:
        assert all(-1 <= x <= room[0] + 1 and 0 <= y <= room[1] for x, y in shape.points)
        assert shape.tip
    sizes = sorted((text for text in diagram.texts if text.y > room[1] / 2), key=lambda text: text.x)
    for one, other in pairwise(sizes):
        assert one.x + width(one.text) / 2 <= other.x - width(other.text) / 2 or name != "vae"


def test_encoder_and_decoder_have_tints_of_their_own_around_the_bottleneck() -> None:
    diagram = network_diagram(network(hidden_widths=(32, 16)), 300, 90, 14, width)
    weights = [shape for shape in diagram.shapes if not shape.strong]
    assert [shape.tone for shape in weights] == ["encoder"] * 3 + ["decoder"] * 3
    heights = [max(y for _, y in shape.points) - min(y for _, y in shape.points) for shape in weights]
    assert heights[2] > 0 and heights[0] >= heights[2]
    (code,) = [shape for shape in diagram.shapes if shape.tone == "code"]
    assert "bottleneck" in code.tip


def test_hovering_says_shapes_and_weights() -> None:
    diagram = network_diagram(network(hidden_widths=(32,)), 300, 90, 14, width)
    first = next(shape for shape in diagram.shapes if not shape.strong)
    x = (first.points[0][0] + first.points[1][0]) / 2
    y = (first.points[0][1] + first.points[3][1]) / 2
    assert diagram.tip_at(x, y) == "φ, encoder: 1 × 8 × 8 → 32, 2,080 weights"
    assert diagram.tip_at(0, 0) == ""


def test_words_for_those_who_do_not_see_it() -> None:
    found = network(hidden_widths=(32,))
    assert weights_text(found) == f"φ {found.encoder_weights:,} · θ {found.decoder_weights:,} weights"
    assert "64 numbers → 2 → 64: 32 times fewer" in described(found)


@pytest.mark.parametrize("end", ["svg", "png"])
def test_the_figure_is_written(end: str, tmp_path: Path) -> None:
    save_figure(tmp_path / f"network.{end}", new_network(network(), dark=True))
    assert (tmp_path / f"network.{end}").stat().st_size > 2_000
