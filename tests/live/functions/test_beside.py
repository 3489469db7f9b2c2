"""Tokens of another conversation keep arriving, whatever a user's function does."""

import pytest

from live.functions.test_server import BLOCKED_SECONDS, ask_and_wait, largest_gap
from support.functions import CODE
from support.stopwatch import Stopwatch
from support.tab import unique

#: Functions that run beside another answer: the question, and the status of their own answer.
ODD = {
    "slow:blocks": ("", "complete"),
    "slow:computes": ("", "complete"),
    "slow:waits": ("", "complete"),
    "crashing:exits": ("", "failed"),
    "crashing:by": ("segfault", "failed"),
    "printing:floods": ("", "complete"),
    "kinds:nothing": ("", "complete"),
    "kinds:ten_megabytes": ("", "failed"),  # too large for an answer
    "missing:reply": ("", "failed"),
    "kinds:forever": ("", "failed"),  # ended by its size
}


@pytest.fixture(scope="module")
def configuration(tmp_path_factory, upstream):
    """A chatapp.toml with all of them and a model's server."""
    path = tmp_path_factory.mktemp("odd") / "chatapp.toml"
    entries = [f'[providers.usual]\nbase_url = "{upstream.url}"']
    entries += [f'[providers.{target.replace(":", "-")}]\nfunction = "{target}"\nfolder = "{CODE}"' for target in ODD]
    path.write_text("\n\n".join(entries))
    return path


def test_tokens_keep_arriving_beside_each_odd_function(configuration, new_server, new_client, upstream):
    server = new_server(CHATAPP_CONFIG=str(configuration), CHATAPP_MODEL="")
    server.trouble_expected = True  # failures of functions are errors in the log
    tab = new_client(server).tab()
    tab.clock = Stopwatch(*server.worker_pids(), upstream.pid).seconds
    ticking = tab.ask("usual/script?tokens=5000&rate=50")["generation_id"]
    tab.wait_text(ticking, "50 ")
    alone = largest_gap(tab, ticking)
    for target, (content, status) in ODD.items():
        started = tab.events[-1].at
        message = ask_and_wait(tab, target.replace(":", "-"), content=content or unique())
        assert message["status"] == status, (target, message["error"])
        count = len(tab.tokens(ticking))
        tab.wait_for(
            lambda tab, count=count: len(tab.tokens(ticking)) > count + 1, what="the next tokens of the other answer"
        )
        beside = largest_gap(tab, ticking, since=started)
        assert beside < BLOCKED_SECONDS, f"beside {target} tokens paused for {beside:.3f} s, {alone:.3f} s without"
    tab.ok("stop_generation", generation_id=ticking)
