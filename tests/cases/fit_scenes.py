"""The states of the window that the test looks at, each reached as a user reaches it, and what is open in each."""

from collections.abc import Callable

from fit_runs import LONG
from fit_stage import Scene, Stage, scroll_to
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QLineEdit, QWidget

from explorer.config import MODEL_CONFIGS
from explorer.runs.run_note import RunNote
from explorer.session import Arithmetic, Blend, KeptBlend, Sheet, Traversal, Waypoint
from explorer.session import Path as LatentPath
from explorer.ui.data_import.data_dialog import DataDialog
from explorer.ui.decode.forward_pass.forward_pass_section import PassRow
from explorer.ui.dialogs.help_dialogs import AboutDialog, KeysDialog
from explorer.ui.dialogs.logs import LogView
from explorer.ui.figures.figures_dialog import FiguresDialog
from explorer.ui.information.directions import RealExample
from explorer.ui.widgets.run_dialogs import EpochsDialog, NoteDialog

SENTENCE = "The run could not be opened: its newest checkpoint is damaged and the one before it was used instead"


# Scenes of the window


def _nothing(stage: Stage) -> None:
    """Leave the window as it opens."""


def _follow(stage: Stage) -> None:
    stage.follow(pane=len(stage.keys) - 1)


def _unfolded(stage: Stage) -> None:
    _follow(stage)
    stage.unfold()


def _point(stage: Stage) -> None:
    run = stage.state.store.runs[stage.keys[0]]
    stage.state.probing.probe_point(stage.keys[0], (0.3,) * run.config.model.latent_dim)


def _path(stage: Stage) -> None:
    key = stage.keys[-1]
    codes = stage.state.store.runs[key].plane.mean
    places = tuple(Waypoint(tuple(map(float, codes[index])), index) for index in (1, 5))
    stage.state.session.set(path=LatentPath(key, places))
    stage.tab(stage.window.path)


def _blend(stage: Stage) -> None:
    """Pin three samples with unequal weights, and keep two blends."""
    key, session = stage.keys[-1], stage.state.session
    codes = stage.state.store.runs[key].plane
    pins = tuple(Waypoint(tuple(map(float, codes.mean[row])), codes.sample_of(row)) for row in (1, 5, 9))
    kept = tuple(KeptBlend(f"blend {number}", Blend(key, pins[:number], (1 / number,) * number)) for number in (2, 3))
    session.set(blend=Blend(key, pins, (0.5, 0.3, 0.2)), kept_blends=kept)
    stage.tab(stage.window.blend)
    stage.wait(lambda: stage.window.blend.frame.error.longest)


def _no_pins(stage: Stage) -> None:
    stage.state.session.set(blend=None, kept_blends=())
    stage.tab(stage.window.blend)


def _counterfactual(stage: Stage) -> QDialog:
    stage.follow(sample=3)
    stage.window.dialogs.show_counterfactual(stage.keys[0], 3)
    dialog = stage.window.dialogs.counterfactual
    assert dialog is not None
    stage.wait(lambda: dialog.use.isEnabled() and not dialog.cancel.isEnabled())
    return dialog


def _traversal(size: str, difference: str = "row") -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        session = stage.state.session
        session.set_silent(active=len(stage.keys) - 1, tab_size=size)
        session.set(traversal=Traversal(difference=difference))  # type: ignore[arg-type]
        stage.follow(pane=len(stage.keys) - 1)
        stage.tab(stage.window.traverse)
        stage.wait(lambda: stage.window.traverse.table.row("z1") is not None)

    return show


def _no_traversal(stage: Stage) -> None:
    stage.tab(stage.window.traverse)


def _formula(stage: Stage) -> None:
    """Open the formula of the bound with both of its calculations, and scroll to it."""
    _bound_of(stage)
    stage.window.decode.frame.formula.open()
    for fold in (stage.window.decode.frame.formula.closed, stage.window.decode.frame.formula.derive):
        fold.open()
    stage.wait(lambda: bool(stage.window.decode.frame.formula.view.placed))
    scroll_to(stage.window.decode.frame.formula.derive)


def _bound_of(stage: Stage) -> None:
    """Follow a sample by the last pane, and wait for its bound."""
    key = stage.keys[-1]
    stage.state.session.set_silent(active=len(stage.keys) - 1)
    stage.follow(pane=len(stage.keys) - 1)
    stage.wait(lambda: stage.window.decode.bound.bounds.of(key) is not None)


