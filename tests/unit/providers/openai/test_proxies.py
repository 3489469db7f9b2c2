"""Which proxy a server is asked through."""

import pytest

from chatapp.providers.openai import proxies

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def proxy_of(monkeypatch):
    """Return the proxy of a server's URL in an environment."""

    def proxy_of(server, **variables):
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        found = proxies.of_environment(server)
        return found and (found.url, found.setting)

    return proxy_of


@pytest.mark.parametrize(
    ("server", "variables", "expected"),
    [
        ("http://model.test/v1", {"HTTP_PROXY": "http://p:1"}, ("http://p:1", "HTTP_PROXY")),
        ("https://model.test/v1", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://model.test/v1", {"https_proxy": "http://p:1"}, ("http://p:1", "HTTPS_PROXY")),
        ("https://model.test/v1", {"ALL_PROXY": "p:1"}, ("http://p:1", "ALL_PROXY")),
        (
            "http://model.test/v1",
            {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "socks5://q:1"},
            ("http://p:1", "HTTP_PROXY"),
        ),
        ("http://model.test/v1", {"ALL_PROXY": "socks://q:1/"}, ("socks5://q:1/", "ALL_PROXY")),
        ("http://model.test/v1", {"HTTP_PROXY": ""}, None),
        ("http://model.test/v1", {}, None),
    ],
)
def test_the_proxy_is_that_of_the_scheme_else_of_all(proxy_of, server, variables, expected):
    assert proxy_of(server, **variables) == expected


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "127.0.0.1:8080",
        "127.9.9.9",
        "[::1]:80",
        "0.0.0.0",  # noqa: S104
        "[::]",
        "[::ffff:127.0.0.1]",
    ],
)
def test_loopback_is_never_asked_through_a_proxy(proxy_of, host):
    assert proxy_of(f"http://{host}/v1", HTTP_PROXY="http://p:1", ALL_PROXY="socks5://p:1") is None


@pytest.mark.parametrize("host", ["localhost.test", "notlocalhost", "128.0.0.1", "10.0.0.1", "[fe80::1]", "machine"])
def test_other_hosts_are(proxy_of, host):
    assert proxy_of(f"http://{host}/v1", HTTP_PROXY="http://p:1")


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("model.test", "model.test"),
        ("model.test", "a.model.test"),
        (".model.test", "model.test"),
        ("*.model.test", "a.model.test"),
        ("MODEL.test", "Model.TEST"),
        ("model.test:8000", "model.test:8000"),
        ("model.test:80", "model.test"),
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3:99"),
        ("fd00::/8", "[fd00::1]"),
        ("[fd00::1]", "[fd00::1]"),
        ("other.test, .local", "printer.local"),
        ("local", "printer.local."),
        ("*", "anything.test"),
    ],
)
def test_what_no_proxy_names_is_asked_directly(proxy_of, entry, host):
    assert proxy_of(f"http://{host}/v1", HTTP_PROXY="http://p:1", NO_PROXY=entry) is None


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("model.test", "mymodel.test"),
        ("a.model.test", "model.test"),
        ("model.test:8000", "model.test:8001"),
        ("10.0.0.0/8", "11.1.2.3"),
        ("10.0.0.0/8", "ten.test"),
        ("", "model.test"),
        (",, ,", "model.test"),
        ("10.0.0.0/99", "10.0.0.1"),
    ],
)
def test_what_no_proxy_does_not_name_is_not(proxy_of, entry, host):
    assert proxy_of(f"http://{host}/v1", HTTP_PROXY="http://p:1", NO_PROXY=entry)


@pytest.mark.parametrize("url", ["http://p:1", "https://user:secret@p:1", "socks5h://p"])
def test_a_usable_proxy_has_no_problem(url):
    assert proxies.Proxy(url, "ALL_PROXY").problem() is None


@pytest.mark.parametrize("url", ["socks4://p:1", "ftp://p", "http://p:port"])
def test_the_problem_of_another_names_its_setting_and_not_its_address(url):
    problem = proxies.Proxy(url, "ALL_PROXY").problem()
    assert "ALL_PROXY" in problem.message
    assert url not in problem.message


def test_a_socks_proxy_without_its_package_says_which(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    assert "socksio" in proxies.Proxy("socks5://p:1", "ALL_PROXY").problem().message
