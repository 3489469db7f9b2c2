"""chatapp.toml: valid files, and the errors of invalid ones."""

import tomllib

import pytest

from chatapp.config import Settings
from chatapp.errors import SettingsError
from chatapp.providers import config_file
from support.paths import ROOT
from support.shapes import words

EXAMPLE = ROOT / "chatapp.example.toml"


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a file of these lines."""

    def read(text, **settings):
        path = tmp_path / "chatapp.toml"
        path.write_text(text)
        return config_file.read(Settings(config=str(path), **settings))

    return read


def test_the_example_is_valid_without_changes():
    file = config_file.read(Settings(config=str(EXAMPLE)))
    assert set(file.providers) == words("openai azure ollama lmstudio llamacpp vllm openrouter mine")
    assert file.default == "openai/gpt-5-mini"
    assert file.providers["openrouter"].models[0].options.temperature == 0.6
    assert file.providers["mine"].folder == ROOT
    assert (file.providers["mine"].is_cached, file.providers["vllm"].is_cached) == (False, True)


def test_each_line_of_the_example_is_explained():
    """A setting that appears for the first time has a comment above it, in the same paragraph."""
    explained, seen = False, set()
    for line in EXAMPLE.read_text().splitlines():
        key = line.partition("=")[0].strip()
        if line.startswith("#") or not line:
            explained = bool(line)
        elif not line.startswith("["):
            assert explained or key in seen, f"nothing explains: {line}"
            seen.add(key)
    fields = set(config_file.ProviderSettings.model_fields)
    assert fields <= seen | {"models"}, "a setting is not in the example"


def test_without_a_file_there_are_no_configured_providers():
    assert config_file.read(Settings(config="off")) is None


SERVER = '[providers.a]\nbase_url = "http://localhost:1/v1"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("providers = 3", "providers: "),
        ("", "providers: Field required"),
        ("[providers]", "providers: "),
        ("[providers.a]", "providers.a: takes base_url"),
        (SERVER + 'function = "m:f"', "one of both"),
        (SERVER + 'bas_url = "x"', "providers.a.bas_url: is not known"),
        (SERVER + 'folder = "."', "providers.a: folder does not belong to a server"),
        ('[providers.a]\nfunction = "m:f"\nproxy = "http://p"', "providers.a: proxy does not belong to a function"),
        ('[providers.a]\nfunction = "m"', "providers.a.function: takes module:name"),
        ('[providers.a]\nfunction = "m:f"\nfolder = "nowhere"', "providers.a.folder: there is no folder"),
        ('[providers.a]\nbase_url = "localhost:1"', "providers.a.base_url: "),
        (SERVER + "token_timeout = -1", "providers.a.token_timeout: "),
        (SERVER + "options = { temperature = 9 }", "providers.a.options.temperature: "),
        (SERVER + "options = { warmth = 1 }", "providers.a.options.warmth: is not known"),
        (SERVER + 'models = [{ name = "x" }]', "providers.a.models.0.id: "),
        (SERVER + 'key_env = "sk-secret-0123456789"', "providers.a.key_env: "),
        ('[providers."a/b"]\nbase_url = "http://localhost:1/v1"', "'a/b' is no name"),
        ('default = "b/x"\n' + SERVER, "default: must begin with a provider's name"),
        ('default = "a/y"\n' + SERVER + 'models = ["x"]', "the default a/y is not among the models of providers.a"),
        (SERVER + "limits = { max_tokens = 0 }", "providers.a.limits.max_tokens: "),
        (SERVER + "limits = { warmth = 1 }", "providers.a.limits.warmth: is not known"),
        (SERVER + "limits = { temperature = 1 }\noptions = { temperature = 2 }", "options: temperature = 2 is not"),
        (SERVER + 'options = { seed = 9 }\nmodels = [{ id = "x", limits = { seed = 8 } }]', "models: x: options: seed"),
        (SERVER + "price = { input = 1 }", "providers.a.price.output: "),
        (SERVER + "price = { input = -1, output = 1 }", "providers.a.price.input: "),
        (SERVER + 'rename = { warmth = "heat" }', "providers.a.rename.warmth.[key]: is no option"),
        (SERVER + 'rename = { max_turns = "turns" }', "is no option that is sent"),
        (SERVER + 'rename = { seed = "messages" }', "providers.a.rename.seed: takes the server's name"),
        (SERVER + 'proxy = "socks4://p"', "providers.a.proxy: "),
        ("[providers.a\n", "at line 1"),
    ],
)
def test_the_error_names_the_wrong_entry(read, text, words):
    with pytest.raises(SettingsError) as refused:
        read(text)
    assert words in str(refused.value)
    assert str(refused.value).startswith("chatapp.toml: ")


def test_a_default_by_environment_names_its_provider_too(read):
    """A default from before the file existed would fail each question, and the list of models."""
    assert read(SERVER, model="a/llama3.2")
    with pytest.raises(SettingsError, match="CHATAPP_MODEL: must begin"):
        read(SERVER, model="llama3.2")


PUBLIC = {"public": True, "tokens_per_day": "all=1000"}
MONEY = {"money_per_day": "all=1"}


@pytest.mark.parametrize(
    ("text", "settings", "said"),
    [
        (SERVER, PUBLIC, "providers.a.models: with CHATAPP_PUBLIC=1"),
        (SERVER, MONEY, "providers.a.price: CHATAPP_MONEY_PER_DAY needs"),
        (SERVER + 'models = ["x", { id = "y", price = { input = 1, output = 1 } }]', MONEY, "providers.a.price: "),
        (SERVER + 'others = true\nmodels = [{ id = "y", price = { input = 1, output = 1 } }]', MONEY, "a.price: "),
    ],
)
def test_a_server_whose_spending_could_not_be_bounded_does_not_start(read, text, settings, said):
    with pytest.raises(SettingsError, match=said):
        read(text, **settings)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        (SERVER + 'models = ["x"]', PUBLIC),
        (SERVER + "others = true", PUBLIC),
        ('[providers.a]\nfunction = "m:f"', PUBLIC),
        (SERVER + "price = { input = 1, output = 1 }", MONEY),
        (SERVER + 'models = [{ id = "y", price = { input = 0, output = 0 } }]', MONEY),
    ],
)
def test_a_server_that_is_bounded_starts(read, text, settings):
    assert read(text, **settings)


def test_a_wrong_value_is_not_printed(read):
    """Somebody will put the key where its variable's name belongs."""
    with pytest.raises(SettingsError) as refused:
        read(SERVER + 'key_env = "sk-secret-0123456789"')
    assert "sk-secret" not in str(refused.value)


def test_the_key_is_taken_from_the_environment_or_from_dotenv(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SOME_KEY=from-file\nOTHER_KEY=from-file\n")
    monkeypatch.setenv("OTHER_KEY", "from-environment")
    assert config_file.read_variable("SOME_KEY") == "from-file"
    assert config_file.read_variable("OTHER_KEY") == "from-environment"
    assert config_file.read_variable("NO_SUCH_KEY") == ""


def test_the_example_is_valid_toml():
    assert tomllib.loads(EXAMPLE.read_text())["default"]
