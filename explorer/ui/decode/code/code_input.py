"""What every widget tells that lets a code be changed by hand."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class CodeInput(QWidget):
    """Shows a code, and tells what the hand makes of it.

    Signals
    -------
    moved : tuple, bool
        The hand chose another code; True in mid-drag.
    released
        A drag ended.
    """

    moved = Signal(object, bool)
    released = Signal()
