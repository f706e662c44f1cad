"""``export`` writes a trained model for other programs: ONNX, plain PyTorch, or weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.output import AsJson, print_json, print_rows
from explorer.cli.program import WINDOW, app
from explorer.cli.shell.chosen_run import RunWithWeights, Weights, chosen_run
from explorer.cli.shell.completion import words
from explorer.config import ConfigError, suggestion

if TYPE_CHECKING:
    from explorer.export.models.export_model import Kind, Part

PARTS: "tuple[Part, ...]" = ("both", "encoder", "decoder")
SUFFIX: "dict[Kind, str]" = {"onnx": ".onnx", "torch": "", "safetensors": ".safetensors"}

Onnx = Annotated[bool, typer.Option("--onnx", help="One .onnx file, checked with onnxruntime.")]
Torch = Annotated[bool, typer.Option("--torch", help="A folder with model.py and weights.pt, which need only torch.")]
Safetensors = Annotated[bool, typer.Option("--safetensors", help="The weights alone, as .safetensors.")]
PartName = Annotated[
    str, typer.Option("--part", metavar="PART", help="both, encoder or decoder.", autocompletion=words(*PARTS))
]
OutPath = Annotated[
    Path | None, typer.Option(help="The file or folder. Default: the run's name, in the current folder.")
]
Replace = Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")]


@app.command("export", rich_help_panel=WINDOW)
def export(
    run: RunWithWeights,
    onnx: Onnx = False,
    torch: Torch = False,
    safetensors: Safetensors = False,
    part: PartName = "both",
    out: OutPath = None,
    overwrite: Replace = False,
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Export a model as ONNX, PyTorch or safetensors.

    Samples go in and come out in their own units: the transform of the data is part of the model. The outputs of the
    file are compared with those of the run before it is saved, on the run's data if it is available.
    """
    chosen = _kind(onnx=onnx, torch=torch, safetensors=safetensors, out=out)
    wanted = next((one for one in PARTS if one == part), None)
    if wanted is None:
        raise ConfigError(f"--part {part}: {suggestion(part, PARTS)}")
    from explorer.export.models.export_model import checked_path

    loaded = chosen_run(run, weights)
    path = out or Path(loaded.name + SUFFIX[chosen])
    # Before the data is loaded, which may take long.
    checked_path(path, chosen, overwrite=overwrite)
    written = loaded.export(path, kind=chosen, part=wanted, overwrite=overwrite)
    if as_json:
        print_json(written.to_json())
        return
    # Rounding alone gives differences of about 1e-7.
    difference = "equal to the run" if written.difference == 0 else f"differs from the run by {written.difference:.1g}"
    print_rows(
        [
            ("written", str(written.path)),
            ("parts", ", ".join(written.parts)),
            ("checked", f"on {written.compared_on}: {difference}"),
        ]
    )


def _kind(*, onnx: bool, torch: bool, safetensors: bool, out: Path | None) -> "Kind":
    """Return the one kind that was asked for, or that of the suffix of ``out``."""
    wanted: dict[Kind, bool] = {"onnx": onnx, "torch": torch, "safetensors": safetensors}
    asked = [kind for kind, is_wanted in wanted.items() if is_wanted]
    if not asked and out is not None:
        asked = [kind for kind, suffix in SUFFIX.items() if suffix and suffix == out.suffix.lower()]
    # Nothing is chosen in silence: the three are for different programs.
    if len(asked) != 1:
        raise ConfigError("choose one of --onnx, --torch and --safetensors")
    return asked[0]
