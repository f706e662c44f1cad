"""The menus and their actions, in order; and the overlays' actions, which are checked according to the View."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMenu, QMenuBar

from explorer.jobs.overlays.catalog import GROUPS, NAMES, overlays
from explorer.session import View
from explorer.ui.actions.actions import Actions
from explorer.ui.corruption.corruption_controller import why_no_corruption
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs
from explorer.ui.widgets.menus import StayingMenu

OVERLAY_ACTIONS = tuple(f"overlay_{name}" for name in NAMES)
OVERLAY_MENU = " - ".join(" ".join(f"overlay_{name}" for name in group) for group in GROUPS)
"""The overlays' actions as in `MENUS`, with a separator between groups."""


class OverlayActions(QObject):
    """Synchronizes the overlays' actions with the View, and disables what makes no sense for the runs in view.

    An overlay that is not defined for the active run can still be switched on if it is defined for the run of another
    pane. The tooltip of an action gives the reason.
    """

    def __init__(self, state: AppState, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session, self._store = state.session, state.store
        self._corruption_tip = actions["corruption"].toolTip()
        for name in OVERLAY_ACTIONS:
            # `triggered`, unlike `toggled`, is not emitted by setChecked below, so there is no loop.
            actions.on(name, self._set)
        for signal in (state.store.opened, state.store.details_changed, state.store.plane_changed):
            signal.connect(self._on_run)
        state.session.listen(self.show_view)
        self.show_view(View(), state.session.view)

    def show_view(self, old: View, new: View) -> None:
        """Update the checked states."""
        for name in NAMES:
            self._actions[f"overlay_{name}"].setChecked(name in new.overlays)
        # Reasons are computed from the capabilities of the runs, so they change with these and not with each View.
        if (old.active_run, old.panes, old.overlays) != (new.active_run, new.panes, new.overlays):
            self._show_reasons()

    @Slot()
    def _set(self) -> None:
        on = {name for name in NAMES if self._actions[f"overlay_{name}"].isChecked()}
        others = self._session.view.overlays - set(NAMES)  # of another version of the program
        self._session.set(overlays=frozenset(on | others))

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if any(pane.run == key for pane in self._session.view.panes):
            self._show_reasons()

    def _show_reasons(self) -> None:
        view = self._session.view
        run, shown = self._store.runs.get(view.active_run or ""), shown_runs(view, self._store.runs)
        for overlay in overlays():
            why = overlay.why_not(run) if run is not None else ""
            reason = f". Not defined for {run.name}: {why}" if run is not None and why else ""
            action = self._actions[f"overlay_{overlay.name}"]
            action.setToolTip(f"{overlay.tip}{reason}")
            # What is on can always be switched off.
            defined = not shown or any(not overlay.why_not(other) for other in shown)
            action.setEnabled(defined or overlay.name in view.overlays)
        why = why_no_corruption(run) if run is not None else ""
        reason = f". Not possible for {run.name}: {why}" if run is not None and why else ""
        self._actions["corruption"].setEnabled(not why)
        self._actions["corruption"].setToolTip(f"{self._corruption_tip}{reason}")


# Names instead of objects, so that toolbar and tests read the same table.
MENUS = (
    (
        "&File",
        "open_data open_run import_weights export_model - recent_data recent_runs recent_sessions - "
        "open_session save_session save_session_as - save - quit",
    ),
    (
        "&Edit",
        "undo redo - find_sample - select_all select_invert select_none name_selection name_neighbours - "
        "copy_command paste_input",
    ),
    (
        "&View",
        "fit link_views same_scale panes - overlays points unit - theme larger smaller normal_size - "
        "enlarge_tabs shrink_tabs - planes_only show_everything show_differences "
        "show_left show_right show_bottom reset_layout",
    ),
    (
        "&Tools",
        "mode_probe mode_pan mode_select shape mode_path - "
        "random draws own_input pin counterfactual - compare_table corruption - information",
    ),
    ("&Run", "train pause stop - weights - ablation ladder"),
    ("&Help", "show_guide show_site show_glossary show_keys show_hints - show_log about"),
)
"""The actions and submenus of each menu by name; "-" is a separator."""
SUBMENUS = {
    # Filled by `RecentMenu` when the menu above them opens.
    "recent_data": ("Recent data", ""),
    "recent_runs": ("Recent runs", ""),
    "recent_sessions": ("Recent sessions", ""),
    # Filled by `WeightsMenu` when the menu above it opens.
    "weights": ("Weights of the active run", ""),
    "panes": (
        "Panes",
        "enlarge_pane duplicate_pane - pane_left pane_right - previous_pane next_pane - close_pane reopen_pane",
    ),
    "save": (
        "Save view",
        "save_plane save_decode save_strip save_path_gif save_curves - "
        "save_curves_csv save_comparison save_selection_csv save_loss_report",
    ),
    "overlays": ("Overlays", OVERLAY_MENU),
    "shape": ("Select by", "select_box select_lasso"),
    "points": ("Points", "points_larger points_smaller points_denser points_fainter"),
    "unit": ("Unit of information", "unit_nats unit_bits"),
    "theme": ("Theme", "theme_system theme_light theme_dark"),
}


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> None:
    """Add all menus to the window's menu bar."""
    for title, names in MENUS:
        menu = bar.addMenu(title)
        menu.setObjectName(f"menu_{title.replace('&', '').lower()}")
        fill_menu(menu, names, actions)


def fill_menu(menu: QMenu, names: str, actions: Actions) -> None:
    """Add actions and submenus to a menu by their names."""
    # Off by default in Qt; tooltips explain why an entry is disabled.
    menu.setToolTipsVisible(True)
    for name in names.split():
        if name == "-":
            menu.addSeparator()
        elif name in SUBMENUS:
            title, inner = SUBMENUS[name]
            submenu = StayingMenu(title, menu) if name == "overlays" else QMenu(title, menu)
            submenu.setObjectName(f"menu_{name}")
            menu.addMenu(submenu)
            fill_menu(submenu, inner, actions)
        else:
            menu.addAction(actions[name])
