"""Experiments on the loss: runs of one seed and the same initial weights that differ in the loss alone."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from explorer.config import ConfigError, ModelConfig, RunConfig, replace
from explorer.jobs.runs.places import free_run_path
from explorer.models import catalog
from explorer.models.networks import NetworkConfig
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import LossPart, drops_a_term, loss_parts, loss_text
from explorer.runs.run_group import GroupKind, RunGroup

ONLY_KL, ONLY_RECONSTRUCTION, BOTH, AUTOENCODER = "only-kl", "only-reconstruction", "both", "autoencoder"
TITLES = {
    ONLY_KL: "only KL",
    ONLY_RECONSTRUCTION: "only reconstruction",
    BOTH: "both",
    AUTOENCODER: "plain autoencoder",
}
BETAS = (0.1, 0.5, 1.0, 2.0, 4.0)
FEWEST_BETAS, MAX_BETAS = 2, 24
PLAIN = "ae"
"""The family of the fourth run: the same networks without a posterior."""


@dataclass(frozen=True)
class Member:
    """One run of an experiment.

    Attributes
    ----------
    name
        What its folder is called by, ``"only-kl"``.
    title
        What of the loss is kept, for people.
    """

    name: str
    title: str
    config: RunConfig

    @property
    def parts(self) -> tuple[LossPart, ...]:
        """Its loss, with what is struck out."""
        return member_parts(self.config.model)

    @property
    def loss(self) -> str:
        """Its loss in plain text."""
        return loss_text(self.parts)


@dataclass(frozen=True)
class LossExperiment:
    """The runs of one experiment, in their order."""

    kind: GroupKind
    members: tuple[Member, ...]

    def group(self, member: Member, identity: str) -> RunGroup:
        """Return what a member's run keeps of the experiment."""
        return RunGroup(identity, self.kind, member.name, self.members.index(member), len(self.members))


def ablation(config: RunConfig, *, with_autoencoder: bool = False) -> LossExperiment:
    """Return the runs that keep only the KL, only the reconstruction, and both, as ``config`` weighs them.

    Their networks are the same, and so are their initial weights, to the bit. The plain autoencoder has a narrower last
    layer in its encoder: what it shares with them begins equal up to there alone.

    Raises
    ------
    ConfigError
        For a model whose loss does not weigh both terms, or leaves one out already.
    """
    model = _weighed(config.model)
    if drops_a_term(model):
        raise ConfigError(f"the loss is {loss_text(loss_parts(model))} already: the ablation begins with both terms")
    members = [
        _member(ONLY_KL, config, replace(model, reconstruction_weight=0.0)),
        _member(ONLY_RECONSTRUCTION, config, replace(model, **_without_kl(model))),
        _member(BOTH, config, model),
    ]
    if with_autoencoder:
        members.append(_member(AUTOENCODER, config, _plain(model)))
    return LossExperiment("ablation", tuple(members))


def ladder(config: RunConfig, betas: Sequence[float] = BETAS) -> LossExperiment:
    """Return a run for each β, rising.

    Raises
    ------
    ConfigError
        For a model whose loss has no β, or a list that is too short or long, repeats one, or has one out of range.
    """
    model = _weighed(config.model)
    if model.kl_objective == "capacity":
        raise ConfigError("model.kl_objective = capacity holds the KL without a β: choose weighted or free bits")
    if not FEWEST_BETAS <= len(betas) <= MAX_BETAS:
        raise ConfigError(f"a ladder has {FEWEST_BETAS} to {MAX_BETAS} values of β, not {len(betas)}")
    if model.reconstruction_weight == 0:
        raise ConfigError("model.reconstruction_weight = 0 leaves the KL alone, which no β changes: set it to 1")
    runs = {beta_text(beta): replace(model, beta=beta) for beta in sorted(betas)}
    if len(runs) < len(betas):
        raise ConfigError("a value of β is in the list more than once: name each once")
    members = (Member(f"beta-{text}", f"β = {text}", replace(config, model=changed)) for text, changed in runs.items())
    return LossExperiment("ladder", tuple(members))


def beta_text(beta: float) -> str:
    """Write a β as its run is named by."""
    return f"{beta:.10g}"


def read_betas(text: str) -> tuple[float, ...]:
    """Read a list of β from ``"0.1, 0.5, 1"``.

    Raises
    ------
    ConfigError
        For what is no list of numbers.
    """
    words = [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]
    try:
        return tuple(float(word) for word in words)
    except ValueError:
        wrong = next(word for word in words if not _is_number(word))
        raise ConfigError(f"β = {wrong!r} is no number: write a list such as 0.1, 0.5, 1, 2, 4") from None


def member_parts(model: ModelConfig) -> tuple[LossPart, ...]:
    """Return a member's loss: of the plain autoencoder, the reconstruction alone."""
    return loss_parts(model) or (LossPart("−log p(x|z), z = f(x)"),)


def kept_title(model: ModelConfig, group: RunGroup | None) -> str:
    """Name what a run keeps of its loss; "" where it is in no experiment and keeps all."""
    if group is not None and group.kind == "ladder" and isinstance(model, KlObjectiveConfig):
        return f"β = {beta_text(model.beta)}"
    if group is not None and group.kind == "ablation" and group.member in TITLES:
        return TITLES[group.member]
    kept = [part.kept for part in loss_parts(model)]
    if all(kept) or not any(kept):
        return "" if all(kept) else "no loss"
    return TITLES[ONLY_RECONSTRUCTION] if kept[0] else TITLES[ONLY_KL]


def free_stem(folder: Path, stem: str, experiment: LossExperiment) -> str:
    """Return a stem under which no member's folder is taken: the stem itself, or with a number behind it."""
    number = 1
    while True:
        tried = stem if number == 1 else f"{stem}-{number}"
        if all(free_run_path(folder, name).name == name for name in _names(tried, experiment)):
            return tried
        number += 1


def run_name(stem: str, member: Member) -> str:
    """Name a member's folder."""
    return f"{stem}-{member.name}" if stem else member.name


def new_identity() -> str:
    """Return an identity that no other group has."""
    return secrets.token_hex(8)


def _names(stem: str, experiment: LossExperiment) -> list[str]:
    return [run_name(stem, member) for member in experiment.members]


def _member(name: str, config: RunConfig, model: ModelConfig) -> Member:
    return Member(name, TITLES[name], replace(config, model=model))


def _weighed(model: ModelConfig) -> KlObjectiveConfig:
    if isinstance(model, KlObjectiveConfig):
        return model
    able = [family.name for family in catalog.families() if issubclass(family.config_type, KlObjectiveConfig)]
    raise ConfigError(
        f"model.family = {model.family} has no loss that weighs reconstruction and KL: choose {', '.join(able)}"
    )


def _without_kl(model: KlObjectiveConfig) -> dict[str, float]:
    return {"gamma": 0.0} if model.kl_objective == "capacity" else {"beta": 0.0}


def _plain(model: KlObjectiveConfig) -> ModelConfig:
    """Return an autoencoder of the same networks: the settings that all networks have are taken over."""
    config_type = catalog.family(PLAIN).config_type
    return config_type(**{field.name: getattr(model, field.name) for field in fields(NetworkConfig)})


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
