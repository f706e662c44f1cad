"""Messages to the user, from any part of the window."""

from PySide6.QtCore import QObject, Signal, Slot


class Messages(QObject):
    """Passes messages to the window's notice bar.

    Signals
    -------
    notified : str
        One sentence: what failed and what to do.
    """

    notified = Signal(str)

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence to the user."""
        self.notified.emit(sentence)
