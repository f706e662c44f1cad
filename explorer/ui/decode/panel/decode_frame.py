"""The decode panel's face: its parts in one column that scrolls, and their sizes and looks."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from explorer.ui.decode.bound.bound_section import BoundSection
from explorer.ui.decode.code.code_editor import CodeHand
from explorer.ui.decode.code.kl_section import KlSection
from explorer.ui.decode.forward_pass.reparameterization_section import ReparameterizationSection
from explorer.ui.decode.panel.class_section import ClassSection
from explorer.ui.decode.panel.decode_pictures import Pictures
from explorer.ui.decode.panel.prediction import PredictionLine
from explorer.ui.decode.words.words_section import WordsSection
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

MARGIN = 12
CAP = 0.42
"""Share of the panel's height that a place's decode takes at most."""


class DecodeFrame(QFrame):
    """Head, words, pictures, sliders and KL; what they show is the panel's."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state = state
        self.setProperty("panel", "true")
        set_identity(self, "decode_panel", accessible="Decoded")
        self._build()
        self._code_head.clicked.connect(self._fold_code)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._set_margins)
        themes.changed.connect(self._redress)
        self._redress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the column."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_scroll"):
            self._fit()

    def _fit(self) -> None:
        width = self.width() - 2 * self._margin() - 2
        self.pictures.fit(max(1, width), round(CAP * self.height()))

    def keep_wide_enough(self) -> None:
        """Let no word of the content be cut: it scrolls down, not across."""
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(self._column.minimumSize().width() + bar)

    def _margin(self) -> int:
        return round(MARGIN * self._themes.scale)

    @Slot()
    def _set_margins(self) -> None:
        """Keep the content as wide with a scroll bar as without."""
        bar = self._scroll.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.maximum() > 0 else 0
        self._column.setContentsMargins(0, 0, max(0, self._margin() - taken), 0)

    @Slot()
    def _redress(self) -> None:
        margin = self._margin()
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(margin, round(0.8 * margin), 0, round(0.5 * margin))
        layout.setSpacing(round(0.5 * margin))
        self._top.setContentsMargins(0, 0, margin, 0)
        self._column.setSpacing(round(0.5 * margin))
        self._set_margins()
        self._dress_switch()
        self._dress_icons()
        self._fit()
        self.keep_wide_enough()

    def _dress_switch(self) -> None:
        """Let the switch stand beside the head in a narrow column, and the code's head look like the other heads."""
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
        head = f"QToolButton {{ padding-left: 0; font-weight: 600; color: {muted}; }}"
        self._code_head.setStyleSheet(compact_button(self._themes) + head)

    def _dress_icons(self) -> None:
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

    # Making

    def _build(self) -> None:
        self.head = ElidingLabel("DECODED")
        self.head.setProperty("role", "head")
        self.mean_button = _tool("decode_mean", "Mean", "Show the mean of p(x|z)", checkable=True)
        self.sample_button = _tool("decode_sample", "Sample", "Show a sample drawn from p(x|z)", checkable=True)
        self.redraw_button = _tool("decode_redraw", "", "Draw another sample from p(x|z)")
        self.subject = set_identity(ElidingLabel(), "decode_subject", accessible="Run that decodes")
        self.subject.setProperty("role", "title")
        self.known = _words("decode_known")
        self.pictures = Pictures(self._state, self._themes)
        self.prediction = PredictionLine(self._state)
        self.words = WordsSection(self._state, self._themes)
        self.nearest, self.data = _words("nearest_words"), _words("data_words")
        self.others, self.missing = _words("others_words", "muted"), _words("missing_words", "warning")
        self.cautions = _words("run_warnings", "warning")
        self.empty = _words("decode_empty", "muted")
        self.classes = ClassSection(self._state, self._themes)
        self.corrupt_button = _tool(
            "decode_corruption", "Corrupt a sample…", "Corrupt this sample and see its reconstruction (B)"
        )
        self.reparameterization = ReparameterizationSection(self._state, self._themes)
        self.bound = BoundSection(self._state, self._themes)
        self.unfolded = True
        self._code_head = _tool("z_collapse", "CODE z", "Show or hide the code")
        self.copy_button = _tool("z_copy", "", "Copy z as text")
        self.random_button = _tool("decode_random", "", "Random z: drawn from the prior (R)")
        self.sliders = CodeHand(self._state, self._themes)
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
        parts = (self.empty, self.subject, self.known, self.words, self.pictures, self.prediction, self.classes)
        more = (self.nearest, self.data, self.others, self.missing, self.cautions)
        followed = (side_by_side(self.corrupt_button), self.reparameterization, self.bound)
        for widget in (*parts, *more, *followed, self.code_row, self.sliders, self.kl):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self._scroll = set_identity(QScrollArea(), "decode_scroll", accessible="Decoded")
        self._scroll.setWidgetResizable(True)
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
        self.sliders.setVisible(self.unfolded)
        self._dress_icons()


def _tool(name: str, text: str, tip: str, *, checkable: bool = False) -> QToolButton:
    button = set_identity(QToolButton(), name, tip)
    button.setText(text)
    button.setCheckable(checkable)
    if text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def _words(name: str, role: str = "") -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label
