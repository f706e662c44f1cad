"""The panel of an experiment on the loss: a text that follows the figures, and a ladder's rate-distortion curve."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from explorer.export.tables import LossRow, save_loss_table
from explorer.jobs.experiments.loss_findings import in_order, rate_distortion
from explorer.jobs.experiments.loss_group import chosen
from explorer.jobs.experiments.loss_report import COLUMNS, HEADINGS, LossReport
from explorer.models.variational.loss_text import loss_text
from explorer.runs.files import replace_json
from explorer.runs.run_group import GroupKind
from explorer.session import MAX_PANES
from explorer.ui.loss.loss_watch import LossWatch
from explorer.ui.loss.rate_plot import RatePlot
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import close_button, compact_button, resize_to_text, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path, widgets_as_bytes, write_bytes
from explorer.ui.widgets.windows import bring_to_front

REPORT_KINDS = {"md": "Report as Markdown", "json": "Report as JSON", "csv": "Figures as CSV table"}
NOTHING = (
    "Run › Loss ablation… trains one model with only KL, only reconstruction, and both. Run › β "
    "ladder… trains it once for each β. The results appear here."
)
NO_POINTS = "Points appear with the first validation of each run."
HEADS: dict[GroupKind, str] = {"ablation": "Loss ablation", "ladder": "β ladder"}
MIN_LINES = 5
"""Lines of text below which the report is not shown in the panel, but in a window of its own only."""
CURVE_SHARE = 0.4
"""Share of the panel's width for the curve, beside the text."""


