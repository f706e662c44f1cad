"""The loss ablation's dialog: with or without the plain autoencoder."""

from PySide6.QtWidgets import QCheckBox, QWidget

from explorer.config import RunConfig
from explorer.jobs.experiments.loss_experiment import LossExperiment, ablation
from explorer.ui.loss.experiment_dialog import ExperimentDialog
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

REMEMBERED = "loss/with_autoencoder"


class AblationDialog(ExperimentDialog):
    """Only the KL, only the reconstruction, both; and the plain autoencoder of the same networks, if wished."""

    def __init__(self, state: AppState, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(state, "ablation", "Loss ablation", config, parent)
        self._plain = set_identity(
            QCheckBox("Also an autoencoder"),
            "ablation_autoencoder",
            "Also train an autoencoder with the same networks",
        )
        self._plain.setChecked(settings().value(REMEMBERED, True, bool) is True)
        self.fields.addRow("", self._plain)
        self._plain.toggled.connect(self.renew)
        self.lay_out()

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Return the ablation."""
        settings().setValue(REMEMBERED, self._plain.isChecked())
        return ablation(config, with_autoencoder=self._plain.isChecked())
