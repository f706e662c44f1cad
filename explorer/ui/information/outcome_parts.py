"""Head and sums of the table of outcomes, in the columns of its rows."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.latent.information.discrete import Unit
from explorer.latent.information.presets import Outcomes
from explorer.latent.information.rounding import ShownTable, number_text
from explorer.rendering.palette import INFORMATION_COLOURS
from explorer.ui.information.outcome_table import ColumnRow, Columns, NumberPair, muted_label
from explorer.ui.pictures.renderers import LEFT, RIGHT
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import below
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.identity import set_identity

TERMS = {"information": "information", "weighted": "cross_entropy", "cost": "kl_positive"}
"""Terms of the glossary that explain the columns."""
WIDER = 30
"""Pixels at text scale 1 that a title takes from the column of the bars."""


class TableHead(ColumnRow):
    """Titles of the columns, with question marks, and the legend of P and Q."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self._outcomes: Outcomes | None = None
        self._heading = muted_label("", LEFT)
        self._legend = set_identity(QLabel(), "information_legend", accessible="P: truth, what happens; Q: belief")
        self._total = muted_label("sums to 1")
        # Their texts depend on the outcomes and on the width.
        self._formulas = {key: muted_label("") for key in TERMS}
        cells = (
            _two("Outcome", self._heading, LEFT),
            self._legend,
            _two("Probability", self._total),
            None,
            self._asked("information", "Information"),
            self._asked("weighted", "Weighted by p"),
            self._asked("cost", "Extra cost of Q"),
        )
        self.add_cells(cells)

    def widths(self, columns: Columns) -> tuple[int, ...]:
        """Return the widths: "Probability" is wider than its numbers, and the legend narrower than the bars."""
        # The legend shrinks by what the title takes, so all columns to the right stay aligned.
        return columns.name, 0, columns.number + WIDER, *columns.all[3:]

    def set_compact(self, compact: bool) -> None:
        """Make the columns narrow, with shorter heads, or wide."""
        super().set_compact(compact)
        if self._outcomes is not None:
            self.show_heads(self._outcomes)

    def show_heads(self, outcomes: Outcomes) -> None:
        """Name the columns for these outcomes."""
        self._outcomes = outcomes
        self._heading.setText(outcomes.heading)
        pair = not outcomes.separate
        self._total.setText("sums to 1" if pair else "each on its own")
        weighted = "p·(−log p)\np·(−log q)" if self.is_compact else "p·(−log p), p·(−log q)"
        formulas = ("−log p, −log q", weighted, "p·log(p/q)") if pair else ("−log p", "", "")
        for label, text in zip(self._formulas.values(), formulas, strict=True):
            label.setText(text)
            # A heading without formula names an empty column: it is hidden with its mark.
            around = label.parentWidget()
            for widget in around.findChildren(QWidget) if around is not None else ():
                widget.setVisible(bool(text))
        self._legend.setText(self._legend_html(pair))

    def _legend_html(self, pair: bool) -> str:
        # Rich text, since one label has both colours.
        colours = INFORMATION_COLOURS[self._themes.theme.dark]
        lines = [("truth", "P", "truth: what happens"), ("belief", "Q", "belief: what you expect")]
        return "<br>".join(
            f'<span style="color:{colours[key]}">■ {letter}</span>&nbsp; '
            # In narrow columns only the word before the colon fits.
            f"{words.partition(':')[0] if self.is_compact else words}"
            for key, letter, words in lines[: 2 if pair else 1]
        )

    def _asked(self, key: str, title: str) -> QWidget:
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(round(4 * self._themes.scale))
        top.addStretch(1)
        top.addWidget(QLabel(title))
        top.addWidget(WhyMark(f"information_{key}", TERMS[key], self._themes, below(self)))
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addLayout(top)
        column.addWidget(self._formulas[key])
        column.addStretch(1)
        return box


