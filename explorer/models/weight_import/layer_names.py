"""What the names of layers tell: the side of the network, the mean and the log-variance, and the order.

Names are hints only: the sizes of the layers decide, and what neither tells is measured.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Side = Literal["encoder", "decoder"]
Head = Literal["mean", "log_variance", "joined"]

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBERS = re.compile(r"(\d+)")
_ENCODER = ("enc", "recognition", "inference", "infer", "downsampl")
_DECODER = ("dec", "gener", "reconstruct", "upsampl", "unconv")
_MEAN = ("mu", "mean", "means", "loc", "embedding", "mus")
_STANDARD_DEVIATION = ("sigma", "logsigma", "std", "logstd", "scale", "logscale", "stddev", "stdev", "sd", "sig")
_VARIANCE = (
    *("var", "logvar", "logvars", "lv", "logv", "lnvar", "variance", "logvariance", "cov", "covariance"),
    *_STANDARD_DEVIATION,
)
_TRANSPOSED = re.compile(r"trans|conv_?t(\d|\b|_|\.)|convT|de_?conv|up_?conv|tconv|t_conv", re.IGNORECASE)
_OTHER_NETWORK = re.compile(
    r"(^|[._])(disc|discriminator|critic|classifier|loss|loss_fn|criterion|lpips|vgg|perceptual|metrics?|ema|teacher)"
    r"([._]|\d|$)",
    re.IGNORECASE,
)
_SHORTCUTS = re.compile(r"res_?(net|block|idual|_?layers?|stack)|bottleneck\d|shortcut|downsample\.|skip|basic_?block"
                        r"|conv_block|layer\d\.\d+\.(conv|bn)\d", re.IGNORECASE)  # fmt: skip
_ATTENTION = re.compile(r"attn|attention|transformer|in_proj|pos_?emb|cls_token", re.IGNORECASE)
_RECURRENT = re.compile(r"weight_(ih|hh)_l\d|(^|[._])(gru|lstm|rnn)([._]|$)", re.IGNORECASE)


def words_of(name: str) -> list[str]:
    """Return the words of a name in small letters: those between dots, underscores, digits and capital letters."""
    return [word.lower() for word in _WORDS.findall(name)]


def natural_order(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts layer 2 before layer 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _NUMBERS.split(name)]


def side_of(name: str) -> Side | None:
    """Return the side that a name tells: ``encoder.0``, ``enc_fc1``, ``decoder_input``, ``p_net`` need not."""
    for word in words_of(name):
        if word.startswith(_ENCODER) or word == "q":
            return "encoder"
        if word.startswith(_DECODER) or word == "p":
            return "decoder"
    return None


def head_of(name: str) -> Head | None:
    """Return what a head computes by its name: ``fc_mu``, ``log_var``, ``mu_logvar_gen``."""
    # Only the layer's own name: an encoder inside "mean_teacher" is no mean. A number stands for the layer inside.
    own = [part for part in name.split(".") if not part.isdigit()][-1:]
    words = words_of("".join(own))
    is_variance = any(word in _VARIANCE for word in words)
    is_mean = any(word in _MEAN for word in words)
    if is_variance and is_mean:
        return "joined"
    return "log_variance" if is_variance else "mean" if is_mean else None


def spread_of(name: str) -> Literal["log variance", "log σ", "σ"]:
    """Return what the head of the spread computes by its name: ``log_var`` is log σ², ``log_std`` log σ, ``std`` σ."""
    words = words_of(name)
    if not any(word in _STANDARD_DEVIATION for word in words):
        return "log variance"
    return "log σ" if any(word.startswith(("log", "ln")) for word in words) else "σ"


def usual_order(name: str) -> Literal["mean first", "interleaved"]:
    """Return the order of mean and log-variance in a layer that returns both, by the convention for its name."""
    # The only published code that lets them take turns, disentangling-vae, calls the layer so.
    return "interleaved" if name.endswith("mu_logvar_gen") else "mean first"


@dataclass(frozen=True)
class Convention:
    """What a published code does between its layers, which the names of these tell; as in `Choice`."""

    activation: str
    values: str
    activates_maps: bool


def convention_of(names: Iterable[str]) -> Convention | None:
    """Return the convention of a published code; None for names that anybody may have chosen."""
    listed = list(names)
    first = {name.partition(".")[0] for name in listed}
    # PyTorch-VAE, whose class many have copied.
    if {"decoder_input", "final_layer", "fc_mu"} <= first:
        return Convention("leaky_relu 0.01", "tanh at the end, values from −1 to 1", activates_maps=False)
    if {"encoder.embedding.weight", "encoder.log_var.weight", "decoder.layers.0.weight"} <= set(listed):
        # pythae's convolutional networks; its dense ones have decoder.layers.0.0.
        return Convention("relu", "sigmoid at the end, values from 0 to 1", activates_maps=False)
    return None


def is_transposed(name: str) -> bool:
    """Return whether a convolution is transposed by its name: ``convT1``, ``deconv``, ``upconv``."""
    return _TRANSPOSED.search(name) is not None


def is_other_network(name: str) -> bool:
    """Return whether a layer belongs to another network: a discriminator, a loss, a copy of the weights."""
    return _OTHER_NETWORK.search(name) is not None


def unknown_structure(name: str) -> str:
    """Return the structure that a name tells and that no list of layers describes; "" if there is none."""
    if _RECURRENT.search(name):
        return "a recurrent layer"
    if _ATTENTION.search(name):
        return "attention"
    return "shortcuts around layers (residual blocks)" if _SHORTCUTS.search(name) else ""


def modules_between(before: str, after: str) -> int | None:
    """Return how many modules without weights stand between two layers; None if their names do not tell.

    In a Sequential, ``encoder.0`` and ``encoder.3`` are two modules apart.
    """
    first, second = before.rpartition("."), after.rpartition(".")
    if first[0] != second[0] or not (first[2].isdigit() and second[2].isdigit()):
        return None
    return int(second[2]) - int(first[2]) - 1
