"""What *See it* of a why-card does: each kind of thing that a term names, shown in the main window."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QScrollArea, QWidget

from explorer.latent.information.presets import BY_NAME
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.shell import BOTTOM, LEFT, RIGHT
from explorer.ui.decode.decode_state import framed_run

OF_ONE_SAMPLE = frozenset({"posterior", "true_posterior"})
"""Overlays that are drawn for the followed sample alone."""


class SeeIt(QObject):
    """Shows what a term is about. If that needs a followed sample and there is none, one is followed first."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._state = window, window.state

    def actions(self) -> dict[str, Callable[[str], object]]:
        """Return what to do for each kind, given its argument."""
        return {
            "overlay": self._overlay,
            "action": lambda name: self._window.actions_[name].trigger(),
            "section": self._section,
            "noise": self._noise,
            "decode": self._decode_as,
            "curve": self._curve,
            "field": self._field,
            "tab": self._tab,
            "page": self._page,
        }

    def _page(self, name: str) -> None:
        """Show an example in the Information window; those of a sample need one of a run that has it."""
        if BY_NAME[name].needs_run:
            self._follow_sample()
        self._window.dialogs.show_example(name)

    def _overlay(self, name: str) -> None:
        """Turn an overlay on; those of one sample need a sample of a run that has them."""
        session = self._state.session
        if name in OF_ONE_SAMPLE:
            self._follow_sample()
        # Union: an overlay that is on stays on.
        session.set(overlays=session.view.overlays | {name})

    def _noise(self, which: str) -> None:
        """Draw another ε, or set it to 0."""
        self._follow_sample()
        # The forward pass shows ε and what it does.
        self._section("forward")
        session = self._state.session
        session.set(noise_seed=0 if which == "zero" else session.view.noise_seed + 1)

    def _section(self, name: str) -> None:
        """Open a section of the decode column and scroll to it."""
        self._follow_sample()
        # Show the column first: otherwise the section has no geometry to scroll to.
        self._window.shell.want(RIGHT, True)
        section = self._window.decode.frame.section(name)
        section.open()
        _scroll_to(section)

    def _decode_as(self, which: str) -> None:
        session = self._state.session
        self._follow_sample()
        # A second press draws again.
        if which == "sample" and session.view.decode_as == "sample":
            session.set(draw_seed=session.view.draw_seed + 1)
        else:
            session.set(decode_as=which)

    def _curve(self, name: str) -> None:
        self._window.shell.want(BOTTOM, True)
        self._window.lower_row.open_tab(self._window.curves)
        self._window.curves.show_alone(name)

    def _field(self, name: str) -> None:
        self._window.shell.want(LEFT, True)
        self._window.experiment.show_setting("model", name)

    def _tab(self, name: str) -> None:
        self._window.shell.want(BOTTOM, True)
        self._window.lower_row.open_tab(self._window.lower_row.pages[name])

    def _follow_sample(self) -> None:
        """Follow a sample by a run in view that has a distribution q(z|x), unless one is followed by such a run."""
        view, runs = self._state.session.view, self._state.store.runs
        framed = framed_run(view, runs)
        follows = view.probe is not None and view.probe.sample is not None
        if follows and framed is not None and framed.capabilities.stochastic_posterior:
            return
        for index, pane in enumerate(view.panes):
            run = runs.get(pane.run)
            # A run that is being opened has no codes yet; an autoencoder has no q(z|x).
            if run is None or run.plane is None or not run.capabilities.stochastic_posterior:
                continue
            self._state.session.set_silent(active=index)
            probe = view.probe
            sample = probe.sample if probe is not None and probe.sample is not None else int(run.plane.index[0])
            self._state.probing.probe_sample(run.key, sample)
            return


def _scroll_to(widget: QWidget) -> None:
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is not None:
        area.ensureWidgetVisible(widget, 0, 4)
