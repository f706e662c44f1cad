"""A field that finds samples by a text such as ``width > 3``, with the number of hits, and the reason if it fails.

1. Each change of the text is asked at once (`SearchSamples`); the newest question wins.
2. The answer is counted beside the field; an error is written below it, and the field is marked.
3. Enter selects what was found; Shift adds, Alt removes, Shift+Alt intersects. Before the answer has come, Enter waits.
4. Names of columns are completed; the button in the field lists earlier searches.
"""

import re

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLabel, QLineEdit, QMenu, QVBoxLayout, QWidget

from explorer.jobs.queries.selection_questions import FoundSamples, SearchSamples
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.groups.members import SetOperation
from explorer.latent.groups.sample_table import SUBJECTS
from explorer.session import View
from explorer.ui.plane.input.select_gestures import operation_of
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.labels import FittingLabel
from explorer.ui.widgets.settings import recent_texts, remember_text

KIND = "searches"
"""Key of the earlier searches in the settings."""
TIP = (
    "Find samples: class 7, index 5-20, split test, width > 3 and not class 2, or part of a name. Enter selects them; "
    "Shift+Enter adds them, Alt+Enter removes them"
)
NO_RUN = "Open a run first"

_BEGIN = re.compile(r"[(]\s*|\b(?:and|or|not)\s+", re.IGNORECASE)
_SIGN = re.compile(r"[)=<>!≠≤≥]")
_UNQUOTED = re.compile(r"[^()=<>!≠≤≥\"']+")
_WORDS = {"and", "or", "not"}


def subject_in(text: str) -> tuple[int, str] | None:
    """Return the start and text of the unfinished column name at the end of a search; None within a value."""
    start = max((match.end() for match in _BEGIN.finditer(text)), default=0)
    name = text[start:]
    return None if _SIGN.search(name) else (start, name)


def quoted(name: str) -> str:
    """Return a column name for a search: in quotes if it contains symbols or keywords of the grammar."""
    plain = _UNQUOTED.fullmatch(name) and not _WORDS & set(name.lower().split())
    return name if plain else f'"{name}"' if '"' not in name else f"'{name}'"


class _ColumnCompleter(QCompleter):
    """Completes the name of a column at the end of a search, and keeps the text before it."""

    def splitPath(self, path: str) -> list[str]:
        """Return the name to complete; within a value, a text that matches none."""
        found = subject_in(path)
        # A name that no column has, so that the list stays closed within a value.
        return ["\0"] if found is None or not found[1] else [found[1]]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Return the text with the completed name."""
        field = self.widget()
        text = field.text() if isinstance(field, QLineEdit) else ""
        found = subject_in(text)
        name = str(index.data(Qt.ItemDataRole.DisplayRole))
        return text[: found[0] if found is not None else len(text)] + quoted(name)


class _Field(QLineEdit):
    """A field whose Enter signal has the held modifier keys; Esc clears the field."""

    entered = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Announce Enter, clear the field on Esc; leave all other keys to Qt."""
        popup = self.completer().popup() if self.completer() is not None else None
        listed = popup is not None and popup.isVisible()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not listed:
            self.entered.emit(event.modifiers())
            event.accept()
        # In an empty field, leave Esc to the window.
        elif event.key() == Qt.Key.Key_Escape and self.text() and not listed:
            self.clear()
            event.accept()
        else:
            super().keyPressEvent(event)


