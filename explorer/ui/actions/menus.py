"""The menus: which actions stand in which, in which order."""

from PySide6.QtWidgets import QMenu, QMenuBar

from explorer.ui.actions.actions import Actions
from explorer.ui.actions.overlay_actions import OVERLAY_MENU

MENUS = (
    ("&File", "open_data open_run import_weights - open_session save_session save_session_as - save - quit"),
    ("&Edit", "undo redo - copy_command"),
    (
        "&View",
        "fit link_views panes - overlays points - theme larger smaller normal_size - "
        "planes_only show_differences show_left show_right show_bottom reset_layout",
    ),
    ("&Tools", "mode_probe mode_pan mode_select mode_path - random - compare_table corruption"),
    ("&Run", "train pause stop - ablation ladder"),
    ("&Help", "show_keys show_log - about"),
)
"""Each menu's actions and submenus by name; "-" is a separator."""
SUBMENUS = {
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
    "points": ("Points", "points_larger points_smaller points_denser points_fainter"),
    "theme": ("Light and dark", "theme_system theme_light theme_dark"),
}


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> None:
    """Put every menu into the window's bar."""
    for title, names in MENUS:
        fill_menu(bar.addMenu(title), names, actions)


def fill_menu(menu: QMenu, names: str, actions: Actions) -> None:
    """Put actions and submenus into a menu by their names."""
    menu.setToolTipsVisible(True)
    for name in names.split():
        if name == "-":
            menu.addSeparator()
        elif name in SUBMENUS:
            title, inner = SUBMENUS[name]
            fill_menu(menu.addMenu(title), inner, actions)
        else:
            menu.addAction(actions[name])
