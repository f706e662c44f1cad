"""Small models in the shapes that public repositories have, each with its own encode and decode for comparison."""

from collections import OrderedDict, namedtuple
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Independent, Normal
from torch.nn import functional as F

SIDE, PIXELS, HIDDEN, CODE = 8, 64, 16, 3


class ExamplesVae(nn.Module):
    """pytorch/examples: forward flattens, and returns (recon, mu, logvar)."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(PIXELS, HIDDEN), nn.Linear(HIDDEN, CODE), nn.Linear(HIDDEN, CODE)
        self.fc3, self.fc4 = nn.Linear(CODE, HIDDEN), nn.Linear(HIDDEN, PIXELS)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x: Tensor) -> Any:
        mu, logvar = self.encode(x.view(-1, PIXELS))
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


class ConvVae(nn.Module):
    """AntixK/PyTorch-VAE: encode returns a list, forward [recon, input, mu, log_var]."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU())
        self.fc_mu, self.fc_var = nn.Linear(64, CODE), nn.Linear(64, CODE)
        self.decoder_input = nn.Linear(CODE, 64)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1), nn.Tanh())

    def encode(self, x: Tensor) -> list[Tensor]:
        h = torch.flatten(self.encoder(x), start_dim=1)
        return [self.fc_mu(h), self.fc_var(h)]

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(self.decoder_input(z).view(-1, 4, 4, 4))

    def forward(self, x: Tensor) -> list[Tensor]:
        mu, log_var = self.encode(x)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)
        return [self.decode(z), x, mu, log_var]


class ModelOutput(OrderedDict[str, Any]):
    """pythae's and transformers' output: a dictionary with attributes."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(name)


class PythaeEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, HIDDEN), nn.ReLU())
        self.embedding, self.log_var = nn.Linear(HIDDEN, CODE), nn.Linear(HIDDEN, CODE)

    def forward(self, x: Tensor) -> ModelOutput:
        h = self.layers(x)
        return ModelOutput(embedding=self.embedding(h), log_covariance=self.log_var(h))


class PythaeDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PIXELS), nn.Sigmoid())

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z).reshape(-1, 1, SIDE, SIDE))


class PythaeVae(nn.Module):
    """pythae: encoder and decoder return ModelOutputs, and forward takes a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = PythaeEncoder(), PythaeDecoder()

    def forward(self, inputs: dict[str, Tensor]) -> ModelOutput:
        found = self.encoder(inputs["data"])
        recon = self.decoder(found.embedding).reconstruction
        return ModelOutput(recon_x=recon, z=found.embedding, loss=recon.mean())


class Trainer(nn.Module):
    """A LightningModule-like wrapper without a forward."""

    def __init__(self) -> None:
        super().__init__()
        self.vae = ExamplesVae()

    def training_step(self, batch: Any, index: int) -> Tensor:
        return self.vae(batch)[0].mean()


class DrawnVae(ExamplesVae):
    """encode returns (z, mu, logvar), with z drawn also in evaluation mode."""

    def encode(self, x: Tensor) -> Any:  # type: ignore[override]
        mu, logvar = super().encode(x)
        return self.reparameterize(mu, logvar), mu, logvar

    def forward(self, x: Tensor) -> Any:
        z, mu, logvar = self.encode(x.view(-1, PIXELS))
        return self.decode(z), z, mu, logvar


class DistributionVae(nn.Module):
    """Both sides return distributions of torch.distributions."""

    def __init__(self) -> None:
        super().__init__()
        self.net = ExamplesVae()

    def encode(self, x: Tensor) -> Independent:
        mu, logvar = self.net.encode(x)
        return Independent(Normal(mu, (0.5 * logvar).exp()), 1)

    def decode(self, z: Tensor) -> Independent:
        return Independent(Bernoulli(probs=self.net.decode(z)), 1)


