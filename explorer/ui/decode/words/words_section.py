"""Section for runs on word vectors: a search field, the words nearest to the probe, and analogies."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import DataError
from explorer.jobs.runs.open_run import OpenRun, RunWords, words_of
from explorer.latent.codes.words import NearWord
from explorer.session import Probe
from explorer.ui.decode.words.word_list import WordField, WordList
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

ANSWERS = 6
_BETWEEN = (":", "=", ":")
_TIPS = (
    "The first word, a of a : b = c : ?",
    "The counterpart of the first word, b of a : b = c : ?",
    "The word to find the counterpart of, c of a : b = c : ?",
)


class AnalogyBox(QWidget):
    """Analogies by vector arithmetic: three words a, b and c, and the best d for "a is to b as c is to d".

    Answers are ranked by 3CosAdd (Levy and Goldberg 2014).

    Signals
    -------
    picked : tuple, NearWord
        The three words of the analogy, and the answer that was clicked.
    """

    picked = Signal(object, object)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: RunWords | None = None
        head = QLabel("Analogy  a : b = c : ?")
        head.setProperty("role", "head")
        self.fields = [WordField(f"analogy_{letter}", tip, letter) for letter, tip in zip("abc", _TIPS, strict=True)]
        row = QHBoxLayout()
        row.setSpacing(4)
        for field, sign in zip(self.fields, _BETWEEN, strict=True):
            row.addWidget(field, 1)
            row.addWidget(QLabel(sign))
            field.textChanged.connect(self._answer)
        row.addWidget(QLabel("?"))
        self._message = set_identity(QLabel(wordWrap=True), "analogy_words", accessible="About the analogy")
        self._message.setProperty("role", "muted")
        self.answers = WordList(themes, "analogy_answers", "cos(d, b) − cos(d, a) + cos(d, c)")
        self.answers.picked.connect(self._on_picked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(head)
        column.addLayout(row)
        for widget in (self._message, self.answers):
            column.addWidget(widget)

    def show_words(self, words: RunWords) -> None:
        """Answer from the vectors of these words from now on."""
        # Training replaces the object with each report; typing must not be disturbed for the same one.
        if words is not self._words:
            self._words = words
            for field in self.fields:
                field.offer(words.space.words)
            # The vectors may have moved, so that the same three words may have other answers.
            self._answer()

    @property
    def asked(self) -> tuple[str, ...]:
        """The three words as typed, without surrounding spaces."""
        return tuple(field.text().strip() for field in self.fields)

    @Slot()
    def _answer(self) -> None:
        if self._words is None:
            return
        problem = ""
        found: tuple[NearWord, ...] = ()
        for field in self.fields:
            # An empty field is not wrong, only unfinished.
            field.mark_wrong(bool(field.text().strip()) and not self._knows(field.text()))
        if all(self.asked):
            try:
                a, b, c = self.asked
                # Three matrix products over the vocabulary: fast enough for each key press.
                found = self._words.space.analogy(a, b, c, ANSWERS)
            except DataError as error:
                # Raised for words that are not in the vocabulary.
                problem = str(error)
        hint = "Enter three words; the best answers by 3CosAdd appear here (a, b and c excluded)."
        self._message.setText(problem or ("" if found else hint))
        self._message.setVisible(bool(self._message.text()))
        self.answers.show_words(found)

    def _knows(self, word: str) -> bool:
        assert self._words is not None
        return self._words.space.has(word)

    @Slot(object)
    def _on_picked(self, answer: NearWord) -> None:
        self.picked.emit(self.asked, answer)


NEAREST = 8


class WordsSection(QWidget):
    """The words of the probe's run, or of the active pane's run without a probe; hidden for all other runs."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._run = ""
        self._words: RunWords | None = None
        self.search = WordField("word_search", "Type a word and press Enter to go to it", "Find a word")
        self._message = set_identity(QLabel(wordWrap=True), "word_search_words", accessible="About the search")
        self._message.setProperty("role", "error")
        self._head = QLabel("Nearest words, by cosine")
        self._head.setProperty("role", "head")
        self.nearest = WordList(themes, "nearest_word_list", "cosine")
        self.analogy = AnalogyBox(themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        for widget in (self.search, self._message, self._head, self.nearest, self.analogy):
            column.addWidget(widget)
        self._message.hide()
        self.search.returnPressed.connect(self._on_search)
        self.search.textChanged.connect(self._message.hide)
        # A click in the completion popup is a search, too.
        completer = self.search.completer()
        completer.activated.connect(self._on_search)
        self.nearest.picked.connect(self._on_near)
        self.analogy.picked.connect(self._on_answer)
        state.store.plane_changed.connect(self._on_plane)
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Show what belongs to the current View."""
        # The probe's own run comes first: its z is what the nearest words are of.
        view = self._session.view
        key = view.probe.run if view.probe is not None else view.active_run
        run = self._store.runs.get(key or "")
        words = words_of(run)
        self.setVisible(words is not None)
        if words is None or run is None:
            return
        self._run, self._words = run.key, words
        self.search.offer(words.space.words)
        self.analogy.show_words(words)
        z = _current_code(run, view.probe)
        self._head.setVisible(z is not None)
        # One more than is shown, as the probe's own word is among them and is left out.
        near = () if z is None else words.space.nearest(z, NEAREST + 1)
        probed = view.probe.sample if view.probe is not None else None
        self.nearest.show_words([word for word in near if words.sample_of(word) != probed][:NEAREST])

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        # Before the first refresh any plane may be the one to show.
        if key == self._run or not self._run:
            self.refresh()

    @Slot()
    def _on_search(self) -> None:
        if self._words is None or not self.search.text().strip():
            return
        try:
            self._probing.probe_sample(self._run, self._words.sample_named(self.search.text()))
        # The word is not in the vocabulary: say so beside the field instead of in a dialog.
        except DataError as error:
            self._message.setText(str(error))
            self._message.show()

    @Slot(object)
    def _on_near(self, word: NearWord) -> None:
        if self._words is not None:
            self._probing.probe_sample(self._run, self._words.sample_of(word))

    @Slot(object, object)
    def _on_answer(self, analogy_words: tuple[str, ...], answer: NearWord) -> None:
        """Move the probe to an answer, and select all four words if their run's pane is the active one."""
        words, session = self._words, self._session
        if words is None:
            return
        sample = words.sample_of(answer)
        z = self._store.code_of(self._run, sample)
        # The plane has no code for the word yet.
        if z is None:
            return
        changes = {"probe": Probe(self._run, z, sample)}
        # A selection means rows of the active run; in another pane it would mark other samples.
        if session.view.active_run == self._run:
            ringed = tuple(sorted({sample, *(words.sample_named(word) for word in analogy_words)}))
            session.set(selection=ringed, **changes)
        else:
            session.set(**changes)


def _current_code(run: OpenRun, probe: Probe | None) -> tuple[float, ...] | None:
    """Return the probe's z; for a word, its current vector, which moves while the run trains."""
    if probe is None or probe.run != run.key or run.plane is None or len(probe.z) != run.latent_dim:
        return None
    row = None if probe.sample is None else run.plane.row_of(probe.sample)
    return probe.z if row is None else tuple(map(float, run.plane.mean[row]))
