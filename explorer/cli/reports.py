"""``compare``, ``info`` and ``evaluate``: the settings of runs and the figures of their models."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import (
    FIGURES,
    AsJson,
    Split,
    checked_out,
    followed,
    loading,
    print_json,
    print_notices,
    print_rows,
)
from explorer.cli.program import MEASURE, WINDOW, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, choose, use_weights
from explorer.cli.shell.completion import run_folders
from explorer.cli.training_summary import losses_text
from explorer.config import ConfigError
from explorer.runs.weights_choice import WeightsChoice, resume_command, run_and_choice

if TYPE_CHECKING:
    from explorer.export.comparison import Comparison, ComparisonLine
    from explorer.jobs.diagnosis.notice import Cure
    from explorer.jobs.reports.run_info import RunInfo
    from explorer.runs.run_directory import RunDirectory

MAX_WIDTH = 48
"""Maximum width of a column in characters; longer reasons are cut, but complete in files and JSON."""

Runs = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN",
        help="Folders of two or more runs; RUN@best or RUN@400 for other weights than --weights.",
        autocompletion=run_folders,
    ),
]
ImportanceSamples = Annotated[
    int,
    typer.Option(
        min=0,
        max=1_000_000,
        metavar="K",
        help="Draws per sample in each of two rounds, for the estimate of log p(x); 0 skips it.",
    ),
]


@app.command("compare", rich_help_panel=MEASURE)
def compare(
    runs: Runs,
    split: Split = "test",
    importance_samples: ImportanceSamples = 64,
    all_settings: Annotated[bool, typer.Option("--all", help="Also list settings that are equal.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write a table (.csv, .md) or a figure (.png, .svg, .pdf).")] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Measure the figures again, even if the runs have them.")
    ] = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Compare the settings and figures of several runs.

    A better value is marked if the runs have the same data, split, preprocessing and likelihood, and if the
    difference counts at the level of 5 %.
    """
    from explorer.jobs.runs.compare_runs import compare_runs

    # typer cannot require two values of one argument.
    if len(runs) < 2:
        raise ConfigError("compare: give at least two runs")
    if out is not None:
        checked_out(out, ".csv", ".md", *FIGURES)
    default = WeightsChoice.parse(weights or "final")
    paths, choices = zip(*(run_and_choice(run, default) for run in runs), strict=True)
    with loading() as context:
        work = compare_runs(
            paths, split, context=context, importance_samples=importance_samples, anew=anew, weights=choices
        )
        found = followed(work, "part")
    if out is not None:
        _save_comparison(found, out, all_settings)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, all_settings)
        if out is not None:
            typer.echo(f"written: {out}")


def _save_comparison(found: "Comparison", out: Path, all_settings: bool) -> None:
    if out.suffix.lower() in FIGURES:
        from explorer.plot.comparison_figure import new_comparison
        from explorer.plot.figures import save_figure

        save_figure(out, new_comparison(found))
    else:
        from explorer.export.comparison import save_comparison

        save_comparison(out, found, all_settings=all_settings)


