"""The command line that makes the path of the window again. No Qt."""

import shlex

from explorer.session import Path


def path_command(path: Path, run_folder: str, condition: str = "") -> str:
    """Return the command that reproduces a path, to the bit: codes are written with all their digits.

    Parameters
    ----------
    run_folder
        The path of the run's directory.
    condition
        The name of the decoded class for a conditional model, or "".
    """
    # With "=" throughout: a code that begins with a minus sign would be taken for an option.
    words = ["latent-explorer", "path", run_folder]
    for place in path.waypoints:
        # A single number without a comma or a point would be the index of a sample.
        words.append(f"--through={','.join(map(repr, place.z)) if place.sample is None else place.sample}")
    words += ["--loop"] if path.closed else []
    words.append(f"--method={path.method}")
    # What is at its default is left out, so that the line stays readable.
    words += [f"--second={path.second}"] if path.second not in (None, path.method) else []
    words += ["--spacing=decoded"] if path.spacing == "decoded" else []
    words += ["--metric=density"] if path.metric == "density" else []
    words.append(f"--steps={path.steps}")
    words += [f"--class={condition}"] if condition else []
    return shlex.join([*words, "--out=path.png"])
