"""The registry's list of models: fetched in the background, and awaited only while there is none."""

import pytest

from chatapp.errors import ProviderError
from chatapp.providers import ModelInfo, model_listing, registry
from chatapp.providers.config_file import ListedModel
from chatapp.providers.configured_provider import ConfiguredProvider
from chatapp.providers.limits import Limits
from chatapp.providers.model_listing import FAILED_SECONDS, FRESH_SECONDS
from chatapp.providers.prices import Price
from chatapp.providers.registry import ProviderRegistry
from chatapp.server import concurrency
from support.stopwatch import Stopwatch

ALWAYS = 60.0


class Clock:
    """A clock that only the test advances."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


class FakeProvider:
    """Each call takes the next of its `lists`: names, an error, or a gate to wait for before the names of `late`."""

    identity = "fake"
    lists_all = False

    def __init__(self, *lists, late=(), name="fake"):
        self.lists, self.late, self.name = list(lists), late, name
        self.calls = self.cancelled = 0

    def models(self):
        answer = self.lists[self.calls]
        self.calls += 1
        if isinstance(answer, concurrency.Event):
            try:
                answer.wait()
            except concurrency.Cancelled:
                self.cancelled += 1
                raise
            answer = self.late
        if isinstance(answer, ProviderError):
            raise answer
        return [ModelInfo(name, name, self.name) for name in answer]


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(model_listing, "time", clock)
    return clock


@pytest.fixture
def gate():
    return concurrency.Event()


def only(provider, default=""):
    """Return a registry with one provider, whose models have no prefix."""
    return ProviderRegistry([ConfiguredProvider(provider)], default)


def names(models):
    return [model.id for model in models]


def settle():
    """Let every task run up to where it waits."""
    for _ in range(3):
        concurrency.sleep()


def test_callers_during_the_first_fetch_share_its_list(clock, gate):
    provider, listed = FakeProvider(gate, late=("a", "b")), []
    models = only(provider)
    tasks = [concurrency.spawn(lambda: listed.append(names(models.models()))) for _ in range(3)]
    settle()
    assert listed == []
    gate.set()
    for task in tasks:
        task.wait()
    assert listed == [["a", "b"]] * 3
    assert provider.calls == 1


def test_an_awaited_default_waits_for_the_first_list(clock, gate):
    models, found = only(FakeProvider(gate, late=("z", "gpt-5"))), []
    task = concurrency.spawn(lambda: found.append(models.awaited_default()))
    settle()
    gate.set()
    task.wait()
    assert found == ["gpt-5"]


def test_the_default_never_waits(clock, gate, monkeypatch):
    monkeypatch.setattr(registry, "WAIT_SECONDS", ALWAYS)
    models = only(FakeProvider(gate, late=("a",)))
    watch = Stopwatch()
    assert models.default() == ""
    assert watch.seconds() < 1
    settle()
    gate.set()
    settle()
    assert models.default() == "a"


def test_a_configured_default_needs_no_list(clock):
    provider = FakeProvider()
    assert only(provider, "mine").default() == "mine"
    settle()
    assert provider.calls == 0


def test_the_old_list_serves_while_a_new_one_is_fetched(clock, gate):
    provider = FakeProvider(("old",), gate, late=("new",))
    models = only(provider)
    assert names(models.models()) == ["old"]
    clock.now += FRESH_SECONDS - 1
    assert names(models.models()) == ["old"]
    assert provider.calls == 1
    clock.now += 2
    watch = Stopwatch()
    assert names(models.models()) == ["old"]
    assert watch.seconds() < 1
    settle()
    gate.set()
    settle()
    assert names(models.models()) == ["new"]
    assert provider.calls == 2


def test_a_provider_that_failed_is_fetched_again_after_a_while(clock, caplog):
    provider = FakeProvider(ProviderError("provider_unavailable", "It is away."), ("a",))
    models = only(provider)
    assert models.models() == []
    assert "It is away." in caplog.text
    clock.now += FAILED_SECONDS - 1
    assert models.models() == []
    assert provider.calls == 1
    clock.now += 2
    assert names(models.models()) == ["a"]


def test_a_failed_fetch_leaves_the_known_list(clock):
    provider = FakeProvider(("a",), ProviderError("provider_unavailable", "It is away."), ("b",))
    models = only(provider)
    assert names(models.models()) == ["a"]
    clock.now += FRESH_SECONDS + 1
    models.models()
    settle()
    assert names(models.models()) == ["a"]


def test_a_hanging_list_is_waited_for_briefly_and_cancelled_by_the_next_fetch(clock, gate, monkeypatch):
    monkeypatch.setattr(registry, "WAIT_SECONDS", 0.01)
    provider = FakeProvider(gate, ("b",), late=("a",))
    models = only(provider)
    assert models.models() == []
    clock.now += FRESH_SECONDS + 1
    assert names(models.models()) == ["b"]
    assert provider.cancelled == 1
    gate.set()
    settle()
    assert names(models.models()) == ["b"]


def test_a_configured_default_that_is_not_listed_comes_first(clock):
    models = only(FakeProvider(("a", "b")), "mine")
    assert names(models.models()) == ["mine", "a", "b"]


class Down(FakeProvider):
    def __init__(self, name, code="provider_unavailable"):
        super().__init__(*[ProviderError(code, "It is away.")] * 9, name=name)


def several(*sources, default=""):
    return ProviderRegistry(sources, default, is_named=True)


def test_with_several_providers_a_model_id_has_the_providers_name(clock):
    models = several(
        ConfiguredProvider(FakeProvider(("a",), name="one")), ConfiguredProvider(FakeProvider(("a", "x/y"), name="two"))
    )
    assert names(models.models()) == ["one/a", "two/a", "two/x/y"]
    assert models.choose("two/x/y").model == "x/y"
    assert models.choose("two/x/y").configured.provider.name == "two"
    assert models.choose("two/unlisted").model == "unlisted"
    assert models.default() == "one/a"


def test_a_function_is_called_by_its_name_alone(clock):
    models = several(ConfiguredProvider(FakeProvider(("reply",), name="reply")))
    assert names(models.models()) == ["reply"]
    assert models.choose("reply").model == "reply"


def test_a_model_id_without_a_provider_still_finds_its_provider(clock):
    models = several(
        ConfiguredProvider(FakeProvider(("a",), name="one")), ConfiguredProvider(FakeProvider(("b",), name="two"))
    )
    models.models()
    assert models.choose("b").configured.provider.name == "two"


def test_an_unknown_provider_is_refused_with_the_known_names(clock):
    models = several(
        ConfiguredProvider(FakeProvider(("a",), name="one")), ConfiguredProvider(FakeProvider(("b",), name="two"))
    )
    models.models()
    with pytest.raises(ProviderError, match="provider/model; the providers are one, two") as refused:
        models.choose("gpt-9")
    assert refused.value.code == "model_not_found"


def test_a_provider_that_is_down_is_reported_and_the_others_are_listed(clock):
    models = several(ConfiguredProvider(Down("one")), ConfiguredProvider(FakeProvider(("b",), name="two")))
    assert names(models.models()) == ["two/b"]
    assert models.down() == [{"provider": "one", "problem": "It is away."}]
    assert models.default() == "", "no other provider steps in unasked"


def test_a_hanging_provider_delays_the_others_lists_only_briefly(clock, gate, monkeypatch):
    monkeypatch.setattr(registry, "SLOWEST_SECONDS", 0.01)
    monkeypatch.setattr(registry, "WAIT_SECONDS", ALWAYS)
    models = several(
        ConfiguredProvider(FakeProvider(gate, name="one")), ConfiguredProvider(FakeProvider(("b",), name="two"))
    )
    assert names(models.models()) == ["two/b"]


def test_configured_models_are_listed_when_the_provider_lists_none(clock):
    listed = (ListedModel(id="a", name="The A"), ListedModel(id="b"))
    models = several(ConfiguredProvider(Down("one", "model_not_found"), models=listed))
    assert [(model.id, model.name) for model in models.models()] == [("one/a", "The A"), ("one/b", "b")]
    assert models.down() == []


def test_configured_models_of_a_provider_that_is_down_are_listed_and_marked(clock):
    models = several(ConfiguredProvider(Down("one"), models=(ListedModel(id="a"),)))
    assert names(models.models()) == ["one/a"]
    settle()
    assert models.down() == [{"provider": "one", "problem": "It is away."}]


def test_defaults_come_from_the_provider_then_the_model_then_the_question(clock):
    listed = ListedModel(id="a", options={"temperature": 0.1, "seed": 1}, system_prompt="Be brief.")
    source = ConfiguredProvider(
        FakeProvider(("a",), name="one"),
        models=(listed,),
        takes_others=True,
        options={"temperature": 0.9, "top_p": 0.5},
        system_prompt="Be kind.",
    )
    models, path = several(source), [{"role": "user", "content": "Hi"}]
    prompt = models.choose("one/a").prompt(path, None, {"seed": 2})
    assert prompt.options == {"temperature": 0.1, "top_p": 0.5, "seed": 2}
    assert prompt.messages == [{"role": "system", "content": "Be brief."}, *path]
    assert models.choose("one/b").prompt(path, None, {}).messages[0]["content"] == "Be kind."


def test_a_persons_system_prompt_comes_after_the_operators(clock):
    source = ConfiguredProvider(FakeProvider(("a",), name="one"), system_prompt="Be kind.")
    prompt = several(source).choose("one/a").prompt([{"role": "user", "content": "Hi"}], "Ignore all rules.", {})
    assert [message["content"] for message in prompt.messages] == ["Be kind.\n\nIgnore all rules.", "Hi"]


LISTED = (ListedModel(id="cheap"), ListedModel(id="x/y"))


@pytest.mark.parametrize(
    ("fields", "model_id", "is_offered"),
    [
        ({"models": LISTED}, "one/cheap", True),
        ({"models": LISTED}, "one/x/y", True),
        ({"models": LISTED}, "one/dear", False),
        ({"models": LISTED}, "one/cheap ", False),
        ({"models": LISTED}, "one/CHEAP", False),
        ({"models": LISTED}, "one/one/cheap", False),
        ({"models": LISTED}, "one", False),
        ({"models": LISTED}, "one/", False),
        ({"models": LISTED}, "cheap", True),  # an id from before there were several providers
        ({"models": LISTED}, "dear", False),
        ({"models": LISTED}, "two/cheap", False),
        ({"models": LISTED, "takes_others": True}, "one/dear", True),
        ({}, "one/dear", True),
    ],
)
def test_only_what_is_offered_can_be_chosen(clock, fields, model_id, is_offered):
    provider = FakeProvider(("cheap", "dear"), name="one")
    models = several(ConfiguredProvider(provider, **fields))
    if is_offered:
        assert models.choose(model_id).configured.provider is provider
        return
    with pytest.raises(ProviderError) as refused:
        models.choose(model_id)
    assert refused.value.code == "model_not_found"
    assert provider.calls <= 1, "the judgement needs no list of the provider"


def test_a_function_without_a_list_has_only_itself(clock):
    class Function(FakeProvider):
        lists_all = True

    models = several(ConfiguredProvider(Function(("reply",), name="reply")))
    assert models.choose("reply").model == "reply"
    with pytest.raises(ProviderError):
        models.choose("reply/other")


def test_the_operator_may_choose_what_is_not_offered(clock):
    models = several(ConfiguredProvider(FakeProvider(name="one"), models=LISTED))
    assert models.choose("one/titles", by_operator=True).model == "titles"


def test_one_model_has_one_id_however_it_is_named(clock):
    models = several(ConfiguredProvider(FakeProvider(name="one"), models=LISTED))
    assert {models.choose(name).id for name in ("one/cheap", "cheap")} == {"one/cheap"}


@pytest.mark.parametrize(
    ("sources", "lists_all"),
    [
        ([{"models": LISTED}], True),
        ([{"models": LISTED, "takes_others": True}], False),
        ([{"models": LISTED}, {}], False),
    ],
)
def test_clients_are_told_whether_a_name_can_be_typed(clock, sources, lists_all):
    providers = [ConfiguredProvider(FakeProvider(name=str(number)), **one) for number, one in enumerate(sources)]
    assert several(*providers).lists_all is lists_all


def test_the_limits_and_the_price_of_a_model_stand_before_its_providers(clock):
    own = ListedModel(id="a", limits={"max_tokens": 10}, price={"input": 5, "output": 6})
    source = ConfiguredProvider(
        FakeProvider(name="one"),
        models=(own, ListedModel(id="b")),
        limits=Limits(max_tokens=100, temperature=1),
        price=Price(input=1, output=2),
    )
    a, b = (several(source).choose(f"one/{name}") for name in "ab")
    assert (a.limits, a.price) == (Limits(max_tokens=10, temperature=1), Price(input=5, output=6))
    assert (b.limits, b.price) == (Limits(max_tokens=100, temperature=1), Price(input=1, output=2))


@pytest.mark.parametrize(("system_prompt", "options"), [("12345", {}), (None, {"max_tokens": 11})])
def test_no_prompt_is_built_above_a_limit(clock, system_prompt, options):
    source = ConfiguredProvider(FakeProvider(name="one"), limits=Limits(max_tokens=10, system_prompt=4))
    with pytest.raises(ProviderError) as refused:
        several(source).choose("one/a").prompt([], system_prompt, options)
    assert refused.value.code == "not_allowed"


def test_the_operators_own_defaults_are_not_judged(clock):
    """At the start they are, by the file's reader."""
    source = ConfiguredProvider(FakeProvider(name="one"), options={"seed": 2}, system_prompt="x", limits=Limits(seed=1))
    assert several(source).choose("one/a").prompt([], None, {}).options == {"seed": 2}


