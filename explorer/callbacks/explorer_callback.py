"""`ExplorerCallback`: the window beside a training loop of the user's own.

1. `ExplorerCallback` opens the window by `explorer.explore`, or warns once that there is no screen and does nothing.
2. `step` adds the losses up. Ten to thirty times a second it lets the window react to the mouse.
3. Every ``seconds`` it adds the mean losses to the curves and passes the current weights to the window, which encodes
   them in its own thread; the training continues meanwhile.
4. The next time is later if copying, drawing and encoding took more than ``share`` of the time.
5. `finish` shows the last weights, and writes the film if one is recorded.
"""

import time
import warnings
from collections.abc import Mapping
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.config import ConfigError

if TYPE_CHECKING:
    from explorer.ui.notebook.user_window import UserWindow

SECONDS = 0.5
"""Default of the minimum time between two planes."""
SHARE = 0.1
"""Default of the maximum share of the time for copying, encoding and drawing."""
REACT_SECONDS, MAX_REACT = 1 / 30, 0.1
"""Minimum and maximum time between two looks for events of mouse and keyboard, if a look takes long."""
FINISH_SECONDS = 10.0
"""Maximum time to wait for the plane of the last weights."""
MAX_WAIT = 60.0
"""Seconds after which newer weights are passed although the plane of the last ones has not arrived."""


