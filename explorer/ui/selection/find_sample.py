"""The window that finds a sample of the active run by its name or number, and follows or selects what it finds."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from explorer.jobs.plane.sample_finder import Hits, SampleFinder
from explorer.ui.decode.decode_state import sample_text
from explorer.ui.services.app_state import AppState
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.widgets.buttons import resize_to_text, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.keyed_list import KeyedList, KeyedRow

TITLE = "Find sample"
TYPE_MILLISECONDS = 80
"""Milliseconds after the last key before a search begins."""
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class FindSample(QDialog):
    """A field and the list of hits; Enter follows the chosen sample and shows it on the active plane.

    1. A change of the text starts a timer; the search follows when the user pauses.
    2. The arrow keys move in the list while the field keeps the keyboard.
    3. Enter or a double-click moves the probe; the window stays open for the next search.
    """

    def __init__(self, state: AppState, show_sample: Callable[[int], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._pins = state.pins
        self._show_sample = show_sample
        # Created by the first search, because it reads the names of all samples.
        self._finder: SampleFinder | None = None
        self._hits = Hits()
        set_identity(self, "find_sample", accessible=TITLE).setWindowTitle(TITLE)
        self.field = set_identity(
            QLineEdit(placeholderText="Name or number", clearButtonEnabled=True),
            "find_sample_text",
            "Part of a name, or the number of a sample; Enter follows it",
            "Name or number",
        )
        self.list = set_identity(KeyedList(), "find_sample_list", "The samples found; double-click follows one", "Hits")
        self._count = set_identity(QLabel(wordWrap=True), "find_sample_count", accessible="Number of hits")
        self._count.setProperty("role", "muted")
        self._follow = tool_button("find_sample_follow", "Follow", "Move the probe to this sample (Enter)")
        self._pin = tool_button("find_sample_pin", "Pin", "Pin this sample for a blend")
        self._select = tool_button("find_sample_select", "Select all", "Select the samples of the list")
        self._soon = RestTimer(state.asker, TYPE_MILLISECONDS, self)
        self._lay_out()
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self.follow)
        self._soon.timeout.connect(self.search)
        self.list.doubleClicked.connect(self.follow)
        self._follow.clicked.connect(self.follow)
        self._pin.clicked.connect(self._on_pin)
        self._select.clicked.connect(self._on_select)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self._count, 1)
        for button in (self._select, self._pin, self._follow):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        resize_to_text(self, 36, 30)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the field, with its text selected."""
        super().showEvent(event)
        self.field.setFocus()
        self.field.selectAll()
        self.search()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the arrow keys of the field to the list."""
        if watched is not self.field or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() not in MOVES:
            return False
        # Through `event`, as if the list had the keyboard: it then also scrolls to the row.
        self.list.event(event)
        return True

    @Slot()
    def _on_typed(self) -> None:
        self._soon.begin()

    @Slot()
    def search(self) -> None:
        """Search the active run now."""
        self._soon.stop()
        run = self._store.runs.get(self._session.view.active_run or "")
        # The finder keeps the names of its run in small letters; new codes or another run need another one.
        if run is None or self._finder is None or self._finder.run is not run:
            self._finder = None if run is None else SampleFinder(run)
        text = self.field.text().strip()
        self._hits = Hits() if self._finder is None else self._finder.find(text)
        self.list.show_rows([KeyedRow(self._text_of(sample), sample) for sample in self._hits.samples])
        if self._hits.samples:
            self.list.set_current(self._hits.samples[0])
        for button in (self._follow, self._pin, self._select):
            button.setEnabled(bool(self._hits.samples))
        self._count.setText(self._words(text))

    def _text_of(self, sample: int) -> str:
        assert self._finder is not None
        run = self._finder.run
        named = bool(run.description.sample_names)
        return f"{sample_text(run, sample)} · sample {sample}" if named else sample_text(run, sample)

    def _words(self, text: str) -> str:
        """Return how many samples were found, or why none was."""
        if self._finder is None:
            return "Open a run first"
        run = self._finder.run
        if run.plane is None or run.plane.drawn:
            return f"{run.name} has no codes of samples"
        if not text:
            last = int(run.plane.index[-1]) if len(run.plane.index) else 0
            return f"Type a number up to {last:,}" + (", or part of a name" if run.description.sample_names else "")
        if self._hits.problem:
            return self._hits.problem
        if self._hits.count == 0:
            unnamed = "" if run.description.sample_names else ": the samples of this data have numbers alone"
            return f"Not found{unnamed}"
        shown = len(self._hits.samples)
        first = f", the first {shown:,} are listed" if shown < self._hits.count else ""
        return f"{self._hits.count:,} {'sample' if self._hits.count == 1 else 'samples'}{first}"

    def _chosen(self) -> int | None:
        """Return the chosen sample among the hits of the current text; None without one."""
        # Enter may be pressed before the search starts, while the list still has the previous hits.
        if self._soon.isActive():
            self.search()
        sample = self.list.current
        return sample if isinstance(sample, int) else None

    @Slot()
    def follow(self) -> None:
        """Move the probe to the chosen sample, and show it on the active plane."""
        sample = self._chosen()
        if sample is None or self._finder is None:
            return
        self._probing.probe_sample(self._finder.run.key, sample)
        self._show_sample(sample)

    @Slot()
    def _on_pin(self) -> None:
        sample = self._chosen()
        if sample is not None and self._finder is not None:
            self._pins.pin_samples(self._finder.run.key, (sample,))

    @Slot()
    def _on_select(self) -> None:
        if self._hits.samples:
            self._session.set(selection=tuple(sorted(self._hits.samples)))
