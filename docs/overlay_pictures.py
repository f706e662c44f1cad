"""Draws the pictures of docs/overlays.md. Starts the real window on a virtual screen."""

from drawn_window import application, first_start, fresh_home, live, opened_window, save, wait, wait_for_runs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from explorer.ui.app.main_window import MainWindow

SIZE = (1040, 600)
SHOWN = {
    "overlay-manifold": (("manifold",), 1.0),
    "overlay-prior-manifold": (("prior_manifold", "prior_rings"), 1.0),
    "overlay-regions": (("regions", "prior_rings"), 1.0),
    "overlay-off-manifold": (("off_manifold", "prior_rings"), 1.0),
    "overlay-thumbnails": (("thumbnails",), 7.0),
}
"""For each picture the overlays that are on, and the zoom factor relative to the fitted view."""


def main() -> None:
    """Show each overlay of both included runs, once in each theme."""
    with fresh_home() as home:
        app = application()
        for theme in ("dark", "light"):
            first_start(home)
            _draw(app, theme)


def _draw(app: QApplication, theme: str) -> None:
    with opened_window(app, theme, SIZE) as window:
        window.show_planes_only(True)
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(*SIZE)
        app_state = window.state
        wait_for_runs(window, 2)
        window.hints.hide()
        for name, (overlays, closer) in SHOWN.items():
            app_state.session.set(overlays=frozenset(overlays))
            for pane in window.planes.panes:
                pane.plane.camera.fit()
                if closer > 1:
                    pane.plane.camera.zoom(closer, pane.plane.plot.plot_rect().center())
            live(0.3)
            wait(lambda: _is_done(window))
            save(window.planes, f"{name}-{theme}", settle=0.5)


def _is_done(window: MainWindow) -> bool:
    """Return whether all answers have come and all pictures are drawn."""
    asked = [pane.plane.overlay_layer for pane in window.planes.panes]
    items = [one.item(name) for one in asked for overlays, _ in SHOWN.values() for name in overlays]
    return not any(one.waits for one in asked) and all(item is None or item.is_made for item in items)


if __name__ == "__main__":
    main()
