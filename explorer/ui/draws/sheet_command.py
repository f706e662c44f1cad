"""The command line that reproduces the sheet of the window. No Qt."""

import shlex

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.draw_sheet import SheetRequest
from explorer.session import Sheet


def sample_command(run: OpenRun, sheet: Sheet, request: SheetRequest) -> str:
    """Return the command that reproduces the draws of a run bit for bit: codes are written with all digits."""
    words = ["latent-explorer", "sample", run.key, f"--from={request.source}"]
    if request.source == "around":
        # Use "=": a code may begin with a minus sign.
        code = ",".join(map(repr, request.centre)) if request.sample is None else str(request.sample)
        words.append(f"--around={code}")
    is_each = len(request.classes) > 1
    words += [f"--columns={sheet.columns}"] if is_each else [f"--rows={sheet.rows}", f"--columns={sheet.columns}"]
    words.append(f"--seed={request.seed}")
    words += [f"--temperature={request.temperature!r}"] if request.temperature != 1 else []
    words += [f"--components={request.components}"] if request.components else []
    if is_each:
        words.append("--each-class")
    elif request.classes:
        words.append(f"--class={run.description.class_name(request.classes[0])}")
    words += ["--drawn"] if request.drawn else []
    return shlex.join([*words, "--out=samples.png"])
