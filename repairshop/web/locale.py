"""Which language, country habits and time zone the person in front of this request reads."""

from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale

from repairshop.web.templating import SpokenEnvironment

# Each language is named in itself, so that its speakers find it.
LANGUAGES = {"en": "English", "es": "Español", "de": "Deutsch", "fr": "Français"}
DEFAULT_LANGUAGE = "en"


def speak(*, language: str, country: str, time_zone: str) -> None:
    """Use these for the rest of the request; the staff and portal gates call it."""
    g.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    g.country = country
    g.time_zone = time_zone


def language_offered() -> str:
    """The best of our languages for what the browser asks for."""
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def locale_name(language: str, country: str) -> str:
    """ "en" in "GB" is en_GB; a pair nobody speaks falls back to the language alone."""
    try:
        return str(Locale.parse(f"{language}_{country}"))
    except (UnknownLocaleError, ValueError):
        return language


def init_locale(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.config["TRANSLATIONS"])
    Babel(app, locale_selector=_select_locale, timezone_selector=_select_time_zone)
    if isinstance(app.jinja_env, SpokenEnvironment):
        app.jinja_env.speak(language=_language_of_the_moment, directory=str(app.config["TRANSLATIONS"]))


def _language_of_the_moment() -> str:
    """Of the request, or of a document that is written for somebody else."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else DEFAULT_LANGUAGE


def _select_locale() -> str:
    if not has_request_context():
        return DEFAULT_LANGUAGE
    language = g.get("language") or language_offered()
    return locale_name(language, g.get("country", ""))


def _select_time_zone() -> str:
    return str(g.get("time_zone", "UTC"))


def time_zone() -> ZoneInfo:
    """The shop's; ZoneInfo keeps each zone once per process."""
    return ZoneInfo(_select_time_zone())
