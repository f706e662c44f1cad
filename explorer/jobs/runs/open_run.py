"""An open run as a frozen value, and its words. A change makes a new value.

Opening a run (`open_for_viewing`):

1. Read ``run.json`` and ``state.json`` and make an `OpenRun` without plane and model (`view_of`).
2. A run without a checkpoint is complete with that; its training brings the rest.
3. Load the model from the newest readable checkpoint, for the inference worker.
4. Read the stored codes of the plane. Damaged codes become a ``problem``, since the model can make them again.
5. Add the saved figures of the test split.

The data set is loaded later, in the background: a run opens, shows its plane and decodes without it.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.config import RunConfig
from explorer.data.dataset import Dataset, Description
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.kept_figures import KeptFigures, all_kept, most_draws
from explorer.jobs.runs.plane_codes import PlaneCodes, codes_of_latents
from explorer.latent.codes.words import NearWord, WordSpace
from explorer.models import catalog
from explorer.models.latent_model import Capabilities
from explorer.models.likelihoods.layers import COUNT_LIKELIHOODS
from explorer.models.linear.linear_autoencoder import is_linear_by_settings
from explorer.models.linear_parts import Linear
from explorer.models.terms import Term
from explorer.models.user_model.user_model import USER_FAMILY, UserModelConfig
from explorer.runs.files import RunError
from explorer.runs.history import History
from explorer.runs.replay import Replay, ReplayFrame
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_group import RunGroup
from explorer.runs.run_json import Machine
from explorer.runs.weights_choice import FINAL, CurrentStatus, RunWeights, WeightsChoice
from explorer.training.events import Snapshot


@dataclass(frozen=True, eq=False)
class OpenRun:
    """One open run.

    Attributes
    ----------
    key
        The path of the run folder; the session refers to runs by it.
    title, short_title
        Title of the family, such as ``"Variational autoencoder"`` and ``"VAE"``.
    plane
        None until there are codes.
    dataset
        None until it is loaded, or if it is not available; then ``missing_data`` says why.
    figures
        Newest figures of the test split; they may belong to older weights, see `current_figures`.
    group
        The experiment that the run belongs to.
    replay
        The saved frames of its training.
    shown_epoch
        Epoch of the replay frame that is shown; None outside a replay.
    weights
        Version of the current model (`LoadedModel.version`); 0 before there is one.
    created
        Date and time of its creation in ISO 8601; "" for a model in memory.
    latent_shape
        The shape (C, h, w) of codes that are maps; None for vectors.
    used
        Which weights the model, the plane and the figures are of, apart from a replay; None before a checkpoint, in a
        training, and for a model in memory.
    kept_weights
        All weights that the run keeps, oldest first.
    """

    key: str
    name: str
    title: str
    short_title: str
    config: RunConfig
    description: Description
    capabilities: Capabilities
    machine: Machine
    status: CurrentStatus
    reason: str = ""
    step: int = 0
    read_only: bool = False
    history: History = field(default_factory=History)
    plane: PlaneCodes | None = None
    dataset: Dataset | None = None
    missing_data: str = ""
    figures: KeptFigures | None = None
    group: RunGroup | None = None
    replay: Replay = field(default_factory=Replay)
    shown_epoch: float | None = None
    weights: int = 0
    created: str = ""
    latent_shape: tuple[int, int, int] | None = None
    used: RunWeights | None = None
    kept_weights: tuple[RunWeights, ...] = ()

    @property
    def path(self) -> Path:
        """The run folder."""
        return Path(self.key)

    @property
    def plane_is_current(self) -> bool:
        """True if the plane was encoded by the current weights."""
        return self.plane is not None and self.plane.step == self.step

    @property
    def current_figures(self) -> KeptFigures | None:
        """The figures if they belong to the current weights, else None."""
        return self.figures if self.figures is not None and self.figures.step == self.step else None

    @property
    def shown_history(self) -> History:
        """The curves up to the shown epoch."""
        if self.shown_epoch is None:
            return self.history
        # Epochs are quotients of steps, and equal ones may differ in their last bit.
        end = self.shown_epoch + 1e-9
        return History(tuple(metric for metric in self.history.metrics if metric.epoch <= end))

    def code_of(self, sample: int) -> tuple[float, ...] | None:
        """Return the mean code of a sample; None if the plane does not show it."""
        row = self.plane.row_of(sample) if self.plane is not None else None
        return None if self.plane is None or row is None else tuple(map(float, self.plane.mean[row]))

    def with_frames(self, frames: tuple[ReplayFrame, ...]) -> "OpenRun":
        """Return the run with frames added to its replay; they replace frames of the same steps."""
        # A resumed training writes the steps after its checkpoint again.
        known = {frame.step: frame for frame in (*self.replay.frames, *frames)}
        return replace(self, replay=replace(self.replay, frames=tuple(known[step] for step in sorted(known))))

    def frame_at(self, epoch: float) -> ReplayFrame | None:
        """Return the last frame up to an epoch, or the first frame if all are later.

        None stands for the newest weights: if there is no replay, or the epoch is at the end of a finished training.
        """
        frames = self.replay.frames
        # During training the newest weights are always later than the last frame.
        at_end = self.status != "training" and (self.used is None or self.used.is_newest)
        if not frames or (at_end and epoch >= frames[-1].epoch and frames[-1].step >= self.step):
            return None
        return frames[max(0, bisect_right(frames, epoch, key=lambda frame: frame.epoch) - 1)]

    @property
    def is_user_model(self) -> bool:
        """True for a live model of the user's program, which exists only in memory."""
        return isinstance(self.config.model, UserModelConfig)

    @property
    def family(self) -> catalog.Family:
        """The model family."""
        return USER_FAMILY if self.is_user_model else catalog.family(self.config.model.family)

    @property
    def trained_by_steps(self) -> bool:
        """True if the family is trained step by step, False if it is computed in closed form."""
        return self.family.model_type.trained_by_steps

    @property
    def is_linear(self) -> bool:
        """True if the model is a linear map, by its family or by its settings, so that its components can be shown."""
        model_type = self.family.model_type
        return issubclass(model_type, Linear) or is_linear_by_settings(self.config.model, model_type)

    @property
    def cost_kind(self) -> str:
        """What −log p(x|z) is of: "density", "cross-entropy", "counts" or "columns"; "" if there is no p(x|z).

        Two kinds cannot be compared.
        """
        if not self.capabilities.density:
            return ""
        likelihood = str(vars(self.config.model).get("likelihood", ""))
        if likelihood in COUNT_LIKELIHOODS:
            return "counts"
        # A Bernoulli of grey values is a cross-entropy, not a density of the pixels.
        kinds = {"bernoulli": "cross-entropy", "by column": "columns", "by column with learned sigma": "columns"}
        return kinds.get(likelihood, "density")

    @property
    def has_validation_loss(self) -> bool:
        """True if a lower total on the validation split means better weights."""
        return self.family.model_type.has_validation_loss

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the training curves."""
        return self.family.model_type.terms

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.config.model.latent_dim


@dataclass(frozen=True, eq=False)
class OpenedRun:
    """A run and its model for the inference worker.

    Attributes
    ----------
    loaded
        None before the first checkpoint.
    problem
        One sentence about a part that could not be read although the run opened; else "".
    """

    run: OpenRun
    loaded: LoadedModel | None
    problem: str = ""


def open_for_viewing(path: Path, dataset: Dataset | None = None, *, weights: WeightsChoice = FINAL) -> OpenedRun:
    """Open a run with its plane and model, without loading its data; without a plane if the codes are of other weights.

    Raises
    ------
    RunError
        If the folder is not a run, it does not have these weights, or no checkpoint can be read.
    """
    directory = open_run(path)
    run = view_of(directory)
    # New or in training: there are no weights yet.
    if not directory.checkpoint_paths():
        return OpenedRun(replace(run, dataset=dataset), None)
    checkpoint, used = directory.checkpoint_of(weights)
    model, step = directory.model_of(checkpoint), used.step
    plane, problem = _plane_or_problem(directory)
    # The final weights may be a little newer than the codes, as after a crash; others may differ from them in all.
    if plane is not None and plane.step != step and not used.is_newest:
        plane = None
    # Only the test split: panes and comparisons show no other.
    kept = (kept for kept in all_kept(directory, weights) if kept.figures.split == "test" and kept.step == step)
    run = replace(run, step=step, plane=plane, dataset=dataset, figures=most_draws(kept))
    run = replace(run, used=used, kept_weights=directory.kept_weights())
    return OpenedRun(run, LoadedModel(run.key, step, model, run.description, dataset), problem)


def _plane_or_problem(directory: RunDirectory) -> tuple[PlaneCodes | None, str]:
    try:
        latents = directory.latents()
        if latents is None:
            return None, ""
        return codes_of_latents(latents, directory.path, directory.config.model.latent_dim), ""
    except RunError as error:
        return None, f"{error}; the plane is computed again once the data is loaded"


def view_of(directory: RunDirectory) -> OpenRun:
    """Return an open run without its plane and its model."""
    family = catalog.family(directory.config.model.family)
    state = directory.state
    return OpenRun(
        key=str(directory.path),
        name=directory.name,
        title=family.title,
        short_title=family.short_title,
        config=directory.config,
        description=directory.description,
        capabilities=family.model_type.capabilities,
        machine=directory.machine,
        status=directory.status,
        reason=state.reason,
        step=state.step,
        read_only=directory.read_only,
        history=directory.history,
        replay=directory.replay,
        group=directory.group,
        created=directory.header["created"],
    )


def model_of_snapshot(run: OpenRun, snapshot: Snapshot) -> LoadedModel:
    """Return the model of a snapshot for the inference worker, which owns it from then on."""
    model = catalog.restore(run.config.model, run.description, snapshot.weights).eval().requires_grad_(False)
    return LoadedModel(run.key, snapshot.step, model, run.description, run.dataset)


@dataclass(frozen=True, eq=False)
class RunWords:
    """Words by their current codes; ``index`` (n,) has the sample of each word."""

    space: WordSpace
    index: NDArray[np.int64]

    def sample_of(self, word: NearWord) -> int:
        """Return the sample of a search result."""
        return int(self.index[word.place])

    def sample_named(self, word: str) -> int:
        """Return the sample of a word.

        Raises
        ------
        DataError
            If the word is not in the vocabulary.
        """
        return int(self.index[self.space.row_of(word)])


# Normalized vectors are needed at every hover; the entry disappears with its plane.
_KNOWN: WeakKeyDictionary[PlaneCodes, RunWords] = WeakKeyDictionary()


def words_of(run: OpenRun | None) -> RunWords | None:
    """Return the words of a run; None if its samples are not words or it has no codes yet."""
    if run is None or run.plane is None or not run.description.of_words:
        return None
    found = _KNOWN.get(run.plane)
    if found is None:
        names, plane = run.description.sample_names, run.plane
        found = _KNOWN[plane] = RunWords(WordSpace([names[sample] for sample in plane.index], plane.mean), plane.index)
    return found
