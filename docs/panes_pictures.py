"""Draws the pictures of docs/panes.md. Starts the real window on a virtual screen, on runs trained for it."""

from dataclasses import replace
from pathlib import Path

from drawn_window import application, fresh_home, opened_window, save, wait_for_runs
from PySide6.QtWidgets import QApplication

from explorer import train
from explorer.assets import shipped_runs

SIZE = (1280, 820)
SAMPLE = 100


def main() -> None:
    """Train what the pictures need, then draw them, once in each theme."""
    with fresh_home() as home:
        ten, faces = home / "runs" / "digits-vae10", home / "runs" / "faces-vae"
        train(out=ten, data="digits", model="vae", latent_dim=10, epochs=20, hidden_widths=(128, 64), device="cpu")
        train(out=faces, data="faces", model="vae", latent_dim=2, epochs=3, device="cpu")
        app = application()
        for theme in ("dark", "light"):
            digits = [path for path in shipped_runs() if path.name.startswith("digits")]
            _draw(app, theme, [*digits, ten], faces)


def _draw(app: QApplication, theme: str, digits: list[Path], faces: Path) -> None:
    with opened_window(app, theme, SIZE, digits) as window:
        window.hints.hide()
        app_state = window.state
        wait_for_runs(window, 3)
        app_state.session.set_silent(active=2, linked=True)
        app_state.panes.duplicate(2)
        *others, last = app_state.session.view.panes
        app_state.session.set(panes=(*others, replace(last, axes=(0, 7))))
        vae = app_state.session.view.panes[1].run
        app_state.session.set_silent(active=1)
        app_state.probing.probe_sample(vae, SAMPLE)
        plane = window.planes.panes[1].plane
        plane.camera.zoom(1.3, plane.plot.plot_rect().center())
        app_state.probing.hover_sample(vae, SAMPLE + 5)
        save(window, f"panes-four-{theme}")
        app_state.probing.hover_sample(vae, None)
        app_state.panes.enlarge(1)
        save(window, f"panes-maximized-{theme}")
        app_state.panes.enlarge(1)
        app_state.session.set_silent(linked=False)
        for _ in range(2):
            app_state.panes.close(len(app_state.session.view.panes) - 1)
        window.planes.fit()
        app_state.opener.open(faces)
        wait_for_runs(window, 3)
        save(window, f"panes-other-data-{theme}")


if __name__ == "__main__":
    main()
