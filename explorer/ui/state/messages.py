"""Sentences for the user, from wherever in the window they come."""

from PySide6.QtCore import QObject, Signal, Slot


class Messages(QObject):
    """Takes sentences for the user; the window's bar shows them.

    Signals
    -------
    notified : str
        One sentence: what failed, and what to do.
    """

    notified = Signal(str)

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show the user a sentence."""
        self.notified.emit(sentence)
