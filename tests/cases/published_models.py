"""Autoencoders in the shapes that public repositories have, for tests of the import of their weights.

Each is written as its authors write it, in fewer channels: the names of the layers, their order, what stands between
them, and what the forward pass does that the weights do not show.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from published_dense import DeepAe, ExampleVae, GaussianVae, LayerNormVae, LogStdVae, Published, PythaeMlp
from torch import Tensor, nn
from torch.nn import functional


class PythaeConv(Published):
    """pythae's convolutional networks for MNIST: batch norms, a linear layer without activation."""

    def __init__(self) -> None:
        super().__init__()
        c = (4, 8, 12, 16)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 4, 2, padding=1), nn.BatchNorm2d(b), nn.ReLU())
            for a, b in zip((1, *c), c, strict=False)
        )
        self.encoder.embedding = nn.Linear(c[3], 6)
        self.encoder.log_var = nn.Linear(c[3], 6)
        self.decoder = nn.Module()
        self.decoder.layers = nn.ModuleList(
            [
                nn.Linear(6, c[3] * 16),
                nn.Sequential(nn.ConvTranspose2d(c[3], c[2], 3, 2, padding=1), nn.BatchNorm2d(c[2]), nn.ReLU()),
                nn.Sequential(
                    nn.ConvTranspose2d(c[2], c[1], 3, 2, padding=1, output_padding=1), nn.BatchNorm2d(c[1]), nn.ReLU()
                ),
                nn.Sequential(nn.ConvTranspose2d(c[1], 1, 3, 2, padding=1, output_padding=1), nn.Sigmoid()),
            ]
        )

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer in self.encoder.layers:
            x = layer(x)
        return self.encoder.embedding(x.flatten(1)), self.encoder.log_var(x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        z = self.decoder.layers[0](z).reshape(len(z), 16, 4, 4)
        for layer in self.decoder.layers[1:]:
            z = layer(z)
        return z


class Disentangling(Published):
    """disentangling-vae on MNIST, which it resizes to 32×32: mean and log-variance take turns in the last layer."""

    side = 32

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Module(), nn.Module()
        e, d = self.encoder, self.decoder
        e.conv1 = nn.Conv2d(1, 8, 4, stride=2, padding=1)
        e.conv2 = nn.Conv2d(8, 8, 4, stride=2, padding=1)
        e.conv3 = nn.Conv2d(8, 8, 4, stride=2, padding=1)
        e.lin1 = nn.Linear(8 * 16, 32)
        e.lin2 = nn.Linear(32, 32)
        e.mu_logvar_gen = nn.Linear(32, 10)
        d.lin1 = nn.Linear(5, 32)
        d.lin2 = nn.Linear(32, 32)
        d.lin3 = nn.Linear(32, 8 * 16)
        d.convT1 = nn.ConvTranspose2d(8, 8, 4, stride=2, padding=1)
        d.convT2 = nn.ConvTranspose2d(8, 8, 4, stride=2, padding=1)
        d.convT3 = nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        e = self.encoder
        for conv in (e.conv1, e.conv2, e.conv3):
            x = torch.relu(conv(x))
        x = torch.relu(e.lin2(torch.relu(e.lin1(x.flatten(1)))))
        mean, log_variance = e.mu_logvar_gen(x).view(-1, 5, 2).unbind(-1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        d = self.decoder
        for lin in (d.lin1, d.lin2, d.lin3):
            z = torch.relu(lin(z))
        z = z.view(-1, 8, 4, 4)
        z = torch.relu(d.convT2(torch.relu(d.convT1(z))))
        return torch.sigmoid(d.convT3(z))


class VanillaVae(Published):
    """The VAE of PyTorch-VAE: nested blocks of convolution, batch norm and leaky ReLU, a tanh, values from −1 to 1."""

    side = 32

    def __init__(self, dims: tuple[int, ...] = (8, 12, 16)) -> None:
        super().__init__()
        self.dims = dims
        self.encoder = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.LeakyReLU())
                for a, b in zip((1, *dims), dims, strict=False)
            )
        )
        self.fc_mu = nn.Linear(dims[-1] * 16, 6)
        self.fc_var = nn.Linear(dims[-1] * 16, 6)
        self.decoder_input = nn.Linear(6, dims[-1] * 16)
        up = dims[::-1]
        self.decoder = nn.Sequential(
            *(
                nn.Sequential(
                    nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1),
                    nn.BatchNorm2d(b),
                    nn.LeakyReLU(),
                )
                for a, b in pairwise(up)
            )
        )
        self.final_layer = nn.Sequential(
            nn.ConvTranspose2d(up[-1], up[-1], 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(up[-1]),
            nn.LeakyReLU(),
            nn.Conv2d(up[-1], 1, 3, padding=1),
            nn.Tanh(),
        )

    def prepare(self, x: Tensor) -> Tensor:
        return 2 * x - 1

    def restore(self, decoded: Tensor) -> Tensor:
        return (decoded + 1) / 2

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.encoder(x).flatten(1)
        return self.fc_mu(h), self.fc_var(h)

    def decode(self, z: Tensor) -> Tensor:
        return self.final_layer(self.decoder(self.decoder_input(z).view(-1, self.dims[-1], 4, 4)))


class View(nn.Module):
    """A reshape as a module, which takes a number in a Sequential."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.view(self.shape)


class BetaVae(Published):
    """1Konny's β-VAE for pictures of 64×64: one Sequential with View modules, mean and log-variance in one layer."""

    side = 64

    def __init__(self) -> None:
        super().__init__()
        c = 8
        self.encoder = nn.Sequential(
            nn.Conv2d(1, c, 4, 2, 1), nn.ReLU(True), nn.Conv2d(c, c, 4, 2, 1), nn.ReLU(True),
            nn.Conv2d(c, 2 * c, 4, 2, 1), nn.ReLU(True), nn.Conv2d(2 * c, 2 * c, 4, 2, 1), nn.ReLU(True),
            nn.Conv2d(2 * c, 32, 4, 1), nn.ReLU(True), View(-1, 32), nn.Linear(32, 12),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(6, 32), View(-1, 32, 1, 1), nn.ReLU(True), nn.ConvTranspose2d(32, 2 * c, 4), nn.ReLU(True),
            nn.ConvTranspose2d(2 * c, 2 * c, 4, 2, 1), nn.ReLU(True), nn.ConvTranspose2d(2 * c, c, 4, 2, 1),
            nn.ReLU(True), nn.ConvTranspose2d(c, c, 4, 2, 1), nn.ReLU(True), nn.ConvTranspose2d(c, 1, 4, 2, 1),
        )  # fmt: skip

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.decoder(z))


