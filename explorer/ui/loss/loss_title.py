"""Title of a pane: which terms of the loss its run keeps, and the loss with the dropped term struck out."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from explorer.jobs.experiments.loss_experiment import loss_title, member_parts
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.variational.loss_text import loss_html, loss_text
from explorer.ui.widgets.identity import set_identity


class LossTitle(QLabel):
    """One line, or two in a narrow pane; hidden for a run outside an experiment that keeps the whole loss."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, wordWrap=True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setProperty("role", "small")
        self.setMinimumWidth(1)  # a narrow pane cuts the text instead of growing
        self.hide()

    def set_number(self, number: int) -> None:
        """Set the object name from the pane's number, counted from 1."""
        set_identity(self, f"pane_loss_{number}", accessible="Loss")

    def show_run(self, run: OpenRun | None) -> None:
        """Show a run's loss; hide for None."""
        kept = "" if run is None else loss_title(run.config.model, run.group)
        if run is None or not kept:
            self.hide()
            return
        parts = member_parts(run.config.model)
        # The head of the pane names the member of an experiment.
        title = "Loss:" if run.group is not None else f"<b>{_on_one_line(kept)}</b>"
        self.setText(f"{title} &nbsp;{_on_one_line(loss_html(parts))}")
        self.setToolTip(f"Loss that training minimizes: {loss_text(parts)}, in nats per sample")
        self.setAccessibleDescription(f"{kept}: {loss_text(parts)}")
        self.show()


def _on_one_line(html: str) -> str:
    """Replace spaces by non-breaking ones, so that a line breaks only between title and loss."""
    return html.replace(" ", "&nbsp;")
