"""All actions of the window in one table: text, keys and icon. `WindowActions` connects them.

`KeptKeys` keeps their shortcuts away from widgets that use the same keys.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QAbstractSlider, QApplication, QComboBox, QTabBar, QWidget

from explorer.jobs.overlays.catalog import overlays
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource


@dataclass(frozen=True)
class ActionSpec:
    """One action: ``keys`` are shortcuts in Qt's notation; actions of one ``group`` exclude each other."""

    name: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    group: str = ""


ACTIONS = (
    ActionSpec("open_data", "Open data…", "Open a file or folder of samples", ("Ctrl+D",), "folder"),
    ActionSpec("open_run", "Open run…", "Open a run folder in another pane", ("Ctrl+O",), "folder"),
    ActionSpec(
        "import_weights",
        "Import weights…",
        "Import a state_dict (.pt, .safetensors) as a run, with the model and data of the form",
    ),
    ActionSpec("export_model", "Export model…", "Save the model of the active run as ONNX, PyTorch or safetensors"),
    ActionSpec("open_session", "Open session…", "Open a saved session: runs, probe, path and selection"),
    ActionSpec(
        "save_session", "Save session", "Save the session: runs, probe, path and selection", ("Ctrl+S",), "save"
    ),
    ActionSpec("save_session_as", "Save session as…", "Save the session under another name", ("Ctrl+Shift+S",)),
    ActionSpec("save_plane", "Save plane as picture…", "Save the active plane with its legend as PNG, SVG or PDF"),
    ActionSpec("save_decode", "Save decode as picture…", "Save the decode as PNG"),
    ActionSpec("save_strip", "Save film strip…", "Save the film strip of the path as PNG"),
    ActionSpec("save_path_gif", "Save path as GIF…", "Save the path as an animation"),
    ActionSpec("save_curves", "Save curves as picture…", "Save the curves as PNG, SVG or PDF"),
    ActionSpec("save_curves_csv", "Save curves as CSV…", "Save the values of the curves"),
    ActionSpec("save_comparison", "Save comparison…", "Save the comparison of the runs in view as CSV or Markdown"),
    ActionSpec(
        "save_selection_csv", "Save selection as CSV…", "Save the selected samples with labels, columns and codes"
    ),
    ActionSpec("quit", "Quit", "Save running trainings and close the program", ("Ctrl+Q",)),
    ActionSpec("undo", "Undo", "Undo the last change", ("Ctrl+Z",), "undo"),
    ActionSpec("redo", "Redo", "Redo the last undone change", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionSpec("find_sample", "Find sample…", "Find a sample of the active run by its name or number", ("Ctrl+F",)),
    ActionSpec("copy_command", "Copy as command", "Copy the command that trains this run", ("Ctrl+Shift+C",), "copy"),
    ActionSpec("paste_input", "Paste as own input", "Encode the picture, file or text of the clipboard", ("Ctrl+V",)),
    ActionSpec("mode_probe", "Probe", "Click or drag on a plane to decode that point", ("1",), "probe", True, "mode"),
    ActionSpec("mode_pan", "Pan", "Drag a plane (or hold Space, or the middle button)", ("2",), "pan", True, "mode"),
    ActionSpec(
        "mode_select",
        "Select",
        "Draw a box or a lasso to select samples (or hold Shift). Shift adds, Alt removes, Shift+Alt intersects",
        ("3",),
        "select",
        True,
        "mode",
    ),
    ActionSpec("select_box", "Box", "Select the samples in a box", (), "select", True, "shape"),
    ActionSpec("select_lasso", "Lasso", "Select the samples inside a freehand outline", ("O",), "lasso", True, "shape"),
    ActionSpec("select_all", "Select all", "Select all samples of the active run that the legend shows", ("Ctrl+A",)),
    ActionSpec("select_invert", "Invert selection", "Select all samples that are not selected now", ("Ctrl+I",)),
    ActionSpec("select_none", "Clear selection", "Select nothing", ("Ctrl+Shift+A",)),
    ActionSpec("name_selection", "Name this selection…", "Keep the selected samples as a group", ("Ctrl+G",)),
    ActionSpec(
        "name_neighbours",
        "Group of neighbours…",
        "Keep the samples nearest to the probe, or within a radius, as a group",
    ),
    ActionSpec("mode_path", "Path", "Click A, then B, and slide between them", ("4",), "path", True, "mode"),
    ActionSpec("fit", "Fit", "Show 99 % of the codes (or double-click a plane)", ("F", "Home"), "fit"),
    ActionSpec(
        "link_views",
        "Link views",
        "Zoom and pan all planes together, each relative to its own fitted view",
        ("L",),
        "link",
        True,
    ),
    ActionSpec(
        "same_scale",
        "Same scale",
        "Show planes of equal axes in the same units and range, so that they can be compared by eye",
        ("Shift+L",),
        "scale",
        True,
    ),
    ActionSpec(
        "enlarge_pane",
        "Maximize pane",
        "Maximize or restore the active pane (or double-click its header; Esc)",
        ("E",),
        "enlarge",
        True,
    ),
    ActionSpec(
        "duplicate_pane",
        "Duplicate pane",
        "Show the same run in a second pane, for example with other axes",
        ("D",),
        "duplicate",
    ),
    ActionSpec(
        "pane_right",
        "Swap with the next pane",
        "Swap the active pane with the next one (or drag its header there)",
        ("Ctrl+Shift+Right",),
    ),
    ActionSpec(
        "pane_left",
        "Swap with the previous pane",
        "Swap the active pane with the previous one",
        ("Ctrl+Shift+Left",),
    ),
    ActionSpec("next_pane", "Next pane", "Activate the next pane", ("F6",)),
    ActionSpec("previous_pane", "Previous pane", "Activate the previous pane", ("Shift+F6",)),
    ActionSpec("close_pane", "Close pane", "Close the active pane; its run stays in the list", ("Ctrl+W",), "close"),
    ActionSpec("reopen_pane", "Reopen closed pane", "Reopen the pane that was closed last", ("Ctrl+Shift+W",), "undo"),
    ActionSpec(
        "random",
        "Random z",
        "Decode a random z: from the prior, or else from the range of the codes",
        ("R",),
        "random",
    ),
    ActionSpec("pin", "Pin", "Pin the sample under the mouse, or the probe, for a blend", ("P",)),
    ActionSpec(
        "counterfactual",
        "Nearest code with another class…",
        "Find the code nearest to the followed sample whose decode is predicted as another class",
    ),
    ActionSpec("draws", "Samples…", "Show decodes of random codes of each run in a window", ("G",)),
    ActionSpec(
        "own_input",
        "Your own input…",
        "Draw, paste, open or type an input, and see its code on each plane whose data fits",
        ("Y",),
    ),
    ActionSpec(
        "corruption",
        "Corrupt a sample…",
        "Add noise or a mask to the probed sample and see the reconstruction",
        ("B",),
        "brush",
    ),
    ActionSpec(
        "information",
        "Information…",
        "Explore information, entropy, cross-entropy and KL",
        ("I",),
    ),
    *(ActionSpec(f"overlay_{one.name}", one.title, one.tip, checkable=True) for one in overlays()),
    ActionSpec("theme_system", "As the system", "Follow the desktop theme", (), "", True, "theme"),
    ActionSpec("theme_light", "Light", "Use the light theme", (), "", True, "theme"),
    ActionSpec("theme_dark", "Dark", "Use the dark theme", (), "", True, "theme"),
    ActionSpec("unit_nats", "nats", "Show information in nats: natural logarithm", (), "", True, "unit"),
    ActionSpec("unit_bits", "bits", "Show information in bits: logarithm to base 2", (), "", True, "unit"),
    ActionSpec("larger", "Larger text", "Enlarge all text and marks", ("Ctrl++", "Ctrl+=")),
    ActionSpec("smaller", "Smaller text", "Shrink all text and marks", ("Ctrl+-",)),
    ActionSpec("normal_size", "Normal text", "Reset text and marks to their normal size", ("Ctrl+0",)),
    ActionSpec("points_larger", "Larger points", "Draw points larger", ("]",)),
    ActionSpec("points_smaller", "Smaller points", "Draw points smaller", ("[",)),
    ActionSpec("points_denser", "Stronger points", "Draw points more opaque", ("}",)),
    ActionSpec("points_fainter", "Fainter points", "Draw points fainter", ("{",)),
    ActionSpec(
        "planes_only", "Planes and decode only", "Hide everything else, for a presentation", ("F11",), "enlarge", True
    ),
    ActionSpec("show_everything", "Show everything", "Leave full screen and show all panels again", ("Esc",), "fit"),
    ActionSpec(
        "enlarge_tabs",
        "Enlarge the tabs",
        "Make the tabs below the planes larger; they replace first the other panes, then the form",
        ("Ctrl+Shift+Up",),
        "enlarge",
    ),
    ActionSpec(
        "shrink_tabs",
        "Shrink the tabs",
        "Make the tabs below the planes smaller; Esc does so at the largest size",
        ("Ctrl+Shift+Down",),
        "shrink",
    ),
    ActionSpec("show_left", "Experiment panel", "Show or hide the panel on the left", ("Ctrl+1",), "", True),
    ActionSpec("show_right", "Decode panel", "Show or hide the panel on the right", ("Ctrl+2",), "", True),
    ActionSpec("show_bottom", "Tabs", "Show or hide the tabs at the bottom, with the curves", ("Ctrl+3",), "", True),
    ActionSpec("reset_layout", "Reset layout", "Reset panels and sections to their defaults"),
    ActionSpec(
        "compare_table",
        "Comparison table…",
        "Compare settings and figures of the open runs side by side",
        ("T",),
        "table",
    ),
    ActionSpec(
        "show_differences",
        "Comparison sentence",
        "Show in the status line which of the runs in view is better, and by which figure",
        (),
        "",
        True,
    ),
    ActionSpec("train", "Train", "Train a run with the settings of the form", ("Ctrl+T",), "play"),
    ActionSpec("pause", "Pause or resume", "Pause or resume training", ("Ctrl+P",), "pause"),
    ActionSpec("stop", "Stop", "Stop training and save", ("Ctrl+.",), "stop"),
    ActionSpec(
        "ablation",
        "Loss ablation…",
        "Train with only KL, only reconstruction, and both, from the same initial weights",
    ),
    ActionSpec("ladder", "β ladder…", "Train once for each of several values of β and draw the rate–distortion curve"),
    ActionSpec("save_loss_report", "Save experiment report…", "Save the report of the loss experiment"),
    ActionSpec("show_log", "Show log", "Show the log file, with details of errors", (), "info"),
    ActionSpec("show_hints", "Hints", "Show the hints for beginners again, from the first one"),
    ActionSpec("show_guide", "User guide", "Read the user guide, without a network", (), "info"),
    ActionSpec("show_site", "Open documentation", "Open the documentation in the browser, with examples and the API"),
    ActionSpec("show_glossary", "Glossary", "Look up a term of the field", ("Shift+F1",)),
    ActionSpec("show_keys", "Keys and mouse", "List all keys and mouse actions", ("F1",), "info"),
    ActionSpec("about", "About Latent Explorer", "Show version, libraries and licence", (), "info"),
)


class Actions(QObject):
    """Holds a QAction for each `ActionSpec`, with icons in the theme's colours."""

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._themes = themes
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(spec.text, self, checkable=spec.checkable)
            action.setObjectName(f"action_{spec.name}")
            # The first shortcut is shown in menus and tooltips; the others are alternatives.
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
            action.setToolTip(spec.tip + (f" ({_native(action)})" if spec.keys else ""))
            # The tip without keys, for screen readers and the dialog of keys.
            action.setStatusTip(spec.tip)
            if spec.group:
                # A group checks exactly one of its actions, as a mode or a theme needs.
                groups.setdefault(spec.group, QActionGroup(self)).addAction(action)
            self._actions[spec.name] = action
            # A shortcut works only through a visible widget: "Planes and decode only" hides the menu bar.
            window.addAction(action)
        self._draw_icons()
        themes.changed.connect(self._draw_icons)
        self._kept_keys = KeptKeys(self)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def on(self, name: str, slot: Callable[..., object]) -> None:
        """Connect an action to a method of a QObject, which gets the checked state of a checkable action.

        Only bound methods of QObjects: Qt disconnects them when the object is destroyed.
        """
        self._actions[name].triggered.connect(slot)

    def name_step(self, name: str, step: str) -> None:
        """Name the step in the text of undo or redo, and enable the action if there is a step."""
        spec, action = next(spec for spec in ACTIONS if spec.name == name), self._actions[name]
        text = f"{spec.text}: {step}" if step else spec.text
        action.setEnabled(bool(step))
        # A text that is set again updates each button and menu of the action, and a drag would do so at every move.
        if action.text() != text:
            action.setText(text)
            action.setToolTip(f"{text if step else spec.tip} ({_native(action)})")

    @Slot()
    def _draw_icons(self) -> None:
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.name].setIcon(icon(spec.icon, self._themes.theme))


