"""The dialog that finds the nearest code with another predicted class (a counterfactual).

1. `ask_about` sets the sample; the search begins at once, for any other class. Another class begins another search.
2. The answer comes twice: first without the comparison with other samples, which takes longer.
3. The planes of the run mark the point where the class changes, as long as the dialog is open or the path is the line
   through it. *Use as path* makes it the path.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.export.blends import (
    save_counterfactual_arrays,
    save_counterfactual_film,
    save_counterfactual_table,
)
from explorer.jobs.queries.counterfactual_questions import FindCounterfactual
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.counterfactuals.counterfactual import Counterfactual
from explorer.latent.counterfactuals.counterfactual_text import class_text, sentences
from explorer.latent.steps import Absent
from explorer.session import Path as LatentPath
from explorer.session import Probe, View, Waypoint
from explorer.ui.counterfactual.class_strip import ClassStripView
from explorer.ui.counterfactual.counterfactual_words import counterfactual_command
from explorer.ui.decode.decode_state import sample_text
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import with_weights
from explorer.ui.state.counterfactuals import MarkedTurn
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.buttons import close_button, resize_to_text
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import FIGURE_KINDS, FILM_KINDS, ask_path

TITLE = "Nearest code with another class"
SEARCHING, CANCELLED = "Searching …", "The search was cancelled. Choose a class to search again."
REGIONS = "regions"
"""Name of the overlay that shows decision regions."""
CHOICE_LETTERS = 14
"""Width of the list of classes in widths of the letter m."""
SIDE = 96
"""Side of a picture in a saved strip, in pixels: that of the command line."""


class CounterfactualDialog(QDialog):
    """Shows the counterfactual of one sample; it stays open beside the window."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._session, self._store, self._tasks = state.session, state.store, state.tasks
        self._counterfactuals, self._messages = state.counterfactuals, state.messages
        # A counterfactual is about fixed weights; of a run that trains, the user searches again.
        self._question = LiveQuestion(state.asker, self._on_answer, follows_weights=False, parent=self)
        self._key, self._sample = "", -1
        self._found: Counterfactual | None = None
        set_identity(self, "counterfactual_dialog", accessible=TITLE).setWindowTitle(TITLE)
        self._make_head()
        self._make_result()
        self._lay_out()
        self._connect()
        self._show_found()

    # Construction

    def _make_head(self) -> None:
        self.about = set_identity(QLabel(), "counterfactual_about", accessible="Sample")
        self.about.setProperty("role", "head")
        self.choice = set_identity(
            ChoiceBox(), "counterfactual_class", "The class that the decode is to change to", "Class to reach"
        )
        self.progress = set_identity(QProgressBar(textVisible=False), "counterfactual_progress", "Searching")
        self.progress.setRange(0, 0)
        self.cancel = set_identity(QPushButton("Cancel"), "counterfactual_cancel", "Stop the search")

    def _make_result(self) -> None:
        self.strip = ClassStripView(self._themes)
        self.words = set_identity(QLabel(wordWrap=True), "counterfactual_words", accessible="Search result")
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        # The sentences are what people quote in a report.
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.regions = set_identity(
            QPushButton("Decision regions"),
            "counterfactual_regions",
            "Show on the planes which class each point is decoded to",
        )
        self.regions.setCheckable(True)
        self.save = set_identity(QToolButton(), "counterfactual_save", "Save the strip, or copy its command", "Save")
        self.save.setText("Save…")
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = set_identity(QMenu(self.save), "counterfactual_menu", accessible="Save")
        for text, slot in (
            ("Save strip…", self._on_save_strip),
            ("Save animation…", self._on_save_film),
            ("Save numbers…", self._on_save_numbers),
            ("Copy picture", self._on_copy_picture),
            ("Copy as command", self._on_copy),
        ):
            menu.addAction(text).triggered.connect(slot)
        self.save.setMenu(menu)
        self.use = set_identity(
            QPushButton("Use as path"), "counterfactual_use", "Make the line through it the path of the tab Path"
        )
        self.use.setProperty("kind", "primary")
        self.use.setDefault(True)

    def _lay_out(self) -> None:
        head, tail, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self.about, 1)
        head.addWidget(QLabel("Change to"))
        head.addWidget(self.choice)
        self.choice.setMinimumWidth(CHOICE_LETTERS * self.fontMetrics().horizontalAdvance("m"))
        waiting = QHBoxLayout()
        waiting.addWidget(self.progress, 1)
        waiting.addWidget(self.cancel)
        self._waiting = QWidget()
        self._waiting.setLayout(waiting)
        # It keeps its room while hidden, so that nothing moves when the search ends.
        policy = self._waiting.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._waiting.setSizePolicy(policy)
        waiting.setContentsMargins(0, 0, 0, 0)
        tail.addWidget(self.regions)
        tail.addWidget(self.save)
        tail.addStretch(1)
        tail.addWidget(self.use)
        tail.addWidget(close_button(self, "counterfactual"))
        column.addLayout(head)
        column.addWidget(self.strip)
        column.addWidget(self.words, 1)
        column.addWidget(self._waiting)
        column.addLayout(tail)
        resize_to_text(self, 76, 22)

    def _connect(self) -> None:
        self.choice.activated.connect(self._search)
        self.cancel.clicked.connect(self._on_cancel)
        self.use.clicked.connect(self._on_use)
        self.regions.clicked.connect(self._on_regions)
        self.strip.picked.connect(self._on_picked)
        self._store.closed.connect(self._on_closed)
        self._session.listen(self.show_view)

    # The search

    def ask_about(self, key: str, sample: int) -> None:
        """Search the counterfactual of a sample of a run, for any other class."""
        run = self._store.get(key)
        if run is None:
            return
        self._key, self._sample = key, sample
        self.about.setText(f"{run.name}: {sample_text(run, sample)}")
        self.choice.clear()
        self.choice.add("any other class", None, "The nearest code with another class, whichever it is")
        for label, name in enumerate(run.description.class_names):
            self.choice.add(name, label, f"The nearest code whose decode is predicted as {name}")
        # Any class is the default, as most users ask for the nearest change first.
        self.choice.choose(None)
        self.show_view(View(), self._session.view)
        self._search()

    @Slot()
    def _search(self) -> None:
        run = self._run
        if run is None:
            return
        self._found = None
        self.words.setText(SEARCHING)
        self._question.ask(FindCounterfactual(run.key, self._sample, self.choice.currentData(), codes=run.plane))
        self._show_found()

    def _on_answer(self, answer: Answer) -> None:
        run, value = self._run, answer.value
        if run is None:
            return
        if isinstance(value, Counterfactual):
            self._found = value
            self.words.setText(" ".join(sentences(value, run.description)))
        elif isinstance(value, Absent):
            self._found = None
            self.words.setText(f"There is no counterfactual: {value.why}.")
        self._show_found()

    @Slot()
    def _on_cancel(self) -> None:
        self._question.drop()
        if self._found is None:
            self.words.setText(CANCELLED)
        self._show_found()

    @property
    def _run(self) -> OpenRun | None:
        return self._store.get(self._key)

    def _show_found(self) -> None:
        found, run = self._found, self._run
        self.strip.show_found(found, None if run is None else run.description)
        waits = self._question.waits
        self._waiting.setVisible(waits)
        self.cancel.setEnabled(waits)
        for button in (self.use, self.save):
            button.setEnabled(found is not None)
        turn = None
        if found is not None and run is not None:
            words = f"turns to {class_text(run.description, found.to_class)}"
            turn = MarkedTurn(run.key, tuple(map(float, found.code)), found.sample, words, found.waypoints)
        if self.isVisible():
            self._counterfactuals.show(turn)

    def show_view(self, old: View, new: View) -> None:
        """Show whether decision regions are on."""
        self.regions.setChecked(REGIONS in new.overlays)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the search."""
        self._end()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close by Esc or the button."""
        self._end()
        super().reject()

    def _end(self) -> None:
        self._question.drop()
        # The mark stays on the plane only while the path is the line through it.
        self._counterfactuals.close()

    # What the user does

    @Slot()
    def _on_use(self) -> None:
        found, run = self._found, self._run
        if found is None or run is None:
            return
        # The end lies beyond the change: a path that stopped there would not show the other class.
        start, end = found.waypoints
        path = LatentPath(run.key, (Waypoint(start, found.sample), Waypoint(end)), t=found.turn)
        self._session.set_step("use the counterfactual as path", path=path)

    @Slot(bool)
    def _on_regions(self, shown: bool) -> None:
        overlays = self._session.view.overlays
        self._session.set(overlays=overlays | {REGIONS} if shown else overlays - {REGIONS})

    @Slot(int)
    def _on_picked(self, step: int) -> None:
        if self._found is not None:
            self._session.set(probe=Probe(self._key, tuple(map(float, self._found.strip.codes[step]))))

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        if key == self._key:
            self.close()

    def _save(self, title: str, ending: str, kinds: Mapping[str, str], write: Callable[[Path], None]) -> None:
        run = self._run
        if run is None or self._found is None:
            return
        path = ask_path(self, title, f"{run.name}-counterfactual-{self._sample}.{ending}", kinds)
        if path is not None:
            self._tasks.save(path, lambda _: write(path))

    @Slot()
    def _on_save_strip(self) -> None:
        found, run, dark = self._found, self._run, self._themes.theme.dark

        def write(path: Path) -> None:
            from explorer.plot.decodes.blend_figure import (
                counterfactual_sheet,  # not above: matplotlib takes long to import
            )
            from explorer.plot.decodes.sheets import new_sheet
            from explorer.plot.figures import save_figure

            assert found is not None
            assert run is not None
            save_figure(path, new_sheet(counterfactual_sheet(found, run.description, SIDE), dark=dark))

        self._save("Save strip", "png", FIGURE_KINDS, write)

    @Slot()
    def _on_save_film(self) -> None:
        found, run = self._found, self._run
        if found is not None and run is not None:
            about, dark = run.description, self._themes.theme.dark
            self._save(
                "Save animation", "gif", FILM_KINDS,
                lambda path: save_counterfactual_film(path, found, about, dark=dark),
            )  # fmt: skip

    @Slot()
    def _on_save_numbers(self) -> None:
        found, run = self._found, self._run
        if found is None or run is None:
            return
        about = run.description

        def write(path: Path) -> None:
            if path.suffix.lower() == ".npz":
                save_counterfactual_arrays(path, found)
            else:
                save_counterfactual_table(path, found, about)

        self._save("Save numbers", "npz", {"npz": "NumPy arrays", "csv": "CSV table"}, write)

    @Slot()
    def _on_copy_picture(self) -> None:
        QGuiApplication.clipboard().setPixmap(self.strip.grab())
        self._messages.remark("The picture is copied")

    @Slot()
    def _on_copy(self) -> None:
        if (run := self._run) is not None:
            wanted = self.choice.currentData()
            name = "" if wanted is None else run.description.class_names[wanted]
            self._messages.copy_command(with_weights(counterfactual_command(run.key, self._sample, name), run))