class SearchField(QWidget):
    """The search field with the number of hits, and the error below.

    Signals
    -------
    chosen : array, str, str
        The samples to select, the operation, and the text that found them.
    """

    chosen = Signal(object, str, str)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._themes = state.session, state.store, themes
        self._question = LiveQuestion(state.asker, self._on_answer, self._wanted, parent=self)
        self._found: FoundSamples | None = None
        self._waiting: SetOperation | None = None
        self._build()
        self.field.textChanged.connect(self._on_typed)
        self.field.entered.connect(self._on_entered)
        for signal in (state.store.plane_changed, state.store.details_changed, state.store.opened):
            signal.connect(self._on_run)
        themes.changed.connect(self._apply_theme)
        state.session.listen(self.show_view)
        self._apply_theme()
        self._on_run("")

    @property
    def text(self) -> str:
        """The search."""
        return self.field.text().strip()

    @property
    def samples(self) -> NDArray[np.int64]:
        """The indices of the samples that match the current text, ``(n,)``."""
        return np.empty(0, np.int64) if self._found is None else self._found.samples

    def show_view(self, old: View, new: View) -> None:
        """Search in another run."""
        if old.active_run != new.active_run:
            self._on_run("")

    def showEvent(self, event: QShowEvent) -> None:
        """Search again if something changed while the field was hidden."""
        super().showEvent(event)
        self._on_run("")

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing."""
        super().hideEvent(event)
        self._question.drop()

    @property
    def _run(self) -> OpenRun | None:
        return self._store.runs.get(self._session.view.active_run or "")

    def _wanted(self) -> SearchSamples | None:
        run = self._run
        if run is None or not self.text or not self.isVisible():
            return None
        return SearchSamples(run.key, self.text, run.plane, run.dataset is not None)

    @Slot()
    def _on_typed(self) -> None:
        # Enter referred to the previous text.
        self._waiting = None
        self._ask()

    def _ask(self) -> None:
        question = self._wanted()
        if question is None:
            self._question.drop()
            self._found = None
            self._show(NO_RUN if self.text and self._run is None else "")
        elif question != self._question.asked:
            # Earlier answers are for another text, but their count may stay until the new one arrives.
            self._question.ask(question)

    @Slot(str)
    def _on_run(self, key: str) -> None:
        run = self._run
        if key in ("", self._session.view.active_run):
            columns = () if run is None or run.plane is None else tuple(run.plane.columns)
            features = run.description.feature_names if run is not None and len(run.description.shape) == 1 else ()
            # Metadata columns and table features can both be searched, so both are completed.
            names = sorted({*SUBJECTS, *columns, *features}, key=str.casefold)
            classes = () if run is None else run.description.class_names
            # An example that matches something in these data.
            example = f"{quoted(features[0])} > 0" if features else f"class {classes[0]}" if classes else "index 5-20"
            self.field.setPlaceholderText(f"Search: {example}")
            if names != self._names.stringList():  # an equal list would close an open pop-up
                self._names.setStringList(names)
            self._ask()

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, FoundSamples):
            self._found = answer.value
            self._show(answer.value.problem)
            if self._waiting is not None:
                self._choose(self._waiting)

    @Slot(object)
    def _on_entered(self, held: Qt.KeyboardModifier) -> None:
        operation = operation_of(held)
        # In a large table, Enter may come before the answer; the answer then selects.
        if self._question.waits:
            self._waiting = operation
        else:
            self._choose(operation)

    def _choose(self, operation: SetOperation) -> None:
        self._waiting = None
        if self._found is None or self._found.problem:
            return
        # Remember only searches that were used, not every text while typing.
        remember_text(KIND, self.text)
        self.chosen.emit(self._found.samples, operation, self.text)

    def _show(self, problem: str) -> None:
        self._count.setText("" if self._found is None or problem else f"{len(self._found.samples):,} found")
        # With little room, drop the position of the error first, then the advice after the semicolon.
        what = problem.partition("): ")[2] or problem
        self._problem.set_forms(problem, what, what.partition(";")[0])
        self._problem.setVisible(bool(problem))
        set_style_property(self.field, "invalid", bool(problem))
        self.field.setToolTip(problem or TIP)

    @Slot()
    def _open_history(self) -> None:
        self._history.clear()
        for text in recent_texts(KIND):
            # Qt would take a single & as the mark of a shortcut.
            self._history.addAction(text.replace("&", "&&")).setData(text)
        if self._history.isEmpty():
            self._history.addAction("No searches yet").setEnabled(False)
        self._history.popup(self.field.mapToGlobal(self.field.rect().bottomLeft()))

    @Slot(QAction)
    def _on_recalled(self, action: QAction) -> None:
        if action.data():
            self.field.setText(str(action.data()))
            self.field.setFocus()

    def _build(self) -> None:
        self.field = set_identity(_Field(), "selection_search", TIP, "Find samples")
        self.field.setClearButtonEnabled(True)
        self._names = QStringListModel(self)
        completer = _ColumnCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = completer.popup()
        assert popup is not None
        popup.setObjectName("completions")  # a top-level window, styled by this name
        self.field.setCompleter(completer)
        self._recall = self.field.addAction(
            icon("chevron-down", self._themes.theme), QLineEdit.ActionPosition.TrailingPosition
        )
        self._recall.setToolTip("Earlier searches")
        self._recall.setObjectName("selection_search_history")
        self._recall.triggered.connect(self._open_history)
        self._history = set_identity(QMenu(self), "selection_search_menu", accessible="Earlier searches")
        self._history.triggered.connect(self._on_recalled)
        self._count = set_identity(QLabel(), "selection_search_count", "Number of samples found", "Samples found")
        self._count.setProperty("role", "muted")
        self._problem = set_identity(FittingLabel(), "selection_search_problem", accessible="Error in the search")
        self._problem.setProperty("role", "error")
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._problem)

    @Slot()
    def _apply_theme(self) -> None:
        self._recall.setIcon(icon("chevron-down", self._themes.theme))
        self.field.setMinimumWidth(round(130 * self._themes.scale))
