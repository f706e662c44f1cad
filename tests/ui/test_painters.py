"""Every painter is ended even after an error, and no paint event imports a module."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import explorer.ui

SOURCES = sorted(Path(explorer.ui.__path__[0]).rglob("*.py"))
PAINTERS = {"QPainter", "QStylePainter"}


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PAINTERS:
            yield node


def painters_outside_with(source: str) -> list[int]:
    """Return the lines that make a painter which no ``with`` ends."""
    tree = ast.parse(source)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
    ended = {id(item.context_expr) for statement in statements for item in statement.items}
    return [call.lineno for call in _calls(tree) if id(call) not in ended]


def imports_in_paint_events(source: str) -> list[int]:
    """Return the lines of imports inside methods that Qt calls to paint."""
    paints = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name in ("paint", "paintEvent")
    )
    return [
        inner.lineno for paint in paints for inner in ast.walk(paint) if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def test_the_check_finds_a_painter_that_may_stay_active():
    assert painters_outside_with("painter = QPainter(self)\npainter.end()") == [1]
    assert painters_outside_with("painter, theme = QPainter(self), theme") == [1]
    assert painters_outside_with("with QPainter(self) as painter:\n    draw(painter)") == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_painters_end_with_their_block(path):
    source = path.read_text(encoding="utf-8")
    assert painters_outside_with(source) == []
    assert imports_in_paint_events(source) == []


PAINT = """
import sys
import numpy as np
from PySide6.QtWidgets import QApplication

app = QApplication([])
from explorer.ui.plane.points.legend_chip import ColourBar
from explorer.ui.plane.points.points_item import PointsItem
from explorer.ui.theme.theme import ThemeSource
import pyqtgraph as pg

bar = ColourBar(ThemeSource())
bar.set_span(0, 1, "nats")
plot, item = pg.PlotWidget(), PointsItem()
plot.addItem(item)
item.set_points(np.random.default_rng(0).normal(size=(100, 2)))
item.set_colours(np.full((1, 3), 200, np.uint8), np.zeros(100, np.int64))
before = {name.split(".")[0] + "." + ".".join(name.split(".")[1:2]) for name in sys.modules}
bar.grab()
plot.grab()
after = {name.split(".")[0] + "." + ".".join(name.split(".")[1:2]) for name in sys.modules}
print(sorted(name for name in after - before if name.startswith(("scipy", "colorcet", "sklearn", "matplotlib"))))
"""


def test_first_paint_of_points_and_colour_bar_imports_no_slow_library():
    done = subprocess.run([sys.executable, "-P", "-c", PAINT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
