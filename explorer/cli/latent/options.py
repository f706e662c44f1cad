"""Options that several commands on the latent space share."""

from typing import Annotated

import typer

FILMS = (".gif", ".mp4")
"""How an animation can be written."""
Class = Annotated[
    str,
    typer.Option("--class", metavar="CLASS", help="For a conditional model: the class to decode, by name or index."),
]
Dark = Annotated[bool, typer.Option("--dark", help="Use the dark theme.")]
Size = Annotated[int, typer.Option(min=8, max=4096, help="Width and height of a picture, in pixels.")]
SampleIndex = Annotated[int, typer.Option(help="A sample's index in the run's data.")]
SheetSize = Annotated[int, typer.Option(min=16, max=1024, help="Width and height of a picture, in pixels.")]
"""As `Size`, with a lower limit for figures of many pictures."""
