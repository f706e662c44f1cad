"""The window in the kernel of a notebook: it opens at once, draws between cells, and never ends the kernel."""

from pathlib import Path

import pytest

import explorer

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

CELLS = (
    # No screen: an error, and the kernel continues.
    """
import os, sys, explorer
os.environ.pop("QT_QPA_PLATFORM", None)
os.environ["DISPLAY"] = ":4242"
try:
    explorer.explore("ae", block=False)
except explorer.config.ConfigError as error:
    print("refused" if "explorer.plot" in str(error) or sys.platform != "linux" else error)
""",
    """
os.environ["QT_QPA_PLATFORM"] = "offscreen"
window = explorer.explore("ae", block=False)
window
""",
    # The event loop runs between cells, so the run opens without a call.
    """
import time
from PySide6.QtWidgets import QApplication
print(window, len(QApplication.allWidgets()) > 500, window.is_current or window.draw(5))
""",
    """
for widget in QApplication.topLevelWidgets():
    widget.close()
""",
    """
print(window, len(QApplication.allWidgets()))
again = explorer.explore("vae", block=False)
again.close()
print(again)
""",
)


def test_a_notebook_opens_and_closes_windows(runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(explorer.__file__).parents[1]))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    folder = {"metadata": {"path": str(runs_folder)}}
    client = nbclient.NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=800, resources=folder)
    ran = client.execute()
    printed = ["".join(output.get("text", "") for output in cell.outputs).splitlines() for cell in ran.cells]
    shown = next(output.data for output in ran.cells[1].outputs if "data" in output)
    assert shown["text/plain"] == "<window on ae, open>" and "image/png" in shown
    assert [line for line in printed[0] if "plugin" not in line] == ["refused"]
    assert "<window on ae, open> True True" in printed[2]
    assert "<window on ae, closed> 0" in printed[4] and "<window on vae, closed>" in printed[4]
