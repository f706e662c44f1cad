"""The learning rate over time."""

import pytest
import torch
from training_cases import config_of, final, train_whole, vectors

from explorer.config import TrainConfig
from explorer.training.batches import steps_per_epoch
from explorer.training.optimizer import learning_rate


def rates(schedule: str, epochs: int) -> list[float]:
    config = TrainConfig(learning_rate=2e-3, learning_rate_schedule=schedule, epochs=epochs)
    return [learning_rate(config, 5 * epoch + 2, 5) for epoch in range(epochs)]


def test_the_stages_are_those_of_burda() -> None:
    wanted = [2e-3 * 10 ** (-stage / 7) for stage in range(8) for _ in range(3**stage)]
    assert len(wanted) == 3280
    assert rates("stages", 3280) == pytest.approx(wanted)
    assert rates("stages", 3400)[-1] == pytest.approx(2e-4)


def test_a_constant_rate_is_the_setting_itself() -> None:
    assert set(rates("constant", 7)) == {2e-3}


def test_a_cosine_falls_from_the_setting_to_nearly_nothing() -> None:
    falling = rates("cosine", 100)
    assert falling[0] == 2e-3
    assert falling[50] == pytest.approx(1e-3)
    assert falling == sorted(falling, reverse=True)
    assert 0 < falling[-1] < 1e-6


def test_the_steps_of_a_training_have_the_scheduled_size(tmp_path, monkeypatch) -> None:
    seen: list[float] = []
    step = torch.optim.Adam.step

    def watched(self: torch.optim.Adam, *args: object) -> object:
        seen.append(self.param_groups[0]["lr"])
        return step(self, *args)

    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    config = config_of(learning_rate_schedule="stages", epochs=5)
    train_whole(tmp_path / "run", config)
    steps = steps_per_epoch(vectors(), config.train)
    assert seen == [learning_rate(config.train, step, steps) for step in range(5 * steps)]
    assert len(set(seen)) == 3
    assert final(tmp_path / "run").step == 5 * steps
