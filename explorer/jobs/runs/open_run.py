"""A run as the window holds it: frozen, replaced when something of it changes."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from pathlib import Path

from explorer.config import RunConfig
from explorer.data.dataset import Dataset, Description
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.kept_figures import KeptFigures, all_kept, most_draws
from explorer.jobs.runs.plane_codes import PlaneCodes, codes_of_latents
from explorer.models import catalog
from explorer.models.latent_model import Capabilities
from explorer.models.linear_parts import Linear
from explorer.models.terms import Term
from explorer.models.user_model.user_model import USER_FAMILY, UserModelConfig
from explorer.runs.errors import RunError
from explorer.runs.history import History
from explorer.runs.replay import Replay, ReplayFrame
from explorer.runs.run_directory import Machine, RunDirectory, open_run
from explorer.runs.run_group import RunGroup
from explorer.runs.state import Status
from explorer.training.events import Snapshot


@dataclass(frozen=True, eq=False)
class OpenRun:
    """One run in the window.

    Attributes
    ----------
    key
        The path of its directory, as the session names it.
    title, short_title
        Its family, for people: ``"Variational autoencoder"``, ``"VAE"``.
    plane
        None until there are codes.
    dataset
        None until it is loaded, or where it is not at hand: then ``missing_data`` says why.
    figures
        The newest of its test split that are known; of weights that may be older, see `current_figures`.
    group
        Which runs it was trained beside.
    replay
        What is kept of its training.
    shown_epoch
        The epoch of the frame of its replay that is shown in place of its newest weights; None for these.
    weights
        The version of the model that answers for it now (`LoadedModel.version`); 0 before there is one.
    """

    key: str
    name: str
    title: str
    short_title: str
    config: RunConfig
    description: Description
    capabilities: Capabilities
    machine: Machine
    status: Status
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

    @property
    def path(self) -> Path:
        """The run's directory."""
        return Path(self.key)

    @property
    def plane_is_current(self) -> bool:
        """Whether its plane was made by its present weights."""
        return self.plane is not None and self.plane.step == self.step

    @property
    def current_figures(self) -> KeptFigures | None:
        """Its figures, where they are those of its present weights."""
        return self.figures if self.figures is not None and self.figures.step == self.step else None

    @property
    def shown_history(self) -> History:
        """Its curves up to the epoch that is shown."""
        if self.shown_epoch is None:
            return self.history
        upto = self.shown_epoch + 1e-9
        return History(tuple(metric for metric in self.history.metrics if metric.epoch <= upto))

    def code_of(self, sample: int) -> tuple[float, ...] | None:
        """Return the mean code of a sample, where its plane shows it."""
        row = self.plane.row_of(sample) if self.plane is not None else None
        return None if self.plane is None or row is None else tuple(map(float, self.plane.mean[row]))

    def with_frames(self, frames: tuple[ReplayFrame, ...]) -> "OpenRun":
        """Return the run with more frames of its replay, in place of those of the same steps."""
        known = {frame.step: frame for frame in (*self.replay.frames, *frames)}
        return replace(self, replay=replace(self.replay, frames=tuple(known[step] for step in sorted(known))))

    def frame_at(self, epoch: float) -> ReplayFrame | None:
        """Return the last frame not after an epoch, the first for an earlier one; None for its newest weights.

        Those are shown where it has no replay, or was not trained for longer and trains no more.
        """
        frames = self.replay.frames
        if not frames or (self.status != "training" and epoch >= frames[-1].epoch and frames[-1].step >= self.step):
            return None
        return frames[max(0, bisect_right(frames, epoch, key=lambda frame: frame.epoch) - 1)]

    @property
    def is_own(self) -> bool:
        """Whether it is a model of the user's own program, in memory alone."""
        return isinstance(self.config.model, UserModelConfig)

    @property
    def family(self) -> catalog.Family:
        """What the catalogue says of it."""
        return USER_FAMILY if self.is_own else catalog.family(self.config.model.family)

    @property
    def trained_by_steps(self) -> bool:
        """Whether its family is trained step by step, rather than computed in one go."""
        return self.family.model_type.trained_by_steps

    @property
    def is_linear(self) -> bool:
        """Whether its family is a linear map, whose components can be shown."""
        return issubclass(self.family.model_type, Linear)

    @property
    def costs_are_densities(self) -> bool | None:
        """Whether −log p(x|z) is that of a density, as a Gaussian's; a Bernoulli's is none, and the two do not compare.

        None where the family has no p(x|z).
        """
        return vars(self.config.model).get("likelihood") != "bernoulli" if self.capabilities.density else None

    @property
    def has_validation_loss(self) -> bool:
        """Whether a lower total on the validation split means better weights."""
        return self.family.model_type.has_validation_loss

    @property
    def terms(self) -> tuple[Term, ...]:
        """What its family says of its curves."""
        return self.family.model_type.terms

    @property
    def latent_dim(self) -> int:
        """How many numbers its bottleneck lets through."""
        return self.config.model.latent_dim


@dataclass(frozen=True, eq=False)
class OpenedRun:
    """What opening a run gives: the run, and its model for the inference worker (None before its first checkpoint).

    ``problem`` says in one sentence what of it could not be read, where the run opens all the same.
    """

    run: OpenRun
    loaded: LoadedModel | None
    problem: str = ""


def open_for_viewing(path: Path, dataset: Dataset | None = None) -> OpenedRun:
    """Open a run with its plane, without its data; damaged codes are left out, as the model can make them again.

    Raises
    ------
    RunError
        When it is no run, or none of its checkpoints can be read.
    """
    directory = open_run(path)
    run = view_of(directory)
    if not directory.checkpoint_paths():
        return OpenedRun(replace(run, dataset=dataset), None)
    model, step = directory.load_model()
    plane, problem = _plane_or_problem(directory)
    figures = most_draws(kept for kept in all_kept(directory) if kept.figures.split == "test")
    run = replace(run, step=step, plane=plane, dataset=dataset, figures=figures)
    return OpenedRun(run, LoadedModel(run.key, step, model, run.description, dataset), problem)


def _plane_or_problem(directory: RunDirectory) -> tuple[PlaneCodes | None, str]:
    try:
        latents = directory.latents()
        if latents is None:
            return None, ""
        return codes_of_latents(latents, directory.path, directory.config.model.latent_dim), ""
    except RunError as error:
        return None, f"{error}; the plane is made anew once the run's data is loaded"


def view_of(directory: RunDirectory) -> OpenRun:
    """Return a run as the window holds it, before its plane and model are read."""
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
        status=state.status,
        reason=state.reason,
        step=state.step,
        read_only=directory.read_only,
        history=directory.history,
        replay=directory.replay,
        group=directory.group,
    )


def model_of_snapshot(run: OpenRun, snapshot: Snapshot) -> LoadedModel:
    """Return the model of a snapshot for the inference worker, which owns it from then on."""
    model = catalog.restore(run.config.model, run.description, snapshot.weights).eval().requires_grad_(False)
    return LoadedModel(run.key, snapshot.step, model, run.description, run.dataset)
