"""What a pane's run keeps of its loss, and the loss itself with the dropped term struck out."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from explorer.jobs.experiments.loss_experiment import loss_title, member_parts
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.variational.loss_text import loss_html, loss_text
from explorer.ui.widgets.identity import set_identity


class LossTitle(QLabel):
    """One line, or two in a narrow pane; hidden for a run that is in no experiment and keeps all of its loss."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, wordWrap=True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setProperty("role", "small")
        self.setMinimumWidth(1)  # a narrow pane cuts it rather than growing wider than its neighbours
        self.hide()

    def set_number(self, number: int) -> None:
        """Name it after its pane, counted from 1."""
        set_identity(self, f"pane_loss_{number}", accessible="Loss")

    def show_run(self, run: OpenRun | None) -> None:
        """Write the run's loss."""
        kept = "" if run is None else loss_title(run.config.model, run.group)
        if run is None or not kept:
            self.hide()
            return
        parts = member_parts(run.config.model)
        self.setText(f"<b>{_whole(kept)}</b> &nbsp;{_whole(loss_html(parts))}")
        self.setToolTip(f"Loss that training minimizes: {loss_text(parts)}, in nats per sample")
        self.setAccessibleDescription(f"{kept}: {loss_text(parts)}")
        self.show()


def _whole(html: str) -> str:
    """Keep words on one line: it breaks between the title and the loss alone."""
    return html.replace(" ", "&nbsp;")