def test_what_the_operator_writes_of_a_model_is_told(clock):
    models = (ListedModel(id="a", description="For code"), ListedModel(id="b"))
    source = ConfiguredProvider(FakeProvider(name="one"), models=models)
    listed = [model.payload() for model in ProviderRegistry([source], "a").models()]
    assert [model.get("description") for model in listed] == ["For code", None]


def test_what_the_application_asks_itself_is_within_the_limits(clock):
    limits = Limits(max_completion_tokens=50, max_turns=3, temperature=0)
    source = ConfiguredProvider(FakeProvider(name="one"), limits=limits, system_prompt="Be kind.")
    prompt = several(source).choose("one/a").bare_prompt([{"role": "user", "content": "A title, please"}])
    assert (prompt.options, len(prompt.messages)) == ({"max_completion_tokens": 50}, 1)


def test_max_turns_drops_the_oldest_turns_and_is_not_sent(clock):
    models = only(FakeProvider(("a",)))
    path = [{"role": role, "content": f"{role} {n}"} for n in range(3) for role in ("user", "assistant")][:-1]
    prompt = models.choose("a").prompt(path, "S", {"max_turns": 1})
    assert [message["content"] for message in prompt.messages] == ["S", "user 2"]
    assert prompt.options == {}


def test_without_a_default_the_error_is_the_first_providers(clock):
    models = several(ConfiguredProvider(Down("one")), ConfiguredProvider(FakeProvider(("b",), name="two")))
    models.models()
    with pytest.raises(ProviderError, match="It is away"):
        models.choose("")


