"""The forward pass of a sample as a table: one row for each latent dimension, from μ and σ by ε to z."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.jobs.queries.follow_sample import MAX_DRAWS, ForwardPass
from explorer.latent.plane.projection import dimension_name
from explorer.ui.decode.code.code_maps import PassMaps, Shape
from explorer.ui.decode.decode_state import code_text, fixed
from explorer.ui.decode.fold import Fold, body_of
from explorer.ui.pictures.renderers import LEFT, RIGHT, small_font, strong_font
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import RowGap
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.buttons import compact_button, side_by_side, tool_button
from explorer.ui.widgets.identity import set_identity

LINE = 1.4
"""Height of a row in heights of its text."""
READ = 32
"""Number of dimensions that a screen reader reads."""
FEW = 6
"""Number of dimensions shown until all are asked for."""
MOST = 256
"""Maximum number of dimensions shown: nobody reads more, and they would be slow to draw."""
MAX_ROWS = 4  # L is shown up to 4 × 4
NO_VALUE = "–"
POINT_CODE = "z = f(x)"
"""The head of z if the encoder returns a point: there is no σ and no ε."""
COLUMN_SHARES = (1.0, 0.9, 0.9, 1.55)
"""Shares of the width for μ, σ, ε and z, whose head is the longest."""
COLUMN_TERMS = ("mean", "log_variance", "epsilon", "z_draw")
"""The terms of the heads."""
INPUT = "x →"
MARK_GAP = 3


@dataclass(frozen=True)
class PassRow:
    """One dimension of a forward pass; ``sigma`` and ``noise`` are None if q(z|x) is a point."""

    name: str
    mean: float
    sigma: float | None
    noise: float | None
    z: float

    @property
    def texts(self) -> tuple[str, ...]:
        """The values of the columns as text."""
        values = (self.mean, self.sigma, self.noise, self.z)
        return tuple(NO_VALUE if value is None else fixed(value) for value in values)


def pass_rows(forward_pass: ForwardPass) -> tuple[PassRow, ...]:
    """Return the rows of a forward pass, one for each of the first `MOST` latent dimensions."""
    mean, z = map(float, forward_pass.mean[:MOST]), map(float, forward_pass.z[:MOST])
    nothing: tuple[float | None, ...] = (None,) * min(MOST, len(forward_pass.mean))
    log_variance, noise = forward_pass.log_variance, forward_pass.noise
    sigma = nothing if log_variance is None else tuple(map(float, np.exp(0.5 * log_variance[:MOST])))
    drawn = nothing if noise is None else tuple(map(float, noise[:MOST]))
    names = map(dimension_name, range(len(nothing)))
    return tuple(PassRow(*row) for row in zip(names, mean, sigma, drawn, z, strict=True))


def code_formula(forward_pass: ForwardPass) -> str:
    """Return how z follows from the other columns."""
    if forward_pass.noise is None:
        return POINT_CODE
    # A full covariance mixes the dimensions: σ alone would not explain z.
    return "z = μ + σ·ε" if forward_pass.scale_tril is None else "z = μ + L·ε"


def scale_text(forward_pass: ForwardPass) -> str:
    """Return L of a full covariance Σ = L·Lᵀ, if it is small enough to read; else ""."""
    if forward_pass.scale_tril is None or len(forward_pass.scale_tril) > MAX_ROWS:
        return ""
    rows = ("  ".join(fixed(float(value)) for value in row) for row in forward_pass.scale_tril)
    return f"L = ({';  '.join(rows)})"


class ForwardPassView(QWidget):
    """Draws the table; of many dimensions the first `FEW`, until `set_expanded` shows all."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.rows: tuple[PassRow, ...] = ()
        self._heads: tuple[str, ...] = ("μ", "σ", "ε", "z = μ + σ·ε")
        self._expanded = False
        self._gap = RowGap(self, lambda row: (row + 1) * self._line())
        self._marks = tuple(WhyMark(f"forward_{term}", term, themes, self._gap.below(0), self) for term in COLUMN_TERMS)
        self._encoder_mark = WhyMark("forward_encoder", "encoder", themes, self._gap.below(0), self)
        self.setObjectName("forward_pass_view")
        self.setAccessibleName("Forward pass: from the sample to its code")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._gap.changed.connect(self._fit_height)
        themes.changed.connect(self._fit_height)

    def set_rows(self, rows: tuple[PassRow, ...], formula: str) -> None:
        """Show the rows of a forward pass, and how z follows from them."""
        changed = len(rows) != len(self.rows)
        self.rows, self._heads = rows, (*self._heads[:3], formula)
        # The answers speak of a distribution: an encoder of points has none.
        for mark in (self._encoder_mark, *self._marks):
            mark.setVisible(self._has_sigma)
        titles = self._shown_of(("μ", "σ", "ε", "z"))
        said = (
            f"{row.name}: "
            + ", ".join(
                f"{title} {text}" for title, text in zip(titles, self._shown_of(row.texts), strict=True) if title
            )
            for row in rows[:READ]
        )
        self.setAccessibleDescription("; ".join(said))
        # A changed height lays the column out again; of a drag only the numbers change.
        if changed:
            self._fit_height()
        self.update()

    def set_expanded(self, expanded: bool) -> None:
        """Show every dimension, or the first ones."""
        self._expanded = expanded
        self._fit_height()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels: a row of heads and the shown rows."""
        shown = len(self.rows) if self._expanded else min(FEW, len(self.rows))
        return QSize(120, round((shown + 1) * self._line()) + self._gap.height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the marks at the ends of the columns."""
        super().resizeEvent(event)
        self._place_marks()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the heads, then the rows."""
        with QPainter(self) as painter:
            theme, line = self._themes.theme, self._line()
            painter.setFont(small_font())
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, 0, self.width(), line), LEFT, INPUT)
            for box, text in zip(self._columns(0), self._shown_of(self._heads), strict=True):
                painter.drawText(box.adjusted(0, 0, -self._mark_room(), 0), RIGHT, text)
            shown = self.rows if self._expanded else self.rows[:FEW]
            for index, row in enumerate(shown, start=1):
                self._draw_row(painter, index * line + self._gap.offset(index), row)

    def _draw_row(self, painter: QPainter, y: float, row: PassRow) -> None:
        theme = self._themes.theme
        painter.setFont(small_font())
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, y, self.width(), self._line()), LEFT, row.name)
        # ε is muted while it is 0, and z, to which all others lead, is strong.
        is_quiet = (False, False, not row.noise, False)
        for column, (box, text) in enumerate(zip(self._columns(y), self._shown_of(row.texts), strict=True)):
            painter.setFont(strong_font() if column == len(is_quiet) - 1 else small_font())
            painter.setPen(QColor(theme.muted if is_quiet[column] else theme.text))
            painter.drawText(box, RIGHT, text)

    @property
    def _has_sigma(self) -> bool:
        return bool(self.rows) and self.rows[0].sigma is not None

    def _shown_of(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the texts of the columns; only z for an encoder that returns a point."""
        return texts if self._has_sigma or not self.rows else (*("",) * (len(texts) - 1), texts[-1])

    def _columns(self, y: float) -> list[QRectF]:
        """Return the boxes of the four columns at a height, in pixels."""
        left = QFontMetricsF(small_font()).horizontalAdvance("z₁₀₀")
        unit = (self.width() - left) / sum(COLUMN_SHARES)
        ends = left + unit * np.cumsum(COLUMN_SHARES)
        return [
            QRectF(end - share * unit, y, share * unit, self._line())
            for end, share in zip(ends.tolist(), COLUMN_SHARES, strict=True)
        ]

    def _mark_room(self) -> int:
        """Return the room at the right of a head for its mark, in pixels."""
        return self._marks[0].width() + MARK_GAP if self._has_sigma else 0

    def _place_marks(self) -> None:
        left = QFontMetricsF(small_font()).horizontalAdvance(INPUT) + MARK_GAP
        self._encoder_mark.move(round(left), round((self._line() - self._encoder_mark.height()) / 2))
        for mark, box in zip(self._marks, self._columns(0), strict=True):
            mark.move(round(box.right()) - mark.width(), round((box.height() - mark.height()) / 2))

    def _line(self) -> float:
        return LINE * QFontMetricsF(small_font()).height()

    @Slot()
    def _fit_height(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self._place_marks()
        self.update()


class ForwardPassSection(Fold):
    """The table x → μ, σ, ε → z of the followed sample by one run; hidden for a point."""

    def __init__(self, state: AppState, themes: ThemeSource) -> None:
        self._session = state.session
        self.zero = tool_button("noise_zero", "ε = 0", "Set ε = 0, so that z is the mean μ")
        self.redraw = tool_button("noise_redraw", "", "Draw another ε: z = μ + σ·ε")
        many = f"Draw {MAX_DRAWS} times: the plane shows that the draws fill the ellipse of q(z|x)"
        self.draw_many = tool_button("noise_draw_many", f"{MAX_DRAWS}×", many)
        self.draw_many.setAccessibleName(f"{MAX_DRAWS} draws")
        for button in (self.zero, self.draw_many):  # without the room of an icon
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.network = tool_button("forward_network", "", "Show or hide the network that computes this", checkable=True)
        self.table, self.maps = ForwardPassView(themes), PassMaps(themes)
        self.maps.hide()
        self._all = tool_button("dimensions_all", "All dimensions", "Show every latent dimension", checkable=True)
        self._scale_label = set_identity(QLabel(wordWrap=True), "forward_pass_scale", accessible="Factor L of Σ = L·Lᵀ")
        self._scale_label.setProperty("role", "muted")
        body = body_of(self.table, self.maps, self._scale_label, side_by_side(self._all))
        tools = self.zero, self.draw_many, self.redraw, self.network
        super().__init__("forward", "Forward pass", body, themes, tools=tools)
        self.zero.clicked.connect(self._on_zero)
        self.redraw.clicked.connect(self._on_redraw)
        self.draw_many.clicked.connect(self._on_draw_many)
        self._all.toggled.connect(self._on_all)
        themes.changed.connect(self._set_icons)
        self._set_icons()

    def show_pass(self, forward_pass: ForwardPass | None, shape: Shape | None = None) -> None:
        """Show a forward pass, as maps if the code has the ``shape`` (C, h, w); hide the section without one."""
        self.setVisible(forward_pass is not None)
        if forward_pass is None:
            return
        # An encoder of points has no ε to draw or to set to zero.
        is_stochastic = forward_pass.noise is not None
        for button in (self.zero, self.draw_many, self.redraw):
            button.setVisible(is_stochastic)
        # Seed 0 means ε = 0.
        self.zero.setEnabled(self._session.view.noise_seed != 0)
        self.table.set_rows(pass_rows(forward_pass), code_formula(forward_pass))
        count = len(forward_pass.mean)
        self.table.setVisible(shape is None)
        self.maps.setVisible(shape is not None)
        if shape is not None:
            self.maps.show_pass(forward_pass, shape, code_formula(forward_pass))
        self._all.setVisible(count > FEW and shape is None)
        self._all.setText(f"All {count} dimensions" if count <= MOST else f"First {MOST} of {count:,} dimensions")
        text = scale_text(forward_pass)
        self._scale_label.setVisible(bool(text))
        if text != self._scale_label.text():
            self._scale_label.setText(text)
        z = code_text(tuple(map(float, forward_pass.z)))
        self.set_brief(f"z = {z}", z)

    @Slot()
    def _on_zero(self) -> None:
        self._session.set(noise_seed=0)

    @Slot()
    def _on_redraw(self) -> None:
        self._session.set(noise_seed=self._session.view.noise_seed + 1)

    @Slot()
    def _on_draw_many(self) -> None:
        self._session.set(noise_seed=self._session.view.noise_seed + MAX_DRAWS)

    @Slot(bool)
    def _on_all(self, everything: bool) -> None:
        self.table.set_expanded(everything)
        self._set_icons()

    @Slot()
    def _set_icons(self) -> None:
        theme = self._themes.theme
        self.redraw.setIcon(icon("random", theme))
        self.network.setIcon(icon("network", theme))
        self._all.setIcon(icon("chevron-down" if self._all.isChecked() else "chevron-right", theme))
        self._all.setStyleSheet(compact_button(self._themes))
