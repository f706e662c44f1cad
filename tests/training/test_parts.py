"""Batches, control, averages, devices, randomness: the parts of the loop."""

import threading
import weakref

import numpy as np
import pytest
import torch
from training_cases import config_of, dataset_of, pictures, vectors

from explorer.config import ConfigError, TrainConfig
from explorer.models.latent_model import Losses
from explorer.training import devices
from explorer.training.batches import Batches, ResidentSamples, steps_per_epoch, training_index
from explorer.training.control import Control
from explorer.training.devices import available_devices, choose_device, device_title, training_threads, use_threads
from explorer.training.randomness import generator
from explorer.training.validation import Averages

CPU = torch.device("cpu")


def test_an_epoch_has_every_training_sample_once_in_a_new_order() -> None:
    data, config = vectors(45), TrainConfig(batch_size=8)
    batches = Batches(data, config, (2,), CPU)
    assert (batches.samples, batches.steps_per_epoch, steps_per_epoch(data, config)) == (37, 5, 5)
    epochs = [torch.cat([batches.batch(5 * epoch + step).x for step in range(5)]) for epoch in range(2)]
    wanted = data.model_inputs(data.splits.train)
    for seen in epochs:
        np.testing.assert_array_equal(np.sort(seen.numpy(), axis=0), np.sort(wanted, axis=0))
    assert not torch.equal(*epochs)
    assert [batches.size(step) for step in range(6)] == [8, 8, 8, 8, 5, 8]


def test_a_step_has_the_same_batch_whatever_was_asked_before() -> None:
    data, config = vectors(), TrainConfig(batch_size=8)
    one, other = Batches(data, config, (2,), CPU), Batches(data, config, (2,), CPU)
    wanted = {step: one.batch(step) for step in range(12)}
    for step in (11, 3, 7, 0):
        assert torch.equal(other.batch(step).x, wanted[step].x)
        assert torch.equal(other.batch(step).noise, wanted[step].noise)
    assert Batches(data, config, (3, 7), CPU).batch(4).noise.shape == (5, 3, 7)
    assert not torch.equal(one.batch(0).noise, one.batch(1).noise)
    assert [one.batch(step).epoch for step in (0, 1, 5, 12)] == [0, 0.2, 1, 2.4]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_samples_are_seen_as_the_transform_says(kind: type) -> None:
    data = pictures(kind=kind)
    samples = ResidentSamples(data.samples[data.splits.train], data.description.transform, CPU)
    index = torch.tensor([3, 0, 3])
    for _ in range(2):  # looking changes nothing
        np.testing.assert_array_equal(samples.inputs(index), data.model_inputs(data.splits.train[index.numpy()]))
        np.testing.assert_array_equal(samples.inputs(slice(2, 5)), data.model_inputs(data.splits.train[2:5]))
    assert samples.inputs(index).dtype == torch.float32


def test_a_table_is_standardized_per_feature() -> None:
    data = vectors()
    transform = type(data.description.transform)(np.arange(4, dtype=np.float32), np.arange(1, 5, dtype=np.float32))
    data = type(data)(
        type(data.description)(**{**vars(data.description), "transform": transform}), data.samples, data.splits
    )
    found = ResidentSamples(data.samples[data.splits.train], data.description.transform, CPU).inputs(slice(None))
    np.testing.assert_allclose(found, (data.samples[data.splits.train] - np.arange(4)) / np.arange(1, 5), rtol=1e-6)


