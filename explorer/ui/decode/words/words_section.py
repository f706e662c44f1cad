"""Of a run of words: a search, the words nearest to the probe, and analogies."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import DataError
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.run_words import RunWords, words_of
from explorer.latent.codes.words import NearWord
from explorer.session import Probe
from explorer.ui.decode.words.analogy_box import AnalogyBox
from explorer.ui.decode.words.word_field import WordField
from explorer.ui.decode.words.word_list import WordList
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

NEAREST = 8


class WordsSection(QWidget):
    """Shows itself for runs of words alone: for the probe's run, or before the first click the active pane's."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._run = ""
        self._words: RunWords | None = None
        self.search = WordField("word_search", "Type a word and press Enter to go to it", "Find a word")
        self._message = set_identity(QLabel(wordWrap=True), "word_search_words", accessible="About the search")
        self._message.setProperty("role", "error")
        self._head = QLabel("NEAREST WORDS, BY COSINE")
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
        completer = self.search.completer()
        completer.activated.connect(self._on_search)
        self.nearest.picked.connect(self._on_near)
        self.analogy.picked.connect(self._on_answer)
        state.store.plane_changed.connect(self._on_plane)
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Show what belongs to the present View."""
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
        z = _place(run, view.probe)
        self._head.setVisible(z is not None)
        near = () if z is None else words.space.nearest(z, NEAREST + 1)
        own = view.probe.sample if view.probe is not None else None
        self.nearest.show_words([word for word in near if words.sample_of(word) != own][:NEAREST])

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        if key == self._run or not self._run:
            self.refresh()

    @Slot()
    def _on_search(self) -> None:
        if self._words is None or not self.search.text().strip():
            return
        try:
            self._probing.probe_sample(self._run, self._words.sample_named(self.search.text()))
        except DataError as error:
            self._message.setText(str(error))
            self._message.show()

    @Slot(object)
    def _on_near(self, word: NearWord) -> None:
        if self._words is not None:
            self._probing.probe_sample(self._run, self._words.sample_of(word))

    @Slot(object, object)
    def _on_answer(self, asked: tuple[str, ...], answer: NearWord) -> None:
        """Put the probe on an answer, and ring all four words where the pane is the one that is spoken of."""
        words, session = self._words, self._session
        if words is None:
            return
        sample = words.sample_of(answer)
        z = self._store.code_of(self._run, sample)
        if z is None:
            return
        changes = {"probe": Probe(self._run, z, sample)}
        if session.view.active_run == self._run:
            ringed = tuple(sorted({sample, *(words.sample_named(word) for word in asked)}))
            session.set(selection=ringed, **changes)
        else:
            session.set(**changes)


def _place(run: OpenRun, probe: Probe | None) -> tuple[float, ...] | None:
    """Return the probe's z: of a word, where its vector is now."""
    if probe is None or probe.run != run.key or run.plane is None or len(probe.z) != run.latent_dim:
        return None
    row = None if probe.sample is None else run.plane.row_of(probe.sample)
    return probe.z if row is None else tuple(map(float, run.plane.mean[row]))
