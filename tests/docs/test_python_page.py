"""docs/python.md: its code runs from top to bottom, and its table has every parameter of the estimator."""

import inspect
import re
from pathlib import Path

import pytest

from explorer import Autoencoder

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "python.md").read_text(encoding="utf-8")


def test_its_code_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    exec(compile(code, "python.md", "exec"), {})
    assert (tmp_path / "digits-vae" / "data.npz").exists()
    assert (tmp_path / "plane.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", inspect.signature(Autoencoder).parameters)
def test_each_parameter_is_in_its_table(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{name}`", PAGE, re.MULTILINE)


def test_its_notebooks_exist() -> None:
    notebooks = re.findall(r"\]\((notebooks/\w+\.ipynb)\)", PAGE)
    assert sorted(notebooks) == sorted(f"notebooks/{path.name}" for path in (DOCS / "notebooks").glob("*.ipynb"))
