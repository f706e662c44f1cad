"""What the window shows of a group: its runs on disk, and how their initial weights compare."""

from dataclasses import dataclass
from pathlib import Path

from explorer.jobs.experiments.initial_weights import Start, compare_starts
from explorer.jobs.experiments.loss_findings import Finding
from explorer.jobs.experiments.loss_group import finding_of, members_of
from explorer.runs.run_group import RunGroup


@dataclass(frozen=True)
class GroupOnDisk:
    """A group's runs in their order; ``start`` is None where fewer than two of them are there."""

    findings: tuple[Finding, ...]
    start: Start | None


def read_group(group: RunGroup, folder: Path, known: GroupOnDisk | None = None) -> GroupOnDisk:
    """Find the runs of a group in a folder, and draw their initial weights anew where they are not ``known``."""
    runs = members_of(group, folder)
    findings = tuple(finding_of(run) for run in runs)
    start = None if known is None else known.start
    if known is None or [one.config for one in known.findings] != [one.config for one in findings]:
        named = [(finding.title, finding.config) for finding in findings]
        start = compare_starts(named, runs[0].description) if len(runs) > 1 else None
    return GroupOnDisk(findings, start)
