"""Commands for kept vectors: keep, rename, delete, import, export, and make again in this or another run.

A vector of this run is made in another one in three steps:

1. Its groups are found there: the same samples in the same data, else by the same searches.
2. `MakeVector` computes the vector with the codes of that run.
3. A window shows both certainties, and keeps the new vector there if the user wants.
"""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from explorer.jobs.queries.vector_questions import GroupMembers, MakeVector
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.directions.vector_verdict import certainty_rows, verdict_on
from explorer.latent.steps import Absent
from explorer.runs.kept_vectors import KeptGroup, KeptVector
from explorer.session import Group
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.vectors.carry_dialog import CarryDialog
from explorer.ui.vectors.certainty_view import kept_rows
from explorer.ui.vectors.groups.group_finder import GroupFinder
from explorer.ui.vectors.kept_vectors import KeptVectors
from explorer.ui.vectors.vector_answers import VectorAnswers, carried_members
from explorer.ui.vectors.vector_words import LIVE_MODEL, NOT_MADE, why_no_codes
from explorer.ui.widgets.saving import ask_file, ask_path

NOT_YET = "The certainty is still computed"


class VectorChores(QObject):
    """Runs the commands that need a name, a file or another run."""

    def __init__(self, state: AppState, answers: VectorAnswers, kept: KeptVectors, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._session, self._store = panel, state.session, state.store
        self._messages, self._answers, self._kept = state.messages, answers, kept
        # The comparison is a snapshot: new weights must not open another window.
        self._elsewhere = LiveQuestions(state.asker, self._on_carried, parent=self, follows_weights=False)
        self._carrying: KeptVector | None = None

    @property
    def why_no_folder(self) -> str:
        """Why nothing can be kept with the run; "" if it can."""
        run = self._answers.shown.run
        if run is None:
            return "Open a run first"
        return LIVE_MODEL if run.is_user_model else ""

    @property
    def why_not_keep(self) -> str:
        """Why the vector cannot be kept; "" if it can."""
        vector, shown = self._answers.vector, self._answers.shown
        if shown.kept is not None:
            return f"{shown.kept.name} is kept already"
        if vector is None:
            return self.why_no_folder or NOT_MADE
        return self.why_no_folder or (NOT_YET if vector.certainty is None else "")

    @property
    def why_not_remade(self) -> str:
        """Why the kept vector cannot be made again from its groups; "" if it can."""
        shown = self._answers.shown
        problems = [one for one in (shown.plus, shown.minus) if isinstance(one, str)]
        return problems[0] if problems else ""

    @Slot()
    def keep(self) -> None:
        """Ask for a name and keep the vector with the run."""
        shown = self._answers.shown
        if self.why_not_keep or shown.run is None:
            return
        name, accepted = QInputDialog.getText(
            self._panel, "Keep vector", "Name of the vector; an equal name is replaced:", text=shown.name
        )
        if accepted and name.strip():
            self.keep_as(name)

    def keep_as(self, name: str) -> None:
        """Keep the vector with the run under a name, and show it."""
        run, record = self._answers.shown.run, self.record(name)
        if run is None or record is None or self.why_not_keep:
            return
        self._kept.keep(run, record, lambda kept: self._messages.remark(f"{kept} is kept with {run.name}"))

    def record(self, name: str = "") -> KeptVector | None:
        """Return the vector that is shown with everything that is kept of it."""
        shown, vector, finder = self._answers.shown, self._answers.vector, self._answers.finder
        if shown.kept is not None:
            return shown.kept
        if shown.run is None or vector is None or finder is None:
            return None
        view = self._session.view
        named = {one.name for one in view.groups if one.data == shown.run.description.fingerprint}
        texts = view.arithmetic.plus, view.arithmetic.minus
        # A named group has no search: its samples are kept.
        searches = ["" if text in named else text for text in texts]
        return self._kept.record(shown.run, name or shown.name, vector, (searches[0], searches[1]))

    @Slot()
    def rename(self) -> None:
        """Ask for a new name of the kept vector."""
        run, kept = self._answers.shown.run, self._answers.shown.kept
        if run is None or kept is None:
            return
        name, accepted = QInputDialog.getText(self._panel, "Rename vector", "New name:", text=kept.name)
        if accepted:
            self.rename_to(name)

    def rename_to(self, name: str) -> None:
        """Rename the kept vector."""
        run, kept = self._answers.shown.run, self._answers.shown.kept
        if run is None or kept is None:
            return
        self._kept.rename(run, kept.name, name, self._on_renamed)

    def _on_renamed(self, name: str) -> None:
        # Not a step of undo, which could not rename it back.
        self._session.set_silent(arithmetic=replace(self._session.view.arithmetic, kept=name))

    @Slot()
    def delete(self) -> None:
        """Delete the kept vector from the run."""
        run, kept = self._answers.shown.run, self._answers.shown.kept
        if run is None or kept is None:
            return
        # Before the file is changed, so that nothing shows a vector that is gone; undo could not restore the file.
        self._session.set_silent(arithmetic=replace(self._session.view.arithmetic, kept=""))
        self._kept.remove(run, kept.name)
        self._messages.remark(f"{kept.name} is deleted")

    @Slot()
    def take(self) -> None:
        """Ask for a file and keep its vector with the run."""
        run = self._answers.shown.run
        if run is None or self.why_no_folder:
            return
        path = ask_file(self._panel, "Import vector", "tables", "Vectors (*.json)")
        if path is not None:
            self._kept.take(run, path, lambda vector: self._on_taken(run, vector))

    def _on_taken(self, run: OpenRun, vector: KeptVector) -> None:
        self._session.set(arithmetic=replace(self._session.view.arithmetic, kept=vector.name, shows="vector"))
        self._messages.notify(self._kept.difference(run, vector) or f"{vector.name} is kept with {run.name}")

    @Slot()
    def export(self) -> None:
        """Ask for a file and write the vector as JSON."""
        run, record = self._answers.shown.run, self.record()
        if run is not None and record is not None:
            path = ask_path(self._panel, "Export vector", f"{run.name}-vector.json", {"json": "Vector as JSON"})
            if path is not None:
                self._kept.export(path, record)

    def remade(self) -> dict[str, Any] | None:
        """Return the changes to the View that make the kept vector again from its groups; None if they are missing."""
        shown, view = self._answers.shown, self._session.view
        if shown.kept is None or shown.run is None or self.why_not_remade:
            return None
        # A group with a search needs no samples: the search is found again, also after the data has grown.
        data, groups, names = shown.run.description.fingerprint, list(view.groups), []
        for group, members in ((shown.kept.plus, shown.plus), (shown.kept.minus, shown.minus)):
            assert isinstance(members, GroupMembers)
            names.append(group.search or _add_group(groups, group, members, data))
        arithmetic = replace(view.arithmetic, plus=names[0], minus=names[1], by=shown.kept.by, kept="")
        return {"groups": tuple(groups), "arithmetic": arithmetic}

    # Another run

    def fill_runs(self, menu: QMenu) -> None:
        """List the other open runs; those that the groups do not fit say why."""
        menu.clear()
        shown, record = self._answers.shown, self.record()
        others = [run for run in self._store.runs.values() if shown.run is None or run.key != shown.run.key]
        for run in others:
            action = menu.addAction(run.name)
            why = "There is no vector yet" if record is None else self._why_not_in(record, run)
            action.setEnabled(not why)
            action.setToolTip(why or f"Make the vector of the same groups in {run.name}")
            action.triggered.connect(lambda _, key=run.key: self.carry(key))
        if not others:
            menu.addAction("Open another run first").setEnabled(False)

    def carry(self, key: str) -> None:
        """Make the vector from the same groups in another open run."""
        run, record = self._store.runs.get(key), self.record()
        if run is None or record is None or self._why_not_in(record, run):
            return
        plus, minus = carried_members(record, GroupFinder(run))
        if isinstance(plus, GroupMembers) and isinstance(minus, GroupMembers):
            self._carrying = record
            self._elsewhere.ask(MakeVector(key, plus, minus, run.plane, record.by))

    def _why_not_in(self, record: KeptVector, run: OpenRun) -> str:
        if why := why_no_codes(run):
            return why
        plus, minus = carried_members(record, GroupFinder(run))
        return next((one for one in (plus, minus) if isinstance(one, str)), "")

    def _on_carried(self, answer: Answer) -> None:
        run, record, value = self._store.runs.get(answer.question.run), self._carrying, answer.value
        # The first answer lacks the certainty, which is what the window compares.
        if run is None or record is None or not answer.final:
            return
        if isinstance(value, Absent):
            self._messages.notify(f"{run.name}: {value.why}")
        elif isinstance(value, AttributeVector):
            self._carrying = None
            self._show_both(run, record, value)

    def _show_both(self, run: OpenRun, record: KeptVector, vector: AttributeVector) -> None:
        shown, own = self._answers.shown, self._answers.vector
        made = own is not None and own.certainty is not None and shown.kept is None
        rows = certainty_rows(own) if made and own is not None else kept_rows(record.figures)
        words = verdict_on(own).text if made and own is not None else ""
        name = record.run or ("" if shown.run is None else shown.run.name)

        def keep() -> None:
            there = self._kept.record(run, record.name, vector, (record.plus.search, record.minus.search))
            self._kept.keep(run, there, lambda kept: self._messages.remark(f"{kept} is kept with {run.name}"))

        CarryDialog(record.name, (name, rows, words), (run.name, vector), keep, self._panel).open()


def _add_group(groups: list[Group], group: KeptGroup, members: GroupMembers, data: str) -> str:
    """Add a group of these samples to a list, unless it has one; return its name."""
    same = next((one for one in groups if one.data == data and one.samples == members.samples), None)
    if same is not None:
        return same.name
    taken = {one.name for one in groups}
    free = next(
        name for name in (group.name, *(f"{group.name} {number}" for number in range(2, len(taken) + 3)))
        if name not in taken
    )  # fmt: skip
    groups.append(Group(free, data, members.samples, "kept vector"))
    return free
