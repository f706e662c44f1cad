"""The unit of information that the window shows, nats or bits, remembered between sessions.

1. Values are in nats everywhere; a part that shows them multiplies by ``unit.per_nat``, then rounds, and writes
   ``unit.name``. A text that is made below ``ui`` gets the unit as a parameter.
2. The part draws again when ``changed`` is emitted.
3. Settings of a run, and everything that is written to files, stay in nats.
"""

from PySide6.QtCore import QObject, Signal

from explorer.latent.information.discrete import NATS, UNITS, Unit
from explorer.ui.widgets.settings import settings

KEY = "view/unit"


class UnitSource(QObject):
    """Holds the unit and emits ``changed``."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # The settings file can be edited by hand.
        self._unit = UNITS.get(str(settings().value(KEY, NATS.name)), NATS)

    @property
    def unit(self) -> Unit:
        """The unit in which values are shown."""
        return self._unit

    def set_unit(self, unit: Unit) -> None:
        """Choose the unit and remember it."""
        if unit != self._unit:
            self._unit = unit
            settings().setValue(KEY, unit.name)
            self.changed.emit()
