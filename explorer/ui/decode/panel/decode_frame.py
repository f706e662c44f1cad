"""Layout of the decode panel: its widgets in one scrolling column, with their sizes and styles."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.ui.decode.bound.bound_section import BoundSection
from explorer.ui.decode.code.code_bars_section import CodeEditor
from explorer.ui.decode.code.kl_section import KlSection
from explorer.ui.decode.forward_pass.reparameterization_section import ReparameterizationSection
from explorer.ui.decode.panel.class_section import ClassSection, PredictionLine
from explorer.ui.decode.panel.decode_pictures import DecodePictures
from explorer.ui.decode.words.words_section import WordsSection
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side, tool_button
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

MARGIN = 12
CAP = 0.42
"""Maximum share of the panel's height for the decode of a point."""


class DecodeFrame(QFrame):
    """Holds head, texts, pictures, sliders and KL; `DecodePanel` decides what they show."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state = state
        self.setProperty("panel", "true")
        set_identity(self, "decode_panel", accessible="Decoded")
        self._build()
        self._code_head.clicked.connect(self._fold_code)
        # The scroll bar appears and disappears with the content's height; the margin makes up for its width.
        self._scroll.verticalScrollBar().rangeChanged.connect(self._set_margins)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the pictures to another font size."""
        super().changeEvent(event)
        # Such an event can arrive before the constructor has made the scroll area.
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_scroll"):
            self._fit()

    def _fit(self) -> None:
        # 2 pixels for the frame's border.
        width = self.width() - 2 * self._margin() - 2
        self.pictures.fit(max(1, width), round(CAP * self.height()))

    def keep_wide_enough(self) -> None:
        """Set the minimum width so that no text is cut off: the column scrolls only vertically."""
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(self._column.minimumSize().width() + bar)

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
        margin = self._margin()
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(margin, round(0.8 * margin), 0, round(0.5 * margin))
        layout.setSpacing(round(0.5 * margin))
        self._top.setContentsMargins(0, 0, margin, 0)
        self._column.setSpacing(round(0.5 * margin))
        self._set_margins()
        self._style_buttons()
        self._set_icons()
        self._fit()
        self.keep_wide_enough()

    def _style_buttons(self) -> None:
        """Make the switch narrow enough to fit beside the head, and the code's head look like the other heads."""
        for button in (
            self.mean_button,
            self.sample_button,
            self.redraw_button,
            self.copy_button,
            self.random_button,
            self.corrupt_button,
        ):
            button.setStyleSheet(compact_button(self._themes))
        muted = self._themes.theme.muted
        # This head is a button that folds the code; only its colour and weight should show that it is a head.
        head = f"QToolButton {{ padding-left: 0; font-weight: 600; color: {muted}; }}"
        self._code_head.setStyleSheet(compact_button(self._themes) + head)

    def _set_icons(self) -> None:
        theme = self._themes.theme
        icons = (
            (self.redraw_button, "random"),
            (self.copy_button, "copy"),
            (self.random_button, "random"),
            (self.corrupt_button, "brush"),
        )
        for button, name in icons:
            button.setIcon(icon(name, theme))
        self._code_head.setIcon(icon("chevron-down" if self.unfolded else "chevron-right", theme))

    # Construction

    def _build(self) -> None:
        self.head = ElidingLabel("DECODED")
        self.head.setProperty("role", "head")
        self.mean_button = tool_button("decode_mean", "Mean", "Show the mean of p(x|z)", checkable=True)
        self.sample_button = tool_button("decode_sample", "Sample", "Show a sample drawn from p(x|z)", checkable=True)
        self.redraw_button = tool_button("decode_redraw", "", "Draw another sample from p(x|z)")
        self.subject = set_identity(ElidingLabel(), "decode_subject", accessible="Run that decodes")
        self.subject.setProperty("role", "title")
        self.known = _text("decode_known")
        self.pictures = DecodePictures(self._state, self._themes)
        self.prediction = PredictionLine(self._state)
        self.words = WordsSection(self._state, self._themes)
        self.nearest, self.data = _text("nearest_words"), _text("data_words")
        self.others, self.missing = _text("others_words", "muted"), _text("missing_words", "warning")
        self.cautions = _text("run_warnings", "warning")
        self.empty = _text("decode_empty", "muted")
        self.classes = ClassSection(self._state, self._themes)
        self.corrupt_button = tool_button(
            "decode_corruption", "Corrupt a sample…", "Corrupt this sample and see its reconstruction (B)"
        )
        self.reparameterization = ReparameterizationSection(self._state, self._themes)
        self.bound = BoundSection(self._state, self._themes)
        self.unfolded = True
        self._code_head = tool_button("z_collapse", "CODE z", "Show or hide the code")
        self.copy_button = tool_button("z_copy", "", "Copy z as text")
        self.random_button = tool_button("decode_random", "", "Random z: drawn from the prior (R)")
        self.sliders = CodeEditor(self._state, self._themes)
        self.kl = KlSection(self._state, self._themes)
        self._lay_out()

    def _lay_out(self) -> None:
        head = FlowLayout(stretch=True)
        head.addWidget(self.head)
        head.addWidget(side_by_side(self.mean_button, self.sample_button, self.redraw_button))
        code = QHBoxLayout()
        code.setSpacing(2)
        code.addWidget(self._code_head)
        code.addStretch(1)
        for button in (self.copy_button, self.random_button):
            code.addWidget(button)
        self.code_row = QWidget()
        self.code_row.setLayout(code)
        code.setContentsMargins(0, 0, 0, 0)
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        # From top to bottom on screen.
        parts = (self.empty, self.subject, self.known, self.words, self.pictures, self.prediction, self.classes)
        more = (self.nearest, self.data, self.others, self.missing, self.cautions)
        followed = (side_by_side(self.corrupt_button), self.reparameterization, self.bound)
        for widget in (*parts, *more, *followed, self.code_row, self.sliders, self.kl):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self._scroll = set_identity(QScrollArea(), "decode_scroll", accessible="Decoded")
        self._scroll.setWidgetResizable(True)
        # A horizontal bar would hide that a text is cut; keep_wide_enough makes it unnecessary.
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._content)
        outer = QVBoxLayout(self)
        self._top = QHBoxLayout()
        self._top.addLayout(head, 1)
        outer.addLayout(self._top)
        outer.addWidget(self._scroll, 1)

    @Slot()
    def _fold_code(self) -> None:
        self.unfolded = not self.unfolded
        # Hidden, not removed: the sliders keep the code while they are folded.
        self.sliders.setVisible(self.unfolded)
        self._set_icons()


def _text(name: str, role: str = "") -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label