def _print(found: "Comparison", all_settings: bool) -> None:
    for sentence in found.words:
        typer.echo(sentence)
    lines = found.shown(all_settings=all_settings)
    # Title and unit come first, then one column per run, then the differences from the first run.
    heads = ("", "", *found.runs, *found.difference_heads)
    rows = [heads, *((line.title, _unit(line), *_cells(line)) for line in lines)]
    widths = [min(MAX_WIDTH, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    typer.echo()
    for row in rows:
        cells = (_cut(text).ljust(width) for text, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
    typer.echo()
    # The rule explains the asterisks above.
    for text in (found.why_unmarked, f"* {found.rule}", *found.notes):
        if text:
            typer.echo(text)


def _cells(line: "ComparisonLine") -> list[str]:
    texts = [f"{cell.text} *" if cell.better else cell.text for cell in line.cells]
    return [*texts, *(cell.difference_text for cell in line.cells[1:])]


def _unit(line: "ComparisonLine") -> str:
    return line.unit if line.kind == "figure" else ""


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WIDTH else f"{text[: MAX_WIDTH - 1]}…"


@app.command("info", rich_help_panel=WINDOW)
def info(
    run: RunWithWeights,
    curves: Annotated[
        Path | None, typer.Option(help="Also write the curves, as a table (.csv) or a figure (.png, .svg, .pdf).")
    ] = None,
    diagram: Annotated[
        Path | None, typer.Option(help="Also draw the networks to this .svg, .png or .pdf file.")
    ] = None,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Show settings, losses and problems of a run.

    Also shows the versions of the libraries and, for each problem, what to try.
    """
    from explorer.jobs.reports.run_info import run_info

    if curves is not None:
        checked_out(curves, ".csv", *FIGURES, option="--curves")
    if diagram is not None:
        checked_out(diagram, *FIGURES, option="--diagram")
    found = run_info(*choose(run, weights))
    if curves is not None:
        _save_curves(curves, found.run)
    if diagram is not None:
        _save_diagram(diagram, found.run)
    if as_json:
        print_json(found.to_json())
    else:
        _print_info(found.to_json(), found)


@app.command("evaluate", rich_help_panel=MEASURE)
def evaluate(
    run: RunWithWeights,
    split: Split = "test",
    importance_samples: ImportanceSamples = 64,
    anew: Annotated[bool, typer.Option("--anew", help="Measure the figures again, even if the run has them.")] = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Measure the figures of a run on one split.

    The noise is fixed, so anyone can measure the same figures again. They are stored with the run.
    """
    from explorer.jobs.diagnosis.diagnose_run import notices_of
    from explorer.jobs.runs.kept_figures import evaluate_run
    from explorer.runs.run_directory import open_run

    with loading() as context:
        # Nothing is loaded if the figures are saved.
        path, choice = choose(run, weights)
        work = evaluate_run(
            path, split, context=context, importance_samples=importance_samples, anew=anew, weights=choice
        )
        result = followed(work, "part")
    use_weights(result.weights, path, is_printed=True)
    # Problems belong next to figures: a collapsed posterior explains a poor one.
    notices = notices_of(open_run(path), result.weights)
    if as_json:
        print_json({**result.to_json(), "notices": {notice.kind: notice.sentence for notice in notices}})
    else:
        _print_figures(result.to_json())
        print_notices(notices)


def _save_curves(out: Path, run: "RunDirectory") -> None:
    if out.suffix.lower() == ".csv":
        from explorer.export.tables import save_curves

        save_curves(out, run.history)
        return
    from explorer.models.catalog import family
    from explorer.plot.curve_figure import RunCurves, new_curves
    from explorer.plot.figures import save_figure

    terms = family(run.config.model.family).model_type.terms
    save_figure(out, new_curves([RunCurves(run.name, run.history, terms)]))


def _save_diagram(out: Path, run: "RunDirectory") -> None:
    from explorer.models.architecture import architecture
    from explorer.plot.figures import save_figure
    from explorer.plot.network_figure import new_network

    network = architecture(run.config.model, run.description)
    if network is None:
        raise ConfigError(f"{run.name} has no networks to draw: its model is {run.config.model.family}")
    save_figure(out, new_network(network))


def _print_info(info: dict[str, Any], found: "RunInfo") -> None:
    from explorer.training.devices import device_title

    data, config, machine = info["data"], info["config"], info["machine"]
    shape = "×".join(map(str, data["shape"]))
    rows = [
        ("run", info["path"] + (" (read-only)" if info["read_only"] else "")),
        ("status", info["status"] + (f": {info['reason']}" if info["reason"] else "")),
        ("weights", info.get("weights_are") or f"none: {info['why_no_weights']}"),
        ("kept weights", _kept_weights_text(info["kept_weights"], info["damaged_checkpoints"])),
        (
            "created",
            f"{info['created']}, on {device_title(machine['device'], machine['threads'])}, {machine['precision']}",
        ),
        ("data", f"{config['data']['source']}, {data['kind']} {shape}, {data['classes']} classes"),
        ("data available", "yes" if data["at_hand"] else f"no: {data['problem']}"),
    ]
    is_imported = found.weights is not None and found.weights.is_only
    rows.append(("model", _settings_text(config, "model")))
    rows.append(("train", _training_text(config, is_imported=is_imported)))
    rows += [
        (f"{name.replace('_', ' ')} loss", losses_text(losses, config["model"]["family"]) + _not_saved(name, found))
        for name, losses in info["losses"].items()
        if losses
    ]
    rows.append(("figures", _kept_text(info["figures"])))
    rows.append(("replay", _replay_text(info["replay"])))
    for notice in found.notices:
        since = f" This has been the case {notice.since_words}." if notice.since_words else ""
        rows += [(notice.severity, notice.sentence), ("", f"{notice.meaning}{since}")]
        rows += [("", f"try {cure.words}{_as_command(cure, found.run.path)}") for cure in notice.cures]
    rows.append(("versions", ", ".join(f"{name} {version}" for name, version in info["versions"].items())))
    print_rows(rows)


def _not_saved(name: str, found: "RunInfo") -> str:
    """Return a note if the weights of the lowest validation loss are not saved, as after a crash; else ""."""
    best, saved = found.best_validation, next((one.epoch for one in found.kept_weights if one.is_best), None)
    if name != "best_validation" or best is None or saved is None or best.epoch < saved + 0.5:
        return ""
    return f"; these weights are not saved, the best ones are of epoch {saved:.4g}"


def _kept_weights_text(kept: list[dict[str, Any]], damaged: list[str]) -> str:
    names = [f"step {one['step']:,}" + (f" ({one['name']})" if one["name"] else "") for one in kept]
    texts = [", ".join(names) or "none", *(["--weights chooses"] if names[1:] else [])]
    return "; ".join([*texts, *([f"damaged: {', '.join(damaged)}"] if damaged else [])])


def _kept_text(kept: list[dict[str, Any]]) -> str:
    """Return which figures of the weights are saved, as text."""
    if not kept:
        return "none measured yet; run evaluate to measure and store them"
    texts = [f"{one['split']} split, K = {one['importance_samples']}, measured {one['measured']}" for one in kept]
    return "; ".join(texts) + "; evaluate shows them"


def _replay_text(replay: dict[str, Any]) -> str:
    from explorer.runs.replay import size_words

    if not replay["frames"]:
        return f"none: {replay['absent']}"
    damaged = f"; {len(replay['damaged'])} damaged frames left out" if replay["damaged"] else ""
    # Frames are sorted by step.
    first, last = replay["epochs"][0], replay["epochs"][-1]
    return f"{replay['frames']} frames, epoch {first:.4g} to {last:.4g}, {size_words(replay['bytes'])}{damaged}"


def _print_figures(values: dict[str, Any]) -> None:
    from explorer.latent.evaluation.catalog import FIGURES

    typer.echo(
        f"{values['run']}: {values['model']} on {values['data']}, {values['weights_are']}, "
        f"{values['samples']} sample{'' if values['samples'] == 1 else 's'} of the {values['split']} split"
        + (f"; stored {values['measured']}, --anew measures them again" if values["kept"] else "")
    )
    rows = []
    for figure in FIGURES:
        # Errors that are figures of their own, such as the error over draws, get lines of their own.
        first, *more = [figure.name, *(error.key for error in figure.errors if error.key)]
        error = values.get(f"{first}_error")
        over = next((one.over for one in figure.errors if not one.key), "")
        text = "" if error is None else f" ± {error:.2g} (over {over})"
        rows.append((first, _figure_text(values, first, figure.unit, text)))
        rows += [(key, _figure_text(values, key, figure.unit)) for key in more]
    print_rows(rows)
    if values["note"]:
        typer.echo(values["note"])


def _figure_text(values: dict[str, Any], key: str, unit: str, error: str = "") -> str:
    from explorer.latent.evaluation.figures import absence_words

    value, reason = values[key], values["not_defined"].get(key, "")
    return absence_words(reason) if value is None else f"{value:.6g}{error}  {unit}"


def _as_command(cure: "Cure", run: Path) -> str:
    """Return the settings of a cure as ``--set`` options for a new run, or the command that trains the run further."""
    if cure.continues:
        return f": {resume_command(run)} --epochs {dict(cure.settings)['train.epochs']}"
    options = " ".join(f"--set {shlex.quote(f'{key}={value}')}" for key, value in cure.settings)
    return f": {options}" if options else ""


def _training_text(config: dict[str, Any], *, is_imported: bool) -> str:
    """Return the settings of a training as text, or why there was none."""
    from explorer.models import catalog

    if not catalog.family(config["model"]["family"]).model_type.trained_by_steps:
        return "computed in closed form, without steps"
    return "imported, not trained by this program" if is_imported else _settings_text(config, "train")


def _settings_text(config: dict[str, Any], section: str) -> str:
    """Return the settings of a section that have an effect, as text."""
    from explorer.config import TrainConfig, describe_fields
    from explorer.models import catalog

    family, values = catalog.family(config["model"]["family"]), config[section]
    fields = describe_fields(TrainConfig if section == "train" else family.config_type)
    # A setting such as free bits has no effect under another objective.
    idle = {field.name for field in fields if not field.matters(values)}
    return ", ".join(f"{key} {_text(value)}" for key, value in values.items() if key not in idle)


def _text(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return (" · " if any(isinstance(item, str) for item in value) else "-").join(map(str, value)) or "none"
