"""Every page of the app in every state that layout is looked at in, as a browser shows it."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.exhibits import library
from tests.browser.served import Server, wait_until
from tests.pages.lab import names

SOON = 60_000

STILL = """() => new Promise((done) => {
  const drawn = () => [...document.querySelectorAll("[data-testid=stMain] *")].map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect()
    return [x, y, width, height].map(Math.round).join()
  }).join(";")
  let [last, since] = [drawn(), performance.now()]
  const look = () => {
    const now = drawn()
    if (now !== last) [last, since] = [now, performance.now()]
    performance.now() - since > 350 ? done(true) : setTimeout(look, 60)
  }
  look()
})"""

WAITING = '[data-testid="stSkeleton"], [data-testid="stApp"]:not([data-test-script-state="notRunning"])'


@dataclass(frozen=True)
class State:
    """A page in a state.

    Attributes:
        page: by its file.
        kind: "idle" as a person comes to it, "run" about a recorded run with everything measured, "present" before a
            room of people.
    """

    page: str
    kind: str

    def __str__(self) -> str:
        return f"{self.page}-{self.kind}"

    @property
    def address(self) -> str:
        """Its address after the server's."""
        parameters = {
            "idle": "",
            "run": f"?run={library().find('before').record.id}",
            "present": "?present=1",
        }[self.kind]
        return ("/" if self.page == names()[0] else f"/{self.page}") + parameters


def states() -> list[State]:
    """Return every page in each of its states. The home page shows no run."""
    return [
        State(page, kind)
        for number, page in enumerate(names())
        for kind in ("idle", "run", "present")
        if number or kind != "run"
    ]


def come(page, server: Server, state: State) -> None:
    """Go to a page and wait until it is there and at rest."""
    page.goto(server.address + state.address)
    rest(page)


def rest(page) -> None:
    """Wait until everything has come and nothing moves any more."""
    page.locator("h1").first.wait_for(timeout=SOON)
    wait_until(lambda: page.locator(WAITING).count() == 0, SOON / 1000, "the page does not come to rest")
    page.evaluate(STILL)
    assert page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').count() == 0, page.url
