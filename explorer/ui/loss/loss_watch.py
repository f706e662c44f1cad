"""Follows the group of the active run: its runs on disk, and live those that are open.

1. The active run changes: `_begin` compares its group with the one followed, and starts again if they differ.
2. `_read` reads the group's runs on disk in a background task.
3. The newest losses and figures of open runs replace those on disk (`_live`).
4. A change of an open run starts a timer; when it fires, `_renew` builds the report.
5. ``changed`` is emitted if the report differs from the last one.
"""

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

REPORT_MILLISECONDS = 300
"""Milliseconds between two reports: a text that changes more often cannot be read."""


class LossWatch(QObject):
    """Keeps a `LossReport` of the active run's group, or None if it belongs to none.

    Signals
    -------
    changed
        ``report`` was replaced.
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
        self._soon = QTimer(self, singleShot=True, interval=REPORT_MILLISECONDS)
        self._soon.timeout.connect(self._renew)
        state.session.listen(self.show_view)
        for signal in (state.store.opened, state.store.details_changed, state.store.closed, state.figures.changed):
            signal.connect(self._on_run)
        state.folders.listed_changed.connect(self._read)
        self._begin()

    @property
    def open_members(self) -> tuple[OpenRun, ...]:
        """The group's open runs, in the group's order."""
        runs = [run for run in self._store.runs.values() if self._is_of_group(run)]
        return tuple(sorted(runs, key=lambda run: 0 if run.group is None else run.group.place))

    @property
    def training(self) -> tuple[str, ...]:
        """Keys of the group's runs that train now."""
        return tuple(run.key for run in self.open_members if run.key in self._trainings.running)

    @property
    def waiting_words(self) -> str:
        """Why the first run without figures has none; "" if all have them."""
        for finding in self.report.findings if self.report is not None else ():
            if finding.figures is None:
                key = str(finding.path)
                return self._figures.waiting_words(key) if key in self._store.runs else "shown, it is measured"
        return ""

    @property
    def unfinished(self) -> tuple[Finding, ...]:
        """The group's runs that have epochs left and do not train now."""
        found = self.report.findings if self.report is not None else ()
        return tuple(one for one in found if one.epoch < one.epochs and str(one.path) not in self._trainings.running)

    def show_view(self, old: View, new: View) -> None:
        """Follow the active run."""
        if old.active_run != new.active_run:
            self._begin()

    def _begin(self) -> None:
        run = self._store.runs.get(self._session.view.active_run or "")
        if run is None and self._session.view.active_run is not None:
            # The active run is still being opened; keep the group until it is there.
            return
        group = None if run is None else run.group
        folder = Path() if run is None else run.path.parent
        # Runs of the same group: a click in another pane must not clear the report.
        if (group and group.identity, folder) == (self._group and self._group.identity, self._folder):
            return
        self._group, self._folder = group, folder if group is not None else Path()
        self._on_disk = GroupOnDisk((), None)
        # At once with the open runs, then again with those on disk.
        self._renew()
        self._read()

    @Slot()
    def _read(self) -> None:
        """Read the group's runs on disk in the background."""
        group, folder, known = self._group, self._folder, self._on_disk
        # The findings so far are passed on, so that unchanged runs are not read again.
        if group is not None:
            self._tasks.do(f"group {group.identity}", lambda _: read_group(group, folder, known), self._on_read)

    def _on_read(self, found: GroupOnDisk) -> None:
        # The group may have changed while the task ran.
        if found.findings and self._group is not None and found.findings[0].group.identity == self._group.identity:
            self._on_disk = found
            self._renew()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        # The active run may just have been opened.
        self._begin()
        run = self._store.runs.get(key)
        if run is not None and self._is_of_group(run) and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _renew(self) -> None:
        """Build the report from the disk and the open runs."""
        # The timer may fire once more while the window closes.
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
        figures, finished = None if kept is None else kept.figures, run.status == "finished"
        return Finding(run.path, run.group, run.config, epoch, training, kl, reconstruction, figures, finished)

    def _is_of_group(self, run: OpenRun) -> bool:
        group = self._group
        return group is not None and run.group is not None and run.group.identity == group.identity
