"""Sync code runs in threads: its results, deadlines and capacity."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync

from hub.operations import threads
from hub.operations.thread_pool import ThreadPool
from hub.operations.threads import overrun_now, run_in_thread, stop_threads
from hub.wire.errors import DeadlineExceeded, Unavailable
from tests.lane.driver import until

colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


class Gate:
    """Sync code that hangs until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()

    def hang(self) -> str:
        self.entered.release()
        self.open.wait(30)
        return "let go"

    async def wait_entered(self) -> None:
        while not self.entered.acquire(blocking=False):  # noqa: ASYNC110
            await asyncio.sleep(0.001)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


# ── Results and errors ───────────────────────────────────────────────────────────────────────


async def test_runs_in_another_thread_with_arguments_and_keywords() -> None:
    def join(a: str, *, b: str) -> tuple[str, int]:
        return a + b, threading.get_ident()

    text, thread = await run_in_thread(join, "a", b="b", timeout=5)
    assert text == "ab"
    assert thread != threading.get_ident()


async def test_raises_what_the_function_raises_with_its_traceback() -> None:
    def broken() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone") as caught:
        await run_in_thread(broken)
    assert "broken" in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
async def test_an_exit_raised_in_a_thread_does_not_end_the_loop(error: BaseException) -> None:
    def leave() -> None:
        raise error

    with pytest.raises(RuntimeError, match="leave raised"):
        await run_in_thread(leave)


async def test_stop_iteration_comes_out_as_an_error() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await run_in_thread(next, iter(()))


async def test_the_context_is_copied_in_and_not_back() -> None:
    def change() -> str:
        seen = colour.get()
        colour.set("changed")
        return seen

    colour.set("red")
    assert await run_in_thread(change) == "red"
    assert colour.get() == "red"


async def test_async_code_called_from_a_job_runs_on_the_calling_loop() -> None:
    async def loop_of() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    found = await run_in_thread(lambda: async_to_sync(loop_of)())
    assert found is asyncio.get_running_loop()


async def test_an_idle_thread_holds_on_to_nothing(small: ThreadPool) -> None:
    import weakref

    class Big:
        pass

    big = Big()
    gone = weakref.ref(big)
    assert await small.run(lambda value: None, big) is None
    del big
    await until(lambda: (gc.collect() and gone() is None) or gone() is None)


# ── Capacity ─────────────────────────────────────────────────────────────────────────────────


async def test_never_more_threads_than_its_size(small: ThreadPool) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def count() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.002)
        with lock:
            running -= 1

    await asyncio.gather(*(small.run(count) for _ in range(60)))
    assert most == 2
    assert small.threads == 2


async def test_one_call_after_the_other_uses_one_thread(small: ThreadPool) -> None:
    seen = set()
    for _ in range(20):
        seen.add(await small.run(threading.get_ident))
        await until(lambda: small._idle)
    assert len(seen) == 1


async def test_waiting_jobs_run_in_the_order_they_came(small: ThreadPool, gate: Gate) -> None:
    held = [asyncio.create_task(small.run(gate.hang)) for _ in range(2)]
    await gate.wait_entered()
    await gate.wait_entered()
    order: list[int] = []
    rest = [asyncio.create_task(small.run(order.append, number)) for number in range(30)]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(*held, *rest)
    assert sorted(order) == list(range(30))
    assert order[0] in (0, 1)


# ── Deadlines ────────────────────────────────────────────────────────────────────────────────


async def test_a_job_past_its_deadline_is_reported_and_goes_on(
    small: ThreadPool, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger=threads.__name__):
        with pytest.raises(DeadlineExceeded) as caught:
            await small.run(gate.hang, timeout=0.02)
        assert caught.value.status == 504
        (overrun,) = small.overrun_now()
        assert overrun.name.endswith("Gate.hang")
        assert overrun.timeout == 0.02
        assert overrun.started.tzinfo is not None
        gate.open.set()
        await until(lambda: not small.overrun_now() and len(caplog.messages) == 2)
    assert "overran its deadline of 0.02 s" in caplog.messages[0]
    assert "ended after" in caplog.messages[1]


async def test_an_overrun_is_replaced_by_a_substitute_that_leaves_again(
    small: ThreadPool, gate: Gate
) -> None:
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            await small.run(gate.hang, timeout=0.02)
    assert await small.run(lambda: "still served", timeout=5) == "still served"
    await asyncio.gather(*(small.run(int, timeout=5) for _ in range(10)))
    gate.open.set()
    await until(lambda: not small.overrun_now() and small.threads == 2)
    assert await small.run(lambda: "after") == "after"