class SumRow(ColumnRow):
    """The sums of the columns, and the buttons that add and remove an outcome."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self._shown: tuple[Outcomes, ShownTable, Unit] | None = None
        self.add = _small("outcome_add", "Add an outcome (up to 10)", "Add an outcome")
        self.remove = _small(
            "outcome_remove", "Remove the outcome that was changed last, or the last row", "Remove an outcome"
        )
        # The same widgets as in the rows, so that the sums are aligned with their columns.
        self._totals, self._weighted = NumberPair(themes), NumberPair(themes)
        self._weighted.bold = True
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        self._names = (muted_label("entropy H(P)"), muted_label("cross-entropy H(P, Q)"))
        for label in self._names:
            words.addWidget(label)
        self._kl = set_identity(QLabel(alignment=RIGHT), "information_kl", accessible="KL(P ‖ Q)")
        self._title = QLabel("Sum")
        self._title.setProperty("role", "head")
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(round(4 * themes.scale), 0, 0, 0)
        row.setSpacing(2)
        for widget in (self._title, self.add, self.remove):
            row.addWidget(widget)
        row.addStretch(1)
        self.setMinimumHeight(round(48 * themes.scale))
        self._arrange(left)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def set_compact(self, compact: bool) -> None:
        """Make the columns narrow, with symbols for words, or wide."""
        super().set_compact(compact)
        for label, words in zip(self._names, ("entropy H(P)", "cross-entropy H(P, Q)"), strict=True):
            label.setText(words.partition(" ")[2] if compact else words)
        if self._shown is not None:
            self.show_sums(*self._shown)

    def widths(self, columns: Columns) -> tuple[int, ...]:
        """Return the widths: the words have the room of the locks, too."""
        one = columns
        # Neither locks nor information have a sum, so that there is room for the names of the sums.
        return one.name, 0, one.number, one.lock + one.information, one.weighted, one.cost

    def show_sums(self, outcomes: Outcomes, shown: ShownTable, unit: Unit) -> None:
        """Show entropy, cross-entropy and KL in the unit in which they were rounded."""
        self._shown = (outcomes, shown, unit)
        # Sums of several cases are means over them, and outcomes cannot be added to one of several cases.
        pair, cases = not outcomes.separate, len(set(outcomes.cases))
        self._title.setText("Sum" if cases == 1 else f"Mean of {cases}")
        # Events by themselves sum to nothing.
        self.setVisible(pair)
        for button in (self.add, self.remove):
            button.setVisible(cases == 1)
        totals = tuple(f"{sum(values) / cases:.2f}" for values in (outcomes.p, outcomes.q))
        self._totals.show_numbers(totals, "The probabilities of P, and those of Q, sum to 1")
        sums = (number_text(shown.entropy), number_text(shown.cross_entropy))
        self._weighted.show_numbers(sums, f"Entropy {sums[0]}, cross-entropy {sums[1]} {unit.name}")
        muted, kl = self._themes.theme.muted, INFORMATION_COLOURS[self._themes.theme.dark]["kl"]
        value = f'<b style="color:{kl}">{number_text(shown.kl)}</b>'
        name = "KL" if self.is_compact else "KL(P ‖ Q)"
        self._kl.setText(f'<span style="color:{muted}">{name}</span>&nbsp;&nbsp; {value}')

    def enable(self, add: bool, remove: bool) -> None:
        """Enable the buttons that add and remove an outcome."""
        self.add.setEnabled(add)
        self.remove.setEnabled(remove)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line above the sums."""
        with QPainter(self) as painter:
            painter.setPen(QPen(QColor(self._themes.theme.edge), 1))
            painter.drawLine(0, 0, self.width(), 0)

    def _arrange(self, left: QWidget) -> None:
        self.add_cells((left, None, self._totals, self._words, self._weighted, self._kl))

    def _apply_theme(self) -> None:
        self.add.setIcon(icon("plus", self._themes.theme))
        self.remove.setIcon(icon("minus", self._themes.theme))


def _two(title: str, below: QLabel, alignment: Qt.AlignmentFlag = RIGHT) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    head = QLabel(title, alignment=alignment)
    # The fixed column decides the width; a long heading is cut off rather than widening it.
    below.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    column.addWidget(head)
    column.addWidget(below)
    column.addStretch(1)
    return box


def _small(name: str, tip: str, accessible: str) -> QToolButton:
    button = set_identity(QToolButton(), name, tip, accessible)
    button.setProperty("kind", "inline")
    return button
