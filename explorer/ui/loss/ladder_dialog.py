"""The β ladder's dialog: any list of β."""

from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.config import RunConfig
from explorer.jobs.loss_experiment import BETAS, LossExperiment, beta_text, ladder, read_betas
from explorer.ui.loss.experiment_dialog import ExperimentDialog
from explorer.ui.named import named
from explorer.ui.settings import settings
from explorer.ui.workbench import Workbench

REMEMBERED = "loss/betas"


class LadderDialog(ExperimentDialog):
    """One run for each β."""

    def __init__(self, bench: Workbench, config: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(bench, "ladder", "β ladder", config, parent)
        self._betas = named(QLineEdit(), "ladder_betas", "The values of β, comma-separated: 0.1, 0.5, 1", "β")
        known = settings().value(REMEMBERED)
        self._betas.setText(known if isinstance(known, str) and known else ", ".join(map(beta_text, BETAS)))
        self.fields.addRow("β", self._betas)
        self._betas.textEdited.connect(self.renew)
        self.lay_out()

    def experiment(self, config: RunConfig) -> LossExperiment:
        """Give the ladder."""
        found = ladder(config, read_betas(self._betas.text()))
        settings().setValue(REMEMBERED, self._betas.text())
        return found