class ExplorerCallback:
    """Shows a model in the window while a loop of the user's trains it. Use it in the main thread.

    Parameters
    ----------
    model, data, labels
        As `explorer.explore` takes them.
    seconds
        Minimum time between two planes.
    share
        Maximum share of the training's time that the window takes while nobody uses it, in (0, 1].
    record
        Path of a film of the window (``.gif`` or ``.mp4``), which `finish` writes.
    options
        Further arguments of `explorer.explore`, such as ``encode``, ``decode`` and ``shape``.

    Attributes
    ----------
    planes
        Number of planes that were shown.
    window
        The open `explorer.ui.notebook.user_window.UserWindow`, with ``selection``, ``wait`` and ``close``; None
        without a screen.

    Raises
    ------
    ConfigError, DataError
        If model and data do not fit together.
    """

    def __init__(
        self,
        model: Any = None,
        data: Any = None,
        labels: Any = None,
        *,
        seconds: float = SECONDS,
        share: float = SHARE,
        record: str | PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        if seconds < 0 or not 0 < share <= 1:
            raise ConfigError(
                f"seconds = {seconds}, share = {share}: seconds must be at least 0, share above 0 and at most 1"
            )
        self._film = None if record is None else _Film(Path(record))
        self._seconds, self._share = seconds, share
        self.planes = 0
        self._steps, self._losses = 0, _Means()
        self._react_at = self._due_at = 0.0
        self._asked_at: float | None = None  # when the window got weights whose plane has not arrived
        self._spent = 0.0  # seconds in this thread since the last plane
        self.window: UserWindow | None = _open(model, data, labels, options)

    @property
    def is_open(self) -> bool:
        """Whether the window is open."""
        return self.window is not None and self.window.is_open

    @property
    def is_due(self) -> bool:
        """Whether the next `step` shows new weights."""
        now = time.perf_counter()
        # A function of the user that fails leaves no plane; the window shows its message.
        waits = self._asked_at is not None and now < self._asked_at + MAX_WAIT
        return self.is_open and not waits and now >= self._due_at

    def step(self, **losses: Any) -> bool:
        """Note the losses of one training step, and show the current weights if it is time.

        Parameters
        ----------
        losses
            Numbers by name: floats, arrays or tensors of one value. Tensors are read only when they are drawn, so
            that an accelerator need not wait. The curves show the mean since they were last drawn.

        Returns
        -------
        bool
            Whether the window is open. If it is not, nothing is done.
        """
        self._steps += 1
        if not self.is_open:
            return False
        self._losses.add(losses)
        now = time.perf_counter()
        if now >= self._react_at or self.is_due:
            self._show(now)
        return self.is_open

    def validation(self, **losses: Any) -> bool:
        """Add losses of validation samples to the curves; return whether the window is open."""
        if self.window is None or not self.window.is_open:
            return False
        means = _Means()
        means.add(losses)
        return self.window.log(self._steps, means.take(), "validation")

    def finish(self) -> bool:
        """Show the last weights, and write the film if one is recorded; return whether the window is open."""
        if self.window is not None and self.window.is_open:
            self._log()
            self.window.update(seconds=FINISH_SECONDS)
            self._record()
        if self._film is not None:
            self._film.write()
        return self.is_open

    def _show(self, now: float) -> None:
        """Let the window react, and pass it the current weights if it is time."""
        assert self.window is not None
        if self.is_due:
            self._log()
            self._asked_at = now
            self.window.update(seconds=0.0)
        else:
            self.window.draw()
        arrived = self._asked_at is not None and self.window.is_current
        if arrived:
            self.planes += 1
            self._record()
        ended = time.perf_counter()
        self._spent += ended - now
        rest = 1 / self._share - 1
        self._react_at = ended + min(max(REACT_SECONDS, (ended - now) * rest), MAX_REACT)
        if arrived:
            # Encoding competes with the training for the same cores, so that its time counts, too.
            taken = self._spent + self.window.plane_seconds
            self._due_at = max(ended + taken * rest, (self._asked_at or now) + self._seconds)
            self._asked_at, self._spent = None, 0.0

    def _log(self) -> None:
        if self.window is not None and (means := self._losses.take()):
            self.window.log(self._steps, means)

    def _record(self) -> None:
        if self._film is not None and self.window is not None and self.window.is_open:
            self._film.add(self.window.picture(seconds=0.0))


class _Means:
    """Means of the values that were added since they were last taken, by name."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[Any, int]] = {}

    def add(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            total, count = self._sums.get(name, (0.0, 0))
            # A tensor stays one: reading it would wait for the accelerator.
            number = value.detach() if hasattr(value, "detach") else _number(name, value)
            self._sums[name] = total + number, count + 1

    def take(self) -> dict[str, float]:
        """Return the means, and forget the values."""
        sums, self._sums = self._sums, {}
        return {name: _number(name, total) / count for name, (total, count) in sums.items()}


def _number(name: str, value: Any) -> float:
    """Return a loss as a number.

    Raises
    ------
    ConfigError
        If it is not one number.
    """
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{name}: a loss must be one number; write for example {name}.mean()") from error


class _Film:
    """Pictures of the window at even intervals: if there are too many, every other one is dropped."""

    MAX_FRAMES = 400
    MAX_WIDTH = 1280
    FRAME_SECONDS = 0.1

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in (".gif", ".mp4"):
            raise ConfigError(f"record = {str(path)!r}: a film ends in .gif or .mp4")
        self._path = path
        self._frames: list[bytes] = []  # as PNG: pixels of a few hundred windows take gigabytes
        self._seen, self._every = 0, 1

    def add(self, pixels: Any) -> None:
        from PIL import Image

        self._seen += 1
        if self._seen % self._every:
            return
        picture = Image.fromarray(pixels)
        picture.thumbnail((self.MAX_WIDTH, self.MAX_WIDTH))
        buffer = BytesIO()
        picture.save(buffer, "PNG")
        self._frames.append(buffer.getvalue())
        if len(self._frames) > self.MAX_FRAMES:
            self._frames, self._every = self._frames[::2], 2 * self._every

    def write(self) -> None:
        import numpy as np
        from PIL import Image

        from explorer.export.pictures import save_film

        pictures = [Image.open(BytesIO(frame)) for frame in self._frames]
        if pictures:
            # The user may have resized the window: a film has one size.
            frames = [np.asarray(picture.resize(pictures[0].size)) for picture in pictures]
            save_film(self._path, frames, frame_seconds=self.FRAME_SECONDS, there_and_back=False)


def _open(model: Any, data: Any, labels: Any, options: Mapping[str, Any]) -> "UserWindow | None":
    """Open the window; without Qt or a screen, warn and return None."""
    from explorer import explore

    try:
        from explorer.ui.app.screen import check_screen

        check_screen()
    except (ConfigError, ImportError) as error:
        warnings.warn(f"the training is not shown: {error}", stacklevel=3)
        return None
    given = () if model is None else (model,)
    with_data = {} if data is None else {"samples": data}
    window: Any = explore(*given, labels=labels, block=False, **with_data, **options)
    return window  # type: ignore[no-any-return]
