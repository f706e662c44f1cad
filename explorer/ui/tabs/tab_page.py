"""A tab below the planes, its page, and what a page may offer to the buttons beside the tabs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

TabSize = Literal["compact", "wide", "enlarged"]
"""How much of the window the tabs take, as in `View.tab_size`."""
SIZES: tuple[TabSize, ...] = ("compact", "wide", "enlarged")
"""The sizes from the smallest to the largest."""


@dataclass(frozen=True)
class Tab:
    """A page and its tab: ``key`` names it in sessions and never changes, ``title`` is what the tab says."""

    key: str
    title: str
    page: QWidget


@runtime_checkable
class PageWithTools(Protocol):
    """A page that has tools for the room beside the tabs."""

    @property
    def tools(self) -> QWidget:
        """The tools."""
        ...


@runtime_checkable
class PageWithExports(Protocol):
    """A page that can be saved; the button *Export* opens a menu."""

    def export_actions(self) -> Sequence[QAction]:
        """Return the entries of the menu, asked for each time it opens; what is disabled says why in its tooltip."""
        ...


@runtime_checkable
class PageWithCommand(Protocol):
    """A page whose contents a command line can compute; the button *Copy as command* copies it."""

    def copy_command(self) -> str:
        """Return the command line; "" as long as the page shows nothing."""
        ...


@runtime_checkable
class LongPage(Protocol):
    """A page that can be too long for the row, and has a window of its own."""

    @property
    def reads_in_window(self) -> bool:
        """Whether the page is too long now."""
        ...

    def enlarge(self) -> None:
        """Show the page in its window."""
        ...
