"""Every action of the window in one table: its words, key and icon; the window says what each does."""

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
    """One action: ``keys`` are shortcuts as Qt writes them, ``group`` makes actions exclude each other."""

    name: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    group: str = ""


ACTIONS = (
    ActionSpec("open_data", "Open data…", "Open a file or folder of samples", ("Ctrl+D",), "folder"),
    ActionSpec("open_run", "Open run…", "Open the folder of a run beside those in view", ("Ctrl+O",), "folder"),
    ActionSpec(
        "import_weights",
        "Import weights…",
        "Make a run of another program's state_dict (.pt, .safetensors), by the form's family and data",
    ),
    ActionSpec("open_session", "Open session…", "Open a saved session: its runs, probe, path and selection"),
    ActionSpec("save_session", "Save session", "Save what is on screen", ("Ctrl+S",), "save"),
    ActionSpec("save_session_as", "Save session as…", "Save what is on screen under another name", ("Ctrl+Shift+S",)),
    ActionSpec("save_plane", "Plane as picture…", "Save the active plane as PNG or SVG"),
    ActionSpec("save_decode", "Decode as picture…", "Save the decoded picture as PNG"),
    ActionSpec("save_strip", "Film strip as picture…", "Save the path's film strip as PNG"),
    ActionSpec("save_path_gif", "Path as GIF…", "Save the path as an animation"),
    ActionSpec("save_curves", "Curves as picture…", "Save the curves as PNG or SVG"),
    ActionSpec("save_curves_csv", "Curves as CSV…", "Save the numbers behind the curves"),
    ActionSpec("save_comparison", "Comparison as table…", "Save the comparison of the runs in view as CSV or Markdown"),
    ActionSpec("save_selection_csv", "Selection as CSV…", "Save the selected samples with labels, columns and codes"),
    ActionSpec("quit", "Quit", "Save what trains, and leave", ("Ctrl+Q",)),
    ActionSpec("undo", "Undo", "Take back the last step", ("Ctrl+Z",), "undo"),
    ActionSpec("redo", "Redo", "Do again what was taken back", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionSpec(
        "copy_command", "Copy as command", "Copy the command line that trains the active run", ("Ctrl+Shift+C",), "copy"
    ),
    ActionSpec("mode_probe", "Probe", "Click or drag on a plane: decode that place", ("1",), "probe", True, "mode"),
    ActionSpec("mode_pan", "Pan", "Drag a plane (or hold Space, or the middle button)", ("2",), "pan", True, "mode"),
    ActionSpec("mode_select", "Select", "Draw a box around samples (or hold Shift)", ("3",), "select", True, "mode"),
    ActionSpec("mode_path", "Path", "Click A, then B: slide between them", ("4",), "path", True, "mode"),
    ActionSpec("fit", "Fit", "Show 99 % of the codes (or double-click a plane)", ("F", "Home"), "fit"),
    ActionSpec(
        "link_views",
        "Link views",
        "Zoom and pan all planes together: each shows the same share of its own fitted view, whatever its scale",
        ("L",),
        "link",
        True,
    ),
    ActionSpec(
        "enlarge_pane",
        "Enlarge pane",
        "Let the active pane fill the area of all, or bring the others back (or double-click its head; Esc)",
        ("E",),
        "enlarge",
        True,
    ),
    ActionSpec(
        "duplicate_pane",
        "Duplicate pane",
        "Show the active pane's run a second time: other axes, or a part beside the whole",
        ("D",),
        "duplicate",
    ),
    ActionSpec(
        "pane_right",
        "Swap with the next pane",
        "Let the active pane change places with the next one (or drag its head there)",
        ("Ctrl+Shift+Right",),
    ),
    ActionSpec(
        "pane_left",
        "Swap with the pane before",
        "Let the active pane change places with the one before it",
        ("Ctrl+Shift+Left",),
    ),
    ActionSpec("next_pane", "Next pane", "Make the next pane the active one", ("F6",)),
    ActionSpec("previous_pane", "Pane before", "Make the pane before the active one", ("Shift+F6",)),
    ActionSpec("close_pane", "Close pane", "Close the active pane; its run stays in the list", ("Ctrl+W",), "close"),
    ActionSpec(
        "reopen_pane", "Reopen closed pane", "Bring back the pane that was closed last", ("Ctrl+Shift+W",), "undo"
    ),
    ActionSpec("random", "Random z", "Draw z from the prior and decode it", ("R",), "random"),
    ActionSpec(
        "corruption",
        "Corruption bench…",
        "Spoil the probed sample with noise or a mask; see it restored",
        ("B",),
        "brush",
    ),
    *(ActionSpec(f"overlay_{one.name}", one.title, one.tip, checkable=True) for one in overlays()),
    ActionSpec("theme_system", "As the system", "Follow the desktop's light or dark", (), "", True, "theme"),
    ActionSpec("theme_light", "Light", "A light window", (), "", True, "theme"),
    ActionSpec("theme_dark", "Dark", "A dark window", (), "", True, "theme"),
    ActionSpec("larger", "Larger text", "Scale all text and marks up", ("Ctrl++", "Ctrl+=")),
    ActionSpec("smaller", "Smaller text", "Scale all text and marks down", ("Ctrl+-",)),
    ActionSpec("normal_size", "Normal text", "Text and marks at their normal size", ("Ctrl+0",)),
    ActionSpec("points_larger", "Larger points", "Draw points larger", ("]",)),
    ActionSpec("points_smaller", "Smaller points", "Draw points smaller", ("[",)),
    ActionSpec("points_denser", "More opaque points", "Draw points more opaque", ("}",)),
    ActionSpec("points_fainter", "Fainter points", "Draw points fainter", ("{",)),
    ActionSpec("planes_only", "Planes and decode only", "Hide all else, for a lecture", ("F11",), "enlarge", True),
    ActionSpec("show_left", "Experiment panel", "Show or hide the panel at the left", ("Ctrl+1",), "", True),
    ActionSpec("show_right", "Decode panel", "Show or hide the panel at the right", ("Ctrl+2",), "", True),
    ActionSpec("show_bottom", "Curves and path", "Show or hide the panels at the bottom", ("Ctrl+3",), "", True),
    ActionSpec("reset_layout", "Reset layout", "Put every panel back to its place"),
    ActionSpec(
        "compare_table", "Comparison table…", "Settings and figures of the runs in view side by side", ("T",), "table"
    ),
    ActionSpec(
        "show_differences",
        "What differs",
        "A line below the planes: what differs between the runs in view",
        (),
        "",
        True,
    ),
    ActionSpec("train", "Train", "Train with the settings of the form", ("Ctrl+T",), "play"),
    ActionSpec("pause", "Pause or resume", "Hold the training of the active run, or go on", ("Ctrl+P",), "pause"),
    ActionSpec("stop", "Stop", "Stop and save the training of the active run", ("Ctrl+.",), "stop"),
    ActionSpec(
        "ablation",
        "Loss ablation…",
        "Train by the KL only, by the reconstruction only, and by both, from the same weights; see what each shows",
    ),
    ActionSpec("ladder", "β ladder…", "Train once for each of a list of β, and see the rate–distortion curve fill"),
    ActionSpec("save_loss_report", "Loss experiment's report…", "Save what the experiment on the loss shows"),
    ActionSpec("show_log", "Show log", "What the program noted, with the details of errors", (), "info"),
    ActionSpec("show_keys", "Keys and mouse", "What the keys and the mouse do", ("F1",), "info"),
    ActionSpec("about", "About Latent Explorer", "Version, libraries, licence", (), "info"),
)


class Actions(QObject):
    """Holds a QAction per `ActionSpec`, icons in the theme's colours; added to ``window`` so that its keys work."""

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._themes = themes
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(spec.text, self, checkable=spec.checkable)
            action.setObjectName(f"action_{spec.name}")
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
            keys = f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})" if spec.keys else ""
            action.setToolTip(spec.tip + keys)
            action.setStatusTip(spec.tip)
            if spec.group:
                groups.setdefault(spec.group, QActionGroup(self)).addAction(action)
            self._actions[spec.name] = action
            window.addAction(action)
        self._draw_icons()
        themes.changed.connect(self._draw_icons)
        self._kept_keys = KeptKeys(self)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def on(self, name: str, slot: Callable[..., object]) -> None:
        """Say what an action does: a method of a QObject, given whether it is checked if it is checkable."""
        self._actions[name].triggered.connect(slot)

    @Slot()
    def _draw_icons(self) -> None:
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.name].setIcon(icon(spec.icon, self._themes.theme))


class KeptKeys(QObject):
    """Lets the widget that has the focus keep the keys that it uses itself, before a shortcut of the window takes them.

    Fields to write in do so of their own; lists and combo boxes, which find entries by their letters, do not.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._watch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the key in the widget's name, so that it comes to it as a key press."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and uses_key(watched, event):
            event.accept()
            return True
        return False

    @Slot(QWidget, QWidget)
    def _watch(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(new, FINDS_BY_LETTER + MOVED_BY_KEYS):
            new.installEventFilter(self)


FINDS_BY_LETTER = (QComboBox, QAbstractItemView)
MOVED_BY_KEYS = (QAbstractSlider, QTabBar)
MOVES = (
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
)


def uses_key(widget: QObject, event: QKeyEvent) -> bool:
    """Whether a key without Ctrl, Alt or Meta means something to a list, a combo box, a slider or tabs."""
    plain = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    if event.modifiers() & ~plain:
        return False
    is_letter = event.text() != "" and event.text().isprintable()
    return event.key() in MOVES or (is_letter and isinstance(widget, FINDS_BY_LETTER))
