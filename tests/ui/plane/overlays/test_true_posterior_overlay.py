"""The true posterior on a plane of the window: computed for the followed sample, drawn and described."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from explorer.latent.plane.overlay_parts import Lines, Shading
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def area(qtbot: QtBot, app_state: AppState, themes: ThemeSource, runs_folder: Path) -> PlanesArea:
    widget = PlanesArea(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(600, 500)
    widget.show()
    key = str(runs_folder / "vae")
    app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    return widget


def test_the_followed_samples_posterior_is_drawn(
    area: PlanesArea, app_state: AppState, runs_folder: Path, qtbot: QtBot
) -> None:
    (pane,) = area.panes
    overlays = pane.plane.overlay_layer
    app_state.session.set(overlays=app_state.session.view.overlays | {"true_posterior"})
    qtbot.waitUntil(lambda: not overlays.waits and overlays.item("true_posterior") is not None)
    item = overlays.item("true_posterior")
    assert item is not None and not item.parts
    app_state.probing.probe_sample(str(runs_folder / "vae"), 7)
    qtbot.waitUntil(lambda: bool(item.parts) and not overlays.waits)
    first = item.parts
    assert [type(part) for part in first] == [Shading, Lines, Lines]
    area.grab()
    app_state.probing.probe_sample(str(runs_folder / "vae"), 8)
    qtbot.waitUntil(lambda: item.parts is not first and not overlays.waits)
    assert item.parts[0].box != first[0].box
    app_state.session.set(overlays=app_state.session.view.overlays - {"true_posterior"})
    qtbot.waitUntil(lambda: overlays.item("true_posterior") is None)
