"""The public interface for scripts and notebooks: NumPy arrays in, NumPy arrays out."""

from explorer.api.loaded_run import LoadedRun, load_run
from explorer.api.own_samples import draw_sheet, encode_input, read_input, read_row
from explorer.api.run_model import Condition
from explorer.api.training import train_new_run

__all__ = [
    "Condition",
    "LoadedRun",
    "draw_sheet",
    "encode_input",
    "load_run",
    "read_input",
    "read_row",
    "train_new_run",
]
