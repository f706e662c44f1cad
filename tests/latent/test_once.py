"""A result is computed once for several questions, and again if the one that computed it is dropped."""

from explorer.latent.once import Once
from explorer.latent.steps import at_once


class Owner:
    pass


def test_a_second_question_waits_for_the_first_and_a_third_takes_the_result():
    cache, owner, calls = Once(), Owner(), []

    def work():
        calls.append(1)
        yield
        return "result"

    first, second = cache.get(owner, "key", work), cache.get(owner, "key", work)
    next(first)
    next(second)
    assert at_once(first) == at_once(second) == at_once(cache.get(owner, "key", work)) == "result"
    assert len(calls) == 1


def test_a_dropped_question_leaves_the_work_to_the_waiting_one():
    cache, owner = Once(), Owner()

    def work():
        yield
        return "result"

    first, second = cache.get(owner, "key", work), cache.get(owner, "key", work)
    next(first)
    next(second)
    first.close()
    assert at_once(second) == "result"


def test_the_oldest_results_are_forgotten():
    cache, owner, calls = Once(kept=2), Owner(), []

    def work(key):
        calls.append(key)
        return key
        yield

    for key in (1, 2, 3, 3, 2, 1):
        assert at_once(cache.get(owner, key, lambda key=key: work(key))) == key
    assert calls == [1, 2, 3, 1]
