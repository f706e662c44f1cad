"""The notices on healthy and on sick trainings: false alarms, misses, and whether the advice cures.

``python benchmarks/notices.py`` trains each setting of `HEALTHY` and `SICK` and diagnoses it as the program does: after
each epoch, from the curves, and at the end with the codes. Then it follows each piece of advice of each right notice
once. Advice cures if that notice is gone and the figure that it is about is better (`FIGURES`). For a healthy training,
a notice at any time is a false alarm; for a sick one, a notice at the end that is not the expected one.

``--quick`` takes every fourth setting, ``--only TEXT`` those with this text in their name. ``--jobs 2`` trains two runs
at a time, each with one thread. ``--out FOLDER`` keeps the runs, and does not train those that are there.
"""

import argparse
import multiprocessing
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from _notice_tables import TABLES

from explorer.config import ConfigError, RunConfig
from explorer.jobs.diagnosis.diagnose_run import CHECKS, diagnose, notices_of
from explorer.jobs.diagnosis.evidence import Codes, Evidence
from explorer.jobs.diagnosis.notice import Cure
from explorer.jobs.diagnosis.shrunk_posterior import sigma_over_spread
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.metrics.codes.sparse_activity import activity_of
from explorer.latent.principal import principal_deviations
from explorer.models import catalog
from explorer.runs.history import History
from explorer.runs.run_directory import RunDirectory, open_run

LR, COLLAPSE, UNUSED, POINTS = "learning rate", "posterior collapse", "unused dimensions", "shrunk posterior"
DEAD, LINE, FIT, WINS = "dead units", "codes on a line", "overfitting", "discriminator wins"
OUTLIERS, SCALING = "outliers", "scaling"
NOT_JUDGED = {"train further"}
"""Trainings are short here, so that more epochs often help: `benchmarks/epochs.py` is about that remark."""


@dataclass(frozen=True)
class Setting:
    """A training, and the notice that it deserves; "" for none.

    Its data is one of the tables of ``_notice_tables.py`` or a built-in set.
    """

    data: str
    family: str
    settings: str = ""
    expected: str = ""

    @property
    def name(self) -> str:
        """The setting in one line."""
        return f"{self.data} {self.family} {self.settings}".rstrip()


FEW = "train.batch_size=16"
FLAT = "data.sample_shape=vector data.scaling=standardize"
STRONG = "model.gradient_penalty=0 model.discriminator_widths=512,512"
MNIST = "train.fraction=0.2 train.epochs=12"

HEALTHY = (
    Setting("iris", "vae"),
    Setting("iris", "ae", "train.epochs=100"),
    Setting("iris", "ae", f"{FEW} train.epochs=60"),
    Setting("iris", "vae", f"{FEW} model.beta=0.2"),
    Setting("heavy", "vae", "train.batch_size=32"),
    Setting("heavy", "vae", "train.epochs=50 train.seed=2"),
    Setting("heavy", "vae", "train.batch_size=8 train.epochs=20"),
    Setting("diabetes", "vae", "train.batch_size=32 train.epochs=30"),
    Setting("diabetes", "ae", "train.epochs=20"),
    Setting("wine", "vae", FEW),
    Setting("counts", "vae"),
    Setting("counts", "ae"),
    Setting("digits-table", "vae", FLAT),
    Setting("digits-table", "vae", f"{FLAT} train.seed=2"),
    Setting("digits-table", "ae", f"{FLAT} train.epochs=20"),
    Setting("digits", "vae"),
    Setting("digits", "vae", "model.beta=2"),
    Setting("digits", "vae", "model.latent_dim=8 model.kl_warm_up=10"),
    Setting("digits", "vae", "train.batch_size=8 train.epochs=15"),
    Setting("digits", "vae", "train.learning_rate=0.003 train.learning_rate_schedule=cosine"),
    Setting("digits", "vae", "model.likelihood='gaussian with learned sigma'"),
    Setting("digits", "ae", "train.learning_rate=0.01"),
    Setting("digits", "conv-ae", "train.epochs=20"),
    Setting("digits", "denoising-ae"),
    Setting("digits", "masked-ae"),
    Setting("digits", "sparse-ae"),
    Setting("digits", "wae-mmd"),
    Setting("digits", "mixture-vae"),
    Setting("digits", "vamp-vae"),
    Setting("digits", "conditional-vae"),
    Setting("digits", "iwae"),
    Setting("digits", "gan"),
    Setting("digits", "adversarial-ae"),
    Setting("digits", "linear-ae"),
    Setting("mnist-small", "vae", MNIST),
    Setting("mnist-small", "ae", f"{MNIST} train.learning_rate=0.01"),
    Setting("shapes", "vae", "train.fraction=0.3 train.epochs=20"),
    Setting("topics-words", "skip-gram", "train.epochs=5"),
)
"""Trainings that go well."""

