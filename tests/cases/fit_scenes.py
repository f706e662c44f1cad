"""The states of the window that the test looks at, each reached as a user reaches it, and what is open in each.

1. A `Scene` names the runs to show, a function that continues from there, and what else is to be opened.
2. `look_at` shows the runs, waits until the window rests, and judges it and every drop-down and menu asked for.
3. A dialog's scene opens the dialog, judges it as a window of its own, and closes it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fit_checks import Fault, elided_while_painting, faults_in, faults_of_combo, faults_of_menu
from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QMenu,
    QMenuBar,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QWidget,
)

from explorer.config import MODEL_CONFIGS
from explorer.session import Pane, PathEnd, View
from explorer.session import Path as LatentPath
from explorer.ui.app.main_window import MainWindow
from explorer.ui.dialogs.help_dialogs import AboutDialog, KeysDialog
from explorer.ui.dialogs.logs import LogView
from explorer.ui.experiment.data_dialog import DataDialog
from explorer.ui.figures.figures_dialog import FiguresDialog

BUSY_SECONDS = 20.0
"""Longest wait for runs, decodes and figures; after it the window is judged as it is."""
BEAT_MILLISECONDS = 70
QUIET_BEATS = 2
"""Beats without a change after which the window rests."""
SENTENCE = "The run could not be opened: its newest checkpoint is damaged and the one before it was used instead"


@dataclass(frozen=True)
class Scene:
    """One state of the window: runs by name, and a function that continues from there and returns the root to judge."""

    name: str
    runs: tuple[str, ...]
    act: "Callable[[Stage], QWidget | None]"
    lists: bool = False
    """Whether every drop-down and menu is opened, too."""
    seldom: bool = False
    """Whether it is left to the slow tests."""


class Stage:
    """The window, the folder with the small runs, and helpers to drive it."""

    def __init__(self, window: MainWindow, folder: Path, shipped: Path) -> None:
        self.window, self.folder, self.shipped = window, folder, shipped

    @property
    def state(self):  # type: ignore[no-untyped-def]
        """The state of the window."""
        return self.window.state

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the runs in view."""
        return tuple(pane.run for pane in self.state.session.view.panes)

    def show_runs(self, names: tuple[str, ...]) -> None:
        """Show these runs alone, and wait for their data."""
        self.window.notice.clear()
        wanted = tuple(str(self._path(name)) for name in names)
        if self.keys == wanted and not self.state.session.view.enlarged:
            self.state.session.set_silent(probe=None, path=None, selection=())
        else:
            self.state.opener.open_view(View(panes=tuple(Pane(key) for key in wanted)))
            runs = self.state.store.runs
            self.wait(lambda: all(key in runs and runs[key].plane and runs[key].dataset for key in wanted))

    def wait(self, until: Callable[[], object] = lambda: True) -> None:
        """Run the event loop until a condition holds and nothing has been computed for a moment."""
        began, quiet, last = time.monotonic(), 0, None
        while time.monotonic() - began < BUSY_SECONDS and quiet < QUIET_BEATS:
            live(BEAT_MILLISECONDS)
            now = [(one.geometry(), one.isVisible()) for one in self.window.findChildren(QWidget)]
            quiet = quiet + 1 if until() and now == last else 0
            last = now

    def trigger(self, name: str) -> None:
        """Trigger an action by its name."""
        self.window.actions_[name].trigger()

    def follow(self, pane: int = 0, sample: int = 3) -> None:
        """Follow a sample."""
        self.state.probing.probe_sample(self.keys[pane], sample)

    def tab(self, page: QWidget) -> None:
        """Bring a tab of the lower row to the front and unfold the row, as a press of the tab does."""
        tabs = self.window.findChild(QTabWidget, "bottom_tabs")
        if tabs is not None and tabs.indexOf(page) >= 0:
            tabs.tabBarClicked.emit(tabs.indexOf(page))
            tabs.setCurrentWidget(page)

    def unfold(self) -> None:
        """Open every fold of the decode column and of the form."""
        for button in self.window.findChildren(QAbstractButton):
            if button.isCheckable() and not button.isChecked() and _opens_a_fold(button):
                button.click()

    def _path(self, name: str) -> Path:
        inside = next((one for one in self.folder.glob(f"*/{name}")), None)
        candidates = (self.shipped / name, self.folder / name, inside)
        return next(path for path in candidates if path is not None and (path / "run.json").is_file())


def _opens_a_fold(button: QAbstractButton) -> bool:
    name = button.objectName()
    return button.isVisible() and any(
        name.endswith(end) for end in ("_fold", "_head_button", "more_settings", "_toggle")
    )


