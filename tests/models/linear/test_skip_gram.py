"""Skip-gram: its objective, its optimum, and analogies planted in the text."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import log_expit

from explorer.config import MODEL_CONFIGS, ConfigError, DataConfig, RunConfig, TrainConfig
from explorer.data import catalog as datasets
from explorer.data.dataset import DataError, Dataset
from explorer.jobs.runs.train_run import new_run, run_training, save_plane
from explorer.latent.codes.words import WordSpace
from explorer.models import catalog
from explorer.models.latent_model import Batch
from explorer.models.linear.skip_gram import Contexts, SkipGram

PAIRS = (("king", "queen"), ("man", "woman"), ("prince", "princess"), ("actor", "actress"), ("father", "mother"))
SHE_HE = (("he", "his", "beard", "him"), ("she", "her", "dress", "hers"))


def planted_text(sentences: int = 1500) -> str:
    """Write sentences in which a word stands among words of its role and of its gender."""
    rng = np.random.default_rng(0)
    roles = [[f"{pair[0]}thing{number}" for number in range(3)] for pair in PAIRS]
    lines = []
    for _ in range(sentences):
        role, gender = int(rng.integers(len(PAIRS))), int(rng.integers(2))
        words = [PAIRS[role][gender], *rng.choice(roles[role], 2), *rng.choice(SHE_HE[gender], 2)]
        lines.append(" ".join(rng.permutation(words)))
    return "\n\n".join(f"# s\n\n{line}" for line in lines)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "planted.md"
    path.write_text(planted_text())
    return path


@pytest.fixture(scope="module")
def data(planted: Path) -> Dataset:
    return datasets.load(DataConfig(source=str(planted), text_as="words"))


def built(data: Dataset, latent_dim: int, seed: int = 0) -> SkipGram:
    config = catalog.resolve(MODEL_CONFIGS["skip-gram"](latent_dim=latent_dim), data.description)
    model = catalog.build(config, data.description, torch.Generator().manual_seed(seed))
    assert isinstance(model, SkipGram)
    model.fit(data, data.splits.train)
    return model


def batch_of(data: Dataset, model: SkipGram) -> Batch:
    assert data.targets is not None
    targets = torch.from_numpy(data.targets.toarray())
    return Batch(torch.from_numpy(data.model_inputs()), targets, torch.zeros(len(data), model.latent_dim))


def test_planted_analogies_are_recovered(planted: Path, tmp_path: Path) -> None:
    config = RunConfig(
        data=DataConfig(source=str(planted), text_as="words"),
        model=MODEL_CONFIGS["skip-gram"](latent_dim=16),
        train=TrainConfig(epochs=400, batch_size=64, learning_rate=0.02, threads=1),
    )
    job = new_run(config, tmp_path / "run", device="cpu")
    *_, finished = run_training(job)
    assert finished.status == "finished"
    codes = save_plane(job.run, job.dataset)
    space = WordSpace(job.dataset.description.sample_names, codes.mean)
    for (a, b), (c, d) in permutations(PAIRS, 2):
        assert space.analogy(a, b, c)[0].word == d
        assert space.analogy(b, a, d)[0].word == c


def test_the_loss_is_the_expected_objective(data: Dataset) -> None:
    model = built(data, 4)
    with torch.no_grad():
        model.vectors.normal_(generator=torch.Generator().manual_seed(1))
        model.contexts.normal_(generator=torch.Generator().manual_seed(2))
    counts = data.targets.toarray().astype(np.float64)  # type: ignore[union-attr]
    of_context = counts.sum(axis=0)
    noise = of_context**0.75 / (of_context**0.75).sum()
    scores = model.vectors.detach().double().numpy() @ model.contexts.detach().double().numpy().T
    true = -(counts * log_expit(scores)).sum(axis=1)
    false = -(5 * counts.sum(axis=1)[:, None] * noise * log_expit(-scores)).sum(axis=1)
    losses = model.losses(batch_of(data, model))
    assert losses.total.item() == pytest.approx(float((true + false).mean()), rel=1e-5)
    assert losses.terms["true_pairs"].item() == pytest.approx(float(true.mean()), rel=1e-5)


def test_its_optimum_is_the_shifted_pointwise_mutual_information() -> None:
    """Without a bottleneck the loss is least where w·c = log(p(c|w) / noise(c)) − log k: Levy and Goldberg 2014."""
    words, rng = 6, np.random.default_rng(3)
    model = SkipGram(MODEL_CONFIGS["skip-gram"](latent_dim=words), _description(words))
    model.initialise(torch.Generator().manual_seed(0))
    counts = rng.integers(1, 50, (words, words)).astype(np.float64)
    noise = counts.sum(axis=0) ** 0.75 / (counts.sum(axis=0) ** 0.75).sum()
    best = np.log(counts / counts.sum(axis=1, keepdims=True) / noise) - np.log(5)
    model = model.double()
    with torch.no_grad():
        model.noise.copy_(torch.from_numpy(np.log(noise)))
        model.vectors.copy_(torch.eye(words, dtype=torch.float64))
        model.contexts.copy_(torch.from_numpy(best).T)
    batch = Batch(torch.eye(words, dtype=torch.float64), torch.from_numpy(counts), torch.zeros(words, words))
    losses = model.losses(batch)
    losses.total.backward()  # type: ignore[no-untyped-call]
    for weights in (model.vectors, model.contexts):
        assert weights.grad is not None
        assert weights.grad.abs().max() < 1e-9
    expected = counts / counts.sum(axis=1, keepdims=True)
    assert np.allclose(model.decode(model.vectors).mean.detach().numpy(), expected)


def test_contexts_are_a_categorical() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 7, generator=generator)
    counts = torch.randint(0, 4, (3, 7), generator=generator).float()
    likelihood, reference = Contexts(logits), torch.distributions.Categorical(logits=logits)
    expected = sum(counts[:, term] * reference.log_prob(torch.full((3,), term)) for term in range(7))
    assert torch.allclose(likelihood.log_prob(counts), expected)  # type: ignore[arg-type]
    assert torch.allclose(likelihood.mean, reference.probs)
    drawn = likelihood.sample(torch.Generator().manual_seed(1))
    assert (drawn.sum(1) == 1).all()
    many = Contexts(logits[:1].expand(20_000, 7)).sample(torch.Generator().manual_seed(2)).mean(0)
    assert torch.allclose(many, likelihood.mean[0], atol=0.02)


def test_data_without_words_is_refused(tmp_path: Path) -> None:
    config = MODEL_CONFIGS["skip-gram"]()
    with pytest.raises(ConfigError, match=r"data\.text_as = words"):
        catalog.resolve(config, datasets.load(DataConfig(source="topics")).description)
    with pytest.raises(ConfigError, match="use topics-words"):
        catalog.resolve(config, datasets.load(DataConfig(source="digits")).description)
    (tmp_path / "lonely.md").write_text("\n\n".join(f"# h\n\n{word}" for word in ("one", "two", "three")))
    lonely = datasets.load(DataConfig(source=str(tmp_path / "lonely.md"), text_as="words"))
    with pytest.raises(DataError, match="no word occurs near another"):
        built(lonely, 2)


def _description(words: int):  # type: ignore[no-untyped-def]
    from explorer.data.dataset import Description, Transform

    names = tuple(f"w{number}" for number in range(words))
    as_it_is = Transform(np.float32(0), np.float32(1))  # type: ignore[arg-type]
    return Description("w", "text", (words,), as_it_is, True, (0.0, 1.0), feature_names=names, sample_names=names)
