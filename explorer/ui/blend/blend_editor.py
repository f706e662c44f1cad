"""Edits of the blend and of kept blends; each is one step of undo."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot

from explorer.latent.blends.blend import code_of_blend
from explorer.latent.blends.polygon import equal_weights
from explorer.session import Blend, KeptBlend, Probe
from explorer.ui.blend.blend_words import MAX_NAME, NO_BLEND, kept_of, next_name, why_not_shown
from explorer.ui.services.app_state import AppState


class BlendEditor(QObject):
    """Changes the session's blend; `Pins`, which other parts use as well, adds and removes pins."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._pins, self._messages = state.session, state.pins, state.messages
        # Not a part of the session: each press of the button asks for other samples.
        self._random = np.random.default_rng()

    @property
    def blend(self) -> Blend | None:
        """The session's blend, if it can be shown."""
        view = self._session.view
        return None if why_not_shown(view, self._pins.run) else view.blend

    @property
    def kept(self) -> tuple[KeptBlend, ...]:
        """The kept blends of the blend's run."""
        run = self._pins.run
        return () if run is None else kept_of(self._session.view, run.key)

    @Slot(tuple)
    def preview(self, weights: tuple[float, ...]) -> None:
        """Set the weights in mid-drag."""
        if (blend := self.blend) is not None and len(weights) == len(blend.pins):
            self._session.preview(blend=replace(blend, weights=weights))

    @Slot(tuple)
    def set_weights(self, weights: tuple[float, ...]) -> None:
        """Set the weights."""
        if (blend := self.blend) is not None and len(weights) == len(blend.pins):
            self._session.set(blend=replace(blend, weights=weights))

    @Slot(int)
    def set_whole(self, index: int) -> None:
        """Set the weight of a pin to 1."""
        if (blend := self.blend) is not None:
            self.set_weights(tuple(float(number == index) for number in range(len(blend.pins))))

    @Slot()
    def set_equal(self) -> None:
        """Set the same weight for all pins."""
        if (blend := self.blend) is not None:
            self.set_weights(equal_weights(len(blend.pins)))

    @Slot()
    def clear(self) -> None:
        """Remove all pins."""
        # Kept blends stay: each stores its pins.
        self._session.set(blend=None)

    @Slot()
    def pin_three(self) -> None:
        """Pin three random samples of different classes."""
        if (run := self._pins.run) is not None:
            self._pins.pin_classes(run.key, self._random)

    @Slot(tuple)
    def pin_dropped(self, samples: tuple[int, ...]) -> None:
        """Pin samples of the selection, which are those of the active run's data."""
        if (key := self._session.view.active_run) is not None:
            self._pins.pin_samples(key, samples)

    def probe_pin(self, index: int) -> None:
        """Move the probe to a pin."""
        if (blend := self.blend) is not None and index < len(blend.pins):
            pin = blend.pins[index]
            self._session.set(probe=Probe(blend.run, pin.z, pin.sample))

    @Slot()
    def probe_blend(self) -> None:
        """Move the probe to the code of the blend."""
        if (blend := self.blend) is not None:
            # By the function that the decode uses, so that the probe decodes to the same picture to the bit.
            z = tuple(map(float, code_of_blend(blend.pins, blend.weights)))
            self._session.set_step("move the probe to the blend", probe=Probe(blend.run, z))

    def keep(self, name: str) -> bool:
        """Keep the blend under a name, or under the next free one; return whether there is a blend."""
        blend = self.blend
        if blend is None or len(blend.pins) < 2:
            self._messages.remark(NO_BLEND)
            return False
        # Names need not be unique: the user may compare two blends under one word.
        kept = KeptBlend(name.strip()[:MAX_NAME] or next_name(self.kept), blend)
        self._session.set(kept_blends=(*self._session.view.kept_blends, kept))
        return True

    @Slot(int)
    def restore(self, index: int) -> None:
        """Show a kept blend."""
        if index < len(self.kept):
            kept = self.kept[index]
            self._session.set_step(f"restore {kept.name}", blend=kept.blend)

    def rename(self, index: int, name: str) -> None:
        """Rename a kept blend."""
        # By identity below: two kept blends may be equal in all but their place.
        before, name = self.kept[index], name.strip()[:MAX_NAME]
        if name:
            changed = [replace(one, name=name) if one is before else one for one in self._session.view.kept_blends]
            self._session.set(kept_blends=tuple(changed))

    @Slot(int)
    def delete(self, index: int) -> None:
        """Delete a kept blend."""
        if index < len(self.kept):
            gone = self.kept[index]
            self._session.set(kept_blends=tuple(one for one in self._session.view.kept_blends if one is not gone))
