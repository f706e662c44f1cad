"""Controller of the decode panel: asks every pane's run for the decode of the probe, and holds the newest answers.

1. The probe moves: each run in view is asked for its decode, and the probe's own run for the nearest real sample.
2. A point in latent space is decoded by its own run. The other runs decode the real sample nearest to it, once that
   sample is known.
   If the probe is at t of a path through samples that another run has, too, that run decodes its own path at t.
   A previewed code (`Probing.preview`) is decoded instead of the probe.
3. A sample is passed through every run's model.
4. Each answer replaces a part of ``decoded``. During a drag the last pictures stay until the next ones arrive.
5. ``changed`` is emitted once for all answers to one move: when the last one has arrived, or `FRAME_MILLISECONDS`
   after the first.
6. When weights, codes or data change, the questions are asked again.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.jobs.plane.scene import class_of_code, class_of_sample
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes, FindLookalike, Lookalike
from explorer.jobs.queries.follow_sample import FollowSample, ForwardPass
from explorer.jobs.queries.plane_questions import FindNearest
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.session import View
from explorer.ui.decode.decode_state import NO_DECODER, Decoded, Nearest, PaneDecode, nearest_of
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion, LiveQuestions

FRAME_MILLISECONDS = 8
"""Milliseconds that a decode waits for the other answers of the same move, to be drawn with them."""
NO_ENCODER = "it has no encoder, so it cannot reconstruct a sample"


class DecodeController(QObject):
    """Holds the newest answers in ``decoded``; the panel draws them. The module's docstring lists the steps.

    Signals
    -------
    changed
        ``decoded`` was replaced.
    """

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._distances = state.session, state.store, state.distances
        self._probing, self._paths = state.probing, state.paths
        asker = state.asker
        # One live question per run: each is answered, throttled and dropped on its own.
        self._decodes = LiveQuestions(asker, self._on_decode, self._question_of, parent=self)
        self._nearest_code = LiveQuestion(asker, self._on_nearest, parent=self)
        self._lookalike = LiveQuestion(asker, self._on_lookalike, parent=self)
        self.decoded = Decoded()
        self._late = QTimer(self, singleShot=True, interval=FRAME_MILLISECONDS)
        self._late.timeout.connect(self.changed)
        self.changed.connect(self._mark_draws)
        # Nothing may be announced once the services have ended.
        state.asker.stopped.connect(self._late.stop)
        state.session.listen(self.show_view)
        state.probing.preview_changed.connect(self._on_preview)
        state.store.plane_changed.connect(self._on_plane_changed)
        state.store.details_changed.connect(self._on_run_changed)
        state.distances.measured.connect(self._on_distance)
        state.store.opened.connect(self._on_opened)
        state.store.closed.connect(self._on_closed)
        # A session can start with a probe: compare with an empty View, so that its decodes are asked for.
        self.show_view(View(), state.session.view)

    @property
    def view(self) -> View:
        """The session's View, with a previewed code as its probe."""
        return self._probing.view_with_preview()

    def show_view(self, old: View, new: View) -> None:
        """Ask again if the probe, the panes or what is to be drawn has changed."""
        # During a preview its code is decoded; `preview_changed` reports its changes.
        preview = self._probing.preview
        if preview is not None:
            old, new = replace(old, probe=preview.probe), replace(new, probe=preview.probe)
        self._show(old, new)

    @Slot()
    def _on_preview(self) -> None:
        self._show(replace(self.view, probe=self.decoded.probe), self.view)

    def _show(self, old: View, new: View) -> None:
        # Zooming, tools and overlays change the View, too, but no decode.
        asked_for = ("probe", "panes", "decode_as", "noise_seed", "draw_seed", "condition")
        if all(getattr(old, name) == getattr(new, name) for name in asked_for):
            return
        if old.probe != new.probe:
            self._move_probe(old, new)
        self._ask_all()

    def _move_probe(self, old: View, new: View) -> None:
        """Keep the last pictures until the next ones arrive, unless they belong to another run's point."""
        # Pictures of another run would stay under the wrong name.
        if new.probe is None or old.probe is None or old.probe.run != new.probe.run:
            self._decodes.drop()
            kept: tuple[PaneDecode, ...] = ()
        else:
            kept = self.decoded.panes
        # A sample brings its own real picture; the nearest sample belongs to a point.
        is_point = new.probe is not None and new.probe.sample is None
        nearest = self.decoded.nearest if kept and is_point else None
        self.decoded = replace(self.decoded, probe=new.probe, panes=kept, nearest=nearest)
        self._ask_nearest()
        # In a drag of a point the answers will announce themselves: one redraw per move instead of two.
        if not (kept and is_point):
            self._announce()

    # Questions

    def _shown_runs(self) -> list[str]:
        """Return the keys of the runs with a decode: the probe's own first, then the other panes from left to right."""
        view = self.view
        if view.probe is None:
            return []
        others = [pane.run for pane in view.panes if pane.run != view.probe.run]
        # dict.fromkeys drops duplicates and keeps the order: two panes can show the same run.
        return [key for key in dict.fromkeys([view.probe.run, *others]) if key in self._store.runs]

    def _ask_all(self) -> None:
        shown = self._shown_runs()
        kept = tuple(pane for key in shown if (pane := self.decoded.of(key)) is not None)
        # (key, reason) of each run that cannot be asked
        absent = [(key, why) for key in shown if (why := self._ask(key))]
        if [*kept] != [*self.decoded.panes] or tuple(absent) != self.decoded.absent:
            without = {key for key, _ in absent}
            kept = tuple(pane for pane in kept if pane.run not in without)
            self.decoded = replace(self.decoded, panes=kept, absent=tuple(absent))
            self._announce_soon()

    def _ask(self, key: str) -> str:
        """Ask one run, unless it has been asked; return why it cannot be asked, or ""."""
        question, asked = self._question(self._store.runs[key]), self._decodes.asked(key)
        if isinstance(question, str):
            self._decodes.drop(key)
            return question
        if question != asked:
            # Answers to an earlier question of the same kind still count, so that a drag shows pictures. A question
            # of another kind (a sample instead of a point) makes them useless.
            self._decodes.ask(question, supersedes=type(question) is not type(asked))
        return ""

    def _question_of(self, key: str) -> Question | None:
        """Return the question for a run's newer weights; None if there is nothing to ask."""
        question = self._question(self._store.runs[key]) if key in self._shown_runs() else ""
        return None if isinstance(question, str) else question

    def _question(self, run: OpenRun) -> Question | str:
        """Return the question for a run, or the reason why there is none."""
        view = self.view
        probe = view.probe
        assert probe is not None
        if not run.capabilities.decoder:
            return NO_DECODER
        drawn = view.decode_as == "sample"
        # The point itself, or a sample without its data: only its code is known.
        if run.key == probe.run and (probe.sample is None or run.dataset is None):
            condition = self._class_of_point(run, probe.sample)
            return DecodePoints(run.key, (probe.z,), drawn, view.draw_seed, condition)
        is_probe = self._probing.preview is None
        if is_probe and run.key != probe.run and (z := self._paths.probed_code(run.key)) is not None:
            return DecodePoints(run.key, (z,), drawn, view.draw_seed, self._class_of_point(run))
        # The same index means another sample in another data set.
        if run.key != probe.run and (why := self._why_no_sample(run)):
            return why
        if not run.capabilities.encoder:
            return NO_ENCODER
        sample = self._sample()
        if sample is None:
            return "waiting for the nearest real sample"
        if run.dataset is not None:
            # Without noise: for a point, the other panes show its nearest sample and not a draw of that sample's code.
            noise = 0 if probe.sample is None else view.noise_seed
            chosen = class_of_sample(run, view.condition)
            return FollowSample(run.key, sample, noise, drawn, view.draw_seed, chosen)
        # The data is missing, but the plane may hold the sample's code.
        z = self._store.code_of(run.key, sample)
        if z is None:
            return run.missing_data or "its data is loading"
        return DecodePoints(run.key, (z,), drawn, view.draw_seed, self._class_of_point(run, sample))

    def _class_of_point(self, run: OpenRun, sample: int | None = None) -> int | None:
        """Return the chosen class; by default that of the sample whose code is decoded, if the plane knows it."""
        preview = self._probing.preview
        near = sample if preview is None or run.key != preview.probe.run else preview.class_of
        return class_of_code(run, self.view.condition, near)

    def _why_no_sample(self, run: OpenRun) -> str:
        # Fingerprints compare the samples themselves, not the names of the data sets.
        probe = self.view.probe
        own = self._store.runs.get(probe.run) if probe is not None else None
        if own is not None and own.description.fingerprint != run.description.fingerprint:
            return f"it was trained on other samples ({run.description.name})"
        return ""

    def _sample(self) -> int | None:
        """Return the sample that stands for the probe in the other panes; None if it is not known yet."""
        probe = self.view.probe
        if probe is None or probe.sample is not None:
            return probe.sample if probe is not None else None
        return self.decoded.nearest.sample if self.decoded.nearest is not None else None

    def _ask_nearest(self) -> None:
        probe = self.view.probe
        if probe is None or probe.sample is not None or probe.run not in self._store.runs:
            return
        plane = self._store.runs[probe.run].plane
        if not self._store.runs[probe.run].capabilities.encoder:
            # Without an encoder there are no codes to search: the pictures of samples are compared with the decode.
            # supersedes=True by default: each comparison reads thousands of samples, and only the newest matters.
            self._lookalike.ask(FindLookalike(probe.run, probe.z))
            return
        if plane is None:
            return
        # The search is fast; taking every answer keeps the nearest sample current during a drag.
        self._nearest_code.ask(FindNearest(probe.run, probe.z, plane.neighbours), supersedes=False)
        self._distances.want(probe.run)

    # Answers, and changes of runs

    @Slot()
    def _mark_draws(self) -> None:
        passes = {pane.run: pane.forward_pass for pane in self.decoded.panes if pane.forward_pass is not None}
        self._probing.mark_draws({run: one for run, one in passes.items() if one.draws is not None})

    def _announce(self) -> None:
        self._late.stop()
        self.changed.emit()

    def _announce_soon(self) -> None:
        """Announce that ``decoded`` was replaced, once for all answers on their way."""
        # All answers of the move are here: no reason to wait for the timer.
        if not self._awaits_any():
            self._announce()
        elif not self._late.isActive():
            self._late.start()

    def _awaits_any(self) -> bool:
        # The nearest sample counts, too: its answer starts further decodes.
        questions = (self._nearest_code, self._lookalike, *(self._decodes.of(key) for key in self._shown_runs()))
        return any(question.waits for question in questions)

    def _on_decode(self, answer: Answer) -> None:
        probe = self.view.probe
        # The probe was removed while the answer was on its way.
        if probe is None:
            return
        # For a point in another pane, the picture shows the nearest sample.
        run = answer.question.run
        is_point = probe.sample is None and (probe.run == run or self._paths.probed_code(run) is not None)
        pane = _pane_decode(answer, None if is_point else self._sample())
        # An answer for the sample before, overtaken by a click.
        if pane is None or (probe.sample is not None and pane.sample != probe.sample):
            return
        # Replace this run's decode and keep the panes' order, which is not the order of the answers.
        have = {other.run: other for other in self.decoded.panes} | {pane.run: pane}
        panes = tuple(have[key] for key in self._shown_runs() if key in have)
        self.decoded = replace(self.decoded, panes=panes)
        self._announce_soon()

    @Slot(str)
    def _on_distance(self, key: str) -> None:
        probe = self.view.probe
        if probe is not None and probe.run == key:
            self._ask_nearest()

    def _on_nearest(self, answer: Answer) -> None:
        question, neighbour = answer.question, answer.value
        assert isinstance(question, FindNearest)
        probe = self.view.probe
        if probe is None or probe.sample is not None or probe.run != question.run:
            return
        run = self._store.runs.get(question.run)
        # The neighbours object is the version of the codes: each training report brings a new one.
        if run is None or run.plane is None or run.plane.neighbours is not question.neighbours:
            return  # the codes have moved, and the question was repeated
        # During training, the last typical distance stays until that of the new codes has arrived.
        before = self.decoded.nearest.typical if self.decoded.nearest is not None else None
        nearest = None if neighbour is None else nearest_of(run, neighbour, before)
        self.decoded = replace(self.decoded, nearest=nearest)
        # Only now can the other panes be asked: they decode this sample.
        self._ask_all()
        self._announce_soon()

    def _on_lookalike(self, answer: Answer) -> None:
        question, found = answer.question, answer.value
        assert isinstance(question, FindLookalike)
        probe = self.view.probe
        # Lookalikes take long; the probe may have moved on.
        if probe is None or probe.run != question.run or probe.z != question.z:
            return
        run = self._store.runs.get(question.run)
        nearest = None if run is None or found is None else _looks_like(run, found)
        self.decoded = replace(self.decoded, nearest=nearest)
        self._ask_all()
        self._announce_soon()

    @Slot(str)
    def _on_opened(self, key: str) -> None:
        if key in self._shown_runs():
            self._ask_all()

    @Slot(str)
    def _on_plane_changed(self, key: str) -> None:
        # If the codes of the probe's run moved, another sample may be nearest; in other runs only its code has moved.
        probe = self.view.probe
        if probe is not None and probe.run == key:
            self._ask_nearest()
        elif key in self._shown_runs():
            self._ask_all()

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        """Ask again if the run's data has arrived or is gone."""
        if key not in self._shown_runs():
            return
        self._ask_all()
        nearest, data = self.decoded.nearest, self._store.runs[key].dataset
        # The nearest sample was found before its picture could be shown.
        if nearest is not None and nearest.picture is None and data is not None:
            self._ask_nearest()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._ask_all()


def _looks_like(run: OpenRun, found: Lookalike) -> Nearest | None:
    data = run.dataset
    if data is None:
        return None
    label = -1 if data.labels is None else int(data.labels[found.sample])
    return Nearest(
        sample=found.sample,
        distance=found.distance,
        typical=None,
        class_name=data.description.class_name(label),
        split="train",
        picture=data.rows(np.array([found.sample]))[0],
        compared=found.compared,
    )


def _pane_decode(answer: Answer, sample: int | None) -> PaneDecode | None:
    """Read an answer; None if the run could not answer."""
    # The run may be closed or its data gone: the value is then None or Absent.
    question, value = answer.question, answer.value
    if isinstance(value, ForwardPass):
        z = tuple(map(float, value.z))
        return PaneDecode(question.run, answer.step, z, value.decoded, value.sample, value)
    if isinstance(question, DecodePoints) and isinstance(value, Decodes):
        picture: Any = value.pictures[0]
        return PaneDecode(question.run, answer.step, question.z[0], picture, sample)
    return None
