"""What the user's own classifier takes the decode for."""

from PySide6.QtWidgets import QLabel, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.user_model.user_prediction import AskClassifier, Prediction
from explorer.jobs.workers.inference import Answer
from explorer.ui.decode.decoded import Decoded
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.widgets.identity import set_identity


class PredictionLine(QLabel):
    """One line under the decode of a model of the user's own, "classified as 7 (83 %)"; hidden without a classifier.

    It asks about each new decode of the probe's run, and keeps the last verdict until the next one comes.
    """

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(
            self,
            "decode_verdict",
            "Class that your classifier predicts for this decode",
            "Prediction of your classifier",
        )
        self.setWordWrap(True)
        self.setProperty("role", "title")
        self._store = state.store
        self._asked: object = None
        self._run: OpenRun | None = None
        self._sample: int | None = None
        self._question = LiveQuestion(state.asker, self._on_answer, parent=self)
        self.hide()

    def show_decoded(self, decoded: Decoded) -> None:
        """Ask about the decode of the probe's run."""
        probe = decoded.probe
        run = self._store.runs.get(probe.run) if probe is not None else None
        own = decoded.of(run.key) if run is not None else None
        if run is None or not run.is_own:
            self._run = self._asked = None
            self._question.drop()
            self.setText("")
            self.hide()
            return
        self._run, self._sample = run, None if probe is None else probe.sample
        if own is not None and own.picture is not self._asked:
            self._asked = own.picture
            self._question.ask(AskClassifier(run.key, own.picture), supersedes=False)

    def _on_answer(self, answer: Answer) -> None:
        if self._run is not None:
            self.setText(prediction_text(answer.value, _label_of(self._run, self._sample)))
            self.setVisible(bool(self.text()))


def prediction_text(verdict: Prediction | None, label: str) -> str:
    """Say a verdict, and the sample's own class where it is another; "" without a classifier."""
    if verdict is None:
        return ""
    share = "" if verdict.share is None else f" ({verdict.share:.0%})".replace("%", " %")
    other = f", but the sample is {label}" if label and label != verdict.class_name else ""
    return f"Classified as {verdict.class_name}{share}{other}"


def _label_of(run: OpenRun, sample: int | None) -> str:
    """Name the class of a sample; "" where it is not known, and for a place."""
    row = run.plane.row_of(sample) if run.plane is not None and sample is not None else None
    if row is None or run.plane is None or run.plane.labels is None:
        return ""
    label, names = int(run.plane.labels[row]), run.description.class_names
    return names[label] if 0 <= label < len(names) else ""
