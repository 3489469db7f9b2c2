"""Functions of every kind that a user may write."""

import asyncio


def generator(messages):
    yield "a plain "
    yield from ("generator heard ", messages[-1]["content"])


async def async_generator(messages):
    for word in ("an async ", "generator heard ", messages[-1]["content"]):
        await asyncio.sleep(0.01)
        yield word


async def coroutine(messages):
    await asyncio.sleep(0.01)
    return "a coroutine heard " + messages[-1]["content"]


def string(messages):
    return "a function heard " + messages[-1]["content"]


def returns_iterator(messages):
    return iter(["an iterator heard ", messages[-1]["content"]])


def returns_async_iterator(messages):
    return async_generator(messages)


async def coroutine_of_iterator(messages):
    return async_generator(messages)


async def coroutine_of_generator(messages):
    await asyncio.sleep(0)
    return generator(messages)


class Bot:
    def __init__(self, greeting="an instance heard "):
        self.greeting = greeting

    def __call__(self, messages):
        yield self.greeting
        yield messages[-1]["content"]

    def method(self, messages):
        yield "a method heard " + messages[-1]["content"]


bot = Bot()


def nothing(messages):
    return
    yield


def none(messages):
    pass


def gaps(messages):
    yield None
    yield "a"
    yield ""
    yield ("text", "b")
    yield ("reasoning", None)


def thinking(messages):
    yield ("reasoning", "hm, ")
    yield ("reasoning", "well")
    yield "yes"


def odd_text(messages):
    yield "nul\0 half\ud83d"
    yield "\ude00 pair, 한국어 😀"


def half_text(messages):
    yield "half \ud83d alone"


def ten_megabytes(messages):
    for _ in range(10):
        yield "x" * (1 << 20)


def forever(messages):
    while True:
        yield "and so on " * 100


def no_text(messages):
    yield "fine, "
    yield ["a", "list"]


def returns_number(messages):
    return 42


def takes_all(messages, model, options, conversation_id):
    return f"{model} {options} {conversation_id}"


def takes_options(messages, *, options=None):
    return f"{options}"


def takes_anything(messages, **more):
    return f"{sorted(more)}"


def takes_other_names(messages, style="plain", model_name="none"):
    return f"{style} {model_name}"


def takes_first_by_its_name(options, model=None):
    return f"{options[-1]['content']} {model}"


def echo_all(messages):
    return repr(messages)


not_callable = ["a list"]


def thinks_aloud(messages):
    yield from ["<thi", "nk>\nhm", "\n</think>\n\n", "yes"]


def continues(messages, partial):
    yield from ("one ", "two ", "three")[len(partial.split()) :]


def says_it_again(messages):
    yield from ["one ", "two ", "three"]


def says_another(messages):
    yield "Another one."
