"""Experiments on the loss: runs with one seed and the same initial weights that differ only in the loss.

1. `ablation` or `ladder` makes one config per member from the config of the form or the command line.
2. `explorer.jobs.experiments.run_experiment` trains the members one after the other and marks each run with its
   `RunGroup`.
3. `explorer.jobs.experiments.loss_group` finds the runs of a group on disk, whatever their folders are called.
4. `explorer.jobs.experiments.loss_findings` collects curves and figures; `loss_report` writes text and table.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from explorer.config import ConfigError, ModelConfig, RunConfig, replace
from explorer.jobs.runs.settings import free_run_path
from explorer.models import catalog
from explorer.models.networks import NetworkConfig
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.loss_text import (
    LossPart,
    drops_a_term,
    kl_weight,
    kl_weight_symbol,
    loss_parts,
    loss_text,
)
from explorer.runs.run_group import GroupKind, RunGroup

ONLY_KL, ONLY_RECONSTRUCTION, BOTH, AUTOENCODER = "only-kl", "only-reconstruction", "both", "autoencoder"
TITLES = {
    ONLY_KL: "only KL",
    ONLY_RECONSTRUCTION: "only reconstruction",
    BOTH: "both",
    AUTOENCODER: "plain autoencoder",
}
SHORT_TITLES = {TITLES[ONLY_RECONSTRUCTION]: "only recon.", TITLES[AUTOENCODER]: "plain AE"}
"""Short forms, where the titles have no room."""
BETAS = (0.1, 0.5, 1.0, 2.0, 4.0)
MIN_BETAS, MAX_BETAS = 2, 24
AUTOENCODER_FAMILY = "ae"
"""Family of the optional fourth run: the same networks without a posterior."""


@dataclass(frozen=True)
class Member:
    """One run of an experiment.

    Attributes
    ----------
    name
        Ending of the folder name, for example ``"only-kl"``.
    title
        The terms that are kept, as shown to users: ``"only KL"``.
    """

    name: str
    title: str
    config: RunConfig

    @property
    def parts(self) -> tuple[LossPart, ...]:
        """The terms of its loss, dropped ones included."""
        return member_parts(self.config.model)

    @property
    def loss(self) -> str:
        """The loss in plain text."""
        return loss_text(self.parts)


@dataclass(frozen=True)
class LossExperiment:
    """The runs of one experiment, in order."""

    kind: GroupKind
    members: tuple[Member, ...]

    def group(self, member: Member, identity: str) -> RunGroup:
        """Return the group that the run of a member is saved with."""
        return RunGroup(identity, self.kind, member.name, self.members.index(member), len(self.members))


def ablation(config: RunConfig, *, with_autoencoder: bool = False) -> LossExperiment:
    """Return runs that keep only the KL, only the reconstruction, and both, with the weights of ``config``.

    The networks are the same, and so are the initial weights, bit for bit. The encoder of the plain autoencoder has a
    narrower last layer, so its initial weights are equal only up to that layer.

    Raises
    ------
    ConfigError
        If the loss does not weight both terms, or already drops one.
    """
    model = _with_weighted_loss(config.model)
    if drops_a_term(model):
        weights = {
            kl_weight_symbol(model): kl_weight(model),
            "the weight of the reconstruction": model.reconstruction_weight,
        }
        zero = " and ".join(name for name, weight in weights.items() if weight == 0)
        raise ConfigError(
            f"an ablation needs a loss with both terms, but this one is {loss_text(loss_parts(model))}: increase {zero}"
        )
    members = [
        # Weights of 0 instead of other code paths: the runs share every random number.
        _member(ONLY_KL, config, replace(model, reconstruction_weight=0.0)),
        _member(ONLY_RECONSTRUCTION, config, replace(model, **_without_kl(model))),
        _member(BOTH, config, model),
    ]
    if with_autoencoder:
        members.append(_member(AUTOENCODER, config, _plain_autoencoder(model)))
    return LossExperiment("ablation", tuple(members))


def ladder(config: RunConfig, betas: Sequence[float] = BETAS) -> LossExperiment:
    """Return one run for each β, in ascending order.

    Raises
    ------
    ConfigError
        If the loss has no β, or if the list is too short, too long, has a value twice or one out of range.
    """
    model = _with_weighted_loss(config.model)
    # γ·|KL − C| has no β, so a ladder would train the same run several times.
    if model.kl_objective == "capacity":
        raise ConfigError("model.kl_objective = capacity has no β; choose weighted or free bits")
    if not MIN_BETAS <= len(betas) <= MAX_BETAS:
        raise ConfigError(f"a ladder needs {MIN_BETAS} to {MAX_BETAS} values of β, not {len(betas)}")
    if model.reconstruction_weight == 0:
        raise ConfigError("model.reconstruction_weight = 0 leaves only the KL, so β has no effect; set it to 1")
    # Keys are the names of the folders, so two values that print alike are one run.
    runs = {beta_text(beta): replace(model, beta=beta) for beta in sorted(betas)}
    if len(runs) < len(betas):
        raise ConfigError("a value of β is listed twice; write each value once")
    members = (Member(f"beta-{text}", f"β = {text}", replace(config, model=changed)) for text, changed in runs.items())
    return LossExperiment("ladder", tuple(members))


def beta_text(beta: float) -> str:
    """Return a β as it appears in the name of its run."""
    return f"{beta:.10g}"


def read_betas(text: str) -> tuple[float, ...]:
    """Return the values of a list such as ``"0.1, 0.5, 1"``.

    Raises
    ------
    ConfigError
        If a value is not a number.
    """
    # Semicolons are common where the comma is the decimal separator.
    words = [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]
    betas: list[float] = []
    for word in words:
        try:
            betas.append(float(word))
        except ValueError:
            raise ConfigError(f"β = {word!r} is not a number; write a list such as 0.1, 0.5, 1, 2, 4") from None
    return tuple(betas)


def member_parts(model: ModelConfig) -> tuple[LossPart, ...]:
    """Return the terms of the loss of a member; the plain autoencoder has only the reconstruction."""
    return loss_parts(model) or (LossPart("−log p(x|z), z = f(x)"),)


def loss_title(model: ModelConfig, group: RunGroup | None) -> str:
    """Return a title for the loss of a run, such as "only KL" or "β = 4"; "" for a full loss outside an experiment."""
    if group is not None and group.kind == "ladder" and isinstance(model, KlObjectiveConfig):
        return f"β = {beta_text(model.beta)}"
    if group is not None and group.kind == "ablation" and group.member in TITLES:
        return TITLES[group.member]
    # A run outside an experiment may still drop a term, and its title should say so.
    kept = [part.kept for part in loss_parts(model)]
    if all(kept) or not any(kept):
        return "" if all(kept) else "no loss"
    return TITLES[ONLY_RECONSTRUCTION] if kept[0] else TITLES[ONLY_KL]


def name_forms(name: str) -> tuple[str, ...]:
    """Return the name of a run, and a shorter form if it is the title of a member that has one."""
    return (name, SHORT_TITLES[name]) if name in SHORT_TITLES else (name,)


def free_stem(folder: Path, stem: str, experiment: LossExperiment) -> str:
    """Return ``stem``, with a number appended if the folder of a member is already taken."""
    number = 1
    while True:
        candidate = stem if number == 1 else f"{stem}-{number}"
        # Every member needs a free name: half an experiment under another stem would be confusing.
        if all(free_run_path(folder, name).name == name for name in _names(candidate, experiment)):
            return candidate
        number += 1


def run_name(stem: str, member: Member) -> str:
    """Return the folder name of a member."""
    return f"{stem}-{member.name}" if stem else member.name


def new_identity() -> str:
    """Return a random identity for a new group."""
    return secrets.token_hex(8)


def _names(stem: str, experiment: LossExperiment) -> list[str]:
    return [run_name(stem, member) for member in experiment.members]


def _member(name: str, config: RunConfig, model: ModelConfig) -> Member:
    return Member(name, TITLES[name], replace(config, model=model))


def _with_weighted_loss(model: ModelConfig) -> KlObjectiveConfig:
    if isinstance(model, KlObjectiveConfig):
        return model
    # Plug-in families with this objective are listed too.
    able = [family.name for family in catalog.families() if issubclass(family.config_type, KlObjectiveConfig)]
    title = catalog.family(model.family).title
    raise ConfigError(f"the loss of this model ({title}) has no KL with a weight; choose one of {', '.join(able)}")


def _without_kl(model: KlObjectiveConfig) -> dict[str, float]:
    # With a capacity, γ is the weight of the KL and β is ignored.
    return {"gamma": 0.0} if model.kl_objective == "capacity" else {"beta": 0.0}


def _plain_autoencoder(model: KlObjectiveConfig) -> ModelConfig:
    """Return the config of an autoencoder with the same networks."""
    if model.network == "layers":
        raise ConfigError(
            "the plain autoencoder needs half as many encoder outputs, so the listed layers do not fit it: "
            "leave it out, or use another model.network"
        )
    # Copy only the fields of networks: β and its kind do not exist for an autoencoder.
    config_type = catalog.family(AUTOENCODER_FAMILY).config_type
    return config_type(**{field.name: getattr(model, field.name) for field in fields(NetworkConfig)})
