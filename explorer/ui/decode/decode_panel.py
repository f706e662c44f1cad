"""The decode panel: what the probe decodes to, where that comes from, and the code by hand."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.code_range import code_range
from explorer.jobs.open_run import OpenRun
from explorer.session import View
from explorer.ui.decode.buttons import compact_button, side_by_side
from explorer.ui.decode.code_sliders import CodeSliders
from explorer.ui.decode.decode_controller import DecodeController
from explorer.ui.decode.kl_section import KlSection
from explorer.ui.decode.pictures import Pictures
from explorer.ui.decode.sample_view import z_as_text
from explorer.ui.decode.way_section import WaySection
from explorer.ui.decode.words import data_words, missing_words, nearest_words, others_words, sample_words
from explorer.ui.eliding_label import ElidingLabel
from explorer.ui.flow import FlowLayout
from explorer.ui.icons import icon
from explorer.ui.named import named
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench

MARGIN = 12
CAP = 0.42
"""Share of the panel's height that a place's decode takes at most."""


class DecodePanel(QFrame):
    """A column at the right of the window: decode, nearest real sample or the sample's way, z, KL per dimension."""

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._themes = bench, themes
        self._ranged: object = None
        self._ranged_run = ""
        self.controller = DecodeController(bench, self)
        self.setProperty("panel", "true")
        named(self, "decode_panel", accessible="Decoded")
        self._build()
        self._connect()
        self._redress()
        self._draw()

    def _build(self) -> None:
        self._head = ElidingLabel("DECODED")
        self._head.setProperty("role", "head")
        self._mean = _tool("decode_mean", "Mean", "Show the mean of p(x|z)", checkable=True)
        self._sample = _tool("decode_sample", "Sample", "Show a sample drawn from p(x|z)", checkable=True)
        self._redraw = _tool("decode_redraw", "", "Draw another sample from p(x|z)")
        self._subject = named(ElidingLabel(), "decode_subject", accessible="Whose decode it is")
        self._subject.setProperty("role", "title")
        self._known = _words("decode_known")
        self.pictures = Pictures(self._bench, self._themes)
        self._nearest, self._data = _words("nearest_words"), _words("data_words")
        self._others, self._missing = _words("others_words", "muted"), _words("missing_words", "warning")
        self._empty = _words("decode_empty", "muted")
        self._way = WaySection(self._bench, self._themes)
        self._unfolded = True
        self._code_head = _tool("z_collapse", "CODE z", "Show or hide the sliders")
        self._copy = _tool("z_copy", "", "Copy z as text")
        self._random = _tool("decode_random", "", "Random z: drawn from the prior (R)")
        self.sliders = CodeSliders(self._themes)
        self._kl = KlSection(self._bench, self._themes)
        self._lay_out()

    def _lay_out(self) -> None:
        head = FlowLayout(stretch=True)
        head.addWidget(self._head)
        head.addWidget(side_by_side(self._mean, self._sample, self._redraw))
        code = QHBoxLayout()
        code.setSpacing(2)
        code.addWidget(self._code_head)
        code.addStretch(1)
        for button in (self._copy, self._random):
            code.addWidget(button)
        self._code_row = QWidget()
        self._code_row.setLayout(code)
        code.setContentsMargins(0, 0, 0, 0)
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        parts = (self._empty, self._subject, self._known, self.pictures, self._nearest, self._data, self._others)
        for widget in (*parts, self._missing, self._way, self._code_row, self.sliders, self._kl):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self._scroll = named(QScrollArea(), "decode_scroll", accessible="Decoded")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._content)
        outer = QVBoxLayout(self)
        self._top = QHBoxLayout()
        self._top.addLayout(head, 1)
        outer.addLayout(self._top)
        outer.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        self.controller.changed.connect(self._draw)
        self._themes.changed.connect(self._redress)
        self._mean.clicked.connect(self._on_mean)
        self._sample.clicked.connect(self._on_sample)
        self._redraw.clicked.connect(self._on_redraw)
        self._copy.clicked.connect(self._on_copy)
        self._random.clicked.connect(self._on_random)
        self._code_head.clicked.connect(self._fold_code)
        self.sliders.moved.connect(self._on_moved)
        self.sliders.released.connect(self._bench.session.commit)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._set_margins)
        self._bench.plane_changed.connect(self._on_plane_changed)
        self._bench.run_changed.connect(self._on_run_changed)
        self._bench.run_closed.connect(self._draw)
        self._bench.session.listen(self.show_view)

    # What the window's menu calls

    @Slot()
    def save_picture(self) -> None:
        """Ask where to save the decode, and write it."""
        self.pictures.main.view.save_picture()

    # Drawing

    def show_view(self, old: View, new: View) -> None:
        """Draw what the View says by itself; decodes come through the controller."""
        if old.decode_as != new.decode_as:
            self._show_switch()
        if (old.panes, old.active) != (new.panes, new.active):
            self._draw()

    @Slot()
    def _draw(self) -> None:
        decoded = self.controller.decoded
        probe = decoded.probe
        run = self._bench.runs.get(probe.run) if probe is not None else None
        for widget in (self._subject, self.pictures, self._code_row):
            widget.setVisible(run is not None)
        self._show_switch()
        self._empty.setText(self._empty_words())
        self._empty.setVisible(run is None)
        self._kl.show_run(self._bench.runs.get(self._bench.session.view.active_run or ""))
        if run is not None and probe is not None:
            self._draw_run(run, probe.sample)
        else:
            self._head.setText("DECODED")
            words = (self._known, self._nearest, self._data, self._others, self._missing)
            for widget in (*words, self._way, self.sliders):
                widget.hide()
        self._keep_wide_enough()

    def _draw_run(self, run: OpenRun, sample: int | None) -> None:
        decoded = self.controller.decoded
        own, nearest = decoded.of(run.key), decoded.nearest
        self._head.setText("DECODED: A PLACE" if sample is None else "DECODED: A SAMPLE")
        _show(self._subject, run.name)
        _show(self._known, "" if sample is None else sample_words(run, sample))
        self.pictures.show_decoded(decoded)
        _show(self._nearest, nearest_words(nearest) if sample is None and nearest is not None else "")
        _show(self._data, data_words(nearest) if sample is None and nearest is not None else "")
        _set_role(self._data, "warning" if nearest is not None and nearest.far else "good")
        _show(self._others, others_words(decoded, self._bench.runs))
        _show(self._missing, missing_words(run))
        self._way.show_decoded(decoded)
        self._show_code(run, own.z if own is not None and sample is not None else None)

    def _show_code(self, run: OpenRun, followed: tuple[float, ...] | None) -> None:
        """Show the probe's z; of a sample, where its model puts it now."""
        if run.key != self._ranged_run or run.plane is not self._ranged:
            self._ranged_run, self._ranged = run.key, run.plane
            self.sliders.set_range(code_range(run))
        probe = self._bench.session.view.probe
        if probe is not None:
            own = self.controller.decoded.of(run.key)
            way = own.way if own is not None else None
            mean = tuple(map(float, way.mean)) if way is not None and followed is not None else probe.z
            self.sliders.set_code(mean)
        self.sliders.setVisible(self._unfolded)

    def _show_switch(self) -> None:
        drawn = self._bench.session.view.decode_as == "sample"
        self._mean.setChecked(not drawn)
        self._sample.setChecked(drawn)
        self._redraw.setVisible(drawn)

    def _empty_words(self) -> str:
        if not self._bench.runs:
            return "Open a run, or train one: then a click on its plane is decoded here."
        return "Click or drag on a plane: its model decodes that place here. R draws a random z."

    # The hand

    @Slot()
    def _on_mean(self) -> None:
        self._bench.session.update(decode_as="mean")
        self._show_switch()

    @Slot()
    def _on_sample(self) -> None:
        self._bench.session.update(decode_as="sample")
        self._show_switch()

    @Slot()
    def _on_redraw(self) -> None:
        self._bench.session.update(draw_seed=self._bench.session.view.draw_seed + 1)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(z_as_text(self.sliders.z))

    @Slot()
    def _on_random(self) -> None:
        probe = self._bench.session.view.probe
        key = probe.run if probe is not None else self._bench.session.view.active_run
        if key is not None:
            self._bench.probe_random(key)

    @Slot(object, bool)
    def _on_moved(self, z: tuple[float, ...], drag: bool) -> None:
        probe = self._bench.session.view.probe
        if probe is not None:
            self._bench.probe_place(probe.run, z, drag=drag)

    @Slot()
    def _fold_code(self) -> None:
        self._unfolded = not self._unfolded
        self.sliders.setVisible(self._unfolded)
        self._dress_icons()

    # News

    @Slot(str)
    def _on_plane_changed(self, key: str) -> None:
        probe = self._bench.session.view.probe
        if probe is not None and probe.run == key and key in self._bench.runs:
            self._show_code(self._bench.runs[key], self.sliders.z if probe.sample is not None else None)

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        if key == self._bench.session.view.active_run:
            self._kl.show_run(self._bench.runs.get(key))
        probe = self._bench.session.view.probe
        if probe is not None and probe.run == key and key in self._bench.runs:
            _show(self._missing, missing_words(self._bench.runs[key]))

    # Sizes and looks

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

    def _keep_wide_enough(self) -> None:
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
        self._keep_wide_enough()

    def _dress_switch(self) -> None:
        """Let the switch stand beside the head in a narrow column, and the code's head look like the other heads."""
        for button in (self._mean, self._sample, self._redraw, self._copy, self._random):
            button.setStyleSheet(compact_button(self._themes))
        muted = self._themes.theme.muted
        head = f"QToolButton {{ padding-left: 0; font-weight: 600; color: {muted}; }}"
        self._code_head.setStyleSheet(compact_button(self._themes) + head)

    def _dress_icons(self) -> None:
        theme = self._themes.theme
        for button, name in ((self._redraw, "random"), (self._copy, "copy"), (self._random, "random")):
            button.setIcon(icon(name, theme))
        self._code_head.setIcon(icon("chevron-down" if self._unfolded else "chevron-right", theme))


def _tool(name: str, text: str, tip: str, *, checkable: bool = False) -> QToolButton:
    button = named(QToolButton(), name, tip)
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


def _show(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
    label.setVisible(bool(text))


def _set_role(label: QLabel, role: str) -> None:
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)
