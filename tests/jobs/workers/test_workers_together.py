"""All workers at once, as the window uses them: constant probing of a run that trains."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from job_cases import WAIT, AskedWorker, Delivered, assert_equal_weights, config_of, job, trained

from explorer.jobs.queries.decode_questions import DecodePoints, ReconstructSamples
from explorer.jobs.queries.follow_sample import FollowSample
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import model_of_snapshot, view_of
from explorer.jobs.workers.inference import Answer
from explorer.jobs.workers.mailbox import Mailbox
from explorer.jobs.workers.training_worker import News, TrainingWorker
from explorer.latent.codes.embedding import live_index
from explorer.training.events import Finished, Snapshot

CONFIG = config_of(epochs=150)


class Window:
    """Asks and trains like the window, but without one."""

    def __init__(self, path: Path) -> None:
        self.delivered = Delivered()
        self.mailbox = Mailbox()
        self.inference, self.training = AskedWorker(self.delivered), TrainingWorker(self.mailbox)
        self.news: list[News] = []
        started = job(path, CONFIG)
        self.run, self.index = view_of(started.run), live_index(started.dataset, 20)
        self.key, self.dataset = str(path), started.dataset
        self.training.start(started, self.news.append)
        self.snapshots: list[int] = []
        self.count = 0
        self.random = np.random.default_rng(1)

    def tick(self) -> Finished | None:
        """Take the delivered events, then move the probe."""
        self.mailbox.deliver_all()
        arrived, self.news[:] = self.news[:], []
        for news in arrived:
            if isinstance(news.event, Snapshot):
                self.snapshots.append(news.event.step)
                self.inference.set_model(model_of_snapshot(self.run, news.event))
                self.inference.set_dataset(self.key, self.dataset)
                self.inference.put(EmbedPlane(self.key, self.index))
            elif isinstance(news.event, Finished):
                return news.event
        self.move()
        return None

    def move(self) -> None:
        self.count += 1
        z = (float(self.count), float(self.random.standard_normal()))
        self.inference.put(DecodePoints(self.key, (z,)))
        self.inference.put(FollowSample(self.key, self.count % 60, noise_seed=self.count))
        self.inference.put(ReconstructSamples(self.key, (1, 2, 3)))


def answers_to(answers: list[Answer], kind: type[Question]) -> list[Answer]:
    return [answer for answer in answers if isinstance(answer.question, kind)]


def test_constant_questions_change_no_weights_and_are_always_answered(tmp_path: Path) -> None:
    path, pause = tmp_path / "watched", threading.Event()
    window = Window(path)
    deadline, ended = time.monotonic() + WAIT, None
    while ended is None:
        ended = window.tick()
        pause.wait(0.002)
        assert time.monotonic() < deadline
    window.move()
    last = (float(window.count),)
    window.delivered.wait_for(lambda items: answers_to(items, DecodePoints)[-1].question.z[0][:1] == last)
    window.delivered.wait_for(lambda items: answers_to(items, EmbedPlane)[-1].step == window.snapshots[-1])
    assert window.training.close()
    assert window.inference.close()

    assert ended == Finished("finished", 150 * 6)
    assert_equal_weights(path, trained(tmp_path / "alone", CONFIG))
    answers = window.delivered.items
    assert not [answer.problem for answer in answers if answer.problem]
    for kind in (DecodePoints, FollowSample, ReconstructSamples, EmbedPlane):
        answered = answers_to(answers, kind)
        assert 1 <= len(answered) <= window.count
        assert all(one.step <= other.step for one, other in pairwise(answered)), "never back to an older model"
        assert {answer.step for answer in answered} <= set(window.snapshots)
    assert len(answers_to(answers, EmbedPlane)) <= len(window.snapshots)
    points = [answer.question.z[0][0] for answer in answers_to(answers, DecodePoints)]
    assert points == sorted(set(points)), "never back to an older question"
    planes = [answer.value for answer in answers_to(answers, EmbedPlane)]
    assert all(np.array_equal(plane.index, window.index) for plane in planes)
    assert all(np.isfinite(plane.mean).all() for plane in planes)
