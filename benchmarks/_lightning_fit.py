"""One fit of a small autoencoder by Lightning, and its seconds; apart, as only this needs Lightning."""

import time
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Stopwatch(pl.Callback):
    """Measures the time before the first batch and from there to the last."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.before = self.training = 0.0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self.before = time.perf_counter() - self.begun

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self.training = time.perf_counter() - self.begun - self.before


class AutoEncoder(pl.LightningModule):
    """A dense autoencoder 784-400-2 as in Lightning's own introduction."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid())

    def encode(self, x: Tensor) -> Tensor:
        z: Tensor = self.encoder(x)
        return z

    def decode(self, z: Tensor) -> Tensor:
        x: Tensor = self.decoder(z)
        return x

    def training_step(self, batch: Any, _: int) -> Tensor:
        loss = (self.decode(self.encode(batch[0])) - batch[0]).square().sum(1).mean()
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, _: int) -> None:
        self.log("val_loss", (self.decode(self.encode(batch[0])) - batch[0]).square().sum(1).mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), 1e-3)


def timed_fit(x: Tensor, epochs: int, callbacks: list[Any]) -> Stopwatch:
    torch.manual_seed(0)
    loaders = [DataLoader(TensorDataset(part), batch_size=128, shuffle=part is x) for part in (x, x[:500])]
    watch = Stopwatch()
    trainer = pl.Trainer(
        max_epochs=epochs, callbacks=[*callbacks, watch], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(AutoEncoder(), *loaders)
    return watch
