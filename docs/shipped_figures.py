"""Measures the figures of the runs that ship, which are read-only, and writes their figures.json again."""

from pathlib import Path

from explorer.assets import shipped_runs
from explorer.jobs.runs.kept_figures import measure_and_keep
from explorer.latent.steps import at_once
from explorer.runs import run_directory


def main() -> None:
    """Measure the runs and keep their figures."""
    run_directory._is_read_only = lambda path: False  # only this script may write to them
    for path in shipped_runs():
        kept = at_once(measure_and_keep(Path(path)))
        print(path, kept.measured)  # noqa: T201  (a script tells what it did)


if __name__ == "__main__":
    main()
