"""Follows the group that the active run belongs to: its runs on disk, and live those that are open."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.jobs.experiments.loss_findings import Finding, in_order, latest_losses
from explorer.jobs.experiments.loss_group import GroupOnDisk, read_group
from explorer.jobs.experiments.loss_report import LossReport
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.ui.services.app_state import AppState

if TYPE_CHECKING:
    from explorer.runs.run_group import RunGroup

MILLISECONDS = 300
"""Between two reports: words that change faster cannot be read."""


class LossWatch(QObject):
    """Keeps a `LossReport` of the active run's group; None where it is in none.

    Signals
    -------
    changed
        ``report`` is another one.
    """

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._trainings, self._figures = state.store, state.trainings, state.figures
        self._session, self._tasks, self._lifetime = state.session, state.tasks, state.lifetime
        self._group: RunGroup | None = None
        self._folder = Path()
        self._on_disk = GroupOnDisk((), None)
        self.report: LossReport | None = None
        self._soon = QTimer(self, singleShot=True, interval=MILLISECONDS)
        self._soon.timeout.connect(self._renew)
        state.session.listen(self.show_view)
        for signal in (state.store.opened, state.store.details_changed, state.store.closed, state.figures.changed):
            signal.connect(self._on_run)
        state.folders.listed_changed.connect(self._read)
        self._begin()

    @property
    def open_members(self) -> tuple[OpenRun, ...]:
        """The group's runs that are open, in its order."""
        runs = [run for run in self._store.runs.values() if self._is_of_group(run)]
        return tuple(sorted(runs, key=lambda run: 0 if run.group is None else run.group.place))

    @property
    def training(self) -> tuple[str, ...]:
        """Keys of the group's runs that train now."""
        return tuple(run.key for run in self.open_members if run.key in self._trainings.running)

    @property
    def waiting_words(self) -> str:
        """Say why the first of its runs without figures has none; "" where all have them."""
        for finding in self.report.findings if self.report is not None else ():
            if finding.figures is None:
                key = str(finding.path)
                return self._figures.waiting_words(key) if key in self._store.runs else "shown, it is measured"
        return ""

    @property
    def unfinished(self) -> tuple[Finding, ...]:
        """The group's runs that are not trained to their end and do not train now."""
        found = self.report.findings if self.report is not None else ()
        return tuple(one for one in found if one.epoch < one.epochs and str(one.path) not in self._trainings.running)

    def show_view(self, old: View, new: View) -> None:
        """Follow the active run."""
        if old.active_run != new.active_run:
            self._begin()

    def _begin(self) -> None:
        run = self._store.runs.get(self._session.view.active_run or "")
        if run is None and self._session.view.active_run is not None:
            return  # it is being opened
        group = None if run is None else run.group
        folder = Path() if run is None else run.path.parent
        if (group and group.identity, folder) == (self._group and self._group.identity, self._folder):
            return
        self._group, self._folder = group, folder if group is not None else Path()
        self._on_disk = GroupOnDisk((), None)
        self._renew()
        self._read()

    @Slot()
    def _read(self) -> None:
        """Look anew for the group's runs on disk."""
        group, folder, known = self._group, self._folder, self._on_disk
        if group is not None:
            self._tasks.do(f"group {group.identity}", lambda _: read_group(group, folder, known), self._on_read)

    def _on_read(self, found: GroupOnDisk) -> None:
        if found.findings and self._group is not None and found.findings[0].group.identity == self._group.identity:
            self._on_disk = found
            self._renew()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        self._begin()
        run = self._store.runs.get(key)
        if run is not None and self._is_of_group(run) and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _renew(self) -> None:
        """Put together what is known by now."""
        if self._lifetime.closed:
            return
        known = {str(finding.path): finding for finding in self._on_disk.findings}
        for run in self.open_members:
            known[run.key] = self._live(run)
        report = LossReport(in_order(list(known.values())), self._on_disk.start) if known else None
        if report != self.report:
            self.report = report
            self.changed.emit()

    def _live(self, run: OpenRun) -> Finding:
        assert run.group is not None
        epoch, kl, reconstruction = latest_losses(run.history)
        kept, training = self._figures.of(run.key), run.key in self._trainings.running
        figures = None if kept is None else kept.figures
        return Finding(run.path, run.group, run.config, epoch, training, kl, reconstruction, figures)

    def _is_of_group(self, run: OpenRun) -> bool:
        group = self._group
        return group is not None and run.group is not None and run.group.identity == group.identity