async def test_a_waiting_job_gets_the_substitute_at_once(small: ThreadPool, gate: Gate) -> None:
    stuck = [asyncio.create_task(small.run(gate.hang, timeout=0.05)) for _ in range(2)]
    await gate.wait_entered()
    await gate.wait_entered()
    assert await small.run(lambda: "served") == "served"
    assert [type(error) for error in await asyncio.gather(*stuck, return_exceptions=True)] == [
        DeadlineExceeded,
        DeadlineExceeded,
    ]


async def test_when_everything_is_stuck_a_job_waits_until_its_deadline_and_never_runs(
    small: ThreadPool, gate: Gate
) -> None:
    for _ in range(4):
        with pytest.raises(DeadlineExceeded):
            await small.run(gate.hang, timeout=0.02)
    ran: list[int] = []
    with pytest.raises(DeadlineExceeded):
        await small.run(ran.append, 1, timeout=0.02)
    assert small.threads == 4
    assert len(small.overrun_now()) == 4
    assert not small._waiting
    gate.open.set()
    await until(lambda: not small.overrun_now())
    assert await small.run(lambda: "healed") == "healed"
    assert ran == []


async def test_no_time_left_means_not_run(small: ThreadPool) -> None:
    ran: list[int] = []
    for timeout in (0, -1.0):
        with pytest.raises(DeadlineExceeded):
            await small.run(ran.append, 1, timeout=timeout)
    assert ran == []
    assert small.threads == 0


async def test_a_cancelled_job_that_waits_never_runs(small: ThreadPool, gate: Gate) -> None:
    held = [asyncio.create_task(small.run(gate.hang)) for _ in range(2)]
    await gate.wait_entered()
    await gate.wait_entered()
    ran: list[int] = []
    waiting = asyncio.create_task(small.run(ran.append, 1, timeout=30))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open.set()
    await asyncio.gather(*held)
    await small.run(int)
    assert ran == []


async def test_a_job_cancelled_while_it_runs_is_still_reported_when_it_overruns(
    small: ThreadPool, gate: Gate
) -> None:
    running = asyncio.create_task(small.run(gate.hang, timeout=0.05))
    await gate.wait_entered()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: len(small.overrun_now()) == 1)
    gate.open.set()
    await until(lambda: not small.overrun_now())


async def test_errors_nobody_waits_for_leave_no_complaint(
    small: ThreadPool, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        gate.hang()
        raise ValueError("nobody hears")

    with pytest.raises(DeadlineExceeded):
        await small.run(fail, timeout=0.02)
    cancelled = asyncio.create_task(small.run(fail))
    await gate.wait_entered()
    await gate.wait_entered()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    gate.open.set()
    await until(lambda: not small.overrun_now())
    gc.collect()
    assert not [record for record in caplog.records if "never retrieved" in record.message]


# ── Loops, forks, the end ────────────────────────────────────────────────────────────────────


def test_serves_several_loops_and_outlives_each() -> None:
    async def two() -> list[int]:
        return await asyncio.gather(run_in_thread(len, "ab"), run_in_thread(len, "abc"))

    assert [asyncio.run(two()) for _ in range(3)] == [[2, 3]] * 3

    results: list[list[int]] = []
    loops = [threading.Thread(target=lambda: results.append(asyncio.run(two()))) for _ in range(4)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()
    assert results == [[2, 3]] * 4


def test_a_job_that_ends_after_its_loop_was_closed_harms_nothing(gate: Gate) -> None:
    async def abandon() -> None:
        with pytest.raises(DeadlineExceeded):
            await run_in_thread(gate.hang, timeout=0.02)

    asyncio.run(abandon())
    gate.open.set()
    assert stop_threads()
    assert overrun_now() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_makes_its_own_threads() -> None:
    assert asyncio.run(run_in_thread(lambda: 1)) == 1  # type: ignore[arg-type]
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        answer = asyncio.run(run_in_thread(lambda: 42))  # type: ignore[arg-type]
        os._exit(answer)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 42


async def test_a_stopped_pool_refuses_and_the_process_gets_a_new_one() -> None:
    first = threads.pool()
    assert await first.run(lambda: 1) == 1
    assert stop_threads()
    with pytest.raises(Unavailable):
        await first.run(lambda: 1)
    assert await run_in_thread(lambda: 2) == 2
    assert threads.pool() is not first


async def test_stop_does_not_wait_for_ever(gate: Gate) -> None:
    pool = ThreadPool(1)
    with pytest.raises(DeadlineExceeded):
        await pool.run(gate.hang, timeout=0.02)
    assert pool.stop(timeout=0.02) is False
    gate.open.set()
    assert pool.stop()