def live(milliseconds: int) -> None:
    """Run the event loop for some time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def look_at(scene: Scene, stage: Stage, pictures: Path | None = None) -> list[Fault]:
    """Bring the window into a state, and return the faults that are visible; save its picture to a folder, if given."""
    stage.show_runs(scene.runs)
    root = scene.act(stage) or stage.window
    stage.wait()
    found: list[Fault] = []
    with elided_while_painting(found):
        picture = root.grab()
    if pictures is not None:
        picture.save(str(pictures / f"{scene.name.replace(' ', '-')}.png"))
    found += faults_in(root)
    if scene.lists:
        found += list(_faults_of_lists(root))
    if isinstance(root, QDialog):
        root.close()
        live(0)
    return list(dict.fromkeys(found))


def _faults_of_lists(root: QWidget) -> Iterator[Fault]:
    for combo in root.findChildren(QComboBox):
        if combo.isVisible() and combo.isEnabled() and combo.count():
            _scroll_to(combo)
            yield from faults_of_combo(combo)
    for bar in root.findChildren(QMenuBar):
        for action in bar.actions():
            if isinstance(menu := action.menu(), QMenu):
                yield from faults_of_menu(menu, bar.mapToGlobal(bar.actionGeometry(action).bottomLeft()))
    for button in root.findChildren(QToolButton):
        if button.isVisible() and button.menu() is not None:
            yield from faults_of_menu(button.menu(), button.mapToGlobal(QPoint(0, button.height())))


def _scroll_to(widget: QWidget) -> None:
    around = widget.parentWidget()
    while around is not None and not isinstance(around, QScrollArea):
        around = around.parentWidget()
    if around is not None:
        around.ensureWidgetVisible(widget)


# Scenes of the window


def _nothing(stage: Stage) -> None:
    """Leave the window as it opens."""


def _follow(stage: Stage) -> None:
    stage.follow(pane=len(stage.keys) - 1)


def _unfolded(stage: Stage) -> None:
    _follow(stage)
    stage.unfold()


def _point(stage: Stage) -> None:
    run = stage.state.store.runs[stage.keys[0]]
    stage.state.probing.probe_point(stage.keys[0], (0.3,) * run.config.model.latent_dim)


def _path(stage: Stage) -> None:
    key = stage.keys[-1]
    codes = stage.state.store.runs[key].plane.mean
    ends = [PathEnd(tuple(map(float, codes[index])), index) for index in (1, 5)]
    stage.state.session.set(path=LatentPath(key, ends[0], ends[1]))
    stage.tab(stage.window.path)


def _selection(stage: Stage) -> None:
    _follow(stage)
    stage.state.session.set(selection=tuple(range(40)))
    stage.tab(stage.window.selection)


def _curves(stage: Stage) -> None:
    stage.tab(stage.window.curves)


def _draws(stage: Stage) -> None:
    stage.tab(stage.window.draws)


def _components(stage: Stage) -> None:
    stage.tab(stage.window.components)


def _report(stage: Stage) -> None:
    stage.follow()
    stage.tab(stage.window.loss)


def _notice(stage: Stage) -> None:
    stage.state.messages.notify(SENTENCE)


def _enlarged(stage: Stage) -> None:
    stage.follow()
    stage.trigger("enlarge_pane")


def _training(stage: Stage) -> None:
    stage.state.trainings.pace = "step"
    stage.window.experiment.train()
    stage.wait(lambda: bool(stage.state.trainings.running))
    stage.window.experiment.pause_or_resume()


def _form(family: str) -> Callable[[Stage], QWidget]:
    def choose(stage: Stage) -> QWidget:
        combo = stage.window.findChild(QComboBox, "model_combo")
        assert combo is not None
        combo.setCurrentIndex(combo.findData(family))
        stage.unfold()
        return stage.window.experiment

    return choose


# Dialogs


def _open(dialog: QDialog) -> QDialog:
    dialog.show()
    return dialog


def _found(stage: Stage, name: str) -> QDialog:
    stage.wait(lambda: stage.window.findChild(QDialog, name) is not None)
    dialog = stage.window.findChild(QDialog, name)
    assert dialog is not None, f"no dialog {name}"
    return dialog


def _data_of_catalog(stage: Stage) -> QDialog:
    return _open(DataDialog(stage.state, stage.window.themes, stage.state.data.config, stage.window))


def _data_of_table(stage: Stage) -> QDialog:
    return _open(DataDialog(stage.state, stage.window.themes, stage.folder / "penguins.csv", stage.window))


def _import(stage: Stage) -> QDialog:
    run = next(stage.folder.glob("table"))
    stage.window.import_weights(next(run.glob("*.safetensors")))
    return _found(stage, "import_dialog")


def _keys(stage: Stage) -> QDialog:
    return _open(KeysDialog(stage.window.actions_, stage.window))


def _about(stage: Stage) -> QDialog:
    return _open(AboutDialog("CPU, 1 thread", stage.window))


def _log(stage: Stage) -> QDialog:
    log = stage.folder / "latent-explorer.log"
    log.write_text("2026-01-01 10:00:00,000 INFO explorer: opened a run\n" * 40)
    return _open(LogView(log, stage.window))


def _figures(stage: Stage) -> QDialog:
    key = stage.keys[-1]
    stage.state.figures.want(key)
    stage.wait(lambda: stage.state.figures.of(key) is not None)
    return _open(FiguresDialog(stage.state, stage.window.themes, key, stage.window))


def _comparison(stage: Stage) -> QDialog:
    stage.trigger("compare_table")
    dialog = _found(stage, "comparison_dialog")
    stage.wait(lambda: all(stage.state.figures.of(key) is not None for key in stage.keys))
    return dialog


def _corruption(stage: Stage) -> QDialog:
    stage.follow()
    stage.trigger("corruption")
    return _found(stage, "corruption_dialog")


def _information(preset: str) -> Callable[[Stage], QDialog]:
    def show(stage: Stage) -> QDialog:
        stage.follow()
        stage.trigger("information")
        dialog = stage.window.information
        assert dialog is not None
        stage.wait(lambda: not any(dialog.run_presets.reasons().values()))
        dialog.show_preset(preset)
        return dialog

    return show


def _ablation(stage: Stage) -> QDialog:
    stage.trigger("ablation")
    return _found(stage, "ablation_dialog")


def _report_dialog(stage: Stage) -> QDialog:
    stage.tab(stage.window.loss)
    stage.wait(lambda: stage.window.loss.watch.report is not None)
    stage.window.loss.enlarge()
    return _found(stage, "loss_report_dialog")


def _ladder(stage: Stage) -> QDialog:
    stage.trigger("ladder")
    return _found(stage, "ladder_dialog")


MNIST, DIGITS = ("mnist-ae", "mnist-vae"), ("digits-ae", "digits-vae")
ABLATION = tuple(f"digits-ablation-{name}" for name in ("only-kl", "only-reconstruction", "both", "autoencoder"))
LADDER = tuple(f"digits-ladder-beta-{beta}" for beta in ("0.1", "1", "8"))
LONGEST_FORMS = {"vae", "gan", "iwae", "denoising-ae"}
"""Families whose forms have the longest labels and the most fields."""

SCENES = (
    Scene("first start", MNIST, _nothing, lists=True),
    Scene("followed sample", MNIST, _follow),
    Scene("all folds open", MNIST, _unfolded, lists=True),
    Scene("path", MNIST, _path, lists=True),
    Scene("selection", MNIST, _selection, lists=True),
    Scene("curves", MNIST, _curves, seldom=True),
    Scene("enlarged pane", MNIST, _enlarged, seldom=True),
    Scene("notice", MNIST, _notice),
    Scene("figures dialog", ("digits-vae",), _figures),
    Scene("comparison dialog", DIGITS, _comparison),
    Scene("corruption dialog", DIGITS, _corruption, lists=True),
    Scene("information, bars", ("digits-vae",), _information("ratings"), lists=True),
    Scene("information, densities", ("digits-vae",), _information("aggregate")),
    Scene("information, gaussian", ("digits-vae",), _information("posterior")),
    Scene("ablation dialog", ("digits-vae",), _ablation),
    Scene("ladder dialog", ("digits-vae",), _ladder, seldom=True),
    Scene("data dialog", ("digits-vae",), _data_of_catalog, lists=True),
    Scene("data dialog of a table", ("digits-vae",), _data_of_table, lists=True),
    Scene("import dialog", ("digits-vae",), _import),
    Scene("keys dialog", ("digits-vae",), _keys),
    Scene("about dialog", ("digits-vae",), _about, seldom=True),
    Scene("log dialog", ("digits-vae",), _log, seldom=True),
    Scene("four panes of an ablation", ABLATION, _follow, lists=True),
    Scene("report of an ablation", ABLATION, _report),
    Scene("report in a window", ABLATION, _report_dialog),
    Scene("selection in four panes", ABLATION, _selection),
    Scene("ladder", LADDER, _report, seldom=True),
    Scene("row of a table", ("table",), _unfolded),
    Scene("words", ("skip-gram",), _unfolded),
    Scene("ten dimensions", ("ten-dimensions",), _unfolded),
    Scene("no labels", ("unlabelled",), _follow),
    Scene("components", ("components",), _components, seldom=True),
    Scene("learned prior", ("mixture-of-six-components",), _unfolded, seldom=True),
    Scene("draws", ("digits-vae", "conditional"), _draws, seldom=True),
    Scene("classes", ("conditional",), _point, seldom=True),
    Scene("no encoder", ("gan",), _point),
    *(
        Scene(f"form of {family}", ("digits-vae",), _form(family), seldom=family not in LONGEST_FORMS)
        for family in MODEL_CONFIGS
    ),
    Scene("drop-downs of a form", ("digits-vae",), _form("vae"), lists=True, seldom=True),
    Scene("paused training", ("digits-vae",), _training),
)
