"""The random questions of a soak, the same for the same seed, and the check of their answers."""

import random
from dataclasses import dataclass
from typing import Any

#: The providers of `bench/soak.py`, and each one's share of the questions.
PROVIDERS = {"keeps": 0.60, "closes": 0.18, "idles": 0.18, "slow": 0.04}
LONG, STOPPED, FAILED = 0.01, 0.10, 0.02
SHORT_TOKENS, SHORT_RATES = (5, 10, 20, 40), (0, 200)
LONG_TOKENS, LONG_RATE = (1000, 1500, 2000), 500
SLOW_TOKENS, SLOW_RATE, SLOW_FIRST = (5, 10, 20), 20, (1, 2)
FAULTS = ("fault=cut", "fault=error", "status=500")
#: The duration of an answer at full speed, and the spread of stops around an answer's end.
FAST_SECONDS, AROUND_SECONDS = 0.03, 0.03

# The demo counts its calls by model, so there are few models: the listed ones, and these faulty ones.
SHORT = tuple(f"script?tokens={tokens}&rate={rate}" for tokens in SHORT_TOKENS for rate in SHORT_RATES)
FAULTY = tuple(f"script?tokens=20&rate=200&{fault}" for fault in FAULTS)


@dataclass(frozen=True)
class Question:
    """A question. `status`: of its answer if it is not stopped; `stop_after`: seconds until the stop; None: no stop.

    `is_prompt`: the model begins at once, so that the server determines the time to the first token.
    """

    model: str
    tokens: int
    status: str = "complete"
    stop_after: float | None = None
    is_prompt: bool = True

    @property
    def text(self) -> str:
        """The complete answer of the script model, which counts."""
        return "".join(f"{number} " for number in range(1, self.tokens + 1))

    @property
    def statuses(self) -> set[str]:
        """The possible statuses of the answer, since a stop may be too late."""
        return {self.status} if self.stop_after is None else {self.status, "stopped"}


def draw(dice: random.Random) -> Question:
    """Draw a question; a tenth of them is stopped."""
    (provider,) = dice.choices(list(PROVIDERS), list(PROVIDERS.values()))
    if dice.random() < FAILED:
        return Question(model(provider, dice.choice(FAULTY)), 20, "failed")
    if provider == "slow":
        tokens, rate, first = dice.choice(SLOW_TOKENS), SLOW_RATE, dice.choice(SLOW_FIRST)
        script = f"script?tokens={tokens}&rate={rate}&first={first}"
    elif dice.random() < LONG:
        tokens, rate, first = dice.choice(LONG_TOKENS), LONG_RATE, 0
        script = f"script?tokens={tokens}&rate={rate}"
    else:
        tokens, rate, first = dice.choice(SHORT_TOKENS), dice.choice(SHORT_RATES), 0
        script = f"script?tokens={tokens}&rate={rate}"
    seconds = first + (tokens / rate if rate else FAST_SECONDS)
    stop_after = stop_moment(dice, seconds) if dice.random() < STOPPED else None
    return Question(model(provider, script), tokens, stop_after=stop_after, is_prompt=not first)


def model(provider: str, script: str) -> str:
    return f"{provider}/{script}&close=1" if provider == "closes" else f"{provider}/{script}"


def stop_moment(dice: random.Random, seconds: float) -> float:
    """Draw the moment of the stop of an answer that takes `seconds`: at once, during it, or around its end."""
    around = seconds + dice.uniform(-AROUND_SECONDS, AROUND_SECONDS)
    return max(0.0, dice.choice((0.0, dice.uniform(0, seconds), around)))


def defects(question: Question, generation_id: str, entries: list[dict[str, Any]], end: dict[str, Any]) -> list[str]:
    """Return the defects of an answer that a tab has received. `entries`: `token` events; `end`: `generation_ended`."""
    text, status = "".join(entry["text"] for entry in entries), end["status"]
    wrong = []
    short_id = generation_id.rpartition("-")[2]  # of an entry, as the tabs take tokens in their short form
    if end["generation_id"] != generation_id or any(entry["id"] != short_id for entry in entries):
        wrong.append("the tab heard of another generation")
    if [entry["seq"] for entry in entries] != list(range(1, end["seq"])):
        wrong.append("not every entry came once and in order")
    if text != end["message"]["content"]:
        wrong.append("the saved text is not what the tab heard")
    if status not in question.statuses:
        wrong.append(f"it ended as {status}: {end['message']['error']}")
    if text != question.text and (status == "complete" or not question.text.startswith(text)):
        wrong.append(f"it does not say what the model said: {text[-100:]!r}")
    return [f"{question.model}: {each}" for each in wrong]
