"""The pins of the session's blend: pinned samples and codes of one run, and the weight of each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.blends.polygon import equal_weights, with_pin, without_pin
from explorer.session import MAX_PINS, Blend, Probe, Session, Waypoint
from explorer.ui.state.run_store import RunStore
from explorer.ui.state.tasks import Messages

FULL = f"A blend has at most {MAX_PINS} pins: remove one first"
NOTHING_PROBED = "There is nothing to pin: click a point on a plane first"
SAMPLE_MIME = "application/x-latent-explorer-samples"
"""Type of what is dragged from one part of the window to another: indices of samples, separated by commas."""


class Pins:
    """Changes the session's blend; each change is one undo step; if it is not possible, a message says why.

    All pins are codes of one run. A sample that is pinned on the plane of another run of the same data is pinned in the
    run of the blend; any other code begins a new blend.
    """

    def __init__(self, session: Session, store: RunStore, messages: Messages) -> None:
        self._session, self._store, self._messages = session, store, messages

    @property
    def run(self) -> OpenRun | None:
        """The run of the blend, or the active run if there is no blend."""
        blend = self._session.view.blend
        return self._store.get(self._session.view.active_run if blend is None else blend.run)

    def pin_probe(self, probe: Probe | None) -> None:
        """Pin the point or the sample of a probe."""
        if probe is None:
            self._messages.notify(NOTHING_PROBED)
        elif probe.sample is not None:
            self.pin_samples(probe.run, (probe.sample,))
        elif probe.run in self._store.runs:
            # Rounded like the codes of samples, so that the command line reads the same numbers.
            self._add(probe.run, (Waypoint(tuple(np.array(probe.z, np.float32).tolist())),))

    def pin_samples(self, key: str, samples: Iterable[int]) -> None:
        """Pin samples by their index in the data of a run: in the blend's run if it has the same data."""
        chosen, blend = list(samples), self._session.view.blend
        own, target = self._store.get(key), self._store.get("" if blend is None else blend.run)
        same = own is not None and target is not None
        if own is None:
            return
        if not same or target is None or target.description.fingerprint != own.description.fingerprint:
            target = own
        # Limit the search: a selection may have thousands of samples. The first ones may be pinned already.
        pins = tuple(islice(_pins_of(target, chosen), 2 * MAX_PINS))
        if not pins:
            self._messages.notify(f"{target.name} has no codes of samples to pin")
            return
        self._add(target.key, pins)

    def pin_classes(self, key: str, random: np.random.Generator, count: int = 3) -> None:
        """Begin a blend of random samples of a run, of different classes if there are enough."""
        run = self._store.get(key)
        if run is None or run.plane is None or run.plane.drawn or not len(run.plane.index):
            return
        plane = run.plane
        rows = random.permutation(len(plane.index))
        rows = rows[np.isfinite(plane.mean[rows]).all(axis=1)]
        if plane.labels is not None:
            _, first = np.unique(plane.labels[rows], return_index=True)
            others = np.setdiff1d(np.arange(len(rows)), first)
            # Shuffle the classes, which np.unique has sorted.
            rows = rows[np.concatenate([random.permutation(first), others])]
        pins = tuple(_pins_of(run, [int(plane.index[row]) for row in rows[:count]]))
        if pins:
            self._session.set_step("pin samples of different classes", blend=Blend(key, pins, equal_weights(len(pins))))

    def remove(self, index: int) -> None:
        """Remove a pin; removing the last one clears the blend."""
        blend = self._session.view.blend
        if blend is None or not 0 <= index < len(blend.pins):
            return
        pins = (*blend.pins[:index], *blend.pins[index + 1 :])
        self._session.set(blend=replace(blend, pins=pins, weights=without_pin(blend.weights, index)) if pins else None)

    def _add(self, key: str, pins: Sequence[Waypoint]) -> None:
        blend = self._session.view.blend
        if blend is not None and (blend.run != key or len(blend.pins[0].z) != len(pins[0].z)):
            blend = None
            self._messages.remark("Started a new blend: its pins are codes of another run")
        kept = () if blend is None else blend.pins
        new = [pin for pin in dict.fromkeys(pins) if not _is_among(pin, kept)]
        if not new:
            self._messages.remark("Pinned already")
            return
        room = MAX_PINS - len(kept)
        if room <= 0:
            self._messages.notify(FULL)
            return
        if len(new) > room:
            self._messages.notify(f"A blend has at most {MAX_PINS} pins: only the first {room} were pinned")
        weights = () if blend is None else blend.weights
        for _ in new[:room]:
            weights = with_pin(weights)
        self._session.set(blend=Blend(key, (*kept, *new[:room]), weights))


def _pins_of(run: OpenRun, samples: Iterable[int]) -> Iterator[Waypoint]:
    """Yield the samples of a run that have finite codes as pins."""
    if run.plane is None or run.plane.drawn:
        return
    for sample in samples:
        z = run.code_of(sample)
        if z is not None and np.isfinite(z).all():
            yield Waypoint(z, sample)


def _is_among(pin: Waypoint, pins: Sequence[Waypoint]) -> bool:
    # After more training a sample has another code, but it is still the same pin.
    return any(pin == one or (pin.sample is not None and pin.sample == one.sample) for one in pins)
