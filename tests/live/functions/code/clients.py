"""Functions that call a model's server, as users write them, by OPENAI_BASE_URL and OPENAI_API_KEY."""

import openai

client = openai.OpenAI()
async_client = openai.AsyncOpenAI()
MODEL = "script?tokens=20&rate=200"
SLOW = "script?tokens=600&rate=20"


def stream_gen(messages):
    stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    for chunk in stream:
        yield chunk.choices[0].delta.content or ""


def chunks(messages, model, options):
    wanted = {"stream_options": {"include_usage": True}, **options}
    yield from client.chat.completions.create(model=MODEL, messages=messages, stream=True, **wanted)


def stream(messages):
    return client.chat.completions.create(model=MODEL, messages=messages, stream=True)


def whole(messages):
    return client.chat.completions.create(model=MODEL, messages=messages)


async def async_chunks(messages):
    stream = await async_client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    async for chunk in stream:
        yield chunk


def async_stream(messages):
    return async_client.chat.completions.create(model=MODEL, messages=messages, stream=True)


def slow(messages):
    return client.chat.completions.create(model="script?tokens=2000&rate=20", messages=messages, stream=True)


def refused(messages):
    without_retries = client.with_options(max_retries=0)
    return without_retries.chat.completions.create(model="script?status=429", messages=messages, stream=True)


def sample(messages):
    """The sample of docs/providers.md as it was before: a generator around a stream that nobody closes."""
    for chunk in client.chat.completions.create(model=SLOW, messages=messages, stream=True):
        yield chunk.choices[0].delta.content or ""


def with_sample(messages):
    with client.chat.completions.create(model=SLOW, messages=messages, stream=True) as stream:
        for chunk in stream:
            yield chunk.choices[0].delta.content or ""


async def async_sample(messages):
    async for chunk in await async_client.chat.completions.create(model=SLOW, messages=messages, stream=True):
        yield chunk.choices[0].delta.content or ""


def failing_sample(messages):
    for chunk in client.chat.completions.create(model=SLOW, messages=messages, stream=True):
        yield chunk.choices[0].delta.content or ""
        if chunk.choices[0].delta.content:
            raise ValueError("broken")
