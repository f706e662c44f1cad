"""The blend panel: pinned samples, their weights, and the decode of the weighted mean of their codes.

1. The session holds pins and weights (`View.blend`). Handle, sliders and number fields all set them; a drag is
   previewed, and is one step of undo at its end.
2. `BlendQuestions` asks for the decode at each move, and for the comparison once the blend rests.
3. `Pins`, shared by the whole window, adds and removes pins.
4. Kept blends belong to the session (`View.kept_blends`); those of the blend's run are shown.
5. While hidden, the panel asks nothing.
"""

from dataclasses import replace

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QVBoxLayout, QWidget

from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent
from explorer.session import Blend, KeptBlend, View
from explorer.ui.blend.blend_actions import BlendActions
from explorer.ui.blend.blend_editor import BlendEditor
from explorer.ui.blend.blend_frame import BlendFrame
from explorer.ui.blend.blend_pictures import BlendPictures
from explorer.ui.blend.blend_questions import BlendQuestions
from explorer.ui.blend.blend_saver import BlendSaver
from explorer.ui.blend.blend_words import (
    NO_BLEND,
    ONE_PIN,
    average_lines,
    average_tip,
    blend_command,
    code_forms,
    count_text,
    data_words,
    error_forms,
    nearest_lines,
    next_name,
    pin_forms,
    pin_parts,
    sum_forms,
    weights_forms,
    why_not_shown,
)
from explorer.ui.blend.kept_view import KeptPicture
from explorer.ui.blend.polygon_painter import ShownPin
from explorer.ui.decode.decode_state import why_no_decode
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import with_weights
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import enable, set_identity, set_style_property

NO_PIN = "There are no pins"


