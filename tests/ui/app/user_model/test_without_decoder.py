"""A user's codes without a decoder: nearest real samples in place of decodes, and no tool that would decode."""

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import SampleFormat, UserModelSpec
from explorer.session import Path as LatentPath
from explorer.session import Waypoint
from explorer.ui.app.main_window import MainWindow
from explorer.ui.corruption.corruption_controller import why_no_corruption
from explorer.ui.counterfactual.counterfactual_words import why_not

X, Y = load_digits(return_X_y=True)
X = X[:200].astype(np.float32)
Z = PCA(2).fit_transform(X).astype(np.float32)


@pytest.fixture
def notices(window: MainWindow) -> list[str]:
    received: list[str] = []
    window.state.messages.notified.connect(received.append)
    return received


@pytest.fixture
def key(window: MainWindow, notices: list[str], qtbot: QtBot) -> str:
    spec = UserModelSpec(model=Z, samples=X, labels=Y[:200], sample_format=SampleFormat(shape=(8, 8)), name="codes")
    user_run = UserRun(spec)
    window.start([], user_run.open())
    qtbot.waitUntil(lambda: window.state.store.runs[user_run.key].plane is not None)
    return user_run.key


def label(window: MainWindow, name: str) -> QLabel:
    found = window.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found


def test_a_point_shows_the_nearest_real_sample_and_says_so(
    window: MainWindow, key: str, notices: list[str], qtbot: QtBot
) -> None:
    frame, pictures = window.decode.frame, window.decode.pictures
    assert frame.head.text() == "Nearest real sample" and "no decoder" in frame.empty.text()
    z = Z[5] + np.float32(0.01)
    window.state.probing.probe_point(key, (float(z[0]), float(z[1])))
    qtbot.waitUntil(lambda: not pictures.real.isHidden())
    assert label(window, "nearest_words").text().startswith("Nearest real: class 5 · sample 5 ·")
    assert frame.others.text() == "This model has no decoder."
    assert pictures.real.caption.text() == "nearest real sample" and not pictures.blocks
    assert frame.switch.isHidden() and frame.why.isHidden() and frame.forward.isHidden()
    assert not notices


def test_a_sample_is_shown_as_it_is(window: MainWindow, key: str, notices: list[str], qtbot: QtBot) -> None:
    pictures = window.decode.pictures
    window.state.probing.probe_sample(key, 7)
    qtbot.waitUntil(lambda: not pictures.real.isHidden())
    assert pictures.real.caption.text() == "real x" and not pictures.blocks
    np.testing.assert_allclose(window.decode.sliders.z, Z[7], atol=1e-4)
    assert not notices


def test_tools_that_decode_say_why_they_do_not(window: MainWindow, key: str, notices: list[str], qtbot: QtBot) -> None:
    said = "Not defined: codes has no decoder."
    window.state.probing.probe_sample(key, 7)
    for page, words in ((window.traverse, "traverse_empty"), (window.blend, "blend_empty")):
        window.lower_row.show_tab(page)
        shown = [one.text() for one in page.findChildren(QLabel) if one.isVisible()]
        assert said in shown, words
    window.lower_row.show_tab(window.draws)
    qtbot.waitUntil(lambda: bool(window.draws.view.sheets))
    window.state.session.set(path=LatentPath(key, (Waypoint(tuple(map(float, Z[1])), 1), Waypoint((0.0, 0.0)))))
    window.lower_row.show_tab(window.path)
    assert window.path.frame.strips[0].film is None
    run, view = window.state.store.runs[key], window.state.session.view
    assert "no decoder" in why_no_corruption(run) and "no decoder" in why_not(run, view.probe)
    window.state.session.set(selection=(1, 2, 3))
    window.lower_row.show_tab(window.selection)
    qtbot.waitUntil(lambda: [row.name for row in window.selection.samples.table.rows] == ["real"])
    assert not notices
