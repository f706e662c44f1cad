"""Watches the texts that the program paints itself: those that it shortens, or draws into a box that is too narrow."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fit_checks import ALLOWED, SLACK, Fault, path_of, short
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget


@contextmanager
def elided_while_painting(found: list[Fault]) -> Iterator[None]:
    """Collect the texts that the program's own painting shortens with an ellipsis, or draws beyond their box."""
    kinds: tuple[Any, ...] = (QFontMetrics, QFontMetricsF)
    originals, draw_text = [kind.elidedText for kind in kinds], QPainter.drawText
    for kind, original in zip(kinds, originals, strict=True):
        kind.elidedText = _watched(original, found)
    QPainter.drawText = _measured(draw_text, found)  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        for kind, original in zip(kinds, originals, strict=True):
            kind.elidedText = original
        QPainter.drawText = draw_text  # type: ignore[method-assign]


def _measured(original: Callable[..., Any], found: list[Fault]) -> Callable[..., Any]:
    def draw_text(painter: QPainter, *rest: Any) -> Any:
        caller = sys._getframe(1)
        module, text = Path(caller.f_code.co_filename), rest[-1] if isinstance(rest[-1], str) else ""
        box = rest[0]
        if text and isinstance(box, (QRect, QRectF)) and "explorer" in module.parts and "\n" not in text:
            wraps = len(rest) > 1 and int(rest[1]) & int(Qt.TextFlag.TextWordWrap)
            needed = QFontMetricsF(painter.font()).horizontalAdvance(text)
            where = _painted_by(caller)
            # A box without width is a place to write at.
            if box.width() > 0 and not wraps and needed > box.width() + 2 * SLACK and where not in ALLOWED:
                found.append(Fault("text wider than its box", where, short(text), round(needed), round(box.width())))
        return original(painter, *rest)

    return draw_text


def _painted_by(caller: Any) -> str:
    module, painter = Path(caller.f_code.co_filename), caller.f_locals.get("self")
    return path_of(painter) if isinstance(painter, QWidget) else f"{module.parent.name}/{module.name}"


def _watched(original: Callable[..., str], found: list[Fault]) -> Callable[..., str]:
    def elided_text(metrics: Any, text: str, *rest: Any, **options: Any) -> str:
        shown = original(metrics, text, *rest, **options)
        caller = sys._getframe(1)
        module = Path(caller.f_code.co_filename)
        if shown != text and "explorer" in module.parts:
            widget = _painted_by(caller)
            if widget not in ALLOWED:
                found.append(Fault("text shortened", widget, f"{short(text)} as {short(shown)}"))
        return shown

    return elided_text