def _native(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


class KeptKeys(QObject):
    """Keeps the window's shortcuts from taking keys that the focused widget uses itself.

    Before a shortcut is triggered, Qt sends the focused widget a ShortcutOverride event; accepting it claims the key.
    Qt's text fields do so; its lists and combo boxes, which find entries by letters, do not.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        # Only the focused widget is filtered: a filter on the application would see every event in Python.
        application.focusChanged.connect(self._watch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept the shortcut override of a key that the widget uses; Qt then sends it as a key press."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and uses_key(watched, event):
            event.accept()
            return True
        return False

    @Slot(QWidget, QWidget)
    def _watch(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        # Text fields are left to Qt, which already gives them precedence.
        if isinstance(new, FINDS_BY_LETTER + MOVED_BY_KEYS):
            new.installEventFilter(self)


FINDS_BY_LETTER = (QComboBox, QAbstractItemView)
MOVED_BY_KEYS = (QAbstractSlider, QTabBar)
MOVES = (
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
)


def uses_key(widget: QObject, event: QKeyEvent) -> bool:
    """Return whether a key without Ctrl, Alt or Meta has a meaning in a list, combo box, slider or tab bar."""
    # Shift writes capitals and the keypad writes digits; both still search a list.
    plain = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    if event.modifiers() & ~plain:
        return False
    # Return, Tab and Esc have a text too, but not a printable one.
    is_letter = event.text() != "" and event.text().isprintable()
    return event.key() in MOVES or (is_letter and isinstance(widget, FINDS_BY_LETTER))
