"""Draws the pictures of docs/blends.md. Starts the real window on a virtual screen, on a run trained for it.

    python docs/blend_pictures.py [RUN]

RUN is a folder with a trained VAE of the Olivetti faces; without it, one is trained.
"""

from dataclasses import replace
from pathlib import Path

from drawn_window import (
    PICTURES,
    application,
    fresh_home,
    opened_window,
    run_of_faces,
    save,
    wait,
    wait_for_runs,
)
from PySide6.QtWidgets import QApplication

from explorer.cli.program import app as commands
from explorer.session import Blend, KeptBlend, Waypoint
from explorer.ui.app.main_window import MainWindow

SIZE = (1440, 900)
CHECKPOINTS = Path(__file__).resolve().parents[1] / "checkpoints"
FACES = (393, 343, 217)
"""Three people."""
WEIGHTS = (0.4, 0.3, 0.3)
KEPT = {
    "even thirds": (1 / 3, 1 / 3, 1 / 3),
    "mostly B": (0.1, 0.8, 0.1),
    "mostly C": (0.1, 0.1, 0.8),
    "A and B": (0.7, 0.3, 0.0),
    "B and C": (0.0, 0.5, 0.5),
}
DIGIT = 2594
"""The sample whose counterfactual is shown."""


def main() -> None:
    """Draw the window in each theme, the figure that the command saves, and a counterfactual of a digit."""
    with fresh_home() as home:
        faces = run_of_faces(home)
        app = application()
        for theme in ("dark", "light"):
            _draw_blend(app, theme, faces)
        _draw_counterfactual(app, CHECKPOINTS / "mnist-vae")
        _draw_triangle(faces)


def _draw_blend(app: QApplication, theme: str, run: Path) -> None:
    with opened_window(app, theme, SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        session, key = window.state.session, str(run)
        session.set_silent(tab="blend", tab_size="enlarged")
        blend = Blend(key, _pins(window, key, FACES), WEIGHTS)
        kept = tuple(KeptBlend(name, replace(blend, weights=weights)) for name, weights in KEPT.items())
        session.set(blend=blend, kept_blends=kept)
        wait(lambda: bool(window.blend.frame.error.longest))
        save(window, f"blend-{theme}")


def _draw_counterfactual(app: QApplication, run: Path) -> None:
    with opened_window(app, "light", SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        window.state.probing.probe_sample(str(run), DIGIT)
        window.dialogs.show_counterfactual(str(run), DIGIT)
        dialog = window.dialogs.counterfactual
        assert dialog is not None
        wait(lambda: dialog.use.isEnabled() and not dialog.cancel.isEnabled())
        save(dialog, "counterfactual")


def _draw_triangle(run: Path) -> None:
    pins = [word for face in FACES for word in ("--pin", str(face))]
    path = PICTURES / "blend-triangle.png"
    commands(["blend", str(run), *pins, "--grid", "4", "--size", "120", "--out", str(path)], standalone_mode=False)


def _pins(window: MainWindow, key: str, samples: tuple[int, ...]) -> tuple[Waypoint, ...]:
    codes = ((sample, window.state.store.runs[key].code_of(sample)) for sample in samples)
    return tuple(Waypoint(z, sample) for sample, z in codes if z is not None)


if __name__ == "__main__":
    main()
