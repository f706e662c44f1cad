"""Runs faults in child processes, measures what each costs, and prints a table of how many the program survived.

1. A fault is a name, a group, and an attempt: a function that returns what happened, or raises what escaped.
2. A child process runs the faults one after the other. It sends one line of JSON for each: the result, the seconds,
   and the memory that was taken at the peak, beyond that before.
3. If the child dies or hangs, its fault counts as not survived, and a new child continues with the next one.
4. A fault is survived if nothing escaped, within the limits of time and memory.

Linux alone: the peak of memory comes from /proc.
"""

import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

SECONDS = 1.0
"""Maximum seconds of the processor until a file is refused."""
MEGABYTES = 500
"""Maximum megabytes that are taken until a file is refused."""
HANGING = 40.0
"""Seconds after which a child is ended."""


READ = "read"
"""The result of an attempt that succeeded; other results are the sentences of errors."""


class Escaped(Exception):
    """An attempt ended in a way that the program does not allow; the text says how."""


@dataclass(frozen=True)
class Fault:
    """One fault to inject.

    Attributes
    ----------
    group
        The line of the table that counts it.
    attempt
        Runs the program on the fault and returns the outcome in a word or a sentence; whatever it raises has escaped.
    prepare
        Runs before, in a process of its own, and is not measured.
    """

    group: str
    name: str
    attempt: Callable[[], str]
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True)
class Outcome:
    """What happened: the text of the result, or what escaped; the seconds and the megabytes that it took."""

    group: str
    name: str
    result: str = ""
    escaped: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0

    def fault(self, seconds: float = SECONDS) -> str:
        """Return why the fault was not survived, or ""."""
        if self.escaped:
            return self.escaped
        if self.megabytes > MEGABYTES:
            return f"took {self.megabytes:,.0f} MB"
        # What is read may take its time: only a refusal has to be quick.
        return f"took {self.seconds:.1f} s" if self.seconds > seconds and self.result != READ else ""


def run(faults: Sequence[Fault], report: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Run faults in child processes; return their outcomes in the same order."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(faults):
        for outcome in _run_in_child(faults[len(outcomes) :]):
            outcomes.append(outcome)
            report(outcome)
    return outcomes


def _run_in_child(faults: Sequence[Fault]) -> Iterable[Outcome]:
    """Yield outcomes until all are known or the child has ended; the last one then says how it ended."""
    receiving, sending = os.pipe()
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        os.close(receiving)
        _serve(faults, sending)
    os.close(sending)
    known = 0
    with os.fdopen(receiving, "rb", buffering=0) as stream:
        while known < len(faults):
            ready = select.select([stream], [], [], HANGING)[0]
            line = _line(stream) if ready else b""
            if not line.endswith(b"\n"):
                break
            yield Outcome(**json.loads(line))
            known += 1
    if known < len(faults):
        os.kill(process, signal.SIGKILL)
    status = os.waitpid(process, 0)[1]
    if known < len(faults):
        ended = f"the process ended by signal {os.WTERMSIG(status)}" if ready else f"it hung for {HANGING:g} s"
        yield Outcome(faults[known].group, faults[known].name, escaped=ended)


def _line(stream: object) -> bytes:
    """Return the bytes of the stream up to the end of a line; fewer if the stream ends."""
    line = b""
    while not line.endswith(b"\n") and (byte := stream.read(1)):  # type: ignore[attr-defined]
        line += byte
    return line


def _serve(faults: Sequence[Fault], sending: int) -> None:
    """Run faults and send their outcomes; never return."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        for fault in faults:
            os.write(sending, json.dumps(asdict(_measured(fault))).encode() + b"\n")
    finally:
        os._exit(0)


def _measured(fault: Fault) -> Outcome:
    outcome = Outcome(fault.group, fault.name)
    if fault.prepare is not None:
        if os.fork() == 0:
            fault.prepare()
            os._exit(0)
        os.wait()
    before, of_children = _memory("VmRSS", reset=True), _peak_of_children()
    start = _seconds()
    try:
        outcome = replace(outcome, result=fault.attempt())
    except BaseException as error:  # whatever escaped is the finding
        text = " ".join(str(error).split())[:160]
        outcome = replace(outcome, escaped=text if isinstance(error, Escaped) else f"{type(error).__name__}: {text}")
    seconds = _seconds() - start
    taken = _memory("VmHWM") - before
    # A child of its own counts if it was larger than all before it.
    if (peak := _peak_of_children()) > of_children:
        taken = max(taken, peak - before)
    return replace(outcome, seconds=seconds, megabytes=max(0.0, taken))


def _memory(field: str, *, reset: bool = False) -> float:
    """Return a figure of this process in megabytes: the memory in use, or its peak, which ``reset`` forgets."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1000


def _seconds() -> float:
    """Return the seconds that the processor has worked for this process and its children, on a busy machine as well."""
    times = os.times()
    return sum(times[:4])


def _peak_of_children() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def print_table(outcomes: Sequence[Outcome], seconds: float = SECONDS) -> bool:
    """Print one line per group, then each fault that was not survived; return whether all were."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.group, []).append(outcome)
    width = max(map(len, groups), default=0)
    print(f"{'fault':<{width}}  {'tries':>6}  {'survived':>8}  {'longest s':>9}  {'most MB':>8}")
    for group, found in groups.items():
        survived = sum(not outcome.fault(seconds) for outcome in found)
        slowest, largest = max(each.seconds for each in found), max(each.megabytes for each in found)
        print(f"{group:<{width}}  {len(found):>6,}  {survived:>8,}  {slowest:>9.2f}  {largest:>8,.0f}")
    failed = [outcome for outcome in outcomes if outcome.fault(seconds)]
    for outcome in failed:
        print(f"  {outcome.group}, {outcome.name}: {outcome.fault(seconds)}")
    print(f"{len(outcomes) - len(failed):,} of {len(outcomes):,} survived")
    return not failed
