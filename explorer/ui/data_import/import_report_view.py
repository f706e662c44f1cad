"""Shows the report of an import under four heads, with a button for each choice that it offers."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from explorer.data.report import ImportReport, LeftOut
from explorer.jobs.runs.settings import in_labels
from explorer.ui.widgets.identity import set_identity

FEW = 5
"""Number of items that the line of `LeftOut` names itself."""
LIST_LINES = 6
"""Height of an opened list of items."""


class ImportReportView(QWidget):
    """What was understood, changed and left out, what to check, and what is offered.

    Signals
    -------
    offered : Offer
        The user takes an offer.
    recipe_chosen : str
        The user takes a recipe that fits.
    """

    offered = Signal(object)
    recipe_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "import_report", accessible="What was understood, changed and left out")
        self._shown: tuple[ImportReport, tuple[str, ...]] = (ImportReport(), ())
        self._page = QWidget()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._page)

    def show_report(self, report: ImportReport, recipes: Sequence[str] = ()) -> None:
        """Show a report, and the names of the recipes that fit the file."""
        if (report, tuple(recipes)) == self._shown:
            return
        self._shown = report, tuple(recipes)
        # A new page: a report has any number of lines, and all of them may differ.
        old, self._page = self._page, QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        # What needs a decision comes first.
        self._add(column, "Please check", [_line(text, "warning") for text in report.warnings])
        self._add(column, "Suggestions", self._offers(report, recipes))
        self._add(column, "Understood", [_line(text) for text in report.understood])
        self._add(column, "Changed", [_line(text) for text in report.changed])
        self._add(column, "Left out", [_LeftOutRow(each, number) for number, each in enumerate(report.left_out)])
        self._layout.replaceWidget(old, self._page)
        old.hide()
        old.deleteLater()

    def _offers(self, report: ImportReport, recipes: Sequence[str]) -> list[QWidget]:
        rows: list[QWidget] = []
        for number, offer in enumerate(report.offers):
            row, button = _offer_row(f"import_offer_{number}", in_labels(offer.text))
            button.clicked.connect(partial(self.offered.emit, offer))
            rows.append(row)
        for number, name in enumerate(recipes):
            row, button = _offer_row(f"import_recipe_{number}", f"use the recipe “{name}”, which fits these columns")
            button.clicked.connect(partial(self.recipe_chosen.emit, name))
            rows.append(row)
        return rows

    @staticmethod
    def _add(column: QVBoxLayout, title: str, rows: Sequence[QWidget]) -> None:
        if rows:
            head = QLabel(title)
            head.setProperty("role", "head")
            column.addSpacing(4)
            for widget in (head, *rows):
                column.addWidget(widget)


class _LeftOutRow(QWidget):
    """What was left out, with a button that shows all items if there are many."""

    def __init__(self, left_out: LeftOut, number: int) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_line(left_out.text))
        if len(left_out.items) <= FEW:
            return
        listed = f"{len(left_out.items):,}"
        all_of_them = f"Show all {listed}" if len(left_out.items) == left_out.count else f"Show the first {listed}"
        self._texts = all_of_them, "Hide the list"
        self._button = set_identity(
            QPushButton(all_of_them, autoDefault=False),
            f"import_left_out_{number}",
            f"List the {left_out.what} that were left out",
        )
        self._button.setProperty("kind", "link")
        self._list = set_identity(
            QPlainTextEdit("\n".join(left_out.items)),
            f"import_left_out_list_{number}",
            "Items that were left out; they can be copied",
        )
        self._list.setReadOnly(True)
        self._list.setTabChangesFocus(True)
        self._list.setFixedHeight((LIST_LINES + 1) * self.fontMetrics().lineSpacing())
        self._list.hide()
        self._button.clicked.connect(self._toggle)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._list)

    def _toggle(self) -> None:
        shown = self._list.isHidden()
        self._list.setVisible(shown)
        self._button.setText(self._texts[shown])


def _line(text: str, role: str = "") -> QLabel:
    label = QLabel(in_labels(text), wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


def _offer_row(name: str, text: str) -> tuple[QWidget, QPushButton]:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    button = set_identity(
        QPushButton("Apply", autoDefault=False), name, f"Apply: {text}. Ctrl+Z undoes it.", f"Apply: {text}"
    )
    line.addWidget(_line(text), 1)
    line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return row, button