class ForwardOnly(nn.Module):
    """forward alone, with the outputs in another order, the spread as σ, and a decoder under a usual name."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, HIDDEN), nn.Tanh())
        self.to_mean, self.to_scale = nn.Linear(HIDDEN, CODE), nn.Linear(HIDDEN, CODE)
        self.decoder = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, PIXELS))

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return self.to_mean(h), F.softplus(self.to_scale(h))

    def forward(self, x: Tensor) -> Any:
        mean, scale = self.posterior(x)
        recon = torch.sigmoid(self.decoder(Normal(mean, scale).rsample()))
        return scale, mean, recon.view_as(x)


class NamelessVae(nn.Module):
    """forward alone, and no part has a customary name: only the noise leads to a decode."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(PIXELS, HIDDEN), nn.Linear(HIDDEN, 2 * CODE)
        self.c, self.d = nn.Linear(CODE, HIDDEN), nn.Linear(HIDDEN, PIXELS)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.b(torch.tanh(self.a(x.flatten(1)))).chunk(2, dim=1)
        return mu, logvar

    def render(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.d(torch.tanh(self.c(z))))

    def forward(self, x: Tensor) -> Any:
        mu, logvar = self.split(x)
        z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu) if self.training else mu
        return self.render(z), mu, logvar


class PlainAutoencoder(nn.Module):
    """encoder and decoder as Sequentials, forward returns the reconstruction alone."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CODE))
        self.decoder = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PIXELS), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))


class ConvAutoencoder(nn.Module):
    """A convolutional encoder with maps as codes, and the sigmoid in forward."""

    def __init__(self) -> None:
        super().__init__()
        self.enc = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 2, 3, padding=1)
        )
        self.dec = nn.Sequential(nn.ConvTranspose2d(2, 4, 2, 2), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.dec(self.enc(x)))


class DiagonalGaussian:
    """diffusers' DiagonalGaussianDistribution."""

    def __init__(self, moments: Tensor) -> None:
        self.parameters = moments
        self.mean, self.logvar = moments.chunk(2, dim=1)
        self.std, self.var = torch.exp(0.5 * self.logvar), torch.exp(self.logvar)

    def sample(self) -> Tensor:
        return self.mean + self.std * torch.randn_like(self.mean)

    def mode(self) -> Tensor:
        return self.mean


class KlAutoencoder(nn.Module):
    """diffusers' AutoencoderKL: maps as codes, encode(x).latent_dist and decode(z).sample."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(1, 8, 3, 2, 1)
        self.quant_conv = nn.Conv2d(8, 8, 1)
        self.decoder = nn.ConvTranspose2d(4, 1, 4, 2, 1)

    def encode(self, x: Tensor, return_dict: bool = True) -> Any:
        return ModelOutput(latent_dist=DiagonalGaussian(self.quant_conv(self.encoder(x))))

    def decode(self, z: Tensor, return_dict: bool = True) -> Any:
        return ModelOutput(sample=self.decoder(z))

    def forward(self, sample: Tensor, sample_posterior: bool = False) -> Any:
        posterior = self.encode(sample).latent_dist
        return self.decode(posterior.sample() if sample_posterior else posterior.mode())


Encoded = namedtuple("Encoded", ["mu", "sigma"])


class NamedTupleVae(nn.Module):
    """encode returns a named tuple with σ, and decode a tuple whose second value is the sample."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(PIXELS, 2 * CODE), nn.Linear(CODE, PIXELS)

    def encode(self, x: Tensor) -> Encoded:
        mu, raw = self.first(x).chunk(2, dim=1)
        return Encoded(mu, F.softplus(raw))

    def decode(self, z: Tensor) -> Any:
        return z.square().sum(1, keepdim=True), self.last(z)


