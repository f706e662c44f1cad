"""Draws the pictures of docs/directions.md. Starts the real window on a virtual screen, on a run trained for it.

    python docs/directions_pictures.py [RUN]

RUN is a folder with a trained VAE of the Olivetti faces; without it, one is trained.
"""

from dataclasses import replace
from pathlib import Path

from drawn_window import (
    PICTURES,
    application,
    fresh_home,
    live,
    opened_window,
    run_of_faces,
    save,
    wait,
    wait_for_runs,
)
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer import train
from explorer.cli.program import app as commands
from explorer.latent.groups.sample_table import table_of_codes
from explorer.latent.groups.search import find_samples
from explorer.runs.dimension_names import write_dimension_names
from explorer.session import Arithmetic, Group
from explorer.ui.app.main_window import MainWindow
from explorer.ui.traverse.traverse_painter import TraversalCell

SIZE = (1440, 900)
CHECKPOINTS = Path(__file__).resolve().parents[1] / "checkpoints"
SAMPLE = 1002
NAMED = 0
"""The row, from the top, that has a name in the picture."""
GLASSES = (
    "index 10-19, 30-32, 37, 38, 50-59, 63, 64, 69, 120, 121, 124-129, 130-139, 160, 161, 164-169, 180-182, 185, "
    "189, 190-192, 194, 196-199, 260-279, 300-309, 330-339, 358-369"
)
"""The 119 faces with glasses, picked by eye."""
TEN_WITH = "index 31, 37, 63, 64, 127, 161, 181, 182, 194, 358"
TEN_WITHOUT = "index 33, 36, 66, 67, 122, 162, 183, 184, 193, 352"
"""Ten faces with and ten without glasses, of the same seven people: what these have in common cancels out."""
FACE = 178
"""A face without glasses, which the vector is added to."""


def main() -> None:
    """Train the runs, then draw them once in each theme."""
    with fresh_home() as home:
        faces = run_of_faces(home)
        ten = home / "runs" / "digits-vae-10"
        train(out=ten, data="digits", model="vae", latent_dim=10, epochs=150, hidden_widths=(128, 64), device="cpu")
        app = application()
        for theme in ("dark", "light"):
            _draw(app, theme, ten)
            _draw_vectors(app, theme, CHECKPOINTS / "mnist-vae")
            _draw_glasses(app, theme, faces)
        _draw_ten(faces)


def _draw(app: QApplication, theme: str, run: Path) -> None:
    with opened_window(app, theme, SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        state, table = window.state, window.traverse.table
        state.probing.probe_sample(str(run), SAMPLE)
        state.session.set_silent(tab="traverse", tab_size="enlarged")
        state.session.set(traversal=replace(state.session.view.traversal, difference="row"))
        wait(lambda: table.row("z10") is not None and table.row("PC3") is not None)
        assert table.table is not None
        keys = table.table.sections["dimensions"].keys
        write_dimension_names(run / "dimension_names.json", {int(keys[NAMED][1:]) - 1: "4 – 3"})
        window.traverse.hide()
        window.traverse.show()  # reads the name
        live(1.0)
        cell = table.cell_rect(TraversalCell(keys[0], 2))
        assert cell is not None
        QTest.mouseMove(table.viewport(), cell.center())
        live(0.2)
        QTest.mouseMove(table.viewport(), cell.center() + QPoint(1, 1))
        save(window, f"traversal-{theme}")


def _draw_vectors(app: QApplication, theme: str, run: Path) -> None:
    with opened_window(app, theme, SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        state = window.state
        state.probing.probe_sample(str(run), 7)
        state.session.set_silent(tab="vectors", tab_size="enlarged")
        state.session.set(arithmetic=Arithmetic(plus="class 7", minus="class 1"))
        _save_vectors(window, 5, f"vectors-{theme}")


def _draw_glasses(app: QApplication, theme: str, run: Path) -> None:
    with opened_window(app, theme, SIZE, [run]) as window:
        window.hints.hide()
        wait_for_runs(window, 1)
        state, key = window.state, str(run)
        plane, description = state.store.runs[key].plane, state.store.runs[key].description
        assert plane is not None
        table = table_of_codes(plane, description)
        groups = tuple(
            Group(name, description.fingerprint, tuple(map(int, find_samples(table, text))))
            for name, text in (("glasses", GLASSES), ("no glasses", f"not {GLASSES}"))
        )
        state.session.set_silent(tab="vectors", tab_size="enlarged")
        arithmetic = Arithmetic(plus="glasses", minus="no glasses", sample=FACE)
        state.session.set(groups=groups, arithmetic=arithmetic)
        _save_vectors(window, 6, f"vectors-faces-{theme}")


def _save_vectors(window: MainWindow, frame: int, name: str) -> None:
    """Choose a picture of the strip when everything is computed, and save the window."""
    panel = window.vectors
    wait(lambda: panel.answers.applied is not None and getattr(panel.answers.vector, "certainty", None) is not None)
    wait(lambda: all(panel.answers.summary(part) is not None for part in ("plus", "minus")))
    strip = panel.frame.applied.strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.frame_area(frame).center().toPoint())
    save(window, name)


def _draw_ten(run: Path) -> None:
    groups = ["--plus", TEN_WITH, "--minus", TEN_WITHOUT, "--by", "class", "--apply", str(FACE)]
    commands(["vector", str(run), *groups, "--out", str(PICTURES / "vectors-ten.png")], standalone_mode=False)


if __name__ == "__main__":
    main()
