"""Everything but the window works with Qt uninstalled."""

import gc
import subprocess
import sys

from explorer.cli.window import no_garbage_collection

SLOW = {"scipy", "sklearn", "pooch", "requests", "matplotlib"}

NO_QT = """
import sys
QT = {"PySide6", "shiboken6", "pyqtgraph", "superqt", "qtpy"}

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in QT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
"""

IMPORT_ALL = """
import pkgutil
from importlib import import_module
import explorer
found = [module.name for module in pkgutil.walk_packages(explorer.__path__, "explorer.", onerror=print)]
wanted = [name for name in found if not name.startswith("explorer.ui") and name != "explorer.__main__"]
for name in wanted:
    import_module(name)
assert not QT & {name.partition(".")[0] for name in sys.modules}
print(len(wanted))
"""

RUN_COMMANDS = """
from explorer.cli import main
for words in (
    "train --epochs 1 --first-look --set model.hidden_widths=8 --out run",
    "evaluate run --json",
    "encode run --out codes.npz",
    "decode run --z 0,0 --out point.png",
    "path run --through 1 --through 2 --steps 3 --out way.gif",
    "plane run --out plane.svg",
    "info run --curves curves.pdf",
    "info run",
    "datasets",
    "models",
):
    sys.argv = ["latent-explorer", *words.split()]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (words, end.code)
import explorer
assert explorer.load("run").decode([0.0, 0.0]).shape == (1, 8, 8)
assert not QT & {name.partition(".")[0] for name in sys.modules}
"""


def without_qt(program, **options):
    """Run a program in a Python that has no Qt, and return what it prints."""
    command = [sys.executable, "-W", "error", "-P", "-c", NO_QT + program]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_but_the_window_imports_without_qt():
    assert int(without_qt(IMPORT_ALL)) > 50


def test_a_run_is_made_and_used_without_qt(tmp_path):
    without_qt(RUN_COMMANDS, cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "run",
        "codes.npz",
        "point.png",
        "way.gif",
        "plane.svg",
        "curves.pdf",
    }


def test_the_window_imports_none_of_the_slow_libraries():
    program = f"SLOW = {SLOW}\nimport sys, explorer.ui.app.app\nprint(SLOW & set(sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_garbage_is_not_collected_while_the_window_is_imported():
    with no_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
