"""Actions on the probe or the point under the mouse: pin it, or find the nearest code with another class."""

from PySide6.QtCore import QObject, Slot

from explorer.session import Probe, View
from explorer.ui.actions.actions import Actions
from explorer.ui.counterfactual.counterfactual_words import why_not
from explorer.ui.services.app_state import AppState
from explorer.ui.state.pins import NOTHING_PROBED


class ProbeActions(QObject):
    """Connects the actions *Pin* and *Nearest code with another class*, and enables them according to the View."""

    def __init__(self, state: AppState, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._probing = state.session, state.store, state.probing
        self._pins, self._counterfactuals = state.pins, state.counterfactuals
        self._pin, self._counterfactual = actions["pin"], actions["counterfactual"]
        self._tips = {action: action.toolTip() for action in (self._pin, self._counterfactual)}
        actions.on("pin", self._on_pin)
        actions.on("counterfactual", self._on_counterfactual)
        state.probing.hovered_changed.connect(self._show)
        state.store.opened.connect(self._show)
        state.store.closed.connect(self._show)
        state.session.listen(self.show_view)
        self._show()

    def show_view(self, old: View, new: View) -> None:
        """Enable the actions that are possible for the new probe."""
        if old.probe != new.probe:
            self._show()

    @Slot()
    def _show(self) -> None:
        probe = self._probed
        run = self._store.get(None if probe is None else probe.run)
        for action, why in (
            (self._pin, "" if probe is not None else NOTHING_PROBED),
            (self._counterfactual, why_not(run, probe)),
        ):
            if action.isEnabled() != (not why):
                action.setEnabled(not why)
            action.setToolTip(why or self._tips[action])

    @property
    def _probed(self) -> Probe | None:
        """The sample under the mouse on a plane, else the probe."""
        hovered = self._probing.hovered
        if hovered is not None and (z := self._store.code_of(*hovered)) is not None:
            return Probe(hovered[0], z, hovered[1])
        return self._session.view.probe

    @Slot()
    def _on_pin(self) -> None:
        self._pins.pin_probe(self._probed)

    @Slot()
    def _on_counterfactual(self) -> None:
        probe = self._probed
        if probe is not None and probe.sample is not None:
            self._counterfactuals.wanted.emit(probe.run, probe.sample)
