"""Every page of the app in every state that layout is looked at in, as a browser shows it."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.exhibits import library
from tests.browser.served import Server, wait_until
from tests.pages.lab import Lab, names

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

OF_A_RUN = ("queued", "running", "failed", "interrupted")


@dataclass(frozen=True)
class State:
    """A page in a state.

    Attributes:
        page: by its file.
        kind: "idle" as a person comes to it, "recorded" about a recorded run with everything measured, "present" before
            a room of people, else about a run in this state.
    """

    page: str
    kind: str

    def __str__(self) -> str:
        return f"{self.page}-{self.kind}"


def states(*kinds: str) -> list[State]:
    """Return the states of these kinds. The home page shows no run; only where runs are watched, one goes on."""
    home, *others = names()
    found = [State(page, kind) for page in others for kind in kinds if kind not in OF_A_RUN]
    found += [State(home, kind) for kind in kinds if kind in ("idle", "present")]
    found += [State("train", kind) for kind in kinds if kind in OF_A_RUN]
    found += [State(page, "running") for page in ("layers", "population", "one_image") if "running" in kinds]
    return found


def address(state: State, lab: Lab) -> str:
    """Return its address after the server's; a run that it needs is made first."""
    parameters = ""
    if state.kind == "present":
        parameters = "?present=1"
    elif state.kind == "recorded":
        parameters = f"?run={library().find('before').record.id}"
    elif state.kind in OF_A_RUN:
        parameters = f"?run={lab.run(status=state.kind)}"
    return ("/" if state.page == names()[0] else f"/{state.page}") + parameters


def come(page, server: Server, lab: Lab, state: State) -> None:
    """Go to a page in this state and wait until it is there and at rest."""
    page.goto(server.address + address(state, lab))
    rest(page)
    errors = page.locator('[data-testid="stAlertContentError"]').count()
    assert (errors > 0) == (state.kind == "failed"), page.url


def rest(page) -> None:
    """Wait until everything has come and nothing moves any more."""
    page.locator("h1").first.wait_for(timeout=SOON)
    wait_until(lambda: page.locator(WAITING).count() == 0, SOON / 1000, "the page does not come to rest")
    page.evaluate(STILL)
    assert page.locator('[data-testid="stException"]').count() == 0, page.url
