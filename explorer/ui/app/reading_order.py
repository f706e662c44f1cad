"""The order in which the Tab key moves the focus through a window: reading order instead of Qt's order of creation."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def next_in_order(window: QWidget, current: QWidget | None, *, forward: bool) -> QWidget | None:
    """Return the widget after (or before) ``current`` in reading order; None if no widget takes the focus."""
    # Qt's default is the order of creation, which jumps between panels.
    widgets = list(in_reading_order(window))
    if not widgets:
        return None
    if current not in widgets:
        return widgets[0 if forward else -1]
    return widgets[(widgets.index(current) + (1 if forward else -1)) % len(widgets)]


def in_reading_order(parent: QWidget) -> Iterator[QWidget]:
    """Yield the descendants that take the focus by Tab, row by row, each row from left to right."""
    for child in _by_rows([child for child in _children(parent) if not child.isHidden() and not child.isWindow()]):
        # A widget with a focus proxy passes the focus on; Tab would stay at the proxy.
        policy = child.focusPolicy() & Qt.FocusPolicy.TabFocus
        if policy == Qt.FocusPolicy.TabFocus and child.isEnabled() and child.focusProxy() is None:
            yield child
        # Depth first: all widgets of a panel come before those of the next one.
        yield from in_reading_order(child)


def _children(parent: QWidget) -> list[QWidget]:
    return [child for child in parent.children() if isinstance(child, QWidget)]


def _by_rows(widgets: list[QWidget]) -> list[QWidget]:
    rows: list[list[QWidget]] = []
    # A widget belongs to the current row if its centre is above the bottom edge of the row's first widget.
    for widget in sorted(widgets, key=lambda widget: widget.y()):
        if rows and widget.geometry().center().y() <= rows[-1][0].geometry().bottom():
            rows[-1].append(widget)
        else:
            rows.append([widget])
    return [widget for row in rows for widget in sorted(row, key=lambda widget: widget.x())]