class LossPanel(QFrame):
    """The active run's experiment, live while it trains.

    Signals
    -------
    offered_changed : str
        Title of the panel's tab; "" if the active run belongs to no experiment.
    """

    offered_changed = Signal(str)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "loss_panel", accessible="Loss experiment").setProperty("panel", "true")
        self._themes = themes
        self._tasks, self._opener, self._trainings = state.tasks, state.opener, state.trainings
        self._session, self._units = state.session, state.units
        self.offered = ""  # the title last emitted
        self._window: ReportDialog | None = None
        self.watch = LossWatch(state, self)
        self.curve = RatePlot()
        self._build()
        self.watch.changed.connect(self._show)
        state.units.changed.connect(self._show)
        for signal in (state.store.opened, state.store.details_changed, state.store.closed, state.figures.changed):
            signal.connect(self._show_buttons)
        self.curve.chosen.connect(self._open)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self._show()

    @property
    def words(self) -> str:
        """The text shown, without markup."""
        return self._text.toPlainText()

    @property
    def reads_in_window(self) -> bool:
        """Whether a press of the tab opens the report in its window: that of an ablation is longer than the row."""
        report = self.watch.report
        return report is not None and report.kind == "ablation"

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu that saves the report or the curve."""
        self.menu.popup(event.globalPos())

    @Slot()
    def save_report(self) -> None:
        """Ask for a file and save the report: all as JSON, the text as Markdown, or the figures as CSV."""
        report = self.watch.report
        if report is None:
            return
        path = ask_path(self, "Save report", f"{self._file_name(report)}.md", REPORT_KINDS)
        if path is not None:
            self._tasks.save(path, lambda _: save_report(path, report))

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and save the curve as PNG, SVG or PDF."""
        report = self.watch.report
        if report is None or report.kind != "ladder":
            return
        path = ask_path(self, "Save curve", f"{self._file_name(report)}-curve.png", FIGURE_KINDS)
        if path is not None:
            margin = self.fontMetrics().height() // 2
            data = widgets_as_bytes([self.curve], path.suffix, margin, self._themes.theme.panel)
            self._tasks.save(path, lambda _: write_bytes(path, data))

    @Slot()
    def show_runs(self) -> None:
        """Show the experiment's runs in the panes; of more runs than panes, equally spaced ones."""
        report = self.watch.report
        if report is None:
            return
        self._opener.open_instead(chosen(report.findings, MAX_PANES))

    @Slot()
    def enlarge(self) -> None:
        """Show the report in a window of its own, which follows the experiment."""
        if self._window is None:
            self._window = ReportDialog(self.window())
            self._window.save_wanted.connect(self.save_report)
        self._window.show_report(self._head.text(), self._html)
        bring_to_front(self._window)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the report if a few lines of it have room."""
        super().resizeEvent(event)
        room = self.height() - self._head.sizeHint().height() - 3 * self._column.spacing()
        self._body.setVisible(room >= MIN_LINES * self.fontMetrics().lineSpacing())

    @Slot()
    def stop_all(self) -> None:
        """Stop the experiment's trainings; each saves a checkpoint."""
        for key in self.watch.training:
            self._trainings.stop(key)

    @Slot()
    def resume(self) -> None:
        """Train to their end the runs that were stopped."""
        # Read before show_runs: opening runs changes the report.
        unfinished = self.watch.unfinished
        self.show_runs()
        for finding in unfinished:
            self._trainings.train_further(str(finding.path))

    def _build(self) -> None:
        self._head = set_identity(QLabel(), "loss_head", accessible="Experiment")
        self._head.setProperty("role", "head")
        self._state = set_identity(QLabel(), "loss_state", accessible="Progress")
        self._state.setProperty("role", "muted")
        self._show_button = tool_button(
            "loss_show_runs", "Show runs", "Show up to four runs of the experiment in panes"
        )
        self._stop_button = tool_button("loss_stop_all", "Stop all", "Stop and save all runs of the experiment")
        self._resume_button = tool_button("loss_resume", "Resume", "Continue the runs that were stopped")
        self._enlarge_button = tool_button("loss_enlarge", "", "Read the report in a window of its own")
        self._enlarge_button.setAccessibleName("Enlarge the report")
        self._save_button = tool_button("loss_save", "Save report…", "Save text and figures as Markdown, JSON or CSV")
        self._buttons = (
            self._show_button,
            self._stop_button,
            self._resume_button,
            self._save_button,
            self._enlarge_button,
        )
        slots = (self.show_runs, self.stop_all, self.resume, self.save_report, self.enlarge)
        for button, slot in zip(self._buttons, slots, strict=True):
            button.clicked.connect(slot)
        self.menu = set_identity(QMenu(self), "loss_menu", accessible="Loss experiment")
        self.menu.addAction("Save report…", self.save_report)
        self._picture = self.menu.addAction("Save curve as picture…", self.save_picture)
        self._text = _report_view("loss_words")
        self._body = set_identity(QSplitter(Qt.Orientation.Horizontal), "loss_splitter", accessible="Curve and results")
        # A collapsed curve could not be found again.
        self._body.setChildrenCollapsible(False)
        for widget in (self.curve, self._text):
            self._body.addWidget(widget)
        self._body.setSizes([round(1000 * CURVE_SHARE), round(1000 * (1 - CURVE_SHARE))])
        top = QHBoxLayout()
        top.addWidget(self._head)
        top.addWidget(self._state, 1)
        for button in self._buttons:
            top.addWidget(button)
        self._column = QVBoxLayout(self)
        # The panel may be lower than its report, which it hides then.
        self._column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self._column.addLayout(top)
        self._column.addWidget(self._body, 1)

    @Slot()
    def _show(self) -> None:
        report = self.watch.report
        offered = "" if report is None else HEADINGS[report.kind]
        if offered != self.offered:
            self.offered = offered
            self.offered_changed.emit(offered)
        self._head.setText("Loss" if report is None else HEADS[report.kind])
        self._html = f"<p>{NOTHING}</p>" if report is None else report.to_html(self._units.unit)
        set_html(self._text, self._html)
        if self._window is not None:
            self._window.show_report(self._head.text(), self._html)
        self.curve.setVisible(report is not None and report.kind == "ladder")
        if report is not None and report.kind == "ladder":
            self.curve.show_points(*rate_distortion(report.findings), NO_POINTS, self._units.unit)
        self._picture.setVisible(report is not None and report.kind == "ladder")
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        report, training = self.watch.report, self.watch.training
        # Stop and Resume exclude each other.
        self._stop_button.setVisible(bool(training))
        self._resume_button.setVisible(not training and bool(self.watch.unfinished))
        shown = {pane.run for pane in self._session.view.panes}
        wanted = () if report is None else chosen(report.findings, MAX_PANES).paths
        # Nothing to do if all of them are in panes already.
        self._show_button.setVisible(bool(set(map(str, wanted)) - shown))
        for button in (self._save_button, self._enlarge_button):
            button.setVisible(report is not None)
        self._state.setText("" if report is None else _state(report, len(training), self.watch.waiting_words))

    @Slot(object)
    def _open(self, path: Path) -> None:
        self._opener.open_by_user(path)

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        gap = round(8 * scale)
        self._column.setContentsMargins(round(12 * scale), gap, gap, round(6 * scale))
        self._column.setSpacing(round(4 * scale))
        self.curve.apply_theme(theme, scale)
        self.curve.setMinimumWidth(round(220 * scale))
        self._enlarge_button.setIcon(icon("enlarge", theme))
        for button in self._buttons:
            button.setStyleSheet(compact_button(self._themes))
        self._show()

    def _file_name(self, report: LossReport) -> str:
        return f"{Path(report.findings[0].config.data.source).stem}-{report.kind}"


