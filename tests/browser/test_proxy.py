"""Behind a proxy that takes a path away and adds the headers of docs/hosting.md, and in a page from elsewhere, the app
is the same: by deep links, by its own links, by Next and Back, after a reload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from bn_core.presenting.key import kept_key
from bn_core.talks import Talk
from pages.tour.stops import stops
from pages.words.prose import prose
from tests.browser.pages_served import SOON, rest
from tests.browser.proxied import Proxy, caddys_headers, printed, running
from tests.browser.served import Server, come, expect, others_reach, wait_until
from tests.browser.test_app import button
from tests.pages.lab import Lab, names

pytestmark = pytest.mark.browser

PATH = "/user/ada/batch-norm-lab"
"""As JupyterHub gives one to each of its users."""

HOME, *OTHERS = names()

LAB, PLATFORM = "https://lab.example.org", "https://platform.example.org"
"""As docs/hosting.md calls them."""

FRAMED_BY_NOBODY = "frame-ancestors 'none'"

PROSE = {"source": "code"}
"""The prose of a page, where it has another name."""

LOOKED_FOR = re.compile(r"/_stcore/(health|host-config)$")
"""What Streamlit's script asks for below each part of the address, to find out where the app is: most are not there."""


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
    expect(page.locator("h1").first).to_contain_text(
        prose(PROSE.get(name, name.replace("_", "-")))("title"), timeout=SOON
    )
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
    watched.go_back()
    at(watched, proxy, HOME)
    button(watched, "tour-start").click(timeout=SOON)
    for stop in stops()[:3]:
        at(watched, proxy, stop.page)
        button(watched, "tour-next").click(timeout=SOON)


def test_an_address_that_is_no_pages_leads_to_the_pages(watched, proxy: Proxy) -> None:
    watched.goto(f"{proxy.address}/nonsense")
    watched.get_by_text("“nonsense”").wait_for(timeout=SOON)
    watched.get_by_test_id("stMain").get_by_role("link", name=prose("app")("pages.layers")).click()
    at(watched, proxy, "layers")


def test_a_runs_link_leads_back_to_it(watched, lab: Lab, proxy: Proxy) -> None:
    run = lab.run(status="finished")
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.goto(f"{proxy.address}/train?run={run}")
    at(watched, proxy, "train")
    words = prose("train").table("copy-link")
    watched.get_by_role("button", name=words["copy"]).click(timeout=SOON)
    watched.get_by_role("button", name=words["copied"]).wait_for(timeout=SOON)
    link = watched.evaluate("navigator.clipboard.readText()")
    assert link == f"{others_reach(proxy.address)}train?run={run}"


def test_a_talk_is_given_and_followed(watched, person, lab: Lab, home: Path, proxy: Proxy, shipped: Talk) -> None:
    giving, talk = prose("giving"), prose("talk")
    watched.goto(f"{proxy.address}/teach#key={kept_key(home)}")
    watched.get_by_role("button", name=giving("talk.open")).click(timeout=SOON)
    link = f"{others_reach(proxy.address)}?talk="
    expect(watched.locator("code", has_text=link)).to_be_visible(timeout=SOON)
    now = lab.store.presentation()
    assert now is not None
    follower = person(viewport={"width": 390, "height": 844})
    follower.goto(f"{proxy.address}/?talk={now.id}")
    watched.get_by_role("button", name=giving("talk.begin")).click(timeout=SOON)
    for place, scene in enumerate(shipped.scenes[:4]):
        if place:
            watched.get_by_role("button", name=talk("bar.next"), exact=True).click(timeout=SOON)
        for page in (watched, follower):
            page.wait_for_function("scene => location.search.includes(`scene=${scene}`)", arg=scene.id, timeout=SOON)
            at(page, proxy, scene.page)
    follower.reload()
    at(follower, proxy, scene.page)
    with watched.context.expect_page() as opened:
        watched.get_by_role("link", name=talk("bar.notes")).click(timeout=SOON)
    notes = opened.value
    expect(notes.get_by_text(scene.say[0])).to_be_visible(timeout=SOON)
    assert urlsplit(notes.url).path.startswith(f"{PATH}/")


def test_a_program_comes_down(watched, proxy: Proxy) -> None:
    watched.goto(f"{proxy.address}/source")
    at(watched, proxy, "source")
    with watched.expect_download(timeout=SOON) as coming:
        watched.locator('[data-testid="stDownloadButton"] button').first.click()
    assert Path(coming.value.path()).stat().st_size > 1000


def test_everything_asked_for_is_below_the_path(watched, proxy: Proxy) -> None:
    proxy.seen.clear()
    watched.goto(f"{proxy.address}/one_batch")
    at(watched, proxy, "one_batch")
    assert len(proxy.seen) > 10
    assert [path for path in proxy.seen if not path.startswith(f"{PATH}/") and not LOOKED_FOR.search(path)] == []


@pytest.fixture(scope="module")
def platform(proxy: Proxy) -> Iterator[str]:
    """The address of a page of somebody else's, which shows the app as docs/hosting.md says."""
    page = printed("html", "<iframe").replace(LAB, proxy.address)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output free of what was asked for."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        # Another host than the app's, so that the browser takes it for another site.
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_is_shown_in_a_page_that_is_allowed_to(watched, proxy: Proxy, platform: str, monkeypatch) -> None:
    policy = caddys_headers()["Content-Security-Policy"]
    allowing = printed("", "frame-ancestors https").strip().replace(PLATFORM, platform)
    assert policy.count(FRAMED_BY_NOBODY) == 1
    monkeypatch.setattr(proxy, "headers", {"Content-Security-Policy": policy.replace(FRAMED_BY_NOBODY, allowing)})
    watched.goto(platform)
    frame = watched.frame_locator("iframe")
    frame.locator("svg.marks").first.wait_for(timeout=SOON)
    frame.get_by_role("link", name=prose("app")("pages.one_batch"), exact=True).click(timeout=SOON)
    expect(frame.locator("h1")).to_have_text(prose("one-batch")("title"), timeout=SOON)


def test_it_is_not_shown_in_a_page_of_anybody_else(person, proxy: Proxy, platform: str) -> None:
    page = person()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(platform)
    wait_until(lambda: come(page, refused) > 0, SOON / 1000, "nothing is refused")
    assert FRAMED_BY_NOBODY in refused[0]
    assert [frame.url for frame in page.frames if frame.url.startswith(proxy.address)] == []