class KerasVae(Published):
    """The convolutional VAE of Keras's example in torch: kernels of 3, a narrow dense layer, one more convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.dense = nn.Linear(16 * 49, 16)
        self.z_mean = nn.Linear(16, 4)
        self.z_log_var = nn.Linear(16, 4)
        self.dec_dense = nn.Linear(4, 16 * 49)
        self.dec_conv1 = nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1, output_padding=1)
        self.dec_conv2 = nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1)
        self.dec_conv3 = nn.ConvTranspose2d(8, 1, 3, padding=1)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = functional.relu(self.conv2(functional.relu(self.conv1(x)))).flatten(1)
        h = functional.relu(self.dense(h))
        return self.z_mean(h), self.z_log_var(h)

    def decode(self, z: Tensor) -> Tensor:
        h = functional.relu(self.dec_dense(z)).view(-1, 16, 7, 7)
        h = functional.relu(self.dec_conv2(functional.relu(self.dec_conv1(h))))
        return torch.sigmoid(self.dec_conv3(h))


class PoolingAe(Published):
    """An autoencoder with max pools and nearest enlargements, in Sequentials whose numbers have gaps."""

    is_variational = False

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12 * 49, 8),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(8, 12 * 49), nn.ReLU(), nn.Unflatten(1, (12, 7, 7)), nn.Upsample(scale_factor=2),
            nn.Conv2d(12, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2), nn.Conv2d(8, 1, 3, padding=1),
            nn.Sigmoid(),
        )  # fmt: skip

    def code(self, x: Tensor) -> Tensor:
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)


class FlatConvVae(Published):
    """A VAE with numbered layers side by side: convolutions, batch norms and linear layers of one class."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.conv3 = nn.Conv2d(16, 8, kernel_size=3, stride=2, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(8)
        self.fc1 = nn.Linear(8 * 49, 32)
        self.fc_bn1 = nn.BatchNorm1d(32)
        self.fc21 = nn.Linear(32, 6)
        self.fc22 = nn.Linear(32, 6)
        self.fc3 = nn.Linear(6, 32)
        self.fc_bn3 = nn.BatchNorm1d(32)
        self.fc4 = nn.Linear(32, 8 * 49)
        self.fc_bn4 = nn.BatchNorm1d(8 * 49)
        self.conv5 = nn.ConvTranspose2d(8, 16, kernel_size=3, stride=2, padding=1, output_padding=1, bias=False)
        self.bn5 = nn.BatchNorm2d(16)
        self.conv6 = nn.ConvTranspose2d(16, 8, kernel_size=3, stride=2, padding=1, output_padding=1, bias=False)
        self.bn6 = nn.BatchNorm2d(8)
        self.conv7 = nn.ConvTranspose2d(8, 1, kernel_size=3, stride=1, padding=1, bias=False)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = functional.relu(norm(conv(x)))
        h = functional.relu(self.fc_bn1(self.fc1(x.flatten(1))))
        return self.fc21(h), self.fc22(h)

    def decode(self, z: Tensor) -> Tensor:
        h = functional.relu(self.fc_bn3(self.fc3(z)))
        h = functional.relu(self.fc_bn4(self.fc4(h))).view(-1, 8, 7, 7)
        h = functional.relu(self.bn5(self.conv5(h)))
        h = functional.relu(self.bn6(self.conv6(h)))
        return torch.sigmoid(self.conv7(h))


