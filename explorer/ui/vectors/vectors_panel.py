"""The tab Vectors: group − group = vector, its certainty, its effect on a sample, and a − b + c.

1. The session says which groups, which sample and which strength (`View.arithmetic`); `VectorAnswers` asks for them.
2. `VectorChoices` takes what the user chooses, each choice as one step of undo.
3. `StrengthMover` owns slider, preview and arrow; `KeptVectors` the vectors that are kept with the runs.
4. `VectorChores` runs the commands that need a dialog: names, files, other runs.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.jobs.queries.vector_questions import GroupMembers
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.applied_vector import NearestCodes
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.directions.vector_verdict import certainty_rows, verdict_on
from explorer.session import Probe, View
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import with_weights
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.applied.strength_strip import applied_film
from explorer.ui.vectors.certainty_view import kept_rows
from explorer.ui.vectors.groups.group_finder import NO_PROBE
from explorer.ui.vectors.kept_vectors import KeptVectors
from explorer.ui.vectors.strength_mover import StrengthMover
from explorer.ui.vectors.vector_answers import ANALOGY, MINUS, PLUS, STRIP, VECTOR, VectorAnswers
from explorer.ui.vectors.vector_choices import VectorChoices
from explorer.ui.vectors.vector_chores import VectorChores
from explorer.ui.vectors.vector_words import (
    KEPT_GROUPS,
    NO_GROUPS,
    NO_PARTS,
    NO_START,
    NO_VECTOR,
    NOT_MADE,
    ONE_MORE,
    Applied,
    analogy_command,
    part_search,
    shown_name,
    start_words,
    vector_command,
)
from explorer.ui.vectors.vectors_frame import VectorsFrame
from explorer.ui.vectors.vectors_saver import VectorsSaver, nothing_to_save
from explorer.ui.widgets.identity import enable

ABOUT = ("arithmetic", "groups", "panes", "active", "probe", "condition", "selection")
"""Fields of the View that the tab shows."""


class VectorsPanel(QWidget):
    """Shows `View.arithmetic` for the active run."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._session, self._themes = state, state.session, themes
        self.kept = KeptVectors(state, self)
        self.answers = VectorAnswers(state, self.kept, self)
        self._choices = VectorChoices(state, self.answers, self)
        self.frame = VectorsFrame(state.tasks, themes, self._choices.groups, self._choices.parts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._mover = StrengthMover(state, self.answers, self.frame.applied, self)
        self._saver = VectorsSaver(state, self.answers, self)
        self._chores = VectorChores(state, self.answers, self.kept, self)
        self._connect()
        state.session.listen(self.show_view)
        self._mover.show_strength()

    @property
    def tools(self) -> QWidget:
        """The choice between the vector and a − b + c."""
        return self.frame.tools

    def export_actions(self) -> Sequence[QAction]:
        """Return the actions that save the vector."""
        actions, answers = self.frame.actions_, self.answers
        if answers.shown.shows == "analogy":
            why = "" if answers.analogy is not None else "There is no result yet"
            film = "a − b + c has no strip"
        else:
            why = "" if answers.values is not None else NO_VECTOR
            film = nothing_to_save(answers.applied, answers.shown.run)
        for action, reason in (
            (actions.save_figure, why), (actions.save_film, film), (actions.save_numbers, why),
        ):  # fmt: skip
            enable(action, reason)
        return [actions.save_figure, actions.save_film, actions.save_numbers, actions.export, actions.take]

    def copy_command(self) -> str:
        """Return the command that reproduces the tab, or ""."""
        shown, view, finder = self.answers.shown, self._session.view, self.answers.finder
        if shown.run is None or finder is None:
            return ""
        classes = shown.run.description.class_names
        condition, chosen = "" if shown.condition is None else classes[shown.condition], view.arithmetic
        if shown.shows == "analogy":
            if any(isinstance(one, str) for one in shown.parts):
                return ""
            searches = {text: finder.search_of(text, view) for text in chosen.parts}
            parts = tuple(part_search(text, shown.probe, searches) for text in chosen.parts)
            return with_weights(analogy_command(shown.run.key, parts, condition), shown.run)
        if self.answers.values is None:
            return ""
        searched = (finder.search_of(chosen.plus, view), finder.search_of(chosen.minus, view))
        kept = "" if shown.kept is None else shown.kept.name
        applied = Applied(*searched, shown.by, kept, shown.start)
        named = condition if shown.start is not None else ""
        return with_weights(vector_command(shown.run.key, applied, named), shown.run)

    def show_view(self, old: View, new: View) -> None:
        """Show what has changed; a hidden tab shows nothing."""
        if not self.isVisible() or all(getattr(old, name) == getattr(new, name) for name in ABOUT):
            return
        moved = replace(old.arithmetic, strength=new.arithmetic.strength)
        only_strength = moved == new.arithmetic and all(getattr(old, one) == getattr(new, one) for one in ABOUT[1:])
        if not only_strength:
            self.answers.show(new)
        self._mover.show_view(old, new)
        if not only_strength:
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what has changed while the tab was hidden."""
        super().showEvent(event)
        run = self._state.store.runs.get(self._session.view.active_run or "")
        if run is not None:
            self.kept.read(run)
        self.answers.wake(self._session.view)
        self._mover.show_strength()
        self._mover.wake()
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing, and mark nothing."""
        super().hideEvent(event)
        self.answers.sleep()
        self._mover.sleep()
        self._state.probing.hover_sample("", None)

    def _connect(self) -> None:
        frame, actions = self.frame, self.frame.actions_
        frame.tools.chosen.connect(lambda name: self._choose(shows=name))
        for card, field in ((frame.plus, "plus"), (frame.minus, "minus")):
            card.combo.chosen.connect(partial(self._choices.take_group, field))
            card.picked.connect(self._follow)
        frame.positions.picked.connect(self._follow)
        frame.positions.hovered.connect(self._on_hovered)
        frame.certainty.vector_chosen.connect(lambda name: self._choose(kept=name))
        frame.certainty.by_chosen.connect(lambda by: self._choose(by=by))
        frame.certainty.keep.clicked.connect(self._chores.keep)
        frame.applied.dice.clicked.connect(self._choices.take_random)
        frame.applied.find_sample.clicked.connect(self._choices.find_sample)
        frame.applied.take_probe.clicked.connect(lambda: self._choose(sample=None))
        frame.analogy.back.clicked.connect(lambda: self._choose(shows="vector"))
        frame.analogy.part_chosen.connect(self._choices.take_part)
        frame.analogy.move_probe.clicked.connect(self._on_move_to_result)
        frame.analogy.follow.clicked.connect(self._on_follow_nearest)
        frame.try_it.clicked.connect(self._choices.take_two_classes)
        frame.key_pressed.connect(self._mover.take_key)
        actions.menu.aboutToShow.connect(self._show_actions)
        actions.carry.aboutToShow.connect(lambda: self._chores.fill_runs(actions.carry))
        for action, slot in (
            (actions.swap, self._on_swap), (actions.move_probe, self._mover.move_probe),
             (actions.keep, self._chores.keep),
            (actions.analogy, lambda: self._choose(shows="analogy")),
            (actions.remake, self._on_remake), (actions.rename, self._chores.rename),
            (actions.delete, self._chores.delete), (actions.take, self._chores.take),
            (actions.export, self._chores.export),
            (actions.save_figure, lambda: self._saver.save_figure(dark=self._themes.theme.dark)),
            (actions.save_film, lambda: self._saver.save_film(dark=self._themes.theme.dark)),
            (actions.save_numbers, self._saver.save_numbers),
        ):  # fmt: skip
            action.triggered.connect(slot)
        self.answers.changed.connect(self._on_answer)
        self.kept.changed.connect(self._on_kept)
        store = self._state.store
        for signal in (store.opened, store.closed, store.details_changed, store.plane_changed):
            signal.connect(self._on_run)
        store.plane_changed.connect(self.answers.on_run)

    # What is shown

    def _show(self) -> None:
        shown, frame = self.answers.shown, self.frame
        chosen = self._session.view.arithmetic
        frame.tools.show_choice(shown.shows)
        for card, text, kept in (
            (frame.plus, chosen.plus, shown.kept and shown.kept.plus.name),
            (frame.minus, chosen.minus, shown.kept and shown.kept.minus.name),
        ):
            card.combo.show_value(kept or text, shown_name(kept or text), KEPT_GROUPS if shown.kept else "")
        for combo, text in zip(frame.analogy.combos, chosen.parts, strict=True):
            combo.show_value(text, shown_name(text))
        names = [] if shown.run is None else [one.name for one in self.kept.of(shown.run.key)]
        made = replace(shown, kept=None).name if shown.kept is None else ""
        frame.certainty.show_vectors(made, names, "" if shown.kept is None else shown.kept.name)
        frame.show_choice()
        columns = () if self.answers.finder is None or shown.why or shown.kept else self.answers.finder.columns
        frame.certainty.show_columns(columns, shown.by)
        frame.show_page(shown.shows, self._empty_words(), why=shown.why)
        frame.try_it.setVisible(shown.kept is None and not (chosen.plus and chosen.minus))
        few = len(self._choices.two_classes()) < 2
        frame.try_it.setEnabled(not few)
        frame.try_it.setToolTip("The data has no two classes" if few else "Subtract the second class from the first")
        for part in (PLUS, MINUS, VECTOR, STRIP, ANALOGY):
            self._show_part(part)
        self._show_actions()

    def _show_part(self, part: str) -> None:
        shown, answers, frame = self.answers.shown, self.answers, self.frame
        if part in (PLUS, MINUS):
            card, group = (frame.plus, shown.plus) if part == PLUS else (frame.minus, shown.minus)
            words = answers.why_absent(part) or (group if isinstance(group, str) else "")
            card.show_group(shown.run, answers.summary(part), words or "Choose a group", shown.by)
        elif part == VECTOR:
            self._show_vector()
        elif part == STRIP:
            self._show_strip()
        else:
            known = [one for one in shown.parts if isinstance(one, str) and one]
            why = answers.why_absent(ANALOGY) or next(iter(known), "") or ("" if answers.analogy else NO_PARTS)
            # Of a single sample or a code there is no mean.
            means = [isinstance(one, GroupMembers) and len(one.samples) > 1 for one in shown.parts]
            frame.analogy.show_analogy(shown.run, answers.analogy, why, means)

    def _show_vector(self) -> None:
        shown, answers, view = self.answers.shown, self.answers, self.frame.certainty
        vector, why = answers.vector, answers.why_absent(VECTOR)
        foreign = shown.kept is not None and not answers.is_remade
        if foreign and shown.kept is not None and shown.run is not None:
            view.show_figures(kept_rows(shown.kept.figures))
            words = self.kept.difference(shown.run, shown.kept) or f"Kept with {shown.kept.run or shown.run.name}."
            view.show_words(words, weak=True if "other" in words else None)
            why = "Choose “Make again” in the menu to see the positions of the samples"
        elif vector is None:
            view.show_figures(())
            view.show_words(why)
        else:
            self._show_certainty(vector)
        seen = None if foreign or vector is None or vector.certainty is None else vector
        self.frame.positions.show_vector(shown.run, seen, why)
        self.frame.angles.show_vector(seen, why)
        reason = self._chores.why_not_keep
        view.keep.setEnabled(not reason)
        view.keep.setToolTip(reason or "Keep the vector with the run, under a name")
        self._show_brief()

    def _show_certainty(self, vector: AttributeVector) -> None:
        view = self.frame.certainty
        view.show_figures(certainty_rows(vector))
        if vector.certainty is None:
            view.show_words("Computing the certainty …")
        else:
            view.show_verdict(verdict_on(vector))

    def _show_brief(self) -> None:
        vector, name = self.answers.vector, self.answers.shown.name
        foreign = self.answers.shown.kept is not None and not self.answers.is_remade
        if vector is None or vector.certainty is None or foreign:
            self.frame.applied.set_brief(name, "")
            return
        verdict, figures = verdict_on(vector), dict(certainty_rows(vector))
        right = figures["On the right side"].rpartition(" = ")[2]
        self.frame.applied.set_brief(
            f"{right} on the right side, {figures['Bootstrap angle']}. {verdict.sentence}",
            f"{right} on the right side. {verdict.sentence}", f"{right} on the right side", right,
        )  # fmt: skip

    def _show_strip(self) -> None:
        shown, view, applied = self.answers.shown, self.frame.applied, self.answers.applied
        run, start = shown.run, shown.start
        if run is None:
            return
        view.words.set_forms("z + strength × vector, decoded", "z + strength × vector", "decodes")
        note = self.answers.why_absent(STRIP) or (NO_START if start is None else "")
        view.strip.show_film(None if applied is None else applied_film(applied, run.description), note)
        nearest = None if applied is None else applied.nearest
        view.plot.show_nearest(() if applied is None else tuple(applied.strengths.tolist()), nearest)
        if start is None:
            view.show_start("no sample yet", "")
        else:
            view.show_start(*start_words(run, start))
            self._show_start(run, start.sample)
        why = "" if applied is not None else NO_START if start is None else NO_VECTOR
        for widget in (view.slider, view.box, view.move_probe):
            widget.setEnabled(not why)
        view.move_probe.setToolTip(why or "Move the probe to the code at this strength")
        follows = self._session.view.arithmetic.sample is None
        free = "" if shown.probe is not None else NO_PROBE
        reason = "The vector is added to the probe already" if follows else free
        view.take_probe.setEnabled(not reason)
        view.take_probe.setToolTip(reason or "Apply to the probe, and follow it")
        self._mover.show_strength()
        view.fit()

    def _show_start(self, run: OpenRun, sample: int | None) -> None:
        view, applied = self.frame.applied, self.answers.applied
        if sample is not None and run.dataset is not None:
            view.picture.show_sample(run.dataset.rows(np.array([sample]))[0], run.description)
        elif applied is not None:
            view.picture.show_sample(applied.decodes[len(applied.decodes) // 2], run.description)

    def _empty_words(self) -> str:
        shown, chosen = self.answers.shown, self._session.view.arithmetic
        if shown.kept is not None:
            return ""
        if not chosen.plus and not chosen.minus:
            return NO_GROUPS
        if not chosen.plus or not chosen.minus:
            return ONE_MORE
        problems = [one for one in (shown.plus, shown.minus) if isinstance(one, str)]
        return problems[0] if problems else ""

    @Slot()
    def _show_actions(self) -> None:
        actions, shown, chores = self.frame.actions_, self.answers.shown, self._chores
        chosen = self._session.view.arithmetic
        no_kept = "" if shown.kept is not None else "Choose a kept vector first"
        enable(actions.swap, "" if chosen.plus or chosen.minus else NOT_MADE)
        enable(actions.remake, no_kept or chores.why_not_remade)
        enable(actions.keep, chores.why_not_keep)
        enable(actions.rename, no_kept)
        enable(actions.delete, no_kept)
        enable(actions.take, chores.why_no_folder)
        enable(actions.export, "" if self.answers.values is not None else NO_VECTOR)
        actions.carry.setEnabled(self.answers.values is not None)

    # What changes

    @Slot(str)
    def _on_answer(self, part: str) -> None:
        if self.isVisible():
            self._show_part(part)
            if part == VECTOR:
                self._show_actions()
                self._show_strip()
            self._mover.refresh()

    @Slot(str)
    def _on_kept(self, key: str) -> None:
        if self.isVisible():
            self.answers.show(self._session.view)
            self._show()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        run = self.answers.shown.run
        if self.isVisible() and (run is None or run.key == key):
            self.answers.show(self._session.view)
            self._show()

    # What the user does

    def _choose(self, **changes: object) -> None:
        self._session.set(arithmetic=replace(self._session.view.arithmetic, **changes))  # type: ignore[arg-type]

    @Slot()
    def _on_swap(self) -> None:
        chosen = self._session.view.arithmetic
        self._choose(plus=chosen.minus, minus=chosen.plus)

    @Slot()
    def _on_remake(self) -> None:
        changes = self._chores.remade()
        if changes is not None:
            self._session.set(**changes)

    @Slot(int)
    def _follow(self, sample: int) -> None:
        run = self.answers.shown.run
        if run is not None:
            self._mover.stop_preview()
            self._state.probing.probe_sample(run.key, sample)

    @Slot(object)
    def _on_hovered(self, sample: int | None) -> None:
        run = self.answers.shown.run
        self._state.probing.hover_sample("" if run is None else run.key, sample)

    @Slot()
    def _on_move_to_result(self) -> None:
        run, analogy = self.answers.shown.run, self.answers.analogy
        if run is not None and analogy is not None:
            self._session.set(probe=Probe(run.key, tuple(map(float, analogy.code))))

    @Slot()
    def _on_follow_nearest(self) -> None:
        analogy = self.answers.analogy
        nearest = None if analogy is None else analogy.nearest
        if isinstance(nearest, NearestCodes):
            self._follow(int(nearest.samples[0]))