class VectorQuantized(nn.Module):
    """A VQ-VAE: encode returns (quantized maps, loss, indices), forward (loss, recon, perplexity)."""

    def __init__(self) -> None:
        super().__init__()
        self.front, self.codebook, self.back = nn.Conv2d(1, 2, 4, 4), nn.Embedding(8, 2), nn.ConvTranspose2d(2, 1, 4, 4)

    def encode(self, x: Tensor) -> Any:
        h = self.front(x).permute(0, 2, 3, 1)
        indices = torch.cdist(h.reshape(-1, 2), self.codebook.weight).argmin(1)
        quantized = self.codebook(indices).view(h.shape).permute(0, 3, 1, 2)
        return quantized, (quantized - self.front(x)).square().mean(), (None, None, indices)

    def decode(self, z: Tensor) -> Tensor:
        return self.back(z)

    def forward(self, x: Tensor) -> Any:
        quantized, loss, _ = self.encode(x)
        return loss, self.decode(quantized), torch.tensor(1.0)


class Conditional(nn.Module):
    """A forward with further arguments, and a class that encode can do without."""

    def __init__(self) -> None:
        super().__init__()
        self.e, self.d = nn.Linear(PIXELS + 2, CODE), nn.Linear(CODE + 2, PIXELS)

    def encode(self, x: Tensor, c: Tensor | None = None) -> Tensor:
        c = torch.zeros(len(x), 2) if c is None else c
        return self.e(torch.cat([x.flatten(1), c], 1))

    def decode(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        c = torch.zeros(len(z), 2) if c is None else c
        return self.d(torch.cat([z, c], 1))

    def forward(self, x: Tensor, c: Tensor, mask: Tensor) -> Tensor:
        return self.decode(self.encode(x * mask, c), c)


class Scripted(nn.Module):
    """For torch.jit.script, with exported methods."""

    def __init__(self) -> None:
        super().__init__()
        self.e, self.d = nn.Linear(PIXELS, CODE), nn.Linear(CODE, PIXELS)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        return torch.tanh(self.e(x))

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return self.d(z)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


class HeadsVae(nn.Module):
    """lightning-bolts: encoder, two heads and decoder, and a forward that returns the reconstruction alone."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, HIDDEN), nn.ReLU())
        self.fc_mu, self.fc_log_var = nn.Linear(HIDDEN, CODE), nn.Linear(HIDDEN, CODE)
        self.decoder = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PIXELS), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        h = self.encoder(x)
        z = Normal(self.fc_mu(h), torch.exp(0.5 * self.fc_log_var(h))).rsample()
        return self.decoder(z).view_as(x)


class SigmaVae(nn.Module):
    """encode returns (mu, σ), which looks like a log-variance: only the forward shows what it is."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(PIXELS, 2 * CODE), nn.Linear(CODE, PIXELS)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, raw = self.first(x.flatten(1)).chunk(2, dim=1)
        return mu, F.softplus(raw)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.last(z))

    def forward(self, x: Tensor) -> Any:
        mu, sigma = self.encode(x)
        return self.decode(mu + sigma * torch.randn_like(sigma)), mu, sigma


class SequenceAutoencoder(nn.Module):
    """Recurrent networks over the rows of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.enc, self.dec = nn.LSTM(SIDE, CODE, batch_first=True), nn.LSTM(CODE, SIDE, batch_first=True)

    def encode(self, x: Tensor) -> Tensor:
        return self.enc(x)[1][0][-1]

    def decode(self, z: Tensor) -> Tensor:
        return self.dec(z[:, None].repeat(1, SIDE, 1))[0]

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


class ColourAutoencoder(nn.Module):
    """Convolutions on three channels, with maps as codes."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Conv2d(3, 2, 4, 4), nn.ConvTranspose2d(2, 3, 4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))


def keras_like() -> SimpleNamespace:
    """Return an object with encoder and decoder that take and return float arrays, as Keras's models do."""
    draw = np.random.default_rng(0)
    first, last = draw.normal(size=(PIXELS, CODE)), draw.normal(size=(CODE, PIXELS))

    def encoder(x: Any) -> list[Any]:
        mean = np.asarray(x).reshape(len(x), PIXELS) @ first
        return [mean, 0 * mean - 1, mean]  # z_mean, z_log_var, z

    return SimpleNamespace(encoder=encoder, decoder=lambda z: np.tanh(z @ last).reshape(-1, SIDE, SIDE, 1))
