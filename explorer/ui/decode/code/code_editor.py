"""Editor of the code z: sliders for a few dimensions, bars for many."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.decode.code.code_bars_section import CodeBarsSection
from explorer.ui.decode.code.code_input import CodeInput
from explorer.ui.decode.code.code_sliders import CodeSliders
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

MAX_SLIDERS = 16
"""Codes with more dimensions are shown as bars."""


class CodeEditor(CodeInput):
    """Show and edit a code with the widget that suits its number of dimensions."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders = CodeSliders(themes)
        self.section = CodeBarsSection(state, themes)
        self._by_bars = False
        self.section.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.sliders, self.section):
            # Both editors exist from the start; another run only decides which of them is visible.
            column.addWidget(part)
            part.moved.connect(self.moved)
            part.released.connect(self.released)

    @property
    def z(self) -> tuple[float, ...]:
        """The code shown, ``(latent_dim,)``."""
        return self.section.bars.z if self._by_bars else self.sliders.z

    def show_run(self, run: OpenRun) -> None:
        """Show the run that the code belongs to."""
        # Sliders show nothing of the run itself; the bars show how active its units are.
        if self._by_bars:
            self.section.show_run(run)

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Set the value ranges ``(latent_dim, 2)``; their number chooses sliders or bars."""
        self._by_bars = len(value_range) > MAX_SLIDERS
        # Hide before set_range, which lays the visible editor out for its new number of rows.
        self.sliders.setVisible(not self._by_bars)
        self.section.setVisible(self._by_bars)
        (self.section if self._by_bars else self.sliders).set_range(value_range)

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``."""
        (self.section if self._by_bars else self.sliders).set_code(z)
