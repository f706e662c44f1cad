"""Draws the window on a user model, for docs/your-own.md: `python docs/user_model_pictures.py`."""

import numpy as np
import torch
from drawn_window import application, fresh_home, save, wait
from sklearn.datasets import load_digits
from torch import nn

from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import SampleFormat, UserModelSpec
from explorer.ui.app.app import build_window

SIZE = (1440, 900)


def main() -> None:
    """Train two small networks, and show them once in each theme."""
    user_run = UserRun(trained())
    with fresh_home():
        app = application()
        for theme in ("dark", "light"):
            window = build_window(app)
            window.themes.set_mode(theme)  # type: ignore[arg-type]
            window.resize(*SIZE)
            window.show()
            window.start([], user_run.open())
            wait(lambda app_state=window.state: app_state.store.runs[user_run.key].plane is not None)
            if theme == "dark":
                window.state.probing.probe_point(user_run.key, (4.4, -1.1))
            else:
                window.state.probing.probe_sample(user_run.key, 5)
            save(window, f"your-own-{theme}")
            window.close()


def trained() -> UserModelSpec:
    """Return an autoencoder of the digits, and a classifier."""
    torch.manual_seed(0)
    digits = load_digits()
    x = torch.tensor(digits.data / 16, dtype=torch.float32)
    y = torch.tensor(digits.target)
    encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 2))
    decoder = nn.Sequential(nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())
    classifier = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    weights = [weight for net in (encoder, decoder, classifier) for weight in net.parameters()]
    optimizer = torch.optim.Adam(weights, 3e-3)
    for _ in range(500):
        squares = (decoder(encoder(x)) - x).square().sum(1).mean()
        loss = squares + nn.functional.cross_entropy(classifier(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return UserModelSpec(
        encode=encoder,
        decode=decoder,
        samples=x,
        labels=np.asarray(y),
        classify=classifier,
        sample_format=SampleFormat(shape=(8, 8)),
        name="my net",
    )


if __name__ == "__main__":
    main()
