"""Everything but the window works with Qt uninstalled."""

import subprocess
import sys

IMPORT_ALL = """
import pkgutil, sys
from importlib import import_module

QT = {"PySide6", "shiboken6", "pyqtgraph", "superqt", "qtpy"}

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in QT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
import explorer
found = [module.name for module in pkgutil.walk_packages(explorer.__path__, "explorer.", onerror=print)]
wanted = [name for name in found if not name.startswith("explorer.ui") and name != "explorer.__main__"]
for name in wanted:
    import_module(name)
assert not QT & {name.partition(".")[0] for name in sys.modules}
print(len(wanted))
"""


def test_everything_but_the_window_imports_without_qt():
    done = subprocess.run([sys.executable, "-W", "error", "-P", "-c", IMPORT_ALL], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50
