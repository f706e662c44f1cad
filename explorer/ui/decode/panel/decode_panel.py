"""The decode panel: the decode of the probe, the real samples behind it, and the code z to edit."""

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.steps import Absent
from explorer.models.architecture import architecture
from explorer.session import Probe, View
from explorer.ui.curves.legend import run_names
from explorer.ui.decode.decode_state import (
    PaneDecode,
    caution_text,
    code_text,
    data_text,
    framed_run,
    head_texts,
    missing_text,
    nearest_text,
    others_text,
    reconstruction_of,
)
from explorer.ui.decode.panel.decode_controller import DecodeController
from explorer.ui.decode.panel.decode_frame import DecodeFrame
from explorer.ui.decode.panel.decode_pictures import BESIDE
from explorer.ui.pictures.sample_view import z_as_text
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_style_property
from explorer.ui.widgets.playback import PaintHold

NO_DENSITY = "Not defined: this model decodes z to one sample and has no p(x|z) to draw from"


class DecodePanel(QWidget):
    """Column at the right of the window: decode, nearest real sample or forward pass, z, KL per dimension."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame = DecodeFrame(state, themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self.pictures, self.prediction, self.words = self.frame.pictures, self.frame.prediction, self.frame.words
        self.classes, self.bound, self.sliders = self.frame.classes, self.frame.bound, self.frame.sliders
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._marks, self._units, self._paths = state.marks, state.units, state.paths
        self._is_editing = False  # the code's own sliders move the probe
        self._ranged: object = None  # the plane that the sliders' ranges are of
        self._ranged_run = ""
        self._drawn_network: object = None  # what the diagram is of
        self.controller = DecodeController(state, self)
        self._painting = PaintHold(self)
        self._connect()
        self._draw()

    def _connect(self) -> None:
        self.controller.changed.connect(self._on_decoded)
        self.bound.bounds.changed.connect(self._show_pictures)
        self.frame.mean_button.clicked.connect(self._on_mean)
        self.frame.sample_button.clicked.connect(self._on_sample)
        self.frame.redraw_button.clicked.connect(self._on_redraw)
        self.frame.copy_button.clicked.connect(self._on_copy)
        self.frame.random_button.clicked.connect(self._on_random)
        self.sliders.moved.connect(self._on_moved)
        # A drag previews many Views; commit makes one undo step of them.
        self.sliders.released.connect(self._session.commit)
        self._store.plane_changed.connect(self._on_plane_changed)
        self._store.details_changed.connect(self._on_run_changed)
        self._store.closed.connect(self._draw)
        self._marks.changed.connect(self._show_about)
        self._units.changed.connect(self._draw)
        self._store.opened.connect(self._on_run_opened)
        self._session.listen(self.show_view)

    # Called by the window's menu

    @Slot()
    def save_picture(self) -> None:
        """Ask where to save the decode, and save it."""
        self.pictures.main.view.save_picture()

    # Drawing

    def show_view(self, old: View, new: View) -> None:
        """Draw what depends on the View alone; decodes arrive through the controller."""
        if old.decode_as != new.decode_as:
            self._show_switch()
        if old.probe is None and new.probe is not None:
            self._painting.begin()  # the column fills in several steps: heads first, then pictures
        if old.probe != new.probe:
            # The room of the sections above the code is held only for the code's own sliders.
            self.frame.hold_room(self._is_editing)
            self._show_probed(new.probe)
        if old.path != new.path and old.probe == new.probe:
            self._show_path(new)
        # Not for each new probe: the controller announces its decode, and one redraw per move is enough.
        if (old.panes, old.active, old.condition) != (new.panes, new.active, new.condition):
            self._draw()

    @Slot()
    def _on_decoded(self) -> None:
        self._draw()
        decoded = self.controller.decoded
        if self._painting.holds and (decoded.probe is None or decoded.panes or decoded.absent):
            self._painting.end()

    def _show_probed(self, probe: Probe | None) -> None:
        """Show the z of a point at once, before its decode arrives."""
        run = self._store.get(probe.run) if probe is not None else None
        # Only within the ranges shown: another run's code comes with its ranges in _draw.
        if run is not None and probe is not None and probe.sample is None and run.key == self._ranged_run:
            self.sliders.set_code(probe.z)
            self.frame.code.set_brief(code_text(probe.z))

    @Slot()
    def _draw(self) -> None:
        probe = self.controller.decoded.probe
        run = framed_run(replace(self._session.view, probe=probe), self._store.runs)
        for widget in (self.pictures, self.frame.code):
            widget.setVisible(run is not None)
        self.frame.why.setVisible(run is not None and run.capabilities.decoder)
        self._show_switch()
        self.words.refresh()
        self.frame.empty.setText(self._empty_words())
        self.frame.empty.setVisible(run is None)
        self._show_kl()
        if run is not None and probe is not None:
            self._draw_run(run, probe)
        else:
            active = self._store.runs.get(self._session.view.active_run or "")
            has_decoder = active is None or active.capabilities.decoder
            self.frame.set_head("Decoded" if has_decoder else "Nearest real sample", "")
            frame = self.frame
            # These hide themselves for a run without them, so that _draw_run does not show them here.
            for label in (frame.others, frame.missing, frame.cautions):
                label.hide()
            for section in (self.prediction, self.classes, frame.forward):
                section.hide()
        # Texts and heads have changed; so may the width that the longest word needs.
        self.frame.keep_wide_enough()

    def _draw_run(self, run: OpenRun, probe: Probe) -> None:
        decoded = self.controller.decoded
        shown, nearest = decoded.of(run.key), decoded.nearest
        self.frame.set_head(*self._head_texts(run, probe))
        near = nearest if probe.sample is None else None
        # Before the pictures, which make room for them.
        _show(self.pictures.nearest, "" if near is None else nearest_text(near, run.description))
        _show(self.pictures.data, "" if near is None else data_text(near))
        set_style_property(self.pictures.data, "role", "warning" if near is not None and near.far else "good")
        self._show_pictures()
        self.prediction.show_decoded(decoded)
        _show(self.frame.others, others_text(decoded, self._store.runs))
        _show(self.frame.missing, missing_text(run))
        _show(self.frame.cautions, caution_text(run))
        is_sample = probe.sample is not None and shown is not None
        self.frame.forward.show_pass(shown.forward_pass if is_sample and shown is not None else None, run.latent_shape)
        self.classes.show_decoded(decoded)
        self._show_code(run, shown.z if is_sample and shown is not None else None)
        self._show_about()

    def _show_path(self, view: View) -> None:
        """Update the head after a change of the path alone: the probe may now be at t, or no longer."""
        run = framed_run(view, self._store.runs)
        if run is not None and view.probe is not None:
            self.frame.set_head(*self._head_texts(run, view.probe))
            if self.pictures.is_pair != self.pictures.wants_pair:
                self._draw()

    def _head_texts(self, run: OpenRun, probe: Probe) -> tuple[str, str]:
        path = self._session.view.path
        title = "Decoded" if run.capabilities.decoder else "Nearest real sample"
        if (preview := self._probing.preview) is not None:
            return title, preview.words
        if path is not None and path.is_whole and self._paths.probed_code(path.run) is not None:
            return title, f"path at t = {path.t:.3f}"
        return head_texts(run, probe)

    @Slot()
    def _show_about(self) -> None:
        """Name the run in the heads of the sections; of one or two runs the first picture does."""
        view = self._session.view
        keys = dict.fromkeys(pane.run for pane in view.panes)
        runs = [self._store.runs[key] for key in keys if key in self._store.runs]
        framed = framed_run(view, self._store.runs)
        names = dict(zip([run.key for run in runs], run_names(runs), strict=True))
        name = names.get(framed.key, "") if framed is not None and len(runs) > BESIDE else ""
        for fold in self.frame.folds:
            fold.set_about(name, self._marks.of(framed.key) if framed is not None and name else None)

    @Slot()
    def _show_pictures(self) -> None:
        decoded = self.controller.decoded
        run = framed_run(replace(self._session.view, probe=decoded.probe), self._store.runs)
        if run is not None:
            self.pictures.show_decoded(decoded, run, self._reconstruction)

    def _reconstruction(self, pane: PaneDecode) -> float | None:
        # Without a density no bound comes, so that there is none to wait for.
        bounds = self.bound.bounds
        return reconstruction_of(pane, bounds.of(pane.run) if bounds.is_asked(pane.run) else Absent(NO_DENSITY))

    def _show_kl(self) -> None:
        # Of the framed run; without a probe, that of the active pane.
        view = self._session.view
        run = framed_run(view, self._store.runs) or self._store.runs.get(view.active_run or "")
        self.frame.kl.show_run(run)
        self._show_network(run)

    def _show_network(self, run: OpenRun | None) -> None:
        # A run is replaced at each report of its training; its config stays.
        drawn = None if run is None else (run.key, run.config.model)
        if drawn != self._drawn_network:
            self._drawn_network = drawn
            network = None if run is None else architecture(run.config.model, run.description)
            self.frame.show_network(network, f"{run.name}-network" if run is not None else "")

    def _show_code(self, run: OpenRun, followed: tuple[float, ...] | None) -> None:
        """Show the probe's z; for a sample, its current mean, which moves while the run trains."""
        # The ranges follow the codes of the plane; a new report has another plane object.
        if run.key != self._ranged_run or run.plane is not self._ranged:
            self._ranged_run, self._ranged = run.key, run.plane
            self.sliders.set_range(code_source(run).range)
        probe = self.controller.view.probe
        if probe is not None:
            probed = self.controller.decoded.of(run.key)
            forward_pass = probed.forward_pass if probed is not None else None
            # The mean, not z = μ + σ·ε: a slider that jumped with every noise draw could not be used.
            mean = (
                tuple(map(float, forward_pass.mean)) if forward_pass is not None and followed is not None else probe.z
            )
            self.sliders.set_code(mean)
        self.sliders.show_run(run)
        self.frame.code.set_brief(code_text(self.sliders.z))

    def _show_switch(self) -> None:
        view = self._session.view
        run = framed_run(view, self._store.runs)
        # Without a density there is nothing to draw samples from.
        has_density = run is None or run.capabilities.density
        drawn = view.decode_as == "sample" and has_density
        shown = run or self._store.runs.get(view.active_run or "")
        self.frame.switch.setVisible(shown is None or shown.capabilities.decoder)
        self.frame.sample_button.setEnabled(has_density)
        self.frame.sample_button.setToolTip("Show a sample drawn from p(x|z)" if has_density else NO_DENSITY)
        self.frame.mean_button.setChecked(not drawn)
        self.frame.sample_button.setChecked(drawn)
        self.frame.redraw_button.setVisible(drawn)

    def _empty_words(self) -> str:
        if not self._session.view.panes:
            return "Open or train a run. Then click its plane to decode a point here."
        active = self._store.runs.get(self._session.view.active_run or "")
        if active is not None and not active.capabilities.decoder:
            return "This model has no decoder. Click or drag on its plane to see the nearest real sample here."
        return "Click or drag on a plane to decode a point here. R draws a random z."

    # Input from the user

    @Slot()
    def _on_mean(self) -> None:
        self._session.set(decode_as="mean")
        # The session reports nothing if the mode stays the same, and Qt has toggled the button already.
        self._show_switch()

    @Slot()
    def _on_sample(self) -> None:
        self._session.set(decode_as="sample")
        self._show_switch()

    @Slot()
    def _on_redraw(self) -> None:
        # Any other seed draws another sample; counting up keeps draws reproducible.
        self._session.set(draw_seed=self._session.view.draw_seed + 1)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(z_as_text(self.sliders.z))

    @Slot()
    def _on_random(self) -> None:
        probe = self._session.view.probe
        key = probe.run if probe is not None else self._session.view.active_run
        if key is not None:
            self._probing.probe_random(key)

    @Slot(object, bool)
    def _on_moved(self, z: tuple[float, ...], drag: bool) -> None:
        run = framed_run(self._session.view, self._store.runs)
        if run is not None:
            self._is_editing = True
            self._probing.probe_point(run.key, z, drag=drag)
            self._is_editing = False

    # Changes of runs

    @Slot(str)
    def _on_plane_changed(self, key: str) -> None:
        probe = self._session.view.probe
        # During training the ranges follow the codes; a sample's code comes again with its answer.
        framed = framed_run(self._session.view, self._store.runs)
        if probe is not None and framed is not None and framed.key == key:
            # A sample's z stays as shown until the next answer.
            self._show_code(self._store.runs[key], self.sliders.z if probe.sample is not None else None)

    @Slot(str)
    def _on_run_opened(self, _key: str) -> None:
        """Update the hint after the first run was opened."""
        self.frame.empty.setText(self._empty_words())

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        self._show_kl()
        probe = self._session.view.probe
        if probe is not None and probe.run == key and key in self._store.runs:
            _show(self.frame.missing, missing_text(self._store.runs[key]))


def _show(label: QLabel, text: str) -> None:
    # Setting the same text lays the column out again.
    if label.text() != text:
        label.setText(text)
    label.setVisible(bool(text))
