"""Saves a picture of the window without a screen, to see the effect of a change.

    python tools/screenshot.py /tmp/window.png
    python tools/screenshot.py /tmp/window.png checkpoints/my-vae --size 1280,720 --theme light --click 0.3,0.4
    python tools/screenshot.py /tmp/window.png --click 0.3,0.4 --profile

``--click`` clicks the first plane at a point, given in shares of its width and height. ``--do`` triggers an action by
its name, for example ``overlay_manifold``. ``--profile`` drags from that point, and prints where the time goes.
"""

import argparse
import cProfile
import pstats
import tempfile
from pathlib import Path
from typing import Any

from driven_window import click, drag_along, in_the_window, planes, rest, settle_until, trigger, use_temporary_folders

MOVES = 200
"""Mouse moves in the profiled drag."""


def main() -> None:
    """Open the window, do what the options say, and save the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture", type=Path)
    parser.add_argument("runs", type=Path, nargs="*", help="runs to show; by default the two of the first start")
    parser.add_argument("--size", default="1440,900")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--click", default="", help="X,Y in shares of the plane's width and height")
    parser.add_argument("--do", action="append", default=[], help="an action by name; may be repeated")
    parser.add_argument("--profile", action="store_true", help="drag from the clicked point, and print what takes time")
    options = parser.parse_args()
    options.runs = [run.resolve() for run in options.runs]
    with tempfile.TemporaryDirectory() as home:
        use_temporary_folders(Path(home))
        in_the_window(lambda window: _photograph(window, options), *options.runs)


def _photograph(window: Any, options: argparse.Namespace) -> None:
    window.resize(*map(int, options.size.split(",")))
    trigger(window, f"theme_{options.theme}")
    settle_until(window, lambda: len(planes(window)) > 0)
    plane = planes(window)[0]
    at = tuple(map(float, options.click.split(","))) if options.click else (0.5, 0.5)
    if options.click:
        click(plane, (at[0], at[1]))
    for name in options.do:
        trigger(window, name)
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(drag_along, plane, [(at[0] + 0.3 * move / MOVES, at[1]) for move in range(MOVES)])
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    rest(window)
    window.grab().save(str(options.picture))
    print(options.picture)


if __name__ == "__main__":
    main()
