"""The page Bars: a table of outcomes, their sums as bars and in words, and events drawn from P."""

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.latent.information.discrete import (
    MAX_OUTCOMES,
    MIN_OUTCOMES,
    Attempt,
    BeliefComparison,
    draw_events,
    running_mean,
    search_negative_kl,
)
from explorer.latent.information.presets import Outcomes, renamed
from explorer.latent.information.rounding import ShownTable, number_text, probability_texts, shown_table
from explorer.ui.information.information_state import InformationModel, InformationState
from explorer.ui.information.outcome_parts import SumRow, TableHead
from explorer.ui.information.outcome_table import WIDE, OutcomeRow, RowValues, exact_tip
from explorer.ui.information.painting import PagePanel, both_directions_html
from explorer.ui.information.sum_plots import DrawsPlot, SumBar, SumBars, draws_words, sentence
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = 100
"""Number of events of one draw."""
MAX_EVENTS = 100_000
WIDE_REST = 262
"""Width in pixels at text scale 1, beside the wide columns, below which they become compact."""
FRAME_MILLISECONDS = 30
"""Time between two pictures of the search for a negative KL."""
STEPS_PER_FRAME = 2
"""Improvements that one picture of the search shows."""


class BarsPage(QWidget):
    """The table and what follows from it. It shows the model's state and asks the model for changes."""

    def __init__(
        self, model: InformationModel, units: UnitSource, themes: ThemeSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_identity(self, "information_bars", accessible="Bars")
        self._model, self._units, self._themes = model, units, themes
        self._lowest: float | None = None
        self._search = QTimer(self, interval=FRAME_MILLISECONDS)
        self._search.timeout.connect(self._on_search)
        self._attempts: Iterator[Attempt] = iter(())
        self._proposed: Outcomes | None = None  # by the search
        self.rows: list[OutcomeRow] = []
        self._chosen = -1  # row that had the focus last
        self._head, self._sums = TableHead(themes), SumRow(themes)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._sentence = set_identity(QLabel(wordWrap=True), "information_sentence", accessible="The result in words")
        self.sum_bars, self.draws = SumBars(themes), DrawsPlot(themes)
        self._both = set_identity(QLabel(wordWrap=True), "information_both", accessible="Both directions of KL")
        self._drawn = set_identity(QLabel(wordWrap=True), "information_drawn", accessible="Mean of the events drawn")
        self._drawn.setProperty("role", "muted")
        self._lowest_label = set_identity(QLabel(), "information_lowest", accessible="Lowest KL found")
        self._lowest_label.setProperty("role", "muted")
        self._make_buttons()
        self._arrange()
        model.changed.connect(self.show_state)
        units.changed.connect(self._refresh)
        themes.changed.connect(self._refresh)
        self._refresh()

    def hideEvent(self, event: object) -> None:
        """End the search when another page is shown."""
        self._end_search()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the widths of the columns."""
        super().resizeEvent(event)
        self._fit_columns()

    @Slot(object, object)
    def show_state(self, old: InformationState, new: InformationState) -> None:
        """Show another state; a change that is not the search's own ends the search."""
        if old.outcomes != new.outcomes and new.outcomes != self._proposed:
            self._search.stop()
            # It belongs to the P that it was found for.
            self._lowest = None
        if (old.outcomes, old.locked, old.drawn) != (new.outcomes, new.locked, new.drawn):
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        state, unit, theme = self._model.state, self._units.unit, self._themes.theme
        outcomes = state.outcomes
        found = outcomes.comparison
        shown = shown_table(found, unit)
        self._show_rows(state, found, shown)
        self._head.show_heads(outcomes)
        self._sums.show_sums(outcomes, shown, unit)
        self._sentence.setText(sentence(outcomes, found, shown, unit, theme))
        self.sum_bars.show_bars(self._bars(found, shown), unit.name)
        # The same seed for every P: a drag moves the curve instead of drawing other events.
        events = draw_events(found.p, state.drawn, seed=0)
        means = running_mean(events, found.information_q)
        # With several cases the table's sum is a mean over cases, and so is that of the events.
        self.draws.show_means(means, found.cross_entropy, unit)
        self._drawn.setText(draws_words(means, unit, theme))
        self._show_both(found, shown.kl, unit.per_nat)
        self._enable(state)

    def _show_rows(self, state: InformationState, found: BeliefComparison, shown: ShownTable) -> None:
        outcomes, unit = state.outcomes, self._units.unit
        self._fit_rows(len(outcomes.names))
        # The longest bar does not quite fill its column, so that it can be drawn out.
        full = min(1.0, 1.06 * max((*outcomes.p, *outcomes.q)))
        terms = np.where(np.isfinite(found.terms), found.terms, 0.0)
        low, high = min(0.0, float(terms.min())), max(float(terms.max()), 1e-6)
        if not np.isfinite(found.terms).all():
            # An infinite term fills its side, and the finite ones look small beside it.
            high = max(high, -low) * 4
        terms_shown = (shown.weighted_p, shown.weighted_q)
        p_texts, q_texts = probability_texts(outcomes.p, outcomes.q)
        for index, row in enumerate(self.rows):
            name, separate = outcomes.names[index], outcomes.separate
            exact = [column[index] * unit.per_nat for column in (found.information_p, found.information_q)]
            weighted = [column[index] * unit.per_nat for column in (found.weighted_p, found.weighted_q)]
            term = float(found.terms[index]) * unit.per_nat
            count = 1 if separate else 2
            row.show_values(
                RowValues(
                    name, outcomes.p[index], outcomes.q[index], (p_texts[index], q_texts[index]),
                    tuple(number_text(value) for value in exact[:count]),
                    () if separate else tuple(number_text(float(column[index])) for column in terms_shown),
                    "" if separate else number_text(float(shown.terms[index]), signed=True),
                    float(found.terms[index]),
                    (
                        exact_tip(f"Information of {name}", unit.name, exact[0], None if separate else exact[1]),
                        "" if separate else exact_tip(f"Weighted by p, {name}", unit.name, weighted[0], weighted[1]),
                        "" if separate else f"Extra cost of {name}: {number_text(term, 6)} {unit.name}",
                    ),
                    index in state.locked, separate,
                ),
                full, low, high,
            )  # fmt: skip

    def _fit_rows(self, count: int) -> None:
        while len(self.rows) > count:
            row = self.rows.pop()
            self._column.removeWidget(row)
            # Hidden at once: a widget that waits for its deletion would be laid out once more.
            row.hide()
            row.deleteLater()
        while len(self.rows) < count:
            row = OutcomeRow(len(self.rows) + 1, self._themes)
            row.wanted.connect(self._on_wanted)
            row.dropped.connect(self._model.commit)
            row.renamed.connect(self._on_renamed)
            row.locked.connect(self._on_locked)
            row.set_compact(self._head.is_compact)
            self._column.insertWidget(len(self.rows), row)
            self.rows.append(row)

    def _fit_columns(self) -> None:
        scale = self._themes.scale
        compact = self.width() < (sum(WIDE.all) + WIDE_REST) * scale
        for row in (self._head, *self.rows, self._sums):
            row.set_compact(compact)

    def _bars(self, found: BeliefComparison, shown: ShownTable) -> tuple[SumBar, ...]:
        outcomes, unit = self._model.state.outcomes, self._units.unit
        if outcomes.separate:
            values = (found.information_p * unit.per_nat).tolist()
            return tuple(
                SumBar(name, 0.0, value, number_text(value), "truth")
                for name, value in zip(outcomes.names, values, strict=True)
            )
        entropy, cross = found.entropy * unit.per_nat, found.cross_entropy * unit.per_nat
        return (
            SumBar("Entropy H(P)", 0.0, entropy, number_text(shown.entropy), "truth"),
            SumBar("+ KL(P ‖ Q)", entropy, cross, number_text(shown.kl), "kl", continues=True),
            SumBar("= H(P, Q)", 0.0, cross, number_text(shown.cross_entropy), "belief", bold=True),
        )

    def _show_both(self, found: BeliefComparison, kl: float, per_nat: float) -> None:
        # The first as in the table, whose numbers add up.
        other = found.reverse.kl * per_nat
        parts = (
            ("KL(P ‖ Q)", number_text(kl), "expect Q, get P"),
            ("KL(Q ‖ P)", number_text(other), "expect P, get Q"),
        )
        self._both.setText(both_directions_html(self._themes.theme, parts))
        self._both.setVisible(not self._model.state.outcomes.separate)
        low = (
            ""
            if self._lowest is None
            else f"lowest so far {number_text(self._lowest * per_nat)} {self._units.unit.name}"
        )
        self._lowest_label.setText(low)

    def _enable(self, state: InformationState) -> None:
        outcomes = state.outcomes
        pair, single = not outcomes.separate, len(set(outcomes.cases)) == 1
        count, free = len(outcomes.names), pair and single
        self._sums.enable(free and count < MAX_OUTCOMES, free and count > MIN_OUTCOMES)
        for button in (self.swap, self.equal, self.negative):
            button.setVisible(pair)
        self._draws.setVisible(pair)
        self.negative.setEnabled(free)
        self.negative.setText("Stop the search" if self._search.isActive() else "Find a negative KL")
        self.draw.setEnabled(state.drawn < MAX_EVENTS)
        self.clear.setEnabled(state.drawn > 0)

    # What the user asks for

    @Slot(bool, float)
    def _on_wanted(self, truth: bool, value: float) -> None:
        index = self._row_of_sender()
        self._model.preview(self._model.state.with_probability(index, truth=truth, value=value))

    @Slot(str)
    def _on_renamed(self, name: str) -> None:
        state, index = self._model.state, self._row_of_sender()
        name = name or f"Outcome {index + 1}"
        self._model.set(replace(state, outcomes=renamed(state.outcomes, index, name)))
        self._refresh()

    @Slot(bool)
    def _on_locked(self, locked: bool) -> None:
        state, index = self._model.state, self._row_of_sender()
        self._model.set(replace(state, locked=state.locked | {index} if locked else state.locked - {index}))

    def _row_of_sender(self) -> int:
        self._chosen = next(index for index, row in enumerate(self.rows) if row is self.sender())
        return self._chosen

    @Slot()
    def _on_swap(self) -> None:
        outcomes = self._model.state.outcomes
        self._set(p=outcomes.q, q=outcomes.p)

    @Slot()
    def _on_equal(self) -> None:
        self._set(q=self._model.state.outcomes.p)

    @Slot()
    def _on_add(self) -> None:
        outcomes = self._model.state.outcomes
        names = (*outcomes.names, f"Outcome {len(outcomes.names) + 1}")
        self._set(names=names, p=(*outcomes.p, 0.0), q=(*outcomes.q, 0.0))

    @Slot()
    def _on_remove(self) -> None:
        state, outcomes = self._model.state, self._model.state.outcomes
        # The user looks at the row that was changed last.
        index = self._chosen if 0 <= self._chosen < len(outcomes.names) else len(outcomes.names) - 1
        kept = [row for row in range(len(outcomes.names)) if row != index]

        def without(values: tuple[float, ...]) -> tuple[float, ...]:
            left = np.array(values)[kept]
            total = float(left.sum())
            return tuple((left / total if total > 0 else np.full(len(left), 1 / len(left))).tolist())

        names = tuple(outcomes.names[row] for row in kept)
        changed = replace(outcomes, names=names, p=without(outcomes.p), q=without(outcomes.q))
        self._chosen = -1
        self._model.set(replace(state, outcomes=changed, locked=frozenset()))

    def _set(self, **changes: object) -> None:
        state = self._model.state
        self._model.set(replace(state, outcomes=replace(state.outcomes, **changes)))  # type: ignore[arg-type]

    @Slot()
    def _on_negative(self) -> None:
        """Begin or end the search; it moves Q, and is one step of undo."""
        if self._search.isActive():
            self._end_search()
            return
        found = self._model.state.outcomes.comparison
        # The search starts at the KL that is shown and only lowers it.
        self._lowest = found.kl
        self._attempts = search_negative_kl(found.p, found.q)
        self._search.start()
        self._refresh()

    @Slot()
    def _on_search(self) -> None:
        state = self._model.state
        attempts = list(islice(self._attempts, STEPS_PER_FRAME))
        if not attempts:
            self._end_search()
            return
        self._lowest = attempts[-1].kl
        self._proposed = replace(state.outcomes, q=tuple(attempts[-1].q.tolist()))
        self._model.preview(replace(state, outcomes=self._proposed))

    def _end_search(self) -> None:
        self._search.stop()
        self._model.commit()
        self._refresh()

    @Slot()
    def _on_draw(self) -> None:
        state = self._model.state
        self._model.set(replace(state, drawn=min(state.drawn + EVENTS, MAX_EVENTS)))

    @Slot()
    def _on_clear(self) -> None:
        self._model.set(replace(self._model.state, drawn=0))

    # Layout

    def _make_buttons(self) -> None:
        def button(name: str, text: str, tip: str, slot: object) -> QPushButton:
            found = set_identity(QPushButton(text), name, tip, text)
            found.setAutoDefault(False)
            found.clicked.connect(slot)
            return found

        self.swap = button("information_swap", "Swap P and Q", "Exchange truth and belief", self._on_swap)
        self.equal = button("information_equal", "Make Q equal P", "Set belief to truth: KL is 0", self._on_equal)
        self.negative = button(
            "information_negative", "Find a negative KL",
            "Change Q at random and keep what lowers KL, which nears 0 but is never negative", self._on_negative,
        )  # fmt: skip
        self.draw = button(
            "information_draw",
            f"Draw {EVENTS} events",
            "Draw events from P and average the surprise −log q",
            self._on_draw,
        )
        self.draw.setProperty("kind", "primary")
        self.clear = button("information_clear", "Clear", "Remove the drawn events", self._on_clear)
        self.clear.setProperty("kind", "quiet")
        self._sums.add.clicked.connect(self._on_add)
        self._sums.remove.clicked.connect(self._on_remove)

    def _arrange(self) -> None:
        scale = self._themes.scale
        table = PagePanel(scale)
        for widget in (self._head, self._body, self._sums):
            table.column.addWidget(widget)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._sums_card(scale), 61)
        self._draws = self._draws_card(scale)
        foot.addWidget(self._draws, 38)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        column.addWidget(table)
        column.addLayout(foot, 1)

    def _sums_card(self, scale: float) -> QFrame:
        card = PagePanel(scale)
        column = card.column
        buttons = QWidget()
        flow = FlowLayout(buttons, spacing=round(8 * scale))
        for button in (self.swap, self.equal, self.negative, self._lowest_label):
            flow.addWidget(button)
        column.addWidget(self._sentence)
        column.addWidget(self.sum_bars, 1)
        column.addWidget(self._both)
        column.addWidget(buttons)
        return card

    def _draws_card(self, scale: float) -> QFrame:
        card = PagePanel(scale)
        column = card.column
        title = QLabel("Draw events from P and average −log q", wordWrap=True)
        title.setProperty("role", "head")
        buttons = QHBoxLayout()
        buttons.addWidget(self.draw)
        buttons.addWidget(self.clear)
        buttons.addStretch(1)
        column.addWidget(title)
        column.addWidget(self._drawn)
        column.addWidget(self.draws, 1)
        column.addLayout(buttons)
        return card
