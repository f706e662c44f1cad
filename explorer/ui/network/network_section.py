"""The network as a section that folds: its diagram, or in brief the sizes of x, z and x̂."""

from PySide6.QtCore import Slot

from explorer.models.architecture import Architecture
from explorer.ui.decode.fold import Fold
from explorer.ui.network.network_view import NetworkView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import tool_button


class NetworkSection(Fold):
    """The diagram of a model; hidden for a model without networks.

    Parameters
    ----------
    name
        Stable name of the section; the open and folded state is remembered by it.
    """

    def __init__(self, name: str, tasks: Tasks, themes: ThemeSource, *, starts_open: bool) -> None:
        self.view = NetworkView(name, tasks, themes)
        self._save = tool_button(f"{name}_save", "", "Save the diagram as SVG or PNG")
        super().__init__(
            name, "Network", self.view, themes, tools=(self._save,), starts_open=starts_open, why="phi_theta"
        )
        self._save.clicked.connect(self.view.save)
        themes.changed.connect(self._set_icon)
        self._set_icon()

    def show_network(self, network: Architecture | None, file_name: str = "network") -> None:
        """Draw a model, or hide the section."""
        self.setVisible(network is not None)
        if network is not None:
            self.view.show_network(network, file_name)
            self.set_brief(network.brief)

    @Slot()
    def _set_icon(self) -> None:
        self._save.setIcon(icon("save", self._themes.theme))
