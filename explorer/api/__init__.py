"""The public interface for scripts and notebooks: NumPy arrays in, NumPy arrays out."""

from explorer.api.loaded_run import LoadedRun, load_run
from explorer.api.run_model import Condition
from explorer.api.training import train_new_run

__all__ = ["Condition", "LoadedRun", "load_run", "train_new_run"]
