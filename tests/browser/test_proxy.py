"""Behind a proxy that takes a path away and adds the headers of docs/hosting.md, and in a page from elsewhere, the app is
the same: by deep links, by its own links, by Next and Back, after a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from pages.words.prose import prose
from tests.browser.pages_served import SOON, rest
from tests.browser.proxied import Proxy, caddys_headers, running
from tests.browser.served import Server, expect, wait_until
from tests.pages.lab import Lab, names

pytestmark = pytest.mark.browser

PATH = "/user/ada/batch-norm-lab"
"""As JupyterHub gives one to each of its users."""

HOME, *OTHERS = names()

PROSE = {"source": "code"}
"""The prose of a page, where it has another name."""

LOOKED_FOR = re.compile(r"/_stcore/(health|host-config)$")
"""What Streamlit's script asks for below every part of the address, to find out where the app is: most are not there."""


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    made = Proxy(server.port, PATH, caddys_headers())
    with running(made):
        yield made


@pytest.fixture
def watched(person):
    """A page, of which everything that goes wrong in the browser counts."""
    page = person()
    complaints: list[str] = []

    def hear(message) -> None:
        if message.type == "error" and not LOOKED_FOR.search(message.location.get("url", "")):
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error(`${e.violatedDirective}: ${e.blockedURI}`))"
    )
    yield page
    page.evaluate("0")
    assert complaints == []


def at(page, proxy: Proxy, name: str) -> None:
    """Wait until this page is there, at its address behind the proxy."""
    wanted = f"{PATH}/" if name == HOME else f"{PATH}/{name}"
    wait_until(lambda: urlsplit(page.evaluate("location.href")).path == wanted, SOON / 1000, f"{page.url}: {wanted}")
    expect(page.locator("h1").first).to_contain_text(prose(PROSE.get(name, name.replace("_", "-")))("title"), timeout=SOON)
    rest(page)


@pytest.mark.parametrize("name", names())
def test_every_page_by_its_own_address_and_again(watched, proxy: Proxy, name: str) -> None:
    watched.goto(f"{proxy.address}/{'' if name == HOME else name}")
    at(watched, proxy, name)
    title = watched.locator("h1").first.inner_text()
    watched.reload()
    at(watched, proxy, name)
    assert watched.locator("h1").first.inner_text() == title


def test_every_page_by_the_navigation(watched, proxy: Proxy) -> None:
    watched.set_viewport_size({"width": 700, "height": 900})
    watched.goto(f"{proxy.address}/")
    at(watched, proxy, HOME)
    for name in (*OTHERS, HOME):
        watched.locator('[data-testid="stExpandSidebarButton"]').click(timeout=SOON)
        label = prose("app")(f"pages.{name}")
        watched.locator('[data-testid="stSidebarNavLink"]', has_text=re.compile(f"^{re.escape(label)}$")).click()
        at(watched, proxy, name)


def test_onward_back_and_the_tour(watched, proxy: Proxy) -> None:
    watched.goto(f"{proxy.address}/")
    at(watched, proxy, HOME)
    watched.locator('[data-testid="stPageLink"] a', has_text=prose("race")("next")).first.click()
    at(watched, proxy, "one_batch")
    watched.go_back()
    at(watched, proxy, HOME)
    watched.go_forward()
    at(watched, proxy, "one_batch")


def test_everything_asked_for_is_below_the_path(proxy: Proxy) -> None:
    assert len(proxy.seen) > 100
    assert {path for path in proxy.seen if not path.startswith(f"{PATH}/") and not LOOKED_FOR.search(path)} == set()
