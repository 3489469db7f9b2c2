"""Code that blocks or computes delays neither the server nor other answers."""

import pytest

from support.functions import CODE

#: A function blocks its own answer for one and a half seconds; a server that waited for it would block as long.
BLOCKED_SECONDS = 1.0
#: Of the thirty in that time; the rest is slack for a busy machine.
TICKS = 8


@pytest.mark.parametrize(
    ("target", "beside"),
    [
        ("slow:blocks", "slow:ticks"),
        ("slow:computes", "slow:ticks"),
        ("slow:blocks_its_loop", "slow:async_ticks"),
        ("slow:waits", "slow:async_ticks"),
    ],
)
def test_blocking_code_does_not_stop_another_answer(functions, tmp_path, target, beside):
    name, beside_name = target.partition(":")[2], beside.partition(":")[2]
    is_async = beside_name == "async_ticks"
    code = (
        "import slow\n\n"
        f"{'async ' if is_async else ''}def reply(messages):\n"
        f"    function = slow.{name} if messages[-1]['content'] == 'slow' else slow.{beside_name}\n"
        f"    {'async ' if is_async else ''}for chunk in function(messages):\n"
        "        yield chunk\n"
    )
    (tmp_path / "both.py").write_text(code)
    (tmp_path / "slow.py").symlink_to(CODE / "slow.py")
    provider = functions.provider("both:reply", folder=tmp_path)
    ticking = provider.ask("ticks").wait_text("3 ")
    functions.longest_gap()
    slow = provider.ask("slow")
    assert slow.wait_complete() == "before after"
    own = functions.longest_gap()
    meanwhile = sum(slow.at[0] < at < slow.at[-2] for at in ticking.at)
    assert meanwhile >= TICKS, f"{meanwhile} of 30 ticks while {target} blocked its own answer"
    assert own < BLOCKED_SECONDS, f"{target} blocked the server for {own:.3f} s"
    ticking.stop()


def test_many_answers_run_at_once(functions):
    provider = functions.provider("slow:blocks")
    provider.ask().wait_text("before")  # start the process
    answers = [provider.ask() for _ in range(20)]
    for answer in answers:
        assert answer.wait_complete() == "before after"
    running = max(sum(other.at[0] <= answer.at[0] < other.at[-1] for other in answers) for answer in answers)
    assert running >= 10, f"at most {running} of 20 ran at the same time"


def test_a_slow_reader_pauses_the_function(functions):
    provider = functions.provider("kinds:forever")
    answer = provider.ask(most=100_000)
    answer.wait_text("and so on " * 100)
    (pid,) = functions.pids()
    before = functions.memory_kib(), functions.memory_kib(pid)
    for _ in range(20):
        provider.models()
        functions.longest_gap()
    after = functions.memory_kib(), functions.memory_kib(pid)
    assert max(later - earlier for earlier, later in zip(before, after, strict=True)) < 20_000, (before, after)
    assert len(answer.text) < 2_000_000, "the answer was read beyond the limit"
    answer.stop()


def test_an_asynchronous_client_of_a_module_serves_concurrent_answers(functions, tmp_path):
    # asyncio.Lock stands for clients bound to their first event loop: once waited for, no other loop can use it.
    code = (
        "import asyncio\n\n"
        "lock = asyncio.Lock()\n\n"
        "async def reply(messages):\n"
        "    for number in range(5):\n"
        "        async with lock:\n"
        "            await asyncio.sleep(0.02)\n"
        "        yield f'{number} '\n"
    )
    (tmp_path / "client.py").write_text(code)
    provider = functions.provider("client:reply", folder=tmp_path)
    for answer in [provider.ask() for _ in range(5)]:
        assert answer.wait_complete() == "0 1 2 3 4 "
