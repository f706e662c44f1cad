"""Draws the pictures of docs/bound.md: `make screenshots`. Starts the real window on a virtual screen."""

from drawn_window import application, first_start, fresh_home, live, opened_window, save, wait, wait_for_runs
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea

from explorer.assets import shipped_runs
from explorer.config import DataConfig
from explorer.ui.app.main_window import MainWindow
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.decode.bound.bound_bars import BoundBars

SIZE = (1240, 880)
SAMPLE = 2
"""A blurred 2 of the shipped VAE, whose true posterior has two modes; q lies between them."""
CURVES = (620, 260)


def main() -> None:
    """Follow a sample with its true posterior, then train and save the curves, once in each theme."""
    with fresh_home() as home:
        app = application()
        for theme in ("dark", "light"):
            first_start(home)
            _draw(app, theme)


def _draw(app: QApplication, theme: str) -> None:
    digits = [path for path in shipped_runs() if path.name == "digits-vae"]
    with opened_window(app, theme, SIZE, digits) as window:
        app_state = window.state
        wait_for_runs(window, 1)
        key = app_state.session.view.panes[0].run
        app_state.session.set(overlays=app_state.session.view.overlays | {"true_posterior"})
        app_state.probing.probe_sample(key, SAMPLE)
        live(5.0)  # the true posterior is refined in the background
        scroll = window.findChild(QScrollArea, "decode_scroll")
        scroll.ensureWidgetVisible(window.findChild(BoundBars), 0, 60)
        save(window, f"bound-{theme}")
        app_state.session.set(probe=None)
        _curves(window, theme)


def _curves(window: MainWindow, theme: str) -> None:
    """Save the curves of a new training, shown as ELBO."""
    app_state = window.state
    app_state.data.choose(DataConfig(source="digits"))
    wait(lambda: app_state.data.dataset is not None and app_state.data.dataset.name == "digits")
    window.findChild(QAbstractButton, "train_button").click()
    wait(lambda: bool(app_state.trainings.running))
    wait(lambda: not app_state.trainings.running, seconds=300)
    app_state.session.set_silent(
        curves_as_elbo=True,
        curves_hidden=frozenset({"reconstruction", "kl"}),
        curves_shown=frozenset({"gap"}),
        panes=app_state.session.view.panes[-1:],
        active=0,
    )
    panel = window.findChild(CurvesPanel)
    panel.setMinimumSize(*CURVES)
    live(1.0)
    save(panel, f"bound-curve-{theme}")
    panel.setMinimumSize(0, 0)


if __name__ == "__main__":
    main()
