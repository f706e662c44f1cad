"""Draws the layers of the program from pyproject.toml: ``docs/images/layers.svg``."""

import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "layers.svg"

WHAT = {
    "__main__": "python -m explorer",
    "cli": "subcommands: read options, call a job, print",
    "callbacks": "the live plane of a training of your own",
    "api": "load, train, explore: what a notebook imports",
    "ui": "the window; the only Qt, no torch",
    "jobs": "background work without Qt: workers, questions, overlays, runs, notices",
    "plot": "figures for files and notebooks (matplotlib)",
    "rendering": "samples as lines, boxes and pixels; colours",
    "export": "what is on screen, as files",
    "training": "the loop, batches, schedules, replay frames",
    "latent": "codes: figures, densities, planes",
    "runs": "run folders, checkpoints, history",
    "models": "families, networks, likelihoods, priors",
    "data": "data sets, sources, splits, corruption",
    "session": "what is on screen, with undo",
    "config": "settings, each with range and help",
    "glossary": "terms of the field, with questions and answers",
    "assets": "files that ship",
    "extras": "optional packages, plug-ins",
    "end_signals": "Ctrl-C, SIGTERM, SIGHUP",
    "version": "the names and the version",
}
WIDTH, LEFT, ROW, BOX, NAME = 760, 40, 36, 28, 84
STYLE = """
text { font: 13px sans-serif; fill: #1b1f26 } .what { fill: #5a6470 } .name { font-weight: bold }
rect { fill: #f1f3f6; stroke: #b9c2ce } path { stroke: #5a6470; stroke-width: 1.5; fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #e6e8eb } .what { fill: #98a2b0 } rect { fill: #262b33; stroke: #4a5563 } path { stroke: #98a2b0 } }
"""


def layers() -> list[list[str]]:
    """Return the layers from top to bottom, each as the packages side by side in it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "layers"]
    return [[name.strip(" ()") for name in layer.replace(":", "|").split("|")] for layer in contract["layers"]]


def picture() -> str:
    """Return the picture as SVG: a box for each package, and an arrow for the direction of imports."""
    rows = layers()
    height = ROW * len(rows) + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}">']
    parts += ["<title>The layers: imports point down</title>", f"<style>{STYLE}</style>"]
    parts.append(f'<path d="M18 10 V{height - 12} m-5 -9 l5 9 l5 -9"/>')
    for number, names in enumerate(rows):
        width = (WIDTH - 1 - LEFT - 10 * (len(names) - 1)) / len(names)
        for column, name in enumerate(names):
            x, y = LEFT + column * (width + 10), 5 + ROW * number
            parts.append(f'<rect x="{x:g}" y="{y}" width="{width:g}" height="{BOX}" rx="5"/>')
            parts.append(f'<text class="name" x="{x + 12:g}" y="{y + 19}">{name}</text>')
            parts.append(f'<text class="what" x="{x + 12 + NAME:g}" y="{y + 19}">{escape(WHAT[name])}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(PICTURE)  # noqa: T201  (a script tells what it wrote)
