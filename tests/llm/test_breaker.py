"""A server that fails is left alone for a while, then tried with one request."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from advisor.errors import (
    ModelAccessError,
    ModelError,
    ModelOutputError,
    ModelPausedError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelTimeoutError,
    ModelUnavailableError,
    ModelUnknownError,
)
from advisor.llm.breaker import Breaker, BreakerRules

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def _ask(breaker: Breaker, error: ModelError | None = None, during: Callable[[], None] = lambda: None) -> None:
    with breaker.guard():
        during()
        if error is not None:
            raise error


def _fail(breaker: Breaker, error: ModelError | None = None, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(ModelUnavailableError if error is None else type(error)):
            _ask(breaker, error or ModelUnavailableError("down"))


def test_four_failures_leave_the_circuit_closed_and_the_fifth_opens_it(breaker: Breaker) -> None:
    _fail(breaker, times=4)
    assert not breaker.is_open

    _fail(breaker)

    assert breaker.is_open
    with pytest.raises(ModelPausedError, match="30 s") as caught:
        _ask(breaker)
    assert caught.value.because == "model_unavailable"
    assert caught.value.left_s == 30
    assert not caught.value.retryable


def test_failures_further_apart_than_the_window_do_not_add_up(breaker: Breaker, clock: Clock) -> None:
    for _ in range(20):
        _fail(breaker)
        clock.now += 7.5  # four within 30 s

    assert not breaker.is_open


def test_a_failure_that_took_the_whole_turn_opens_the_circuit_at_once(breaker: Breaker, clock: Clock) -> None:
    def wait() -> None:
        clock.now += 45

    with pytest.raises(ModelTimeoutError):
        _ask(breaker, ModelTimeoutError("slow"), wait)

    assert breaker.is_open


def test_after_half_a_minute_one_request_passes_and_a_good_answer_closes_the_circuit(
    breaker: Breaker, clock: Clock
) -> None:
    _fail(breaker, times=5)
    clock.now += 29.9
    assert breaker.is_open
    clock.now += 0.1

    def others_wait() -> None:
        with pytest.raises(ModelPausedError):
            _ask(breaker)

    _ask(breaker, during=others_wait)

    assert not breaker.is_open
    _fail(breaker, times=4)
    assert not breaker.is_open, "the failures from before do not count any more"


def test_a_probe_that_fails_opens_the_circuit_again(breaker: Breaker, clock: Clock) -> None:
    _fail(breaker, times=5)
    clock.now += 30
    _fail(breaker)

    assert breaker.is_open
    clock.now += 30
    assert not breaker.is_open


def test_a_probe_that_is_given_up_lets_the_next_one_try(breaker: Breaker, clock: Clock) -> None:
    _fail(breaker, times=5)
    clock.now += 30
    with suppress(KeyboardInterrupt), breaker.guard():
        raise KeyboardInterrupt

    _ask(breaker)

    assert not breaker.is_open


@pytest.mark.parametrize("error", [ModelAccessError("k"), ModelQuotaError("q"), ModelUnknownError("m")])
def test_what_only_the_operator_can_mend_opens_the_circuit_at_once_for_longer(
    breaker: Breaker, clock: Clock, error: ModelError
) -> None:
    _fail(breaker, error)
    clock.now += 299
    with pytest.raises(ModelPausedError) as caught:
        _ask(breaker)
    assert caught.value.because == error.code

    clock.now += 1

    assert not breaker.is_open


@pytest.mark.parametrize(("asked", "kept"), [(12.0, 12.0), (120.0, 120.0), (86_400.0, 300.0)])
def test_a_server_that_names_a_wait_gets_it_up_to_a_limit(
    breaker: Breaker, clock: Clock, asked: float, kept: float
) -> None:
    _fail(breaker, ModelRateLimitError("slower", retry_after_s=asked))
    clock.now += kept - 0.5
    assert breaker.is_open
    clock.now += 0.5

    assert not breaker.is_open


@pytest.mark.parametrize("error", [ModelRefusedError("no"), ModelOutputError("prose")])
def test_an_answer_that_cannot_be_used_does_not_count_against_the_server(breaker: Breaker, error: ModelError) -> None:
    _fail(breaker, error, times=20)

    assert not breaker.is_open


def test_of_many_threads_exactly_one_tries_the_server_again(clock: Clock) -> None:
    breaker = Breaker(BreakerRules(failures=1), clock)
    _fail(breaker)
    clock.now += 30
    passed, barrier, hold = [], threading.Barrier(16), threading.Event()

    def ask() -> None:
        barrier.wait()
        with suppress(ModelPausedError), breaker.guard():
            passed.append(1)
            hold.wait(5)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    while sum(thread.is_alive() for thread in threads) > 1:
        pass
    hold.set()
    for thread in threads:
        thread.join()

    assert len(passed) == 1
