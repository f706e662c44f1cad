"""What can be done with the panes: each verb does it and says where it cannot be done."""

from pathlib import Path

from explorer.session import Pane, Session
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.state import panes
from explorer.ui.state.messages import Messages
from explorer.ui.state.run_store import RunStore

MAX_CLOSED = 20
"""So many closed panes can be brought back."""
NONE_CLOSED = "No closed pane to reopen"


class PaneVerbs:
    """Changes the session's panes and closes runs that none shows any more; a pane is named by its place, from 0."""

    def __init__(self, session: Session, store: RunStore, opener: RunOpener, messages: Messages) -> None:
        self._session, self._store, self._opener, self._messages = session, store, opener, messages
        self._closed: list[tuple[int, Pane]] = []

    @property
    def can_reopen(self) -> bool:
        """Whether a pane was closed that can be brought back."""
        return bool(self._closed) and not panes.is_full(self._session)

    def close(self, pane: int) -> None:
        """Take a pane away; its run closes unless another pane shows it, or it trains."""
        self._closed = [*self._closed, (pane, self._session.view.panes[pane])][-MAX_CLOSED:]
        self._opener.close(panes.take_away(self._session, pane))

    def close_run(self, key: str) -> None:
        """Take every pane of a run away."""
        for place, pane in reversed(list(enumerate(self._session.view.panes))):
            if pane.run == key:
                self.close(place)

    def reopen(self) -> None:
        """Bring the pane back that was closed last, at its place and with its axes."""
        if panes.is_full(self._session):
            self._messages.notify(panes.NO_ROOM)
            return
        while self._closed:
            place, pane = self._closed.pop()
            if pane.run in self._store.runs or Path(pane.run, "run.json").is_file():
                panes.put_back(self._session, pane, place)
                self._opener.open(Path(pane.run))
                return
        self._messages.notify(NONE_CLOSED)

    def duplicate(self, pane: int) -> None:
        """Show a pane's run a second time beside it, for two pairs of axes, or the whole and a part."""
        if panes.is_full(self._session):
            self._messages.notify(panes.NO_ROOM)
        elif pane < len(self._session.view.panes):
            panes.duplicate(self._session, pane)

    def swap(self, pane: int, other: int) -> None:
        """Let two panes change places."""
        if pane != other and max(pane, other) < len(self._session.view.panes):
            panes.swap(self._session, pane, other)

    def move(self, step: int) -> None:
        """Let the active pane change places with the one so many places further on."""
        view = self._session.view
        if len(view.panes) > 1:
            self.swap(view.active, (view.active + step) % len(view.panes))

    def enlarge(self, pane: int) -> None:
        """Let one pane fill the area of all, or bring the others back where it does."""
        panes.enlarge(self._session, pane)

    def turn_to(self, step: int) -> None:
        """Make the pane so many places further on the active one."""
        panes.turn_to(self._session, step)