SICK = (
    Setting("iris", "vae", f"{FEW} train.learning_rate=0.1", LR),
    Setting("heavy", "ae", "train.batch_size=32 train.learning_rate=0.05", LR),
    Setting("digits-table", "ae", f"{FLAT} train.learning_rate=0.05", LR),
    Setting("digits", "vae", "train.learning_rate=0.05", LR),
    Setting("digits", "vae", "train.learning_rate=0.02", LR),
    Setting("digits", "conv-ae", "train.learning_rate=0.1 train.epochs=15", LR),
    Setting("digits", "ae", "train.learning_rate=0.03 model.activation=tanh", LR),
    Setting("mnist-small", "vae", f"{MNIST} train.learning_rate=0.05", LR),
    Setting("digits", "vae", "model.reconstruction_weight=0.015625", COLLAPSE),
    Setting("mnist-small", "vae", "train.fraction=0.2 train.epochs=25 model.reconstruction_weight=0.001276", COLLAPSE),
    Setting("shapes", "vae", "train.fraction=0.3 train.epochs=30 train.batch_size=64 model.beta=1000", COLLAPSE),
    Setting("digits-table", "vae", f"{FLAT} model.beta=8 model.reconstruction_weight=0.125", COLLAPSE),
    Setting("digits", "vae", "model.beta=20", COLLAPSE),
    Setting("digits", "vae", "model.latent_dim=10 model.beta=4", COLLAPSE),
    Setting("digits", "conditional-vae", "model.beta=4", COLLAPSE),
    Setting("digits", "mixture-vae", "model.beta=20", COLLAPSE),
    Setting("digits", "vae", "model.reconstruction_weight=0", COLLAPSE),
    Setting("digits", "vae", "model.kl_objective=capacity model.capacity=0.01 model.gamma=100", COLLAPSE),
    Setting("digits", "vae", "model.likelihood=gaussian", COLLAPSE),
    Setting("digits", "vae", "model.hidden_widths=256,256,256,256,256,256", COLLAPSE),
    Setting("iris", "vae", f"{FEW} train.epochs=100", UNUSED),
    Setting("iris", "vae", f"{FEW} train.epochs=100 train.seed=1", UNUSED),
    Setting("digits", "vae", "model.latent_dim=20", UNUSED),
    Setting("digits", "vae", "train.learning_rate=0.01", UNUSED),
    Setting("digits", "vae", "model.beta=0", POINTS),
    Setting("digits", "vae", "model.likelihood=gaussian model.sigma=0.01", POINTS),
    Setting("digits", "vae", "model.beta=0.001 train.epochs=80", POINTS),
    Setting("digits", "ae", "model.latent_dim=8 train.fraction=0.035 train.epochs=400", FIT),
    Setting("wine", "ae", f"{FEW} train.epochs=100", FIT),
    Setting("digits", "sparse-ae", "model.sparsity_weight=3", DEAD),
    Setting("digits", "sparse-ae", "train.learning_rate=0.01", DEAD),
    Setting("digits", "sparse-ae", "model.sparsity=top-k model.active_units=2", DEAD),
    Setting("digits", "ae", "model.hidden_widths=32,16,8,4", LINE),
    Setting("digits", "ae", "model.code_activation=relu", LINE),
    Setting("digits", "conv-ae", "train.learning_rate=0.03 train.epochs=25", LINE),
    Setting("digits", "gan", f"{STRONG} model.generator_widths=2", WINS),
    Setting("digits", "gan", f"{STRONG} model.generator_widths=2 train.beta1=0.9", WINS),
    Setting("faults", "vae", "train.batch_size=32", OUTLIERS),
    Setting("rare", "ae", f"{FLAT} train.epochs=15", SCALING),
)
"""Trainings with one problem each."""


