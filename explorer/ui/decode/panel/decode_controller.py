"""Asks what the probe decodes to, in every pane, and holds the newest answers."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.classes import class_of_place, class_of_sample
from explorer.jobs.queries.decode_questions import DecodePlaces, Decodes, FindLookalike, Lookalike
from explorer.jobs.queries.follow_sample import FollowSample, ForwardPass
from explorer.jobs.queries.plane_questions import FindNearest, MeasureSpread
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import Answer
from explorer.latent.codes.neighbours import Neighbour
from explorer.session import View
from explorer.ui.decode.decoded import Decoded, Nearest, PaneDecode
from explorer.ui.state.workbench import Workbench

PURPOSE = "probe"
NO_ENCODER = "it has no encoder, so that it makes nothing of a sample"


class DecodeController(QObject):
    """Listens to the session and the workbench; the panel draws ``decoded``, and decides nothing.

    A place is decoded by its own run; the other panes show the real sample nearest to it. A sample is followed through
    every pane's model.

    Signals
    -------
    changed
        ``decoded`` was replaced.
    """

    changed = Signal()

    def __init__(self, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._asked: dict[str, Question] = {}
        self._spread_asked: set[str] = set()
        self.decoded = Decoded()
        bench.session.listen(self.render)
        bench.answered.connect(self._on_answer)
        bench.model_changed.connect(self._on_model_changed)
        bench.plane_changed.connect(self._on_plane_changed)
        bench.run_changed.connect(self._on_run_changed)
        bench.run_opened.connect(self._on_model_changed)
        bench.run_closed.connect(self._on_run_closed)
        self.render(View(), bench.session.view)

    def render(self, old: View, new: View) -> None:
        """Ask again where the probe, the panes or what is to be drawn changed."""
        asked_for = ("probe", "panes", "decode_as", "noise_seed", "draw_seed", "condition")
        if all(getattr(old, name) == getattr(new, name) for name in asked_for):
            return
        if old.probe != new.probe:
            self._move_probe(old, new)
        self._ask_all()

    def _move_probe(self, old: View, new: View) -> None:
        """Keep the last pictures until the next ones come, unless they are of another run's place."""
        if new.probe is None or old.probe is None or old.probe.run != new.probe.run:
            self._asked.clear()
            kept: tuple[PaneDecode, ...] = ()
        else:
            kept = self.decoded.panes
        is_place = new.probe is not None and new.probe.sample is None
        nearest = self.decoded.nearest if kept and is_place else None
        self.decoded = replace(self.decoded, probe=new.probe, panes=kept, nearest=nearest)
        self._ask_nearest()
        self.changed.emit()

    # Asking

    def _shown_runs(self) -> list[str]:
        """Return the runs that have a decode: the probe's own first, then the other panes' from left to right."""
        view = self._bench.session.view
        if view.probe is None:
            return []
        others = [pane.run for pane in view.panes if pane.run != view.probe.run]
        return [key for key in dict.fromkeys([view.probe.run, *others]) if key in self._bench.runs]

    def _ask_all(self) -> None:
        shown = self._shown_runs()
        kept = tuple(pane for key in shown if (pane := self.decoded.of(key)) is not None)
        absent = [(key, why) for key in shown if (why := self._ask(key))]
        if [*kept] != [*self.decoded.panes] or tuple(absent) != self.decoded.absent:
            without = {key for key, _ in absent}
            kept = tuple(pane for pane in kept if pane.run not in without)
            self.decoded = replace(self.decoded, panes=kept, absent=tuple(absent))
            self.changed.emit()

    def _ask(self, key: str, *, again: bool = False) -> str:
        """Ask one run; gives why it cannot be asked, or ""."""
        question = self._question(self._bench.runs[key])
        if isinstance(question, str):
            self._asked.pop(key, None)
            return question
        if again or question != self._asked.get(key):
            self._asked[key] = question
            self._bench.ask(question)
        return ""

    def _question(self, run: OpenRun) -> Question | str:
        """Return what to ask a run, or why there is nothing to ask."""
        view = self._bench.session.view
        probe = view.probe
        assert probe is not None
        drawn = view.decode_as == "sample"
        if run.key == probe.run and (probe.sample is None or run.dataset is None):
            condition = self._class_of_place(run, probe.sample)
            return DecodePlaces(run.key, PURPOSE, (probe.z,), drawn, view.draw_seed, condition)
        if run.key != probe.run and (why := self._why_no_sample(run)):
            return why
        if not run.capabilities.encoder:
            return NO_ENCODER
        sample = self._sample()
        if sample is None:
            return "it waits for the nearest real sample"
        if run.dataset is not None:
            noise = 0 if probe.sample is None else view.noise_seed
            chosen = class_of_sample(run, view.condition)
            return FollowSample(run.key, PURPOSE, sample, noise, drawn, view.draw_seed, chosen)
        z = self._bench.code_of(run.key, sample)
        if z is None:
            return run.missing_data or "its samples are being loaded"
        return DecodePlaces(run.key, PURPOSE, (z,), drawn, view.draw_seed, self._class_of_place(run, sample))

    def _class_of_place(self, run: OpenRun, sample: int | None = None) -> int | None:
        """Return the chosen class, else that of the sample whose code the place is where the plane knows it."""
        chosen = class_of_sample(run, self._bench.session.view.condition)
        row = run.plane.row_of(sample) if run.plane is not None and sample is not None else None
        known = -1 if row is None or run.plane is None or run.plane.labels is None else int(run.plane.labels[row])
        return known if chosen is None and known >= 0 and run.capabilities.condition else class_of_place(run, chosen)

    def _why_no_sample(self, run: OpenRun) -> str:
        probe = self._bench.session.view.probe
        own = self._bench.runs.get(probe.run) if probe is not None else None
        if own is not None and own.description.fingerprint != run.description.fingerprint:
            return f"it was trained on other samples ({run.description.name})"
        return ""

    def _sample(self) -> int | None:
        """Return the sample that stands for the probe in the other panes."""
        probe = self._bench.session.view.probe
        if probe is None or probe.sample is not None:
            return probe.sample if probe is not None else None
        return self.decoded.nearest.sample if self.decoded.nearest is not None else None

    def _ask_nearest(self) -> None:
        probe = self._bench.session.view.probe
        if probe is None or probe.sample is not None or probe.run not in self._bench.runs:
            return
        plane = self._bench.runs[probe.run].plane
        if not self._bench.runs[probe.run].capabilities.encoder:
            self._bench.ask(FindLookalike(probe.run, PURPOSE, probe.z))
            return
        if plane is None:
            return
        self._bench.ask(FindNearest(probe.run, PURPOSE, probe.z, plane.neighbours))
        if plane.neighbours.known_typical_distance is None and probe.run not in self._spread_asked:
            self._spread_asked.add(probe.run)
            self._bench.ask(MeasureSpread(probe.run, PURPOSE, plane.neighbours))

    # Answers and news

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        question = answer.question
        if question.purpose != PURPOSE:
            return
        if isinstance(question, FindNearest):
            self._on_nearest(question, answer.value)
        elif isinstance(question, FindLookalike):
            self._on_lookalike(question, answer.value)
        elif isinstance(question, MeasureSpread):
            self._spread_asked.discard(question.run)
            self._ask_nearest()
        elif type(question) is type(self._asked.get(question.run)):
            self._on_decode(answer)

    def _on_decode(self, answer: Answer) -> None:
        probe = self._bench.session.view.probe
        if probe is None:
            return
        is_place = probe.sample is None and probe.run == answer.question.run
        pane = _pane_decode(answer, None if is_place else self._sample())
        if pane is None or (probe.sample is not None and pane.sample != probe.sample):
            return
        have = {other.run: other for other in self.decoded.panes} | {pane.run: pane}
        panes = tuple(have[key] for key in self._shown_runs() if key in have)
        self.decoded = replace(self.decoded, panes=panes)
        self.changed.emit()

    def _on_nearest(self, question: FindNearest, neighbour: Neighbour | None) -> None:
        probe = self._bench.session.view.probe
        if probe is None or probe.sample is not None or probe.run != question.run:
            return
        run = self._bench.runs.get(question.run)
        if run is None or run.plane is None or run.plane.neighbours is not question.neighbours:
            return  # the codes moved meanwhile: it was asked again
        nearest = None if neighbour is None else self._nearest(run, run.plane, neighbour)
        self.decoded = replace(self.decoded, nearest=nearest)
        self._ask_all()
        self.changed.emit()

    def _on_lookalike(self, question: FindLookalike, found: Lookalike | None) -> None:
        probe = self._bench.session.view.probe
        if probe is None or probe.run != question.run or probe.z != question.z:
            return
        run = self._bench.runs.get(question.run)
        nearest = None if run is None or found is None else _looks_like(run, found)
        self.decoded = replace(self.decoded, nearest=nearest)
        self._ask_all()
        self.changed.emit()

    def _nearest(self, run: OpenRun, plane: PlaneCodes, neighbour: Neighbour) -> Nearest:
        data = run.dataset
        sample = int(plane.index[neighbour.row])
        label = -1 if plane.labels is None else int(plane.labels[neighbour.row])
        known = plane.neighbours.known_typical_distance
        before = self.decoded.nearest.typical if self.decoded.nearest is not None else None
        return Nearest(
            sample=sample,
            distance=neighbour.distance,
            # While it trains, the last measure stands until the new codes' is there.
            typical=before if known is None else known,
            class_name=run.description.class_names[label] if 0 <= label < len(run.description.class_names) else "",
            split="" if plane.split is None else str(plane.split[neighbour.row]),
            picture=data.rows(np.array([sample]))[0] if data is not None and sample < len(data) else None,
        )

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        if key in self._shown_runs():
            self._ask(key, again=True)

    @Slot(str)
    def _on_plane_changed(self, key: str) -> None:
        probe = self._bench.session.view.probe
        if probe is not None and probe.run == key:
            self._ask_nearest()
        elif key in self._shown_runs():
            self._ask_all()

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        """Ask anew where the run's data has come, or is no longer there."""
        if key not in self._shown_runs():
            return
        self._ask_all()
        nearest, data = self.decoded.nearest, self._bench.runs[key].dataset
        if nearest is not None and nearest.picture is None and data is not None:
            self._ask_nearest()

    @Slot(str)
    def _on_run_closed(self, key: str) -> None:
        self._asked.pop(key, None)
        self._spread_asked.discard(key)
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
        class_name=data.class_names[label] if 0 <= label < len(data.class_names) else "",
        split="train",
        picture=data.rows(np.array([found.sample]))[0],
        compared=found.compared,
    )


def _pane_decode(answer: Answer, sample: int | None) -> PaneDecode | None:
    """Read an answer; None where the run could not give one."""
    question, value = answer.question, answer.value
    if isinstance(value, ForwardPass):
        z = tuple(map(float, value.z))
        return PaneDecode(question.run, answer.step, z, value.decoded, value.sample, value)
    if isinstance(question, DecodePlaces) and isinstance(value, Decodes):
        picture: Any = value.pictures[0]
        return PaneDecode(question.run, answer.step, question.z[0], picture, sample)
    return None
