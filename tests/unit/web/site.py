"""A process that serves sign-ins on the database of a test, and browsers."""

from types import SimpleNamespace

from flask import Flask

from chatapp.chat import owner_merge, shared_values
from chatapp.config import Settings
from chatapp.storage.database import db
from chatapp.web import error_responses, i18n
from chatapp.web.api import session as session_api
from chatapp.web.auth import Authentication
from chatapp.web.origins import Origins
from chatapp.web.session_cookie import SessionCookie
from chatapp.web.session_registry import SessionRegistry

KEY, OTHER_KEY = "k" * 32, "another key of a server"
PASSWORD = "correct horse"
HTTPS = "https://chat.example"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"


class Site:
    """A process that serves the test's database: its settings, and what it knows in memory."""

    def __init__(self, key=KEY, **settings):
        self.settings = Settings(_env_file=None, **settings)
        self.registry = SessionRegistry(self.settings)
        shared_values.set_password_proof(self.registry.proof)
        self.registry.follow_changes()
        cookie = SessionCookie(self.settings, self.registry.identity, (key, *self.settings.secret_key_fallbacks))
        self.auth = Authentication(self.settings, self.registry, cookie)
        self.origin = (self.settings.origins or ("http://localhost",))[0]
        app = self.app = Flask("test")
        i18n.install(app)
        app.services = SimpleNamespace(
            settings=self.settings,
            auth=self.auth,
            origins=Origins(self.settings),
            sessions=self.registry,
            recovery=SimpleNamespace(complete_merges=self._complete_merges),
        )
        app.register_blueprint(session_api.blueprint)
        app.add_url_rule("/owner", view_func=self.auth.owner)
        app.add_url_rule("/page", view_func=lambda: self.auth.begin("127.0.0.1"))
        error_responses.handle_errors(app)

    def _complete_merges(self):
        """Do what the recovery does, without telling tabs."""
        for owner, _ in owner_merge.unfinished(db):
            list(owner_merge.move_rest(db, owner))


class Browser:
    """A cookie jar, whichever process serves it."""

    def __init__(self, **cookies):
        self.cookies = dict(cookies)

    def call(self, site, method, path, body=None):
        client = site.app.test_client(use_cookies=False)
        headers = {"Origin": site.origin, "User-Agent": PHONE}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = client.open(
            path, method=method, base_url=site.origin, headers=headers, json={} if body is None else body
        )
        for line in reply.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return reply

    def sign_in(self, site, **body):
        reply = self.call(site, "POST", "/api/session", body)
        return reply.json["owner"] if reply.status_code == 200 else reply.json.get("reason", reply.status_code)

    def owner(self, site):
        reply = self.call(site, "GET", "/owner")
        return reply.text if reply.status_code == 200 else reply.json.get("reason", reply.status_code)

    def copy(self):
        return Browser(**self.cookies)


def used(site):
    """Let the process store what it knows of uses, as it does by itself within half a second."""
    site.registry.store_uses()
    site.registry.follow_changes()
