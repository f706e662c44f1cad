"""Layout of the decode column: its head, and below it the sections in one scrolling column.

1. The head says what is decoded, and has the switch between the mean and a sample of p(x|z). It does not scroll.
2. Below it: words, pictures, remarks; then the sections that fold (`explorer.ui.decode.fold`).
3. When the height of the contents or of the column changes, `fold_to_fit` folds formula, code, KL and bound for lack
   of room.
4. While a slider of the code moves the probe from a sample to points, the sections above it keep their room
   (`hold_room`), or the slider would slip away from the mouse.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.models.architecture import Architecture
from explorer.ui.decode.bound.bound_section import BoundSection
from explorer.ui.decode.bound.formula_section import FormulaSection
from explorer.ui.decode.code.code_bars_section import CodeEditor
from explorer.ui.decode.code.kl_section import KlSection
from explorer.ui.decode.fold import FittingLine, Fold, fold_to_fit
from explorer.ui.decode.forward_pass.forward_pass_section import ForwardPassSection
from explorer.ui.decode.panel.class_section import ClassSection, PredictionLine
from explorer.ui.decode.panel.decode_pictures import DecodePictures
from explorer.ui.decode.words.words_section import WordsSection
from explorer.ui.network.network_view import NetworkSection
from explorer.ui.pictures.renderers import strong_font
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel

MIN_WIDTH = 304
"""Minimum width of the column in pixels at text scale 1."""
MARGIN, SPACING = 12, (3, 10)
"""Margins of the column; space between its sections in a low and in a higher column; pixels at text scale 1."""
SWITCH_TEXT = 11
"""Size of the text of the switch in pixels at text scale 1."""
ROOMY = 600
"""Height of the column from which its sections have more space between them."""


class DecodeFrame(QFrame):
    """Holds head, texts, pictures and sections; `DecodePanel` decides what they show."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state = state
        self.setProperty("panel", "true")
        set_identity(self, "decode_panel", accessible="Decoded")
        self._make_head()
        self._make_sections()
        self._lay_out()
        # The scroll bar appears and disappears with the content's height; the margin makes up for its width.
        self._scroll.verticalScrollBar().rangeChanged.connect(self._set_margins)
        self._content.installEventFilter(self)
        for fold in self.folds:
            fold.toggled.connect(self._fold_to_fit)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def folds(self) -> tuple[Fold, ...]:
        """The sections that fold, in the order in which they do for lack of room; the forward pass never does."""
        return (self.network, self.formula, self.code, self.kl, self.bound, self.forward)

    def section(self, name: str) -> Fold:
        """Return a section that folds, by its name: such as ``"forward"`` or ``"kl"``."""
        return next(fold for fold in self.folds if fold.objectName() == f"{name}_section")

    @Slot()
    def reset_folds(self) -> None:
        """Return to the sections that are open at first, as far as there is room."""
        # Inner sections first: one that is open keeps the section around it open.
        for fold in reversed(self.findChildren(Fold)):
            fold.reset()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new width."""
        super().resizeEvent(event)
        self.hold_room(False)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the pictures to another font size."""
        super().changeEvent(event)
        # Such an event can arrive before the constructor has made the scroll area.
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_scroll"):
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fold what no longer fits when the contents have another height."""
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self._fold_to_fit()
        return super().eventFilter(watched, event)

    def hold_room(self, hold: bool) -> None:
        """Keep the room of all that is above the code, or give it back."""
        self._upper.setMinimumHeight(self._upper.height() if hold else 0)
        self._holds_room = hold

    def set_head(self, title: str, detail: str) -> None:
        """Show what is decoded, such as "Sample 9805" and "class 5, test"."""
        if title != self.head.text():
            self.head.setText(title)
            self.head.setToolTip(title)
        # In little room the class without the split, or the first numbers of a code.
        first = detail.partition(",")[0]
        brief = f"{first}, …)" if first.count("(") > first.count(")") else first
        self.detail.show_texts((detail, brief) if detail else ())

    def _fit(self) -> None:
        self.pictures.fit(self._inner_width(), self.height())
        is_low = self.height() < ROOMY * self._themes.scale
        for column in (self._column, self._upper_column):
            column.setSpacing(round(SPACING[0 if is_low else 1] * self._themes.scale))
        self._fold_to_fit()

    @Slot()
    def _fold_to_fit(self) -> None:
        # During a drag of a slider nothing may move.
        if not self._holds_room:
            width = self._inner_width()
            tall = self._column.hasHeightForWidth()
            needed = self._column.totalHeightForWidth(width) if tall else self._column.totalSizeHint().height()
            # A card that was just opened must not fold the section that it is about; the column scrolls instead.
            needed -= sum(card.height() for card in self._content.findChildren(WhyCard))
            needed = self._fit_network(needed, width)
            fold_to_fit(self.folds[1:-1], needed, self._scroll.height(), width)

    def _fit_network(self, needed: int, width: int) -> int:
        """Show the network if the user wants it, or if there is room beside all else; return the height then needed."""
        spacing = self._column.spacing()
        if not self.network.isHidden():
            needed -= self.network.sizeHint().height() + spacing
        height = self.network.open_height(width) + spacing
        closed = [fold for fold in self.folds[1:-1] if not fold.isHidden() and fold.is_flexible and not fold.is_open]
        whole = needed + height + sum(fold.body_height(width) for fold in closed)
        chosen = self.network.chosen
        # Without room it has no head either, which would fold the code: the button beside the forward pass shows it.
        shown = self._has_network and (whole <= self._scroll.height() if chosen is None else chosen)
        self.network.set_lacks_room(False)
        self.network.setVisible(shown)
        self.forward.network.setChecked(shown)
        return needed + (height if shown else 0)

    def show_network(self, network: Architecture | None, file_name: str) -> None:
        """Draw the networks of a model; None if it has none."""
        self._has_network = network is not None
        if network is not None:
            self.network.show_network(network, file_name)
        self.forward.network.setEnabled(network is not None)
        self._fold_to_fit()

    @Slot()
    def _on_network(self) -> None:
        self.network.choose(self.network.isHidden())

    def keep_wide_enough(self) -> None:
        """Set the minimum width so that no text is cut off: the column scrolls only vertically."""
        contents = self._column.minimumSize().width() - self._column.contentsMargins().right()
        # The margin at the right makes room for the bar, as in `_set_margins`.
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(contents + max(bar, self._margin()))

    def _inner_width(self) -> int:
        # contentsRect is without the frame's border.
        return max(1, self.contentsRect().width() - 2 * self._margin())

    def _margin(self) -> int:
        return round(MARGIN * self._themes.scale)

    @Slot()
    def _set_margins(self) -> None:
        """Keep the content's width the same with and without a scroll bar."""
        bar = self._scroll.verticalScrollBar()
        # maximum() > 0 means that the bar is visible; isVisible() is still the old state here.
        taken = bar.sizeHint().width() if bar.maximum() > 0 else 0
        self._column.setContentsMargins(0, 0, max(0, self._margin() - taken), 0)

    @Slot()
    def _apply_theme(self) -> None:
        margin, scale = self._margin(), self._themes.scale
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(margin, round(0.5 * margin), 0, round(0.3 * margin))
        layout.setSpacing(round(SPACING[0] * scale))
        self._top.setContentsMargins(0, 0, margin, 0)
        self._set_margins()
        self.redraw_button.setStyleSheet(compact_button(self._themes))
        # Not by its contents alone: the column would get wider when a point becomes a sample.
        self.setMinimumWidth(round(MIN_WIDTH * scale))
        self._style_switch()
        theme = self._themes.theme
        self.copy_button.setIcon(icon("copy", theme))
        for button in (self.redraw_button, self.random_button):
            button.setIcon(icon("random", theme))
        self._fit()
        self.keep_wide_enough()

    def _style_switch(self) -> None:
        """Make the switch small, and as wide as with either of its texts in bold, so that it never moves."""
        scale = self._themes.scale
        font = strong_font()
        font.setPixelSize(round(SWITCH_TEXT * scale))
        style = f"QToolButton {{ padding: {round(2 * scale)}px 0; font-size: {font.pixelSize()}px; }}"
        for button in (self.mean_button, self.sample_button):
            button.setStyleSheet(style)
            button.setFixedWidth(QFontMetrics(font).horizontalAdvance(button.text()) + round(9 * scale))

    def _put_card_on_top(self, card: WhyCard) -> None:
        self._upper_column.insertWidget(0, card)
        card.show()

    # Construction

    def _make_head(self) -> None:
        self.head = set_identity(ElidingLabel("Decoded"), "decode_head", accessible="What is decoded")
        self.head.setProperty("role", "head")
        # A title has no need of room for the whole; the switch keeps its place.
        self.head.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.detail = FittingLine("decode_detail", self._themes)
        self.why = WhyMark("decode_x_hat", "x_hat", self._themes, self._put_card_on_top)
        self.mean_button = tool_button("decode_mean", "Mean", "Show the mean of p(x|z)", checkable=True)
        self.sample_button = tool_button("decode_sample", "Sample", "Show a sample drawn from p(x|z)", checkable=True)
        self.redraw_button = tool_button("decode_redraw", "", "Draw another sample from p(x|z)")
        for button in (self.mean_button, self.sample_button):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)

    def _make_sections(self) -> None:
        state, themes = self._state, self._themes
        self._holds_room = False
        self.empty = _text("decode_empty", "muted")
        self.words = WordsSection(state, themes)
        self.pictures = DecodePictures(state, themes)
        self.prediction = PredictionLine(state)
        self.others, self.missing = _text("others_words", "muted"), _text("missing_words", "warning")
        self.cautions = _text("run_warnings", "warning")
        self.classes = ClassSection(state, themes)
        self.forward = ForwardPassSection(state, themes)
        self.bound = BoundSection(state, themes)
        self.formula = FormulaSection(state, self.bound.bounds, themes)
        self.copy_button = tool_button("z_copy", "", "Copy z as text")
        self.random_button = tool_button(
            "decode_random", "", "Random z: from the prior or, without one, from the range of the codes (R)"
        )
        self.sliders = CodeEditor(state, themes)
        tools = self.copy_button, self.random_button
        self.code = Fold("code", "Code z", self.sliders, themes, tools=tools, why="latent_dim")
        self.kl = KlSection(state, themes)
        self.network = NetworkSection("network", state.tasks, themes, starts_open=True)
        self.network.hide()
        self._has_network = False
        self.forward.network.clicked.connect(self._on_network)

    def _lay_out(self) -> None:
        self.switch = QFrame()
        self.switch.setProperty("panel", "raised")
        pair = QHBoxLayout(self.switch)
        pair.setContentsMargins(2, 2, 2, 2)
        pair.setSpacing(0)
        for button in (self.mean_button, self.sample_button):
            pair.addWidget(button)
        self._top = QHBoxLayout()
        self._top.setSpacing(6)
        self._top.addWidget(self.head)
        self._top.addWidget(self.detail, 1)
        self._top.addWidget(self.redraw_button)
        self._top.addWidget(self.why)
        self._top.addWidget(self.switch)
        self._upper, self._content = QWidget(), QWidget()
        self._upper_column, self._column = QVBoxLayout(self._upper), QVBoxLayout(self._content)
        self._upper_column.setContentsMargins(0, 0, 0, 0)
        # From top to bottom on screen.
        parts = (self.empty, self.words, self.pictures, self.prediction, self.classes)
        for part in (*parts, self.others, self.missing, self.cautions, self.forward, self.bound, self.formula):
            self._upper_column.addWidget(part)
        # Room that is held is empty at the bottom.
        self._upper_column.addStretch(1)
        for section in (self._upper, self.code, self.kl, self.network):
            self._column.addWidget(section)
        self._column.addStretch(1)
        self._scroll = set_identity(QScrollArea(), "decode_scroll", accessible="Decoded")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        # A horizontal bar would hide that a text is cut; keep_wide_enough makes it unnecessary.
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._content)
        outer = QVBoxLayout(self)
        outer.addLayout(self._top)
        outer.addWidget(self._scroll, 1)


def _text(name: str, role: str = "") -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label