def _networks(stage: Stage) -> None:
    """Open the network in the decode column and in the form."""
    _bound_of(stage)
    # Before the form, which takes the place of the decode column in a small window.
    stage.press("forward_network")
    stage.show_form()
    more = stage.window.findChild(QAbstractButton, "more_settings")
    if not more.isChecked():
        stage.press("more_settings")
    stage.press("form_network_fold")


def _many_draws(stage: Stage) -> None:
    _bound_of(stage)
    stage.press("noise_draw_many")


def _card(mark: str) -> Callable[[Stage], None]:
    def ask(stage: Stage) -> None:
        _bound_of(stage)
        # Only what the mark is in: in a small window the form takes the place of the decode column.
        if mark.startswith("why_curve"):
            stage.tab(stage.window.curves)
        elif mark.startswith("why_field"):
            stage.show_form()
        elif mark.startswith("why_bound"):
            stage.window.decode.bound.open()
        stage.wait()
        stage.press(mark)

    return ask


def _selection(stage: Stage) -> None:
    _follow(stage)
    stage.state.session.set(selection=tuple(range(40)))
    stage.tab(stage.window.selection)


def _groups(stage: Stage) -> None:
    """Select by a search that is not understood, beside groups with long names."""
    _selection(stage)
    panel = stage.window.selection
    for name in ("people with glasses who look to the left and do not smile", "class 3"):
        panel.editor.keep_group(name, range(200), "search: glasses and not smiling and index 0-2000")
    panel.search.field.setText("breadth > 3 and class 7")
    stage.wait(lambda: panel.summary.summary is not None or not panel.summary.isVisible())


def _curves(stage: Stage) -> None:
    stage.tab(stage.window.curves)


