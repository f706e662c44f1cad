"""Injects faults into the program and prints how many it survived: ``python tests/faults/run_faults.py``.

``--short`` takes a part of them, seeded; ``--only PATTERN`` those whose group or name fits a regular expression.
"""

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "cases")]

from fault_runner import Fault, Outcome, print_table, run  # noqa: E402

SHORT_DAMAGED, SHORT_CRAFTED, SHORT_RUNS = 4, 30, 40
"""Numbers of cuts and of wrong bytes for each file, of crafted files, and of crafted runs, in the short part."""


def faults_of_readers(folder: Path, *, short: bool) -> list[Fault]:
    """Return the faults of files, written into a folder when each is tried."""
    import reader_faults

    reader_faults.prepare()
    number = SHORT_DAMAGED if short else None
    damaged = reader_faults.damaged(folder, number or 100, number or 300, seed=0)
    crafted = list(reader_faults.crafted(folder))
    return [*damaged, *(random.Random(0).sample(crafted, SHORT_CRAFTED) if short else crafted)]


def faults_of_runs(folder: Path, *, short: bool) -> list[Fault]:
    """Return the faults of run folders, written into a folder when each is tried."""
    import run_folder_faults

    faults = list(run_folder_faults.run_folders(folder))
    return random.Random(0).sample(faults, SHORT_RUNS) if short else faults


def main(arguments: Sequence[str] | None = None) -> bool:
    """Run the faults and print the table; return whether all were survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a part of all faults, seeded")
    parser.add_argument("--only", default="", help="only faults whose group or name fits this regular expression")
    parser.add_argument("--seconds", type=float, default=1.0, help="maximum seconds until a refusal")
    parser.add_argument("--verbose", action="store_true", help="print each outcome")
    options = parser.parse_args(arguments)

    def report(outcome: Outcome) -> None:
        if options.verbose:
            print(f"{outcome.group}, {outcome.name}: {outcome.fault(options.seconds) or outcome.result[:150]} "
                  f"({outcome.seconds:.2f} s, {outcome.megabytes:.0f} MB)", flush=True)  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        faults = faults_of_readers(Path(folder), short=options.short)
        faults += faults_of_runs(Path(folder), short=options.short)
        faults = [fault for fault in faults if re.search(options.only, f"{fault.group}, {fault.name}")]
        return print_table(run(faults, report), options.seconds)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
