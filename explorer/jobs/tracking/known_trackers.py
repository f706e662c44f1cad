"""Trackers of other packages, each imported by ``begin``: TensorBoard, MLflow, Weights & Biases.

- TensorBoard: event files in the folder ``tensorboard`` of the run.
- MLflow: the server or folder that ``MLFLOW_TRACKING_URI`` names, or MLflow's own default.
- Weights & Biases: the account of ``wandb login``; ``WANDB_MODE=offline`` keeps everything on disk.
"""

import os
from collections.abc import Mapping
from typing import Any

from explorer.jobs.tracking.tracker import TrackedRun
from explorer.rendering.drawing import Pixels
from explorer.runs.files import path_inside

FOLDER = "tensorboard"
FLUSH_SECONDS = 5
"""Time after which a value is on the disk; torch's 120 s would keep a training of minutes invisible."""
MAX_LETTERS = 500
"""Maximum length of a parameter in MLflow."""
STATUS = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
"""MLflow's words for how a training ended."""
PROJECT = "latent-explorer"
"""The project of Weights & Biases, unless ``WANDB_PROJECT`` names another."""


class TensorBoardTracker:
    """Writes scalars, pictures and hyperparameters; show them with ``tensorboard --logdir FOLDER_OF_RUNS``."""

    title = "TensorBoard"
    _writer: Any

    def begin(self, run: TrackedRun) -> None:
        """Open the event file; after a resume, values of steps that are taken again are hidden."""
        from torch.utils.tensorboard import SummaryWriter

        # A training that was killed had logged more steps than its checkpoint has.
        purge = run.first_step + 1 if run.first_step else None
        self._settings = dict(run.settings)
        self._writer = SummaryWriter(
            str(path_inside(run.path / FOLDER, run.path)), purge_step=purge, flush_secs=FLUSH_SECONDS
        )
        rows = "\n".join(f"| {key} | {value} |" for key, value in run.settings.items())
        self._writer.add_text("settings", f"| setting | value |\n| --- | --- |\n{rows}", run.first_step)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write each value as a scalar."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def picture(self, name: str, step: int, pixels: Pixels) -> None:
        """Write a picture."""
        self._writer.add_image(name, pixels, step, dataformats="HWC")

    def end(self, status: str, last: Mapping[str, float]) -> None:
        """Write settings and last losses for the tab "HParams", and close the file."""
        found = {f"hparam/{name}": value for name, value in last.items()}
        # In the same folder: by default they would appear as another run.
        self._writer.add_hparams(self._settings, found, run_name=".")
        self._writer.close()


class MlflowTracker:
    """Logs parameters, metrics and pictures as one run of MLflow, in its current experiment."""

    title = "MLflow"

    def begin(self, run: TrackedRun) -> None:
        """Start a run of the same name."""
        # Its links would be printed into the JSON of the command.
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        import mlflow

        self._mlflow = mlflow
        # The run is active in this thread alone, as MLflow keeps one per thread.
        mlflow.start_run(run_name=run.name)
        mlflow.set_tag("latent_explorer.path", str(run.path))
        mlflow.log_params({key: str(value)[:MAX_LETTERS] for key, value in run.settings.items()})

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Log the values as metrics."""
        self._mlflow.log_metrics(dict(values), step=step)

    def picture(self, name: str, step: int, pixels: Pixels) -> None:
        """Log a picture as an artifact."""
        self._mlflow.log_image(pixels, artifact_file=f"{name}.png")

    def end(self, status: str, last: Mapping[str, float]) -> None:
        """End the run with its status."""
        self._mlflow.end_run(status=STATUS[status])


class WandbTracker:
    """Logs settings, values and pictures as one run of Weights & Biases."""

    title = "Weights & Biases"
    _run: Any

    def begin(self, run: TrackedRun) -> None:
        """Start a run of the same name, with its files in the folder of the run."""
        import wandb

        self._image = wandb.Image
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=run.name,
            config=dict(run.settings),
            dir=str(run.path),
        )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Log the values."""
        self._run.log(dict(values), step=step)

    def picture(self, name: str, step: int, pixels: Pixels) -> None:
        """Log a picture."""
        self._run.log({name: self._image(pixels)}, step=step)

    def end(self, status: str, last: Mapping[str, float]) -> None:
        """Store the last losses as the summary, and finish the run."""
        self._run.summary.update({f"last/{name}": value for name, value in last.items()})
        self._run.finish(exit_code=1 if status == "failed" else 0)
