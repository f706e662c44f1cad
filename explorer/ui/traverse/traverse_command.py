"""The command line that makes the traversal of the window again. No Qt."""

import shlex

from explorer.session import Traversal
from explorer.ui.traverse.traverse_words import Centre


def traverse_command(centre: Centre, traversal: Traversal) -> str:
    """Return the command that reproduces a traversal, to the bit: codes are written with all their digits."""
    words = ["latent-explorer", "traverse", centre.run.key]
    # With "=", as a code may begin with a minus sign.
    words.append(f"--z={','.join(map(repr, centre.z))}" if centre.sample is None else f"--sample={centre.sample}")
    words += ["--rows=all", f"--range={traversal.span}", f"--steps={traversal.steps | 1}", f"--order={traversal.order}"]
    words.append(f"--count={centre.run.latent_dim}")
    words += ["--difference"] if traversal.difference != "none" else []
    words += [f"--class={centre.class_name}"] if centre.class_name else []
    return shlex.join([*words, "--out=traversal.png"])
