"""Both directions of KL: one Gaussian fitted to two humps by each, and the same for a sample of an included run."""

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from explorer.jobs.reports.two_humps import TwoHumps, find_two_humps
from explorer.latent.information.gaussian import TWO_HUMPS, Fit, fit_forward, fit_reverse
from explorer.latent.information.rounding import number_text
from explorer.ui.information.density_plot import DensityCurve, DensityPlot, Limits
from explorer.ui.information.kl_plots import MAX_SIGMA, MIN_SIGMA, TwoHumpsPlot
from explorer.ui.information.painting import tone_html
from explorer.ui.state.tasks import Tasks
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity


class KlDirections(QWidget):
    """The Gaussians that minimize the forward and the reverse KL to the same two humps."""

    def __init__(self, units: UnitSource, themes: ThemeSource) -> None:
        super().__init__()
        self._units, self._themes = units, themes
        title = QLabel("One Gaussian for two humps")
        title.setProperty("role", "head")
        about = QLabel("Does q cover both humps or pick one? It depends on which KL is minimized.", wordWrap=True)
        about.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(3 * themes.scale))
        column.addWidget(title)
        column.addWidget(about)
        self._labels: list[QLabel] = []
        for name, head, words in (
            ("forward", "Forward: minimize KL(p ‖ q)", "q covers both humps, and the empty valley between them."),
            ("reverse", "Reverse: minimize KL(q ‖ p)", "q settles on one hump. Training a VAE minimizes this one."),
        ):
            column.addSpacing(round(4 * themes.scale))
            heading, said = QLabel(head), QLabel(words, wordWrap=True)
            heading.setProperty("role", "head")
            said.setProperty("role", "muted")
            # Fixed fits of a fixed target: only their numbers depend on the unit.
            fit = fit_forward() if name == "forward" else fit_reverse()
            plot = DensityPlot(f"information_{name}_plot", themes, height=84)
            plot.setAccessibleName(head)
            plot.show_curves(
                (
                    DensityCurve("truth", TWO_HUMPS.density, "p: two humps", -2.9),
                    DensityCurve(
                        # The labels stand where the curves leave room.
                        "belief",
                        fit.q.density,
                        "q: one Gaussian",
                        0.9 if name == "forward" else -0.4,
                        filled=False,
                    ),
                ),
                Limits(-4.0, 4.0, MIN_SIGMA, MAX_SIGMA),
            )
            label = set_identity(QLabel(wordWrap=True), f"information_{name}_kl", accessible=f"Both KL, {name}")
            self._labels.append(label)
            for widget in (heading, said, plot, label):
                column.addWidget(widget)
        units.changed.connect(self._refresh)
        themes.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        for label, fit, is_forward in zip(self._labels, (fit_forward(), fit_reverse()), (True, False), strict=True):
            label.setText(self._words(fit, is_forward))

    def _words(self, fit: Fit, is_forward: bool) -> str:
        theme, per_nat = self._themes.theme, self._units.unit.per_nat
        texts = [number_text(value * per_nat, 2) for value in (fit.forward, fit.reverse)]
        shown = [
            f"{tone_html(theme, 'kl', text)} minimum" if is_forward == (index == 0) else text
            for index, text in enumerate(texts)
        ]
        return (
            f"KL(p ‖ q)&nbsp;{shown[0]} &nbsp; KL(q ‖ p)&nbsp;{shown[1]} &nbsp; "
            f"<span style='color:{theme.muted}'>q: μ = {number_text(fit.q.mean, 2)}, σ = "
            f"{number_text(fit.q.sigma, 2)}</span>"
        )


class RealExample(QWidget):
    """Sample 2 of the included digits VAE: its true posterior has two humps, and q lies between them."""

    def __init__(self, units: UnitSource, tasks: Tasks, themes: ThemeSource) -> None:
        super().__init__()
        self._units, self._tasks, self._themes = units, tasks, themes
        self._is_wanted = False
        self._found: TwoHumps | None = None
        self.plot = TwoHumpsPlot(themes)
        self._picture, self._name = QLabel(), QLabel(wordWrap=True)
        self._words = set_identity(QLabel(wordWrap=True), "information_example", accessible="The sample in words")
        self._picture.setFixedSize(round(64 * themes.scale), round(64 * themes.scale))
        title = QLabel("The same on a real sample")
        title.setProperty("role", "head")
        top = QHBoxLayout()
        top.addWidget(self._picture)
        top.addWidget(self._name, 1)
        right = QVBoxLayout()
        right.addLayout(top)
        right.addWidget(self._words)
        right.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(round(12 * themes.scale))
        row.addWidget(self.plot, 6)
        row.addLayout(right, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(title)
        column.addLayout(row, 1)
        units.changed.connect(self._refresh)
        themes.changed.connect(self._refresh)

    @property
    def found(self) -> TwoHumps | None:
        """The example; None until it is computed."""
        return self._found

    def want(self) -> None:
        """Compute the example, once."""
        if not self._is_wanted:
            self._is_wanted = True
            self._words.setText("Computing p(z|x) …")
            # In the second thread, as the first may be loading data.
            self._tasks.do("two humps", find_two_humps, self._on_found, self._on_failed, aside=True)

    def _on_found(self, found: TwoHumps) -> None:
        if not isValid(self):  # another text size made the page again
            return
        self._found = found
        self.plot.show_example(found)
        self._refresh()

    def _on_failed(self) -> None:
        if not isValid(self):
            return
        self._words.setText("The example could not be computed.")

    @Slot()
    def _refresh(self) -> None:
        found, theme, unit = self._found, self._themes.theme, self._units.unit
        if found is None:
            return
        grey = np.ascontiguousarray(np.round(255 * found.picture).astype(np.uint8))
        image = QImage(grey.data, grey.shape[1], grey.shape[0], grey.strides[0], QImage.Format.Format_Grayscale8)
        # A copy: the image only refers to the array.
        self._picture.setPixmap(QPixmap.fromImage(image.copy()).scaled(self._picture.size()))
        self._name.setText(
            f"<b>{found.run}</b><br>sample {found.sample}<br><span style='color:{theme.muted}'>a VAE that ships</span>"
        )
        self._words.setText(
            f"{tone_html(theme, 'truth', 'p(z|x)')} has two humps. On its own, {tone_html(theme, 'belief', 'q(z|x)')} "
            "would settle on one. But one encoder serves all samples, and for this one it puts q between the humps: "
            f"KL(q ‖ p) = {tone_html(theme, 'kl', number_text(found.gap * unit.per_nat, 2))} {unit.name}."
        )
