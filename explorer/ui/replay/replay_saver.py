"""Saving a replay as a film of what the window shows."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from explorer.jobs.reports.replay_film import MAX_SAMPLES, FilmOptions, save_replay
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.background import Done, Working
from explorer.latent.evaluation.figure_text import percent
from explorer.session import View
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import ask_path

KINDS = {"gif": "GIF animation", "mp4": "MP4 film", "npz": "arrays"}
NO_REPLAY = "No replay to save. Train a run; its replay is stored with it."
TASK = "save replay"


class ReplaySaver(QObject):
    """Saves the replay of the active run, or of the first run in view that has one; one film at a time.

    Signals
    -------
    progress : str
        Progress of the film as text; "" at its end.
    """

    progress = Signal(str)

    def __init__(self, state: AppState, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._themes, self._window = themes, window
        self._messages, self._session, self._tasks = state.messages, state.session, state.tasks
        self._replays = state.replays
        state.tasks.changed.connect(self._on_task)

    @Slot()
    def save(self) -> None:
        """Ask for a file and write the film."""
        run = self._run()
        if run is None:
            self._messages.notify(NO_REPLAY)
            return
        path = ask_path(self._window, "Save replay", f"{run.name}-replay.gif", KINDS)
        if path is not None:
            self.write(run, path)

    def write(self, run: OpenRun, path: Path) -> None:
        """Write a run's film, with decodes of the probe and of the first selected samples."""
        # Options and path are read now: the View may change while the film is made.
        options = options_of(self._session.view, run, dark=self._themes.theme.dark)
        source = run.path
        self._tasks.do(
            TASK,
            lambda context: save_replay(source, path, options, context),
            lambda _: self._tasks.saved.emit(str(path)),
            aside=True,  # a film takes minutes, and must not block other tasks
        )

    @Slot()
    def cancel(self) -> None:
        """Cancel the film and remove its partial file."""
        self._tasks.cancel(TASK)

    def _run(self) -> OpenRun | None:
        runs = self._replays.runs
        active = self._session.view.active_run
        return next((run for run in runs if run.key == active), runs[0] if runs else None)

    @Slot(object)
    def _on_task(self, news: Working | Done) -> None:
        if news.key == TASK:
            share = f" {percent(news.done / news.total)}" if isinstance(news, Working) and news.total else ""
            self.progress.emit("" if isinstance(news, Done) else f"{news.text}{share}")


def options_of(view: View, run: OpenRun, *, dark: bool) -> FilmOptions:
    """Return the options of a film that shows what the window shows of a run: axes, probe and selected samples."""
    pane = next((pane for pane in view.panes if pane.run == run.key), None)
    # A selection holds indices of the active run's samples.
    codes: tuple[tuple[float, ...], ...] = ()
    samples = list(view.selection if view.active_run == run.key else ())
    if view.probe is not None and view.probe.run == run.key:
        if view.probe.sample is None:
            codes = (view.probe.z,)
        else:
            # First, as only MAX_SAMPLES are shown.
            samples.insert(0, view.probe.sample)
    # The film can only show samples whose codes were kept in the replay.
    kept = set() if run.plane is None else set(map(int, run.plane.index))
    shown = [sample for sample in dict.fromkeys(samples) if sample in kept]
    axes = pane.axes if pane is not None and run.latent_dim > 1 else None
    return FilmOptions(dark=dark, codes=codes, samples=tuple(shown[: MAX_SAMPLES - len(codes)]), axes=axes)
