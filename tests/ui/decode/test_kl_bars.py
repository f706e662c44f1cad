import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.ui.decode.code.kl_section import KlBars
from explorer.ui.decode.decode_state import fixed
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def bars(qtbot: QtBot, themes: ThemeSource) -> KlBars:
    widget = KlBars(themes)
    qtbot.addWidget(widget)
    widget.resize(240, 60)
    return widget


def test_ordinary_bars_have_a_linear_scale(bars: KlBars) -> None:
    bars.set_values(np.array([4.0, 2.0, 0.0]))
    assert not bars.is_log and [bars.share(value) for value in bars.values] == [1.0, 0.5, 0.0]


def test_a_kl_of_1e20_leaves_the_other_bars_visible(bars: KlBars) -> None:
    bars.set_values(np.array([4.36e20, 8.8e13, 3.0, 0.001, np.nan]))
    shares = [bars.share(value) for value in bars.values]
    assert bars.is_log and shares[0] == 1 and 0.6 < shares[1] < 0.8 and 0.1 < shares[2] < 0.2
    assert shares[3] == 0 and np.isnan(shares[4])
    bars.grab()


@pytest.mark.parametrize(
    ("value", "text"), [(4.3638e20, "4.36e+20"), (-1.2e9, "−1.20e+09"), (9_999_999.0, "9999999.00"), (0.5, "0.50")]
)
def test_numbers_stay_short(value: float, text: str) -> None:
    assert fixed(value) == text
