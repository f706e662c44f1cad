"""The stage of the test that nothing is cut: the window, helpers to drive it, and what is judged in each scene.

1. A `Scene` names the runs to show, a function that continues from there, and what else is to be opened.
2. `look_at` shows the runs, waits until the window rests, and judges it and every drop-down and menu asked for.
3. A dialog's scene opens the dialog, judges it as a window of its own, and closes it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fit_checks import Fault, faults_in, faults_of_combo, faults_of_menu
from fit_controls import faults_of_controls
from fit_painting import elided_while_painting
from fit_runs import LONG
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

from explorer.session import Pane, View
from explorer.ui.app.main_window import MainWindow
from explorer.ui.decode.fold import Fold
from explorer.ui.why.why_mark import cards_of

BUSY_SECONDS = 20.0
"""Longest wait for runs, decodes and figures; after it the window is judged as it is."""
BEAT_MILLISECONDS = 70
QUIET_BEATS = 2
"""Beats without a change after which the window rests."""


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
    excused: str = ""
    """Where a fault is on purpose in this scene alone."""


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
        """Show these runs alone in the initial layout, and wait for their data."""
        self.window.notice.clear()
        self.trigger("reset_layout")
        cards_of(self.window, self.window.themes).close()
        self.window.status.close_replay()
        wanted = tuple(str(self._path(name)) for name in names)
        if self.keys == wanted and not self.state.session.view.enlarged:
            usual = View()
            self.state.session.set_silent(
                probe=None, path=None, selection=(), overlays=usual.overlays, linked=usual.linked
            )
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

    def show_form(self) -> None:
        """Show the form, also in a window where only its rail has room."""
        rail = self.window.findChild(QAbstractButton, "rail_unfold")
        if rail is not None and rail.isVisible():
            rail.click()
            self.wait()

    def unfold(self) -> None:
        """Open every fold of the decode column and of the form."""
        for button in self.window.findChildren(QAbstractButton):
            if button.isCheckable() and not button.isChecked() and _opens_a_fold(button):
                button.click()
        # Sections inside others appear with them; the network, which hides without room, is opened by its button.
        for _ in range(2):
            for fold in self.window.decode.findChildren(Fold):
                if fold.isVisible() and not fold.is_open:
                    fold.button.click()

    def press(self, name: str) -> None:
        """Press a button of the window by its name, and scroll to it."""
        button = self.window.findChild(QAbstractButton, name)
        assert button is not None and button.isVisible(), name
        scroll_to(button)
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
    loop, timer = QEventLoop(), QTimer(singleShot=True)
    timer.timeout.connect(loop.quit)
    timer.start(milliseconds)
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
    found += [*faults_in(root), *faults_of_controls(root)]
    if scene.lists:
        found += list(_faults_of_lists(root))
    if isinstance(root, QDialog):
        root.close()
        live(0)
    # A name of any length loses its middle; its tooltip has the whole.
    kept = (fault for fault in dict.fromkeys(found) if not fault.text.startswith(LONG[:40]))
    return [fault for fault in kept if not scene.excused or fault.where != scene.excused]


def _faults_of_lists(root: QWidget) -> Iterator[Fault]:
    for combo in root.findChildren(QComboBox):
        if combo.isVisible() and combo.isEnabled() and combo.count():
            scroll_to(combo)
            yield from faults_of_combo(combo)
    for bar in root.findChildren(QMenuBar):
        for action in bar.actions():
            if isinstance(menu := action.menu(), QMenu):
                yield from faults_of_menu(menu, bar.mapToGlobal(bar.actionGeometry(action).bottomLeft()))
    for button in root.findChildren(QToolButton):
        if button.isVisible() and button.menu() is not None:
            yield from faults_of_menu(button.menu(), button.mapToGlobal(QPoint(0, button.height())))


def scroll_to(widget: QWidget) -> None:
    """Scroll the area around a widget, if there is one, so that the widget is in view."""
    around = widget.parentWidget()
    while around is not None and not isinstance(around, QScrollArea):
        around = around.parentWidget()
    if around is not None:
        around.ensureWidgetVisible(widget)
