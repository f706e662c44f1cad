"""A tab below the planes, and the protocols by which its page serves the buttons beside the tabs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

TabSize = Literal["compact", "wide", "enlarged"]
"""Size of the tabs in the window; see `View.tab_size`."""
SIZES: tuple[TabSize, ...] = ("compact", "wide", "enlarged")
"""The sizes from the smallest to the largest."""


@dataclass(frozen=True)
class Tab:
    """A page and its tab: ``key`` names it in sessions and never changes, ``title`` is its text."""

    key: str
    title: str
    page: QWidget


@runtime_checkable
class PageWithTools(Protocol):
    """A page with tools to show beside the tabs."""

    @property
    def tools(self) -> QWidget:
        """The tools."""
        ...


@runtime_checkable
class PageWithExports(Protocol):
    """A page that can be saved; the button *Export* opens a menu."""

    def export_actions(self) -> Sequence[QAction]:
        """Return the entries of the menu each time it opens; the tooltip of a disabled entry says why."""
        ...


@runtime_checkable
class PageWithCommand(Protocol):
    """A page whose contents a command line can reproduce; the button *Copy as command* copies it."""

    def copy_command(self) -> str:
        """Return the command line; "" if the page shows nothing."""
        ...


@runtime_checkable
class LongPage(Protocol):
    """A page that may be too long for the row, and then has a separate window."""

    @property
    def reads_in_window(self) -> bool:
        """Whether the page is too long for the row now."""
        ...

    def enlarge(self) -> None:
        """Show the page in its window."""
        ...
