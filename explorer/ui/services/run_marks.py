"""The mark of each run in view: a number that stands for one colour and one shape in all parts of the window."""

from PySide6.QtCore import QObject, Signal

from explorer.session import MAX_PANES, Session, View


class RunMarks(QObject):
    """Assigns the first free mark to each run in a pane; the run keeps it until no pane shows it any more.

    Signals
    -------
    changed
        A run got its mark, or lost it.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks: dict[str, int] = {}
        session.listen(self.show_view)
        self.show_view(View(), session.view)

    def of(self, key: str) -> int | None:
        """Return the mark of a run, 0 to `MAX_PANES` − 1; None if no pane shows it."""
        return self._marks.get(key)

    def show_view(self, old: View, new: View) -> None:
        """Update the marks after the panes have changed."""
        shown = list(dict.fromkeys(pane.run for pane in new.panes))
        marks = {key: mark for key, mark in self._marks.items() if key in shown}
        # A run that is renamed gets the mark that its former name leaves free.
        for key in (key for key in shown if key not in marks):
            marks[key] = next(mark for mark in range(MAX_PANES) if mark not in marks.values())
        if marks != self._marks:
            self._marks = marks
            self.changed.emit()
