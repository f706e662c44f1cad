"""The dialog of a β ladder: any list of β."""

from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.config import RunConfig
from explorer.jobs.experiments.loss_experiment import BETAS, LossExperiment, beta_text, ladder, read_betas
from explorer.ui.loss.experiment_dialog import ExperimentDialog
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

REMEMBERED = "loss/betas"


class LadderDialog(ExperimentDialog):
    """Train one run for each β."""

    def __init__(self, state: AppState, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(state, "ladder", "β ladder", config, parent)
        self._betas = set_identity(QLineEdit(), "ladder_betas", "The values of β, comma-separated: 0.1, 0.5, 1", "β")
        # The stored value is whatever the settings file holds.
        known = settings().value(REMEMBERED)
        self._betas.setText(known if isinstance(known, str) and known else ", ".join(map(beta_text, BETAS)))
        self.fields.addRow("β", self._betas)
        self._betas.textEdited.connect(self.renew)
        self.lay_out()

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Return the ladder, and store the list for the next time."""
        # Parsed first: a list that cannot be read is not stored.
        found = ladder(config, read_betas(self._betas.text()))
        settings().setValue(REMEMBERED, self._betas.text())
        return found