def loss(run: RunDirectory) -> float:
    """Return the mean of the last five validation losses, with the sign changed."""
    return -float(run.history.curve("validation", "total")[1][-5:].mean())


def reconstruction(run: RunDirectory) -> float:
    """Return the last validation value of log p(x|z), in nats."""
    return -float(run.history.curve("validation", "reconstruction")[1][-1])


def used_dimensions(run: RunDirectory) -> float:
    """Return the share of dimensions with a KL above 0.01 nats."""
    return float((np.asarray(run.history.kl_per_dimension()) > 0.01).mean())


def width(run: RunDirectory) -> float:
    """Return the mean σ of the posteriors, divided by the spread of the codes."""
    return sigma_over_spread(codes_of(run)) or 0.0


def live_units(run: RunDirectory) -> float:
    """Return the share of units that are active for some sample."""
    activity = activity_of(run.config.model, codes_of(run).mean)
    return 1 - len(activity.dead) / len(activity.share) if activity else 0.0


def off_line(run: RunDirectory) -> float:
    """Return the share of the variance of the codes off their first principal axis."""
    variances = principal_deviations(codes_of(run).mean) ** 2
    return 1 - float(variances[0] / variances.sum()) if variances.sum() > 0 else 0.0


def discriminator(run: RunDirectory) -> float:
    """Return the loss of the discriminator, in nats: 1.39 for a random guess."""
    return float(run.history.curve("validation", "discriminator")[1][-5:].mean())


def regular_values(run: RunDirectory) -> float:
    """Return the number of features with values far out, with the sign changed."""
    return -float(len(run.description.far_out))


FIGURES: dict[str, Callable[[RunDirectory], float]] = {
    LR: loss, COLLAPSE: reconstruction, UNUSED: used_dimensions, POINTS: width, FIT: loss, DEAD: live_units,
    LINE: off_line, WINS: discriminator, OUTLIERS: regular_values, SCALING: regular_values,
}  # fmt: skip
"""For each kind of notice, the figure that its advice should raise."""


def codes_of(run: RunDirectory) -> Codes:
    """Return the codes of a finished run."""
    latents = run.latents()
    assert latents is not None
    return Codes(latents.step, latents.mean, latents.log_variance, latents.index)


@dataclass(frozen=True)
class Followed:
    """A piece of advice that was followed: whether the notice is gone, and its figure before and after."""

    words: str
    gone: bool
    before: float
    after: float

    @property
    def cures(self) -> bool:
        """Whether the advice is right."""
        return self.gone and self.after > self.before


@dataclass(frozen=True)
class Result:
    """The notices of a setting: those that were not expected, and whether the expected one came, with its advice."""

    setting: Setting
    found: bool
    false: tuple[str, ...]
    advice: tuple[Followed, ...] = field(default=())


def judged(setting: Setting, out: Path) -> Result:
    """Train a setting, diagnose it, and follow the advice."""
    run = trained(config_of(setting, out), out / slug(setting.name))
    end = {notice.kind: notice for notice in notices_of(run) if notice.kind not in NOT_JUDGED}
    seen = set(end) if setting.expected else set(end) | kinds_during(run)
    false = tuple(sorted(seen - {setting.expected}))
    if setting.expected not in end:
        return Result(setting, False, false)
    cures = [cure for cure in end[setting.expected].cures if cure.settings]
    return Result(setting, True, false, tuple(follow(setting, run, cure, out) for cure in cures))


def follow(setting: Setting, run: RunDirectory, cure: Cure, out: Path) -> Followed:
    """Train a run again as a cure says, and compare."""
    again = trained(cure.applied(run.config), out / slug(f"{setting.name} then {cure.words}"))
    gone = setting.expected not in {notice.kind for notice in notices_of(again)}
    figure = FIGURES[setting.expected]
    return Followed(cure.words, gone, figure(run), figure(again))


def kinds_during(run: RunDirectory) -> set[str]:
    """Return the kinds of all notices that the curves give after some epoch, as the window does."""
    family, metrics = catalog.family(run.config.model.family), run.history.metrics
    known = Evidence(
        run.config, family, family.model_type.capabilities, History(), status="training", description=run.description
    )
    standing, kinds = (), set()
    for count, metric in enumerate(metrics, start=1):
        if metric.split == "validation":
            standing = diagnose(replace(known, history=History(metrics[:count])), standing)
            kinds |= {notice.kind for notice in standing}
    return kinds - NOT_JUDGED