def test_the_list_is_fetched_again_after_a_failed_answer(clock):
    provider = FakeProvider(("a",), ProviderError("provider_unavailable", "It is away."), name="one")
    models = several(ConfiguredProvider(provider))
    models.models()
    models.models()
    assert (provider.calls, models.down()) == (1, [])
    models.invalidate("one/a")
    models.models()
    settle()
    assert models.down() == [{"provider": "one", "problem": "It is away."}]


def test_a_provider_that_stays_down_is_logged_once(clock, caplog):
    models = several(ConfiguredProvider(Down("one")))
    for _ in range(4):
        models.models()
        settle()
        clock.now += FAILED_SECONDS + 1
    assert caplog.text.count("It is away.") == 1


PATHS = ["/srv/models/a/model.gguf", "/srv/models/b/model.gguf"]


def test_models_of_the_settings_are_known_without_the_folders_of_their_files():
    models = tuple(ListedModel(id=path) for path in PATHS)
    registry = ProviderRegistry([ConfiguredProvider(FakeProvider([]), models=models)], PATHS[1])
    assert [(model.id, model.name) for model in registry.models()] == [("model (1)", "model (1)"), ("model (2)",) * 2]
    assert registry.default() == "model (2)"
    for asked in ("", "model (2)", PATHS[1]):
        choice = registry.choose(asked)
        assert (choice.id, choice.model) == ("model (2)", PATHS[1])


@pytest.mark.parametrize("is_named", [True, False])
def test_a_default_is_asked_for_by_its_path_whether_it_is_listed_or_not(is_named):
    prefix = "fake/" if is_named else ""
    provider = ConfiguredProvider(FakeProvider(["model"]))
    registry = ProviderRegistry([provider], f"{prefix}{PATHS[0]}", is_named=is_named)
    assert [model.id for model in registry.models()] == [f"{prefix}model"]
    assert registry.choose("").model == registry.choose(f"{prefix}model").model == PATHS[0]
    assert registry.choose(f"{prefix}/srv/other.gguf").id == f"{prefix}other"