def _sized(size: str, act: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Return a function that gives the tabs a size, and continues from there."""

    def show(stage: Stage) -> None:
        while stage.window.lower_row.size_shown != size and stage.window.actions_["enlarge_tabs"].isEnabled():
            stage.trigger("enlarge_tabs")
        act(stage)

    return show


def _draws(stage: Stage) -> None:
    stage.tab(stage.window.draws)


def _vectors(stage: Stage) -> None:
    """Subtract one class from another, and add the vector to the probe."""
    _follow(stage)
    stage.tab(stage.window.vectors)
    stage.wait()
    stage.window.vectors.frame.try_it.click()
    answers = stage.window.vectors.answers
    stage.wait(lambda: answers.applied is not None and answers.vector.certainty is not None)


def _analogy(stage: Stage) -> None:
    stage.tab(stage.window.vectors)
    chosen = Arithmetic(shows="analogy", parts=("class 3", "class 5", "class 7"))
    stage.state.session.set_silent(arithmetic=chosen)
    stage.wait(lambda: stage.window.vectors.answers.analogy is not None)


def _no_groups(stage: Stage) -> None:
    stage.state.session.set_silent(arithmetic=Arithmetic())
    stage.tab(stage.window.vectors)


def _components(stage: Stage) -> None:
    stage.tab(stage.window.components)


def _report(stage: Stage) -> None:
    stage.follow()
    stage.tab(stage.window.loss)


def _notice(stage: Stage) -> None:
    stage.state.messages.notify(SENTENCE)


def _linked(stage: Stage) -> None:
    stage.state.session.set(overlays=stage.state.session.view.overlays | {"all_posteriors"}, linked=True)


def _replay(stage: Stage) -> None:
    stage.window.findChild(QAbstractButton, "replay_button").click()
    stage.state.messages.notify(SENTENCE)


def _large_numbers(stage: Stage) -> None:
    """Let the forward pass and the code have numbers of many digits, as those of a model that diverges."""
    _unfolded(stage)
    stage.wait()
    rows = tuple(PassRow(f"z{number}", -12345.678, 9876543.21, -123.456, -1.2e9) for number in "₁₂")
    stage.window.decode.frame.forward.table.set_rows(rows, "z = μ + σ·ε")
    key = stage.keys[0]
    stage.state.probing.probe_point(key, (-12345.678,) * stage.state.store.runs[key].config.model.latent_dim)


def _wrong_fields(stage: Stage) -> QWidget:
    """Type what no field of the form accepts."""
    stage.show_form()
    for name in ("train_epochs", "model_latent_dim", "model_hidden_widths", "train_learning_rate"):
        field = stage.window.findChild(QWidget, name)
        edit = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
        edit.selectAll()
        edit.insert("many, −3")
    return stage.window


def _enlarged(stage: Stage) -> None:
    stage.follow()
    stage.trigger("enlarge_pane")


def _training(stage: Stage) -> None:
    stage.show_form()
    stage.state.trainings.pace = "step"
    stage.window.experiment.train()
    stage.wait(lambda: bool(stage.state.trainings.running))
    stage.window.experiment.pause_or_resume()


def _form(family: str) -> Callable[[Stage], QWidget]:
    def choose(stage: Stage) -> QWidget:
        stage.show_form()
        combo = stage.window.findChild(QComboBox, "model_combo")
        assert combo is not None
        combo.setCurrentIndex(combo.findData(family))
        stage.unfold()
        return stage.window.experiment

    return choose


# Dialogs


def _open(dialog: QDialog) -> QDialog:
    dialog.show()
    return dialog


def _epochs(stage: Stage) -> QDialog:
    return _open(EpochsDialog(LONG, 40, 40, lambda epochs: None, stage.window))


def _note(stage: Stage) -> QDialog:
    return _open(NoteDialog(LONG, RunNote(), lambda note: None, stage.window))


def _found(stage: Stage, name: str) -> QDialog:
    stage.wait(lambda: stage.window.findChild(QDialog, name) is not None)
    dialog = stage.window.findChild(QDialog, name)
    assert dialog is not None, f"no dialog {name}"
    return dialog


def _data_of_catalog(stage: Stage) -> QDialog:
    return _open(DataDialog(stage.state, stage.window.themes, stage.state.data.config, stage.window))


def _data_of_table(stage: Stage) -> QDialog:
    return _open(DataDialog(stage.state, stage.window.themes, stage.folder / "penguins.csv", stage.window))


def _import(stage: Stage) -> QDialog:
    run = next(stage.folder.glob("table"))
    stage.window.import_weights(next(run.glob("*.safetensors")))
    return _found(stage, "import_dialog")


def _keys(stage: Stage) -> QDialog:
    return _open(KeysDialog(stage.window.actions_, stage.window))


def _about(stage: Stage) -> QDialog:
    return _open(AboutDialog("CPU, 1 thread", stage.window))


def _log(stage: Stage) -> QDialog:
    log = stage.folder / "latent-explorer.log"
    log.write_text("2026-01-01 10:00:00,000 INFO explorer: opened a run\n" * 40)
    return _open(LogView(log, stage.window))


def _figures(stage: Stage) -> QDialog:
    key = stage.keys[-1]
    stage.state.figures.want(key)
    stage.wait(lambda: stage.state.figures.of(key) is not None)
    return _open(FiguresDialog(stage.state, stage.window.themes, key, stage.window))


def _comparison(stage: Stage) -> QDialog:
    stage.trigger("compare_table")
    dialog = _found(stage, "comparison_dialog")
    stage.wait(lambda: all(stage.state.figures.of(key) is not None for key in stage.keys))
    return dialog


def _corruption(stage: Stage) -> QDialog:
    stage.follow()
    stage.trigger("corruption")
    return _found(stage, "corruption_dialog")


def _information(preset: str) -> Callable[[Stage], QDialog]:
    def show(stage: Stage) -> QDialog:
        stage.follow()
        stage.trigger("information")
        dialog = stage.window.dialogs.information
        assert dialog is not None
        stage.wait(lambda: not any(dialog.run_presets.reasons().values()))
        dialog.show_preset(preset)
        # The sample with two humps is computed when its page is first shown.
        if (example := dialog.findChild(RealExample)) is not None and example.isVisible():
            stage.wait(lambda: example.found is not None)
            stage.wait()
        return dialog

    return show


def _neighbours(stage: Stage) -> QDialog:
    stage.follow()
    stage.trigger("name_neighbours")
    return _found(stage, "group_dialog")


def _draws_window(stage: Stage) -> QDialog:
    stage.trigger("draws")
    dialog = stage.window.dialogs.draws
    assert dialog is not None
    stage.wait(lambda: len(dialog.view.shown) == len(stage.keys))
    return dialog


def _many_settings(stage: Stage) -> None:
    """Show the samples from a mixture, which has the most settings, with the nearest sample below each."""
    stage.state.session.set(sheet=Sheet("mixture", 4, 6, nearest=True))
    stage.tab(stage.window.draws)
    stage.wait(lambda: len(stage.window.draws.view.shown) == len(stage.keys))


def _own_input(stage: Stage) -> QDialog:
    """Encode a picture, or the row that the form begins with."""
    stage.trigger("own_input")
    dialog = stage.window.own_input.dialog
    stage.wait()
    stage.wait(lambda: dialog.findChild(QAbstractButton, "own_input_new").isEnabled())
    dialog.findChild(QAbstractButton, "own_input_new").click()
    stage.wait(lambda: dialog.inputs.answer(stage.keys[-1]) is not None)
    return dialog


def _help(action: str, name: str) -> Callable[[Stage], QDialog]:
    def show(stage: Stage) -> QDialog:
        stage.trigger(action)
        return _found(stage, name)

    return show


def _ablation(stage: Stage) -> QDialog:
    stage.trigger("ablation")
    return _found(stage, "ablation_dialog")


def _report_dialog(stage: Stage) -> QDialog:
    stage.tab(stage.window.loss)
    stage.wait(lambda: stage.window.loss.watch.report is not None)
    stage.window.loss.enlarge()
    return _found(stage, "loss_report_dialog")


def _ladder(stage: Stage) -> QDialog:
    stage.trigger("ladder")
    return _found(stage, "ladder_dialog")


MNIST, DIGITS = ("mnist-ae", "mnist-vae"), ("digits-ae", "digits-vae")
ABLATION = tuple(f"digits-ablation-{name}" for name in ("only-kl", "only-reconstruction", "both", "autoencoder"))
LADDER = tuple(f"digits-ladder-beta-{beta}" for beta in ("0.1", "1", "8"))
LONGEST_FORMS = {"vae", "gan", "iwae", "denoising-ae"}
"""Families whose forms have the longest labels and the most fields."""

SCENES = (
    Scene("first start", MNIST, _nothing, lists=True),
    Scene("followed sample", MNIST, _follow),
    Scene("all folds open", MNIST, _unfolded, lists=True),
    Scene("path", MNIST, _path, lists=True),
    Scene("selection", MNIST, _selection, lists=True),
    Scene("traversal without a probe", MNIST, _no_traversal),
    Scene("traversal", MNIST, _traversal("compact"), lists=True),
    Scene("traversal of ten dimensions", ("ten-dimensions",), _traversal("enlarged")),
    Scene("traversal of rows", ("table",), _traversal("wide", "all"), seldom=True),
    Scene("traversal of words", ("skip-gram",), _traversal("wide"), seldom=True),
    Scene("traversal of a long name", (LONG,), _traversal("wide"), seldom=True),
    Scene("wide selection and groups", MNIST, _sized("wide", _groups), lists=True),
    Scene("group of neighbours", DIGITS, _neighbours, lists=True),
    Scene("curves", MNIST, _curves, seldom=True),
    Scene("blend", MNIST, _blend),
    Scene("blend without pins", MNIST, _no_pins, seldom=True),
    Scene("wide blend", MNIST, _sized("wide", _blend)),
    Scene("enlarged blend", MNIST, _sized("enlarged", _blend)),
    Scene("wide blend of a long name", (LONG,), _sized("wide", _blend), seldom=True),
    Scene("counterfactual dialog", ("digits-vae",), _counterfactual),
    Scene("wide path", MNIST, _sized("wide", _path)),
    Scene("enlarged path", MNIST, _sized("enlarged", _path)),
    Scene("enlarged selection of a followed sample", MNIST, _sized("enlarged", _selection)),
    Scene("wide curves", MNIST, _sized("wide", _curves), seldom=True),
    Scene("enlarged curves", MNIST, _sized("enlarged", _curves), seldom=True),
    Scene("wide tabs with a long name", (LONG, "digits-vae"), _sized("wide", _follow), seldom=True),
    Scene("enlarged tabs of four panes", ABLATION, _sized("enlarged", _report), seldom=True),
    Scene("no groups", MNIST, _no_groups),
    Scene("vectors", MNIST, _vectors, lists=True),
    Scene("wide vectors", DIGITS, _sized("wide", _vectors)),
    Scene("enlarged vectors", MNIST, _sized("enlarged", _vectors), lists=True),
    Scene("enlarged vectors of words", ("skip-gram",), _sized("enlarged", _vectors), seldom=True),
    Scene("wide vectors of a table", ("table",), _sized("wide", _vectors), seldom=True),
    Scene("a − b + c", DIGITS, _analogy),
    Scene("enlarged a − b + c", DIGITS, _sized("enlarged", _analogy), seldom=True),
    Scene("enlarged pane", MNIST, _enlarged, seldom=True),
    Scene("notice", MNIST, _notice),
    Scene("linked views and ellipses", MNIST, _linked),
    Scene("replay and a notice", MNIST, _replay),
    Scene("large numbers", DIGITS, _large_numbers),
    Scene("everything long", (LONG,), _unfolded, lists=True),
    Scene("long beside short", (LONG, "digits-vae"), _unfolded),
    Scene("path of a long name", (LONG,), _path, seldom=True),
    Scene("figures of many classes", (LONG,), _figures, seldom=True),
    Scene("comparison with a long name", (LONG, "digits-vae"), _comparison, seldom=True),
    Scene("epochs dialog", ("digits-vae",), _epochs, seldom=True),
    Scene("note dialog", ("digits-vae",), _note, seldom=True),
    Scene("figures dialog", ("digits-vae",), _figures),
    Scene("comparison dialog", DIGITS, _comparison),
    Scene("corruption dialog", DIGITS, _corruption, lists=True),
    Scene("information, bars", ("digits-vae",), _information("ratings"), lists=True),
    Scene("information, densities", ("digits-vae",), _information("aggregate")),
    Scene("information, gaussian", ("digits-vae",), _information("posterior")),
    Scene("formula with calculations", MNIST, _formula),
    Scene("formula of 64 dimensions", (LONG,), _formula),
    Scene("network in form and column", MNIST, _networks),
    Scene("25 draws on the plane", DIGITS, _many_draws),
    Scene("card in the form", ("digits-vae",), _card("why_field_model_latent_dim")),
    # The plots beside the card are scrolled sideways.
    Scene("card of the curves", ("digits-vae",), _card("why_curve_loss"), excused="curves_scroll"),
    Scene("card in the forward pass", ("digits-vae",), _card("why_forward_z_draw")),
    Scene("card of the bound", ("digits-vae",), _card("why_bound_log_likelihood")),
    Scene("draws tab", DIGITS, _draws),
    Scene("wide samples", MNIST, _sized("wide", _many_settings)),
    Scene("enlarged samples", ("digits-vae", "conditional"), _sized("enlarged", _many_settings), lists=True),
    Scene("samples of a mixture", MNIST, _many_settings),
    Scene("own input", MNIST, _own_input, lists=True),
    Scene("own input for a table", ("digits-vae", "table"), _own_input),
    Scene("own input for words", ("skip-gram",), _own_input, seldom=True),
    Scene("draws window", ABLATION, _draws_window),
    Scene("draws of rows in a window", ("table",), _draws_window, seldom=True),
    Scene("glossary window", ("digits-vae",), _help("show_glossary", "glossary_window")),
    Scene("user guide window", ("digits-vae",), _help("show_guide", "guide_window")),
    Scene("ablation dialog", ("digits-vae",), _ablation),
    Scene("ladder dialog", ("digits-vae",), _ladder, seldom=True),
    Scene("data dialog", ("digits-vae",), _data_of_catalog, lists=True),
    Scene("data dialog of a table", ("digits-vae",), _data_of_table, lists=True),
    Scene("import dialog", ("digits-vae",), _import),
    Scene("keys dialog", ("digits-vae",), _keys),
    Scene("about dialog", ("digits-vae",), _about, seldom=True),
    Scene("log dialog", ("digits-vae",), _log, seldom=True),
    Scene("four panes of an ablation", ABLATION, _follow, lists=True),
    Scene("report of an ablation", ABLATION, _report),
    Scene("report in a window", ABLATION, _report_dialog),
    Scene("selection in four panes", ABLATION, _selection),
    Scene("ladder", LADDER, _report, seldom=True),
    Scene("row of a table", ("table",), _unfolded),
    Scene("words", ("skip-gram",), _unfolded),
    Scene("ten dimensions", ("ten-dimensions",), _unfolded),
    Scene("no labels", ("unlabelled",), _follow),
    Scene("components", ("components",), _components, seldom=True),
    Scene("learned prior", ("mixture-of-six-components",), _unfolded, seldom=True),
    Scene("draws", ("digits-vae", "conditional"), _draws, seldom=True),
    Scene("classes", ("conditional",), _point, seldom=True),
    Scene("no encoder", ("gan",), _point),
    Scene("replay of draws", ("gan",), _replay),
    *(
        Scene(f"form of {family}", ("digits-vae",), _form(family), seldom=family not in LONGEST_FORMS)
        for family in MODEL_CONFIGS
    ),
    Scene("drop-downs of a form", ("digits-vae",), _form("vae"), lists=True, seldom=True),
    Scene("paused training", ("digits-vae",), _training),
    # The last one: no dialog opens with a form that is wrong.
    Scene("wrong fields", DIGITS, _wrong_fields),
)
