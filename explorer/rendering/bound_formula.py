"""The formula of the bound and its derivation as tokens to typeset, each with the thing on screen that it stands for.

log p_θ(x) = E_q[log p_θ(x|z)] − KL(q_φ(z|x) ‖ p(z)) + KL(q_φ(z|x) ‖ p_θ(z|x))       (Kingma and Welling 2014)

The encoder's weights φ and the decoder's weights θ have the roles ``"phi"`` and ``"theta"``, and with them one colour
each wherever they appear.
"""

from dataclasses import dataclass
from typing import Final, Literal

from explorer.rendering.typeset import Token

Tone = Literal["reconstruction", "kl", "gap", "whole"]

REAL, DECODE, POSTERIOR, PRIOR, TRUE_POSTERIOR = "real", "decode", "posterior", "prior_rings", "true_posterior"
"""Things on screen: the sample, its decode, and, by the names of overlays, q(z|x), p(z) and p(z|x) on the plane."""

# φ and the rest are tokens of their own, as one token has one colour.
_Q: Final = (Token("q_\\phi", "phi", POSTERIOR), Token("(z\\,|\\,x)", "text", POSTERIOR))
_BARS: Final = Token("\\,\\Vert\\,")
_END: Final = Token(")")
_KL: Final = Token("\\mathrm{KL}(")


@dataclass(frozen=True)
class FormulaTerm:
    """One term of the formula.

    Attributes
    ----------
    key
        Name of the number in `explorer.latent.bound.derivation.BoundNumbers`.
    sign
        What stands before the term: "", "=", "−" or "+".
    title
        Its name in words.
    term
        Key of its entry in the glossary.
    things
        What it is computed from.
    """

    key: str
    sign: str
    tokens: tuple[Token, ...]
    title: str
    tone: Tone
    term: str
    things: frozenset[str]


TERMS: Final = (
    FormulaTerm(
        "log_likelihood",
        "",
        (Token("\\log\\,", "text", REAL), Token("p_\\theta", "theta", REAL), Token("(x)", "text", REAL)),
        "log-likelihood",
        "whole",
        "p_x_hard",
        frozenset({REAL}),
    ),
    FormulaTerm(
        "expected_likelihood",
        "=",
        (
            Token("\\mathrm{E}_q[\\,", "text", POSTERIOR),
            Token("\\log\\,", "text", DECODE),
            Token("p_\\theta", "theta", DECODE),
            Token("(x\\,|\\,z)", "text", DECODE),
            Token("\\,]"),
        ),
        "−reconstruction",
        "reconstruction",
        "expectation",
        frozenset({DECODE, POSTERIOR}),
    ),
    FormulaTerm(
        "kl",
        "−",
        (_KL, *_Q, _BARS, Token("p(z)", "text", PRIOR), _END),
        "regularizer",
        "kl",
        "regularizer",
        frozenset({POSTERIOR, PRIOR}),
    ),
    FormulaTerm(
        "gap",
        "+",
        (
            _KL,
            *_Q,
            _BARS,
            Token("p_\\theta", "theta", TRUE_POSTERIOR),
            Token("(z\\,|\\,x)", "text", TRUE_POSTERIOR),
            _END,
        ),
        "gap",
        "gap",
        "gap",
        frozenset({POSTERIOR, TRUE_POSTERIOR}),
    ),
)
"""The terms in the order of the formula."""

# The derivation writes q for q_φ(z|x): its lines are long.
_SHORT_Q: Final = Token("q", "phi", POSTERIOR)
_LOG: Final = Token("\\log\\,")
_SHORT_KL: Final = (Token("\\mathrm{KL}("), _SHORT_Q, _BARS)
_PRIOR: Final = Token("p(z)", "text", PRIOR)
_EXPECT: Final = Token("\\mathrm{E}_q[\\,")


def _p(arguments: str, thing: str) -> tuple[Token, Token]:
    # θ is not written in the derivation, but its colour stays.
    return Token("p", "theta", thing), Token(f"({arguments})", "text", thing)


_X_GIVEN_Z: Final = _p("x\\,|\\,z", DECODE)
_Z_GIVEN_X: Final = _p("z\\,|\\,x", TRUE_POSTERIOR)
_LOG_PX: Final = (_LOG, *_p("x", REAL))
_MINUS, _PLUS, _EQUALS = Token("\\,-\\,"), Token("\\,+\\,"), Token("\\,=\\,")
_EXPECTED: Final = (_EXPECT, _LOG, *_X_GIVEN_Z, Token("\\,]"))
_KL_PRIOR: Final = (*_SHORT_KL, _PRIOR, _END)
_KL_TRUE: Final = (*_SHORT_KL, *_Z_GIVEN_X, _END)

LINES: Final[dict[str, tuple[Token, ...]]] = {
    "definition": (
        *_KL_TRUE, _EQUALS, _EXPECT, _LOG, _SHORT_Q, _MINUS, _LOG, *_Z_GIVEN_X, Token("\\,]"),
    ),
    "bayes": (
        _EQUALS, _EXPECT, _LOG, _SHORT_Q, _MINUS, _LOG, *_X_GIVEN_Z, _MINUS, _LOG, _PRIOR, _PLUS, *_LOG_PX,
        Token("\\,]"),
    ),
    "constant": (_EQUALS, *_KL_PRIOR, _MINUS, *_EXPECTED, _PLUS, *_LOG_PX),
    "move": (*_LOG_PX, _EQUALS, *_EXPECTED, _MINUS, *_KL_PRIOR, _PLUS, *_KL_TRUE),
    "bound": (
        *_LOG_PX, Token("\\,\\geq\\,"), *_EXPECTED, _MINUS, *_KL_PRIOR, _EQUALS, Token("\\mathrm{ELBO}"),
    ),
}  # fmt: skip
"""The lines of `explorer.latent.bound.derivation.derivation`, by their keys."""

CLOSED_FORM: Final = (
    Token("\\mathrm{KL}\\,=\\,"),
    Token("\\frac{1}{2}\\,(\\,"),
    Token("\\mu^2", "phi", POSTERIOR),
    _PLUS,
    Token("\\sigma^2", "phi", POSTERIOR),
    _MINUS,
    Token("\\log\\,\\sigma^2", "phi", POSTERIOR),
    _MINUS,
    Token("1\\,)"),
)
"""KL(N(μ, σ²) ‖ N(0, 1)) of one latent dimension."""
