"""Actions on panes, with a message to the user if one is not possible."""

from pathlib import Path

from explorer.session import Pane, Session
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.state import panes
from explorer.ui.state.run_store import RunStore
from explorer.ui.state.tasks import Messages

MAX_CLOSED = 20
"""Number of closed panes that can be reopened."""
NONE_CLOSED = "No closed pane to reopen"


class PaneVerbs:
    """Changes the session's panes and closes runs that no pane shows any more. Panes are given by index, from 0."""

    def __init__(self, session: Session, store: RunStore, opener: RunOpener, messages: Messages) -> None:
        self._session, self._store, self._opener, self._messages = session, store, opener, messages
        self._closed: list[tuple[int, Pane]] = []

    @property
    def can_reopen(self) -> bool:
        """Whether a closed pane can be reopened."""
        return bool(self._closed) and not panes.is_full(self._session)

    def close(self, pane: int) -> None:
        """Close a pane; its run is closed too unless another pane shows it or it trains. Undo brings both back."""
        shown = self._session.view.panes[pane]
        self._closed = [*self._closed, (pane, shown)][-MAX_CLOSED:]
        run = self._store.get(shown.run)
        # The undo step needs the name even if the run is not open yet.
        self._opener.close(panes.take_away(self._session, pane, Path(shown.run).name if run is None else run.name))

    def close_run(self, key: str) -> None:
        """Close all panes of a run."""
        # From the right, so that the remaining indices stay valid.
        for index, pane in reversed(list(enumerate(self._session.view.panes))):
            if pane.run == key:
                self.close(index)

    def reopen(self) -> None:
        """Reopen the pane closed last, at its index and with its axes."""
        if panes.is_full(self._session):
            self._messages.notify(panes.NO_ROOM)
            return
        while self._closed:
            index, pane = self._closed.pop()
            # Runs may have been deleted or renamed since; their panes are skipped.
            if pane.run in self._store.runs or Path(pane.run, "run.json").is_file():
                panes.put_back(self._session, pane, index)
                self._opener.open(Path(pane.run))
                return
        self._messages.notify(NONE_CLOSED)

    def duplicate(self, pane: int) -> None:
        """Show a pane's run a second time beside it, with other axes or another zoom."""
        if panes.is_full(self._session):
            self._messages.notify(panes.NO_ROOM)
        elif pane < len(self._session.view.panes):
            panes.duplicate(self._session, pane)

    def swap(self, pane: int, other: int) -> None:
        """Swap two panes."""
        if pane != other and max(pane, other) < len(self._session.view.panes):
            panes.swap(self._session, pane, other)

    def move(self, step: int) -> None:
        """Swap the active pane with the one ``step`` further to the right, cyclically."""
        view = self._session.view
        if len(view.panes) > 1:
            self.swap(view.active, (view.active + step) % len(view.panes))

    def enlarge(self, pane: int) -> None:
        """Enlarge a pane to the whole area, or restore all panes if it is enlarged."""
        panes.enlarge(self._session, pane)

    def turn_to(self, step: int) -> None:
        """Make the pane ``step`` further to the right the active one, cyclically."""
        panes.turn_to(self._session, step)
