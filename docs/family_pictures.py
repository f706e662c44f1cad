"""Draws the window on each family of models, trained from its defaults: ``docs/images/families/``."""

import sys
from collections.abc import Callable
from pathlib import Path

from drawn_window import application, fresh_home, opened_window, save, wait
from PySide6.QtWidgets import QApplication

from explorer.config import replace
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.models.catalog import Family
from explorer.ui.app.main_window import MainWindow
from explorer.ui.figures.figures_dialog import FiguresDialog
from explorer.ui.services.app_state import AppState

SIZE = (1360, 900)
SAMPLE = 1000


def main() -> None:
    """Draw the families that are named as arguments, or all."""
    with fresh_home() as home:
        app = application()
        for family in catalog.families():
            if not sys.argv[1:] or family.name in sys.argv[1:]:
                _draw(app, family, _trained(family, home / "runs"))


def _trained(family: Family, runs: Path) -> Path:
    path = runs / family.name
    train = replace(family.train, threads=1)
    for _ in run_training(new_run(replace(family.defaults, train=train), path)):
        pass
    return path


def _draw(app: QApplication, family: Family, path: Path) -> None:
    with opened_window(app, "light", SIZE, [path]) as window:
        app_state = window.state
        wait(
            lambda: (
                all(run.plane and (run.dataset or run.missing_data) for run in app_state.store.runs.values())
                and app_state.store.runs
            )
        )
        wait(lambda: app_state.data.dataset is not None)
        run = next(iter(app_state.store.runs.values()))
        app_state.diagnoses.want_settings_of(run.key)
        window.lower_row.show_tab(window.components if run.is_linear else window.curves)
        _probe(app_state, run)
        save(window, f"families/{family.name}", settle=2.5)
        if family.name in DIALOGS:
            DIALOGS[family.name](window, run)


def _probe(app_state: AppState, run: OpenRun) -> None:
    """Follow a sample where the family encodes, else decode a point."""
    count = 0 if run.dataset is None else len(run.dataset)
    if run.capabilities.encoder and count:
        app_state.probing.probe_sample(run.key, min(SAMPLE, count // 2))
    else:
        app_state.probing.probe_point(run.key, (0.6,) * run.latent_dim)


def _save_corruption(window: MainWindow, run: OpenRun) -> None:
    window.dialogs.show_corruption()
    assert window.dialogs.corruption is not None
    save(window.dialogs.corruption, "corruption", settle=2)


def _save_figures(window: MainWindow, run: OpenRun) -> None:
    dialog = FiguresDialog(window.state, window.themes, run.key, window)
    dialog.show()
    save(dialog, "figures", settle=8)


DIALOGS: dict[str, Callable[[MainWindow, OpenRun], None]] = {"masked-ae": _save_corruption, "iwae": _save_figures}
"""Dialogs to save, by the family that shows them best."""


if __name__ == "__main__":
    main()
