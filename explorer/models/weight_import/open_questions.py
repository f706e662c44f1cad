"""What a file of weights leaves open: the values that are tried for each question, the most usual ones first.

A file does not tell activations, the range of the values, or the order of mean and log-variance in one layer. Choices
that reconstruct equally well are told apart by `unusualness` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from explorer.models.weight_import.layer_lists import Choice, HeadOrder, Usual, ValueRange
from explorer.models.weight_import.layer_names import Convention, usual_order
from explorer.models.weight_import.network_parts import NetworkParts
from explorer.models.weight_import.network_sizes import SizedParts

ACTIVATION_TEXTS = (
    "relu",
    "leaky_relu 0.01",
    "leaky_relu 0.2",
    "tanh",
    "elu",
    "gelu",
    "silu",
    "sigmoid",
    "softplus",
    "identity",
)
"""The activations of hidden layers that are tried, the most usual first."""
_MNIST = (0.1307, 0.3081)
"""Mean and standard deviation of MNIST, by which many programs scale its values."""
_CENTRED = ("affine 2 -1",)
PIXEL_RANGES = (
    ValueRange("sigmoid at the end, values from 0 to 1", likelihood="bernoulli"),
    ValueRange("no activation at the end, values from 0 to 1"),
    ValueRange("tanh at the end, values from 0 to 1", after=("tanh",)),
    ValueRange("tanh at the end, values from −1 to 1", _CENTRED, ("tanh", "affine 0.5 0.5")),
    ValueRange("no activation at the end, values from −1 to 1", _CENTRED, ("affine 0.5 0.5",)),
    ValueRange("sigmoid at the end, inputs from −1 to 1", _CENTRED, likelihood="bernoulli"),
)
_SCALED = (f"affine {1 / _MNIST[1]!r} {-_MNIST[0] / _MNIST[1]!r}",)
GREY_RANGES = (
    ValueRange("sigmoid at the end, inputs scaled by 0.1307 and 0.3081", _SCALED, likelihood="bernoulli"),
    ValueRange(
        "no activation at the end, values scaled by 0.1307 and 0.3081", _SCALED, (f"affine {_MNIST[1]} {_MNIST[0]}",)
    ),
    ValueRange("no activation at the end, inputs scaled by 0.1307 and 0.3081", _SCALED),
)
"""Further ranges of pictures with one channel."""
ANY_RANGES = (
    ValueRange("no activation at the end"),
    ValueRange("sigmoid at the end", after=("sigmoid",)),
    ValueRange("tanh at the end", after=("tanh",)),
)
"""Ranges of other data than pictures, whose values are taken as the program scales them."""

_ALIKE = ("relu", "leaky_relu 0.01")
_ALIKE_ACTIVATION, _OTHER_ACTIVATION, _OTHER_RANGE, _OTHER_PLACE, _PER_COST = 0.2, 0.02, 0.01, 0.005, 0.01
"""Shares of the squared error by which an unusual choice must be better: for each kind, and for the cost of sizes."""


def alike(choice: Choice) -> Choice:
    """Return a choice with the activation that reconstructs nearly equally well; the choice if there is none."""
    others = [each for each in _ALIKE if each != choice.activation]
    return replace(choice, activation=others[0]) if choice.activation in _ALIKE else choice


def unusualness(choice: Choice) -> float:
    """Return how unusual a choice is, as a share of the squared error by which it must be better to be taken.

    relu and leaky_relu 0.01 in particular reconstruct nearly equally well, whichever a network was trained with: after
    a few epochs the leaky one is up to 1.5 % better in both cases, so that the better one is no evidence.
    """
    usual = choice.usual
    is_alike = choice.activation in _ALIKE and usual.activation in _ALIKE
    activation = 0.0 if choice.activation == usual.activation else _ALIKE_ACTIVATION if is_alike else _OTHER_ACTIVATION
    places = (choice.order != usual.order, choice.activates_code, choice.activates_maps != usual.activates_maps)
    return (
        activation
        + _OTHER_RANGE * (choice.values.words != usual.values)
        + 0.5 * _OTHER_RANGE * (choice.values.before in (_SCALED, _CENTRED) and choice.values.likelihood == "bernoulli")
        + _OTHER_PLACE * (sum(places) + (not choice.normalizes_first))
        + _PER_COST * choice.sizes.price
    )


@dataclass(frozen=True)
class Options:
    """The values that are tried for each open question."""

    activations: Sequence[str]
    values: Sequence[ValueRange]
    orders: Sequence[HeadOrder]
    sizes: Sequence[SizedParts]
    activates_code: Sequence[bool] = (False,)
    activates_maps: bool = True

    @property
    def first(self) -> Choice:
        """The most usual choice."""
        usual = Usual(self.activations[0], self.values[0].words, self.orders[0], self.activates_maps)
        choice = Choice(self.activations[0], self.values[0], self.orders[0], self.sizes[0], usual=usual)
        return replace(choice, activates_maps=self.activates_maps)


def head_orders(parts: NetworkParts) -> tuple[HeadOrder, ...]:
    """Return the possible orders of mean and log-variance, the usual one first."""
    heads = parts.heads
    if heads.is_joined:
        orders: tuple[HeadOrder, ...] = ("mean first", "log-variance first", "interleaved")
        return tuple(sorted(orders, key=lambda order: order != usual_order(heads.first.name)))
    return ("mean first",) if heads.second is None or heads.is_named else ("mean first", "log-variance first")


def by_convention(options: Options, convention: Convention | None) -> Options:
    """Return the options with those first that belong to the published code that the names of the layers tell."""
    if convention is None:
        return options
    return Options(
        sorted(options.activations, key=lambda text: text != convention.activation),
        sorted(options.values, key=lambda values: values.words != convention.values),
        options.orders,
        options.sizes,
        options.activates_code,
        convention.activates_maps,
    )
