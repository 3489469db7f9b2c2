"""What a device calls itself: browser and system, by the User-Agent header and no more exactly than needed."""

from flask_babel import gettext

from chatapp.chat.sessions import Device
from chatapp.errors import fill

#: (part of the header, name), the first match counts: browsers also name those that they descend from.
BROWSERS = (
    ("chatapp-terminal", "terminal"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Whale", "Whale"),
    ("KAKAOTALK", "KakaoTalk"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
)


def device_of(user_agent: str) -> Device:
    """Return the device that sends this header; its parts are empty if they are not known."""
    return Device(_find(BROWSERS, user_agent), _find(SYSTEMS, user_agent))


def name_of(device: Device) -> str:
    """Return a device's name in the language of the request; empty if nothing is known."""
    browser: str = gettext("deviceTerminal") if device.browser == "terminal" else device.browser
    if browser and device.system:
        return fill(gettext("deviceOn"), {"browser": browser, "system": device.system})
    return browser or device.system


def _find(names: tuple[tuple[str, str], ...], header: str) -> str:
    lower = header[:500].lower()
    return next((name for part, name in names if part.lower() in lower), "")