class ConvolutionsAlone(Published):
    """An autoencoder without linear layers: a kernel of 7 makes the code of the last maps."""

    is_variational = False

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(16, 12, 7),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(12, 16, 7), nn.ReLU(),
            nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
        )  # fmt: skip

    def code(self, x: Tensor) -> Tensor:
        return self.encoder(x).flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z[:, :, None, None])


class InterpolatingVae(Published):
    """A VAE with group norms whose decoder enlarges by `interpolate`, and whose convolutions are all called conv."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Module(), nn.Module()
        e, d = self.encoder, self.decoder
        e.conv1, e.norm1 = nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.GroupNorm(4, 8)
        e.conv2, e.norm2 = nn.Conv2d(8, 16, 5, stride=2, padding=2), nn.GroupNorm(4, 16)
        e.fc_mu, e.fc_logvar = nn.Linear(16 * 49, 6), nn.Linear(16 * 49, 6)
        d.fc = nn.Linear(6, 16 * 49)
        d.conv1 = nn.Conv2d(16, 16, 3, padding=1)
        d.conv2 = nn.Conv2d(16, 8, 3, padding=1)
        d.conv3 = nn.Conv2d(8, 1, 3, padding=1)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        e = self.encoder
        x = functional.silu(e.norm1(e.conv1(x)))
        x = functional.silu(e.norm2(e.conv2(x))).flatten(1)
        return e.fc_mu(x), e.fc_logvar(x)

    def decode(self, z: Tensor) -> Tensor:
        d = self.decoder
        h = functional.silu(d.fc(z)).view(-1, 16, 7, 7)
        h = functional.interpolate(functional.silu(d.conv1(h)), scale_factor=2)
        h = functional.interpolate(functional.silu(d.conv2(h)), scale_factor=2)
        return torch.sigmoid(d.conv3(h))


class DcganAe(Published):
    """An autoencoder in the manner of DCGAN for 32×32: no biases, leaky ReLU of 0.2, a code of one pixel."""

    side = 32
    is_variational = False

    def __init__(self) -> None:
        super().__init__()
        c = 8
        self.main_enc = nn.Sequential(
            nn.Conv2d(1, c, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
            nn.Conv2d(c, 2 * c, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * c), nn.LeakyReLU(0.2),
            nn.Conv2d(2 * c, 4 * c, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * c), nn.LeakyReLU(0.2),
            nn.Conv2d(4 * c, 10, 4, 1, 0, bias=False),
        )  # fmt: skip
        self.main_dec = nn.Sequential(
            nn.ConvTranspose2d(10, 4 * c, 4, 1, 0, bias=False), nn.BatchNorm2d(4 * c), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4 * c, 2 * c, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * c), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(2 * c, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(c, 1, 4, 2, 1, bias=False), nn.Sigmoid(),
        )  # fmt: skip

    def code(self, x: Tensor) -> Tensor:
        return self.main_enc(x).flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        return self.main_dec(z[:, :, None, None])


PUBLISHED: dict[str, Callable[[], Published]] = {
    each.__name__: each
    for each in (
        *(ExampleVae, PythaeMlp, PythaeConv, Disentangling, VanillaVae, BetaVae, KerasVae, PoolingAe, FlatConvVae),
        *(DeepAe, ConvolutionsAlone, LogStdVae, GaussianVae, InterpolatingVae, DcganAe, LayerNormVae),
    )
}


def trained(model: Published, x: Tensor, steps: int = 120) -> Published:
    """Train a model briefly on pictures (n, 1, side, side) in [0, 1], and return it in evaluation mode."""
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    model.train()
    for step in range(steps):
        rows = model.prepare(x[step * 64 % (len(x) - 64) :][:64])
        z, loss = codes_and_kl(model, rows)
        error = (model.restore(model.decode(z)).reshape(rows.shape) - model.restore(rows)).square()
        optimizer.zero_grad()
        (error.flatten(1).sum(1).mean() + loss).backward()
        optimizer.step()
    return model.eval()


def codes_and_kl(model: Published, rows: Tensor) -> tuple[Tensor, Any]:
    """Return codes drawn from the posteriors, and a small multiple of the KL; the codes alone without posteriors."""
    if not model.is_variational:
        return model.code(rows), 0.0
    mean, log_variance = model.heads(rows)
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean), 0.2 * kl
