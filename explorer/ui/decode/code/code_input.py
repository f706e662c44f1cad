"""Signals of every widget that edits a code."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class CodeInput(QWidget):
    """Base of the widgets that show and edit a code.

    Signals
    -------
    moved : tuple, bool
        The user chose another code ``(latent_dim,)``; True during a drag.
    released
        A drag ended, so that its moves become one step of undo.
    """

    moved = Signal(object, bool)
    released = Signal()