class BlendPanel(QWidget):
    """Shows the session's blend and changes it.

    Signals
    -------
    find_wanted
        The user wants to find samples, to pin them.
    """

    find_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._session, self._store, self._pins = state.session, state.store, state.pins
        self._messages = state.messages
        self._questions = BlendQuestions(state, self)
        self._saver = BlendSaver(state, self._questions, self)
        self._pictures = BlendPictures(themes)
        self._editor = BlendEditor(state, self)
        self._suggested = ""  # the name that the field suggests, until the user writes another one
        self.frame, self.actions_ = BlendFrame(state.tasks, themes), BlendActions(self)
        self._menu = set_identity(QMenu(self), "blend_menu", accessible="Blend")
        self._menu.setToolTipsVisible(True)
        # Pictures arrive one by one; those that arrive together are drawn together.
        self._soon = RestTimer(state.asker, 0, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._connect()
        self._show_all()

    def _connect(self) -> None:
        self._connect_frame()
        self._connect_actions()
        self._questions.decoded_changed.connect(self._show_decode)
        self._questions.compared.connect(self._show_comparison)
        self._questions.pictures_changed.connect(self._show_pins_soon)
        self.frame.form_changed.connect(self._show_pins_soon)
        self._soon.timeout.connect(self._show_pins)
        self._themes.changed.connect(self._show_pins)
        for signal in (self._store.opened, self._store.closed, self._store.details_changed):
            signal.connect(self._on_run)
        self._session.listen(self.show_view)

    def _connect_frame(self) -> None:
        frame, actions = self.frame, self.actions_
        frame.set_kept_actions(actions.exports)
        for signal in (frame.polygon.moved, frame.rows.moved):
            signal.connect(self._editor.preview)
        for signal in (frame.polygon.released, frame.rows.released):
            signal.connect(self._session.commit)
        frame.rows.weights_set.connect(self._editor.set_weights)
        for signal in (frame.polygon.removal_wanted, frame.rows.removal_wanted):
            signal.connect(self._pins.remove)
        frame.polygon.whole_wanted.connect(self._editor.set_whole)
        frame.polygon.menu_wanted.connect(self._on_polygon_menu)
        frame.samples_dropped.connect(self._editor.pin_dropped)
        frame.kept.chosen.connect(self._editor.restore)
        frame.kept.renaming_wanted.connect(self._rename)
        frame.kept.removal_wanted.connect(self._editor.delete)
        frame.kept.menu_wanted.connect(self._on_kept_menu)
        frame.name.returnPressed.connect(self._on_keep)
        for button, action in (
            (frame.add, actions.add),
            (frame.find_first, actions.add),
            (frame.pin_three, actions.pin_three),
            (frame.equal, actions.equal),
            (frame.clear, actions.clear),
            (frame.keep, actions.keep),
        ):
            button.clicked.connect(action.trigger)

    def _connect_actions(self) -> None:
        actions = self.actions_
        for action, slot in (
            (actions.add, self.find_wanted),
            (actions.pin_three, self._editor.pin_three),
            (actions.equal, self._editor.set_equal),
            (actions.clear, self._editor.clear),
            (actions.keep, self._on_keep),
            (actions.probe, self._editor.probe_blend),
            (actions.whole, lambda: self._editor.set_whole(actions.whole.data())),
            (actions.follow, lambda: self._editor.probe_pin(actions.follow.data())),
            (actions.remove, lambda: self._pins.remove(actions.remove.data())),
            (actions.restore, lambda: self._editor.restore(actions.restore.data())),
            (actions.rename, lambda: self._rename(actions.rename.data())),
            (actions.delete, lambda: self._editor.delete(actions.delete.data())),
            (actions.save_figure, self._on_save_figure),
            (actions.save_numbers, self._on_save_numbers),
            (actions.copy_command, self._on_copy_command),
        ):
            action.triggered.connect(slot)

    # What is shown

    def show_view(self, old: View, new: View) -> None:
        """Draw what has changed."""
        if not self.isVisible():
            return
        about = ("kept_blends", "active", "panes", "condition")
        if _pins(old) != _pins(new) or any(getattr(old, name) != getattr(new, name) for name in about):
            self._show_all()
        elif old.blend != new.blend:
            self._follow()
            self._show_weights()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what has changed while the panel was hidden."""
        super().showEvent(event)
        self._show_all()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing."""
        super().hideEvent(event)
        self._questions.drop()

    def export_actions(self) -> list:  # type: ignore[type-arg]
        """Return the actions that save the blend."""
        return list(self.actions_.exports[:2])

    def copy_command(self) -> str:
        """Return the command line that makes the blend, or "" without one."""
        blend, run = self._blend, self._run
        if blend is None or run is None or len(blend.pins) < 2:
            return ""
        label = class_of_point(run, self._session.view.condition)
        condition = "" if label is None else run.description.class_names[label]
        return with_weights(blend_command(blend, run, condition), run)

    @property
    def _run(self) -> OpenRun | None:
        return self._pins.run

    @property
    def _blend(self) -> Blend | None:
        """The session's blend, if it can be shown."""
        return self._editor.blend

    @property
    def _kept(self) -> tuple[KeptBlend, ...]:
        return self._editor.kept

    def _show_all(self) -> None:
        view, run, frame = self._session.view, self._run, self.frame
        why = why_not_shown(view, run)
        offers = view.blend is None and run is not None and run.plane is not None and not run.plane.drawn
        offers = offers and not why_no_decode(run)
        # Kept blends can be restored without any pin.
        frame.show_empty(why if view.blend is not None or not self._kept else "", offers_samples=offers)
        if why and not self._kept:
            frame.show_empty(why, offers_samples=offers)
        self._follow()
        frame.count.set_forms(count_text(view.blend))
        frame.kept_count.set_forms(str(len(self._kept)) if self._kept else "")
        frame.kept_note.setVisible(not self._kept and frame.form == "high")
        self._suggest_name()
        self._show_actions()
        self._show_pins()
        self._show_decode()
        self._show_comparison()

    def _follow(self) -> None:
        if self.isVisible():
            self._questions.follow(self._blend, self._kept)
        weights = () if self._blend is None else self._blend.weights
        self.frame.terms.set_forms(*(sum_forms(weights) if len(weights) > 1 else (ONE_PIN, "") if weights else ("",)))

    @Slot()
    def _show_pins_soon(self) -> None:
        self._soon.begin()

    @Slot()
    def _show_pins(self) -> None:
        """Show pins, weights and kept blends with their pictures."""
        blend, run, frame = self._blend, self._run, self.frame
        if run is None:
            return
        self._pictures.begin()
        ratio = self.devicePixelRatioF()
        pins = [] if blend is None else list(zip(blend.pins, blend.weights, strict=True))
        if len(frame.polygon.pins) != len(pins):
            # The number of pins sets the size of their pictures.
            frame.polygon.show_pins(
                [ShownPin(waypoint_name(index), weight, ()) for index, (_, weight) in enumerate(pins)]
            )
        shown = []
        for index, (pin, weight) in enumerate(pins):
            values, is_real = self._questions.picture_of(pin), pin.sample is not None and run.dataset is not None
            image = self._pictures.image(
                (pin, is_real), values, run.description, frame.polygon.picture_side, ratio, fixed=is_real
            )
            shown.append(ShownPin(waypoint_name(index), weight, pin_parts(run, pin), image))
        frame.polygon.show_pins(shown)
        frame.rows.show_pins(shown, [pin_forms(run, pin) for pin, _ in pins])
        side = frame.kept.picture_side
        kept = []
        for one in self._kept:
            values = self._questions.decode_of(one.blend)
            image = self._pictures.image(one.blend, values, run.description, side, ratio, fixed=False)
            kept.append(KeptPicture(one.name, weights_forms(one.blend.weights), image))
        frame.kept.show_kept(tuple(kept))
        self._pictures.end()

    def _show_weights(self) -> None:
        """Show other weights of the same pins, without any layout: a drag calls it at each move."""
        blend, frame = self._blend, self.frame
        if blend is not None and len(blend.weights) == len(frame.polygon.pins):
            pins = zip(frame.polygon.pins, blend.weights, strict=True)
            shown = [replace(pin, weight=weight) for pin, weight in pins]
            frame.polygon.show_pins(shown)
            frame.rows.show_weights(shown)

    @Slot()
    def _show_decode(self) -> None:
        decoded, run = self._questions.decoded, self._run
        self.frame.picture.setVisible(decoded is not None)
        if decoded is not None and run is not None:
            name = f"{run.name}-blend"
            self.frame.picture.show_sample(
                decoded.decode, run.description, z=tuple(map(float, decoded.z)), file_name=name
            )

    @Slot()
    def _show_comparison(self) -> None:
        """Show the newest comparison; while the handle moves, that of the blend before stays."""
        found, run, frame = self._questions.comparison, self._run, self.frame
        for widget in (frame.average, frame.nearest):
            widget.setVisible(found is not None)
        if found is None or run is None:
            for label in (frame.error, frame.code):
                label.set_forms("")
            frame.near.setText("")
            return
        about = run.description
        frame.error.set_forms(*error_forms(found))
        frame.code.set_forms(*code_forms(found))
        words, is_near = data_words(found)
        frame.near.setText(words)
        set_style_property(frame.near, "role", "good" if is_near else "warning")
        is_picture = about.kind == "image"
        frame.average.set_title("Pixel average" if is_picture else "Average")
        average, nearest = found.average, found.nearest
        frame.average.show_why(f"No average: {average.why}." if isinstance(average, Absent) else "")
        if not isinstance(average, Absent):
            frame.average.picture.show_sample(average, about, file_name=f"{run.name}-average")
        frame.average.show_lines(average_lines(found), 1, average_tip(found, about))
        missing = nearest.why if isinstance(nearest, Absent) else "the data of the run is not loaded"
        has_picture = not isinstance(nearest, Absent) and nearest.picture is not None
        frame.nearest.show_why("" if has_picture else f"Not shown: {missing}.")
        if not isinstance(nearest, Absent):
            if nearest.picture is not None:
                frame.nearest.picture.show_sample(nearest.picture, about, file_name=f"sample-{nearest.sample}")
            lines = nearest_lines(nearest, about)
            tip = f"The real sample whose code is nearest to the blend: {' · '.join(line for line in lines if line)}"
            frame.nearest.show_lines(lines, 0, tip)
        else:
            frame.nearest.show_lines((), 0, "")

    def _show_actions(self) -> None:
        actions, frame, blend = self.actions_, self.frame, self._blend
        why = "" if blend is not None and len(blend.pins) > 1 else NO_BLEND
        for action in actions.of_blend:
            enable(action, why)
        enable(actions.clear, "" if self._session.view.blend is not None else NO_PIN)
        for button, action in ((frame.equal, actions.equal), (frame.clear, actions.clear), (frame.keep, actions.keep)):
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())
        frame.export.setEnabled(not why)
        frame.export.setToolTip(why or "Save the blend, or copy its command")

    def _suggest_name(self) -> None:
        name = next_name(self._kept)
        if self.frame.name.text() in ("", self._suggested):
            self.frame.name.setText(name)
        self._suggested = name

    # What the user does

    @Slot()
    def _on_keep(self) -> None:
        if self._editor.keep(self.frame.name.text()):
            self._suggested = self.frame.name.text()  # the field shows the next name
            self._suggest_name()

    @Slot(int)
    def _rename(self, index: int) -> None:
        kept = self._editor.kept
        if index < len(kept):
            text, accepted = QInputDialog.getText(
                self, "Rename blend", "Name", QLineEdit.EchoMode.Normal, kept[index].name
            )
            if accepted:
                self._editor.rename(index, text)

    @Slot(int, QPoint)
    def _on_polygon_menu(self, index: int, at: QPoint) -> None:
        actions = self.actions_
        self._menu.clear()
        if index >= 0:
            for action in actions.of_pin:
                action.setData(index)
            self._menu.addActions(list(actions.of_pin))
            self._menu.addSeparator()
        self._menu.addActions([actions.add, actions.pin_three, actions.equal, actions.clear])
        self._menu.addSeparator()
        self._menu.addActions([actions.keep, actions.probe, *actions.exports])
        self._menu.popup(at)

    @Slot(int, QPoint)
    def _on_kept_menu(self, index: int, at: QPoint) -> None:
        for action in self.actions_.of_kept:
            action.setData(index)
        self._menu.clear()
        self._menu.addActions(list(self.actions_.of_kept))
        self._menu.popup(at)

    @Slot()
    def _on_save_figure(self) -> None:
        if (blend := self._blend) is not None and (run := self._run) is not None:
            self._saver.save_figure(run, blend, dark=self._themes.theme.dark)

    @Slot()
    def _on_save_numbers(self) -> None:
        if (blend := self._blend) is not None and (run := self._run) is not None:
            self._saver.save_numbers(run, blend)

    @Slot()
    def _on_copy_command(self) -> None:
        self._messages.copy_command(self.copy_command())

    # Changes of runs

    @Slot(str)
    def _on_run(self, key: str) -> None:
        blend = self._session.view.blend
        if self.isVisible() and key in (self._session.view.active_run, "" if blend is None else blend.run):
            self._show_all()


def _pins(view: View) -> object:
    return None if view.blend is None else (view.blend.run, view.blend.pins)
