"""When a notice began is said once: by its sentence, or else by `since_words`."""

import pytest

from explorer.jobs.diagnosis.notice import Notice


@pytest.mark.parametrize(
    ("sentence", "since", "words"),
    [
        ("The posterior has collapsed: KL is 0.002 nats.", 15.0, "since epoch 15"),
        ("The posterior has collapsed: KL is 0.002 nats.", 15.25, "since epoch 15.2"),
        ("2 rows lie up to 10¹² σ away: row 78.", 0.0, "from the start"),
        ("The learning rate of 1 is too high: the loss jumped to 137 nats in epoch 3, from 44.6 before.", 2.08, ""),
        ("Still improving: the validation loss fell by 1.1 nats, from 27.58 at epoch 20 to 26.5.", 20.0, ""),
    ],
)
def test_the_epoch_is_said_once(sentence: str, since: float, words: str) -> None:
    assert Notice("any", sentence, "What it means.", since).since_words == words
