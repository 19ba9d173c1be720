"""What eyes or a screen reader would stumble over: what breaks a rule of axe, or is wider than the window."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SIZES = [(390, "light"), (1280, "dark")]

_RUN = "axe.run({resultTypes: ['violations']}).then(({violations}) => violations)"


def violations(page: Page) -> list[str]:
    """Which rules of axe the page breaks as it stands, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in page.evaluate(_RUN)
        for node in one["nodes"]
    ]


def flaws(page: Page, name: str) -> list[str]:
    """The violations, and whether the page scrolls sideways; each begins with the name."""
    found = violations(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return [f"{name}: {one}" for one in found]
