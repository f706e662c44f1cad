"""The line below the header of a pane: what the codes of its run show, its loss, or the one thing to know about it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from explorer.jobs.experiments.codes_finding import codes_finding, wants_finding
from explorer.jobs.experiments.loss_experiment import loss_title, member_parts, name_forms
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.information.discrete import Unit
from explorer.models.terms import NATS
from explorer.models.variational.loss_text import LossPart, loss_html, loss_text
from explorer.ui.plane.pane.notice_line import NoticeLine
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel, short_forms

LINE_HEIGHT = 22
"""Height of the line, in pixels at scale 1."""
LOSS_TIP = "Loss that training minimizes: {}, in {}"


class PaneLines(QWidget):
    """One line: the first of these that exists. Without any, it takes no room.

    1. A notice. In a loss experiment the sentence about the codes takes its place if it says the same, else follows it.
    2. A name without room in the header.
    3. What the points are.
    4. What the codes show, in a loss experiment.
    5. The terms of the loss.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._words = ""
        self._measured: PlaneCodes | None = None
        self._run: OpenRun | None = None
        # Names of runs often differ in their last characters.
        self._name, self._note = FittingLabel(elide=Qt.TextElideMode.ElideMiddle), FittingLabel()
        self._units = state.units
        self._loss, self._finding = LossTitle(), FittingLabel()
        self._name.setProperty("role", "small")
        self._note.setProperty("role", "small")
        self._finding.setProperty("role", "small")
        self._loss.setWordWrap(False)
        self.notice = NoticeLine(state, themes)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for part in (self._name, self._note, self._finding, self._loss, self.notice):
            self._row.addWidget(part)
        state.diagnoses.changed.connect(self._show_first)
        state.units.changed.connect(self._on_unit)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1; it is part of the object names."""
        set_identity(self._name, f"pane_name_below_{number}", accessible="Run")
        set_identity(self._note, f"pane_note_{number}", accessible="What the points are")
        set_identity(self._finding, f"pane_finding_{number}", accessible="What the codes show")
        self._loss.set_number(number)
        self.notice.set_number(number)
        self._show_first()

    def show_name(self, name: str) -> None:
        """Show a name that does not fit into the header; "" if it fits."""
        self._name.set_forms(*(name_forms(name) if name else ()))
        self._show_first()

    def show_note(self, words: str) -> None:
        """Show a note on the points; none for ""."""
        self._words = words
        self._note.set_forms(*(short_forms(words) if words else ()))
        self._show_first()

    def show_run(self, key: str, run: OpenRun | None) -> None:
        """Show the notices and the loss of another run."""
        self._run = run
        self.notice.show_run(key)
        self.show_codes(None if run is None else run.plane)
        self._show_first()

    def show_codes(self, codes: PlaneCodes | None) -> None:
        """Show what the codes of the run show; codes that were measured already are not measured again."""
        run, before = self._run, self._measured
        self._measured = codes
        if run is None or not wants_finding(run.config, run.group):
            self._set_finding(())
        elif codes is not before or not self._finding.forms:
            self._set_finding(codes_finding(codes, run.capabilities, self._units.unit))

    @Slot()
    def _on_unit(self) -> None:
        codes, self._measured = self._measured, None
        self.show_codes(codes)
        self._show_first()

    def _set_finding(self, forms: tuple[str, ...]) -> None:
        self._finding.set_forms(*forms)
        self._finding.setToolTip(self._loss.about(forms[0], self._run, self._units.unit) if forms else "")
        self.notice.set_finding(forms)
        self._show_first()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the loss out if it would be cut."""
        super().resizeEvent(event)
        self._show_first()

    @Slot()
    def _show_first(self) -> None:
        """Show the first of the five that exists."""
        self._loss.show_run(self._run, self._units.unit)
        has_notice, has_loss = bool(self.notice.notices), not self._loss.isHidden()
        self._name.setVisible(bool(self._name.longest) and not has_notice)
        self._note.setVisible(bool(self._words) and not has_notice and not self._name.longest)
        fits = self._loss.sizeHint().width() <= self.width() or not self.isVisible()
        # Read again: what was shown before may have moved the name here.
        has_name = bool(self._name.longest)
        free = not has_notice and not has_name and not self._words
        has_finding = bool(self._finding.longest)
        self._finding.setVisible(free and has_finding)
        self._loss.setVisible(has_loss and fits and free and not has_finding)
        self.setVisible(has_notice or has_name or has_loss or has_finding or bool(self._words))

    @Slot()
    def _apply_theme(self) -> None:
        self.setFixedHeight(round(LINE_HEIGHT * self._themes.scale))


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

    def about(self, finding: str, run: OpenRun | None, unit: Unit) -> str:
        """Return a finding with the loss that led to it, for a tooltip."""
        return finding if run is None else f"{finding}\n{_loss_tip(member_parts(run.config.model), unit)}"

    def show_run(self, run: OpenRun | None, unit: Unit) -> None:
        """Show a run's loss; hide for None."""
        kept = "" if run is None else loss_title(run.config.model, run.group)
        if run is None or not kept:
            self.hide()
            return
        parts = member_parts(run.config.model)
        # The head of the pane names the member of an experiment.
        title = "Loss:" if run.group is not None else f"<b>{_on_one_line(kept)}</b>"
        self.setText(f"{title} &nbsp;{_on_one_line(loss_html(parts))}")
        self.setToolTip(_loss_tip(parts, unit))
        self.setAccessibleDescription(f"{kept}: {loss_text(parts)}")
        self.show()


def _loss_tip(parts: Sequence[LossPart], unit: Unit) -> str:
    return LOSS_TIP.format(loss_text(parts), unit.label(NATS))


def _on_one_line(html: str) -> str:
    """Replace spaces by non-breaking ones, so that a line breaks only between title and loss."""
    return html.replace(" ", "&nbsp;")
