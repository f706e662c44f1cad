"""Autoencoders of linear layers in the shapes that public repositories have; `published_models` lists all."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


class Published(nn.Module):
    """A model with ``code`` (its mean) and ``decode``; ``prepare`` maps values in [0, 1] to those of its data."""

    side = 28
    is_variational = True

    def prepare(self, x: Tensor) -> Tensor:
        return x

    def restore(self, decoded: Tensor) -> Tensor:
        return decoded

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def code(self, x: Tensor) -> Tensor:
        return self.heads(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        raise NotImplementedError


class ExampleVae(Published):
    """The VAE of pytorch/examples: five linear layers with names that tell little."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 40)
        self.fc21 = nn.Linear(40, 6)
        self.fc22 = nn.Linear(40, 6)
        self.fc3 = nn.Linear(6, 40)
        self.fc4 = nn.Linear(40, 784)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = functional.relu(self.fc1(x.flatten(1)))
        return self.fc21(h), self.fc22(h)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(functional.relu(self.fc3(z))))


class PythaeMlp(Published):
    """pythae's default MLPs: nested lists of layers, heads "embedding" and "log_var"."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList([nn.Sequential(nn.Linear(784, 48), nn.ReLU())])
        self.encoder.embedding = nn.Linear(48, 5)
        self.encoder.log_var = nn.Linear(48, 5)
        self.decoder = nn.Module()
        self.decoder.layers = nn.ModuleList(
            [nn.Sequential(nn.Linear(5, 48), nn.ReLU()), nn.Sequential(nn.Linear(48, 784), nn.Sigmoid())]
        )

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder.layers[0](x.flatten(1))
        return self.encoder.embedding(h), self.encoder.log_var(h)

    def decode(self, z: Tensor) -> Tensor:
        for layer in self.decoder.layers:
            z = layer(z)
        return z


class DeepAe(Published):
    """A deep autoencoder as in many tutorials: narrowing linear layers, a tanh, values from −1 to 1."""

    is_variational = False

    def __init__(self) -> None:
        super().__init__()
        widths = (784, 64, 32, 12, 8)
        encoder: list[nn.Module] = []
        decoder: list[nn.Module] = []
        for a, b in pairwise(widths):
            encoder += [nn.Linear(a, b), nn.ReLU(True)]
            decoder = [nn.Linear(b, a), nn.ReLU(True), *decoder]
        self.encoder = nn.Sequential(*encoder[:-1])
        self.decoder = nn.Sequential(*decoder[:-1], nn.Tanh())

    def prepare(self, x: Tensor) -> Tensor:
        return 2 * x - 1

    def restore(self, decoded: Tensor) -> Tensor:
        return (decoded + 1) / 2

    def code(self, x: Tensor) -> Tensor:
        return self.encoder(x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)


class LogStdVae(Published):
    """A VAE whose second head returns log σ, with tanh layers, and batch norms in numbered Sequentials."""

    def __init__(self) -> None:
        super().__init__()
        self.enc = nn.Sequential(
            nn.Linear(784, 48), nn.BatchNorm1d(48), nn.Tanh(), nn.Dropout(0.1), nn.Linear(48, 24), nn.BatchNorm1d(24),
            nn.Tanh(),
        )  # fmt: skip
        self.to_mean = nn.Linear(24, 5)
        self.to_log_std = nn.Linear(24, 5)
        self.dec = nn.Sequential(nn.Linear(5, 24), nn.Tanh(), nn.Linear(24, 48), nn.Tanh(), nn.Linear(48, 784))

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.enc(x.flatten(1))
        return self.to_mean(h), 2 * self.to_log_std(h)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.dec(z))


class GaussianVae(Published):
    """A VAE of scaled MNIST with ELU layers and no activation at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder_net = nn.Sequential(nn.Linear(784, 64), nn.ELU(), nn.Linear(64, 32), nn.ELU())
        self.mu = nn.Linear(32, 6)
        self.logvar = nn.Linear(32, 6)
        self.decoder_net = nn.Sequential(nn.Linear(6, 32), nn.ELU(), nn.Linear(32, 64), nn.ELU(), nn.Linear(64, 784))

    def prepare(self, x: Tensor) -> Tensor:
        return (x - 0.1307) / 0.3081

    def restore(self, decoded: Tensor) -> Tensor:
        return 0.3081 * decoded + 0.1307

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder_net(x.flatten(1))
        return self.mu(h), self.logvar(h)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder_net(z)


class LayerNormVae(Published):
    """A VAE with layer norms, PReLUs and one layer for mean and log-variance, the log-variance first."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 40), nn.LayerNorm(40), nn.PReLU(), nn.Linear(40, 12))
        self.decoder = nn.Sequential(nn.Linear(6, 40), nn.LayerNorm(40), nn.PReLU(), nn.Linear(40, 784), nn.Sigmoid())

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        log_variance, mean = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)