def config_of(setting: Setting, out: Path) -> RunConfig:
    """Return the config of a setting; a table is written as a file first."""
    source = setting.data
    if source in TABLES:
        source = str(out / f"{setting.data}.csv")
    # A quoted value has spaces in it.
    pairs = (part.split("=", 1) for part in re.findall(r"(?:[^\s']|'[^']*')+", setting.settings))
    given = {key: value.strip("'") for key, value in pairs}
    fixed = {"data.source": source, "train.threads": "1", "train.replay": "0", "train.log_likelihood": "0"}
    return build_config(setting.family, {"train.epochs": "40", **fixed, **given})


def trained(config: RunConfig, path: Path) -> RunDirectory:
    """Train a run, unless it is there."""
    done = path.with_suffix(".done")
    if not done.exists():
        for _ in run_training(new_run(config, path, device="cpu", overwrite=True)):
            pass
        done.touch()
    return open_run(path)


def slug(name: str) -> str:
    """Return a name of a folder."""
    return re.sub(r"[^\w=+-]+", "-", name)[:150]


def results(settings: Sequence[Setting], out: Path, jobs: int) -> Iterator[Result]:
    """Judge the settings, several at a time, in their order."""
    for name in {setting.data for setting in settings} & TABLES.keys():
        if not (out / f"{name}.csv").exists():
            TABLES[name](out / f"{name}.csv")
    # A fresh interpreter for each: torch's threads do not survive a fork.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(partial(judged, out=out), settings)


def report(found: Sequence[Result]) -> Iterator[str]:
    """Return the lines of the table, one for each kind of notice, and of what is wrong."""
    wanted = Counter(result.setting.expected for result in found)
    right = Counter(result.setting.expected for result in found if result.found)
    false = Counter(kind for result in found for kind in result.false)
    yield "| notice | sick | found | missed | false alarms | advice followed | cures |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    rows = [check.kind for check in CHECKS if check.kind not in NOT_JUDGED]
    for kind in rows:
        advice = [one for result in found if result.setting.expected == kind for one in result.advice]
        numbers = (wanted[kind], right[kind], wanted[kind] - right[kind], false[kind], len(advice))
        yield f"| {kind} | {' | '.join(map(str, numbers))} | {sum(one.cures for one in advice)} |"
    yield f"healthy: {wanted['']}, with a false alarm: {sum(bool(r.false) for r in found if not r.setting.expected)}"
    for result in found:
        if result.setting.expected and not result.found:
            yield f"missed: {result.setting.expected} of {result.setting.name}"
        for kind in result.false:
            yield f"false alarm: {kind} of {result.setting.name}"
        for one in result.advice:
            if not one.cures:
                change = f"{one.before:.4g} → {one.after:.4g}{'' if one.gone else ', notice stays'}"
                yield f"does not cure: {one.words} for {result.setting.name}: {change}"


def main() -> None:
    """Train, diagnose, follow the advice, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    settings = [one for one in (*HEALTHY, *SICK) if chosen.only in f"{one.name} {one.expected}"]
    with tempfile.TemporaryDirectory() as folder:
        out = chosen.out or Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        found = []
        for result in results(settings[:: 4 if chosen.quick else 1], out, chosen.jobs):
            found.append(result)
            print(f"{result.setting.name}: {'; '.join(filter(None, words_of(result)))}", flush=True)
    print("\n".join(["", *report(found)]))


def words_of(result: Result) -> Iterator[str]:
    """Return what happened to a setting."""
    if result.setting.expected:
        yield f"{result.setting.expected} {'found' if result.found else 'MISSED'}"
    yield from (f"FALSE ALARM {kind}" for kind in result.false)
    for one in result.advice:
        verdict = "cures" if one.cures else "DOES NOT CURE"
        yield f"{one.words} {verdict} ({one.before:.4g} → {one.after:.4g})"
    if not result.setting.expected and not result.false:
        yield "no notice"


if __name__ == "__main__":
    try:
        main()
    except ConfigError as error:
        raise SystemExit(str(error)) from error