class ReportDialog(QDialog):
    """The report of an experiment in a window of its own, as high as the screen allows.

    Signals
    -------
    save_wanted
        The report is to be saved.
    """

    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "loss_report_dialog", accessible="Report")
        self._text = _report_view("loss_report_text")
        column = QVBoxLayout(self)
        column.addWidget(self._text, 1)
        buttons = close_button(self, "loss_report")
        save = buttons.addButton("Save report…", QDialogButtonBox.ButtonRole.ActionRole)
        set_identity(save, "loss_report_save", "Save text and figures as Markdown, JSON or CSV", "Save report")
        save.clicked.connect(self.save_wanted)
        column.addWidget(buttons)
        resize_to_text(self, 62, 60)

    def show_report(self, title: str, html: str) -> None:
        """Show a report; the scroll position is kept."""
        self.setWindowTitle(title)
        set_html(self._text, html)


def _report_view(name: str) -> QTextBrowser:
    view = set_identity(QTextBrowser(), name, "Results of the experiment")
    # Links in the report are not pages that the text widget could load.
    view.setOpenLinks(False)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setWordWrapMode(QTextOption.WrapMode.WordWrap)  # a wide table scrolls instead of breaking words
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    # The text is part of the panel, not a white page in it.
    view.viewport().setAutoFillBackground(False)
    view.setStyleSheet("QTextBrowser { background: transparent; border: none; padding: 0; }")
    return view


def set_html(view: QTextBrowser, html: str) -> None:
    """Set the text and keep the scroll position, so that reports during training do not interrupt reading."""
    bar = view.verticalScrollBar()
    at = bar.value()
    view.setHtml(html)
    bar.setValue(at)


def save_report(path: Path, report: LossReport) -> None:
    """Write a report in the format of the path's ending: .md, .json or .csv."""
    if path.suffix.lower() == ".json":
        replace_json(path, report.to_json())
    elif path.suffix.lower() == ".csv":
        save_loss_table(path, [_row(report, index) for index in range(len(report.findings))], COLUMNS)
    else:
        write_bytes(path, report.to_markdown().encode())


def _row(report: LossReport, index: int) -> LossRow:
    one = in_order(report.findings)[index]
    losses = one.validation_kl, one.validation_reconstruction
    return one.title, loss_text(one.parts), one.beta, one.epoch, *losses, one.figures


def _state(report: LossReport, training: int, waiting: str) -> str:
    if training:
        return f"{training} of {len(report.findings)} in training"
    # Figures need a full pass over the test split, and arrive later than the losses.
    missing = sum(finding.figures is None for finding in report.findings)
    if missing:
        why = f": {waiting}" if waiting and waiting != "not measured yet" else ""
        return f"{missing} of {len(report.findings)} without figures{why}"
    return "measured on the test split"