def test_a_first_look_is_a_seeded_share_of_the_training_split() -> None:
    data = vectors(208)
    for fraction, wanted in ((1.0, 200), (0.5, 100), (0.1, 20), (1e-9, 1)):
        index = training_index(data, TrainConfig(fraction=fraction))
        assert len(index) == wanted
        assert np.all(np.diff(index) > 0)
        assert np.isin(index, data.splits.train).all()
    half = [training_index(data, TrainConfig(fraction=0.5, seed=seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(half[0], half[1])
    assert not np.array_equal(half[0], half[2])


def test_generators_depend_on_all_they_are_named_by() -> None:
    names = [(0, "order", 0), (1, "order", 0), (0, "noise", 0), (0, "order", 1), (2**31 - 1, "order", 10**9)]
    draws = [torch.rand(4, generator=generator(*name)) for name in names]
    assert all(torch.equal(torch.rand(4, generator=generator(*n)), d) for n, d in zip(names, draws, strict=True))
    assert len({tuple(draw.tolist()) for draw in draws}) == len(names)


def test_averages_weigh_by_samples() -> None:
    averages = Averages()
    assert not averages
    for value, samples in ((1.0, 3), (5.0, 1)):
        kl = torch.tensor([value, 0.0], requires_grad=True)
        averages.add(Losses(kl.sum(), {"kl": kl.sum()}, kl), samples)
    metric = averages.take(7, 0.5, "train")
    assert (metric.step, metric.epoch, metric.split) == (7, 0.5, "train")
    assert metric.terms == {"total": 2.0, "kl": 2.0}
    assert metric.kl_per_dimension == (2.0, 0.0)
    assert not averages


def test_control_continues_waits_and_stops() -> None:
    control = Control()
    assert control.next_action(0) == "go"
    control.pause()
    assert (control.paused, control.next_action(0)) == (True, "hold")
    control.resume()
    assert control.next_action(0) == "go"
    control.pause()
    control.stop()
    assert (control.stopping, control.next_action(0)) == (True, "stop")


def test_control_steps_one_at_a_time() -> None:
    control = Control()
    control.advance(9)  # means nothing at full pace
    control.set_pace("step")
    assert (control.pace, control.next_action(0)) == ("step", "hold")
    control.advance(2)
    assert [control.next_action(0) for _ in range(3)] == ["go", "go", "hold"]
    control.advance()
    control.pause()
    assert control.next_action(0) == "hold"
    control.resume()
    assert [control.next_action(0) for _ in range(2)] == ["go", "hold"]
    control.set_pace("full")
    assert [control.next_action(0) for _ in range(3)] == ["go"] * 3


def test_control_takes_an_epoch_a_second() -> None:
    now = 0.0
    control = Control(clock=lambda: now)
    control.set_pace("epoch")
    assert [control.next_action(0) for _ in range(3)] == ["go"] * 3
    now = 0.9
    assert control.next_action(1) == "hold"
    now = 1.0
    assert [control.next_action(1), control.next_action(1), control.next_action(2)] == ["go", "go", "hold"]


def test_control_wakes_whoever_waits() -> None:
    control = Control()
    waiter = threading.Thread(target=control.wait, args=(60.0,))
    waiter.start()
    control.resume()
    waiter.join(30)
    assert not waiter.is_alive()


def test_devices_are_named_and_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert available_devices()[-1] == "cpu"
    assert choose_device("cpu") == CPU
    assert choose_device("auto").type == available_devices()[0]
    monkeypatch.setattr(devices, "available_devices", lambda: ("cpu",))
    assert choose_device() == CPU
    with pytest.raises(ConfigError, match="'cuda:1' is not on this machine: choose from auto, cpu"):
        choose_device("cuda:1")
    with pytest.raises(ConfigError, match="cannot be used"):
        choose_device("cpu:x")
    assert [device_title("cpu", threads) for threads in (1, 4)] == ["CPU, 1 thread", "CPU, 4 threads"]
    assert device_title("mps", 1) == "MPS"


def test_threads_are_those_asked_for_or_all_cores_but_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert training_threads(5) == 5
    for cores, wanted in ((1, 1), (2, 1), (8, 7)):
        monkeypatch.setattr(devices.os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)), raising=False)
        assert training_threads() == wanted


def test_threads_are_set_for_the_calling_thread_alone() -> None:
    here = torch.get_num_threads()
    there: list[int] = []

    def other() -> None:
        use_threads(here + 1)
        there.append(torch.get_num_threads())

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert (there, torch.get_num_threads()) == ([here + 1], here)


def test_an_unused_split_of_a_small_set_does_not_matter() -> None:
    data = dataset_of(vectors(3).samples, validation=1, test=1)
    assert Batches(data, config_of(batch_size=64).train, (2,), CPU).batch(0).x.shape == (1, 4)


def test_nan_terms_and_infinite_figures_are_left_out_but_not_the_total() -> None:
    averages, nan = Averages(), torch.tensor(float("nan"))
    averages.add(Losses(nan, {"kept": torch.tensor(2.0), "lost": nan}), 3)
    metric = averages.take(1, 0.5, "validation", {"angle": float("inf"), "share": 0.5})
    assert set(metric.terms) == {"total", "kept"}
    assert metric.figures == {"share": 0.5}


def test_trainings_share_equal_samples_and_release_them() -> None:
    dataset = pictures()
    first = Batches(dataset, TrainConfig(seed=0), (2,), CPU)
    second = Batches(dataset, TrainConfig(seed=1), (2,), CPU)
    fewer = Batches(dataset, TrainConfig(fraction=0.5), (2,), CPU)
    assert first._samples is second._samples and first._samples is not fewer._samples
    kept = weakref.ref(first._samples)
    del first
    assert kept() is not None
    del second
    assert kept() is None
