"""Compares the program's weights, figures and pictures with those of another commit.

    python tools/compare_with.py COMMIT
    python tools/compare_with.py ../other-checkout --families ae,vae,iwae --out /tmp/compared

1. Makes a worktree of the commit, unless a folder is named, and removes it at the end.
2. Lets `tree_results.py` train, measure and photograph in each of the two trees: same interpreter, one thread.
3. Compares weights bit for bit, figures by value, and pictures pixel by pixel, and prints a table. The folder ``--out``
   keeps each picture that differs as before | after | difference.

Texts of the window may differ on purpose, so pictures do not count: the table has the share of pixels that differ. The
exit status is 1 if weights or figures differ.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
VARIES = {"measured", "kept"}
"""Entries of `evaluate --json` that are no figures of the weights."""
REASONS = "not_defined"


@dataclass(frozen=True)
class Row:
    """One line of the table: what was compared, whether it is equal (None: not judged), and in what it differs."""

    what: str
    equal: bool | None
    words: str


def main() -> None:
    """Compare, print the table, and exit with 1 where weights or figures differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("before", help="a commit, or the folder of a checkout")
    parser.add_argument("--families", default="", help="names, separated by commas; all by default")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--parts", default="runs,pictures", help="runs, pictures, or both")
    parser.add_argument("--out", type=Path, default=None, help="where the pictures that differ are kept")
    options = parser.parse_args()
    out = options.out or Path(tempfile.mkdtemp(prefix="compared-"))
    settings = ["--families", options.families, "--epochs", str(options.epochs), "--parts", options.parts]
    with _checkout(options.before) as before:
        old, new = _results(before, out / "before", settings), _results(ROOT, out / "after", settings)
    rows = compare(old, new, out)
    print(table(rows))
    print(f"pictures in {out}")
    sys.exit(any(row.equal is False for row in rows))


@contextmanager
def _checkout(before: str) -> Iterator[Path]:
    """Return the folder that was named, or a worktree of the commit for as long as it is needed."""
    if Path(before, "explorer").is_dir():
        yield Path(before).resolve()
        return
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "before")
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), before], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def _results(tree: Path, out: Path, settings: list[str]) -> dict[str, Any]:
    """Produce the results of a tree, by this tree's script and that tree's program."""
    out.mkdir(parents=True, exist_ok=True)
    script = ROOT / "tools" / "tree_results.py"
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = {**os.environ, **one_thread, "PYTHONPATH": str(tree)}
    subprocess.run([sys.executable, str(script), str(out), *settings], check=True, env=environment, cwd=out)
    results: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return results


def compare(before: Mapping[str, Any], after: Mapping[str, Any], out: Path) -> list[Row]:
    """Return a row for each family's weights, each run's figures and each picture."""
    rows = []
    for name in [*before["weights"], *(name for name in after["weights"] if name not in before["weights"])]:
        rows.append(_compare_weights(name, before["weights"].get(name), after["weights"].get(name)))
    for name, figures in before["figures"].items():
        rows.append(_compare_figures(name, figures, after["figures"].get(name)))
    both = [name for name in before["pictures"] if name in after["pictures"]]
    rows += [_compare_pictures(name, out) for name in both]
    rows += [Row(f"picture {name}", None, "in one of the two alone") for name in _one_sided(before, after, both)]
    return rows


def _one_sided(before: Mapping[str, Any], after: Mapping[str, Any], both: list[str]) -> list[str]:
    return [name for name in [*before["pictures"], *after["pictures"]] if name not in both]


def _compare_weights(name: str, before: dict[str, str] | None, after: dict[str, str] | None) -> Row:
    what = f"weights {name}"
    if before is None or after is None:
        return Row(what, None, "a family of one of the two alone")
    if "error" in before and "error" in after:
        return Row(what, None, f"trains in neither: {after['error']}")
    if before == after:
        return Row(what, True, f"{len(after)} tensors")
    differing = [tensor for tensor in {**before, **after} if before.get(tensor) != after.get(tensor)]
    return Row(what, False, f"{len(differing)} of {len({**before, **after})} tensors differ, first {differing[0]}")


def _compare_figures(name: str, before: dict[str, Any], after: dict[str, Any] | None) -> Row:
    """Compare the figures of a run; new figures are listed but do not count as differences."""
    what = f"figures {name}"
    if after is None:
        return Row(what, False, "no figures any more")
    common = [key for key in before if key in after and key not in VARIES]
    # Which figures are not defined must be equal. Their reasons are prose, which may be reworded.
    reworded = _only_reworded(before.get(REASONS), after.get(REASONS))
    differing = [
        f"{key} {before[key]} → {after[key]}"
        for key in common
        if before[key] != after[key] and not (key == REASONS and reworded)
    ]
    words = [f"{len(common) - len(differing)} equal", *differing, *(["reasons reworded"] if reworded else [])]
    for told, keys in (("gone", before.keys() - after.keys()), ("new", after.keys() - before.keys())):
        words += [f"{told}: {', '.join(sorted(keys))}"] if keys else []
    gone = bool(before.keys() - after.keys())
    return Row(what, not differing and not gone, "; ".join(words))


def _only_reworded(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> bool:
    """Return whether the reasons differ although the same figures, but for new ones, are not defined."""
    if before is None or after is None:
        return False
    return before != after and set(before) <= set(after)


def _compare_pictures(name: str, out: Path) -> Row:
    """Return the share of pixels that differ; where some do, keep before | after | difference in one picture."""
    before, after = (
        np.asarray(Image.open(out / side / "pictures" / f"{name}.png").convert("RGB"), np.int16)
        for side in ("before", "after")
    )
    if before.shape != after.shape:
        return Row(f"picture {name}", None, f"sizes {before.shape[1::-1]} and {after.shape[1::-1]}")
    difference = np.abs(after - before)
    share = float((difference.max(axis=2) > 0).mean())
    if share:
        brightened = np.clip(4 * difference, 0, 255)
        Image.fromarray(np.hstack([before, after, brightened]).astype(np.uint8)).save(out / f"{name}.png")
    return Row(f"picture {name}", None if share else True, f"{100 * share:.2f} % of the pixels differ" if share else "")


def table(rows: list[Row]) -> str:
    """Return the rows as aligned lines."""
    width = max(len(row.what) for row in rows)
    results = {True: "equal", False: "DIFFERS", None: "see"}
    return "\n".join(f"{row.what:{width}}  {results[row.equal]:8}{row.words}".rstrip() for row in rows)


if __name__ == "__main__":
    main()
