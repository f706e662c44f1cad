"""The command line that reproduces the path of the window. No Qt."""

import shlex

from explorer.session import Path


def path_command(path: Path, run_folder: str, condition: str = "") -> str:
    """Return the command that reproduces a path bit for bit: codes are written with all digits.

    Parameters
    ----------
    run_folder
        The path of the run's directory.
    condition
        The name of the decoded class for a conditional model, or "".
    """
    # Always use "=": a code that begins with a minus sign would be parsed as an option.
    words = ["latent-explorer", "path", run_folder]
    for place in path.waypoints:
        # A single number without comma or decimal point is parsed as a sample index.
        words.append(f"--through={','.join(map(repr, place.z)) if place.sample is None else place.sample}")
    words += ["--loop"] if path.closed else []
    words.append(f"--method={path.method}")
    # Leave out defaults to keep the line readable.
    words += [f"--second={path.second}"] if path.second not in (None, path.method) else []
    words += ["--spacing=decoded"] if path.spacing == "decoded" else []
    words += ["--metric=density"] if path.metric == "density" else []
    words.append(f"--steps={path.steps}")
    words += [f"--class={condition}"] if condition else []
    return shlex.join([*words, "--out=path.png"])
