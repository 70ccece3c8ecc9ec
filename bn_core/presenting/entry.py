"""How a browser comes to present: by the presenter's key, by a code that was handed over, or by what it was given for
one of these before."""

from __future__ import annotations

import math
import secrets

from bn_core.presenting.key import ALPHABET, is_chosen, matches, presenter_key
from bn_core.presenting.tries import Tries
from bn_core.runs.presented import Presenter, is_token, sha256
from bn_core.runs.records import RunProblem, owner_hash
from bn_core.runs.store import Store

CODE_CHARACTERS = 8
"""Of a code to hand over: 40 bits, which hold for its minutes and one use, while tries are slowed."""

CODE_SECONDS = 300.0
"""For how long a code is good."""


class NotLetIn(RunProblem, PermissionError):  # noqa: N818 - named for what it tells
    """What was given is not the key, or it was not looked at."""


class Entry:
    """Lets browsers present. Thread-safe; nobody ever waits in it.

    Its methods raise KeyProblem where the key cannot be read, and StoreUnavailable.

    Args:
        tries: of this process.
    """

    def __init__(self, store: Store, tries: Tries) -> None:
        self._store = store
        self._tries = tries

    def let_in(self, given: str, browser: str | None, address: str | None) -> Presenter:
        """Return the right to present, for the key or for a code that was handed over.

        Args:
            given: what somebody typed.
            browser: its id.
            address: where it comes from, as far as that is known.

        Raises:
            NotLetIn: it is neither, it came too soon after wrong ones, or the browser has no id.
        """
        hashed = owner_hash(browser)
        if hashed is None:
            raise NotLetIn("This browser has not introduced itself yet: reload the page and try again.")
        key = presenter_key()
        by_key = matches(given, key)
        # Nobody guesses 138 random bits, however fast: so nobody's wrong tries keep the teacher out.
        if not by_key or is_chosen():
            if seconds := math.ceil(self._tries.begin(address)):
                raise NotLetIn(f"Too many wrong keys were tried: try again in {seconds} s.")
            if not by_key and not self._store.take_code(_code(given), sha256(key)):
                raise NotLetIn("This is not the presenter's key: python -m bn_core presenter-key prints it.")
            self._tries.right(address)
        presenter = Presenter(secrets.token_urlsafe(32), hashed)
        self._store.add_presenter(presenter, sha256(key), handed_over=not by_key)
        return presenter

    def known(self, token: object, browser: str | None) -> Presenter | None:
        """Return the right that a browser was given before, by its token; None for none, or where it holds no more."""
        hashed = owner_hash(browser)
        if hashed is None or not isinstance(token, str) or not is_token(token):
            return None
        presenter = Presenter(token, hashed)
        if not self._store.presents(presenter):
            return None
        # A new key takes the right from all who came by another.
        self._store.keep_presenters(sha256(presenter_key()))
        return presenter if self._store.presents(presenter) else None

    def hand_over(self, presenter: Presenter) -> str:
        """Return a code by which one other browser can present, once and within five minutes, until the talk ends.

        Raises:
            NotPresenting: this one may not itself.
        """
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))
        self._store.put_code(presenter, sha256(code), sha256(presenter_key()), CODE_SECONDS)
        return f"{code[: CODE_CHARACTERS // 2]}-{code[CODE_CHARACTERS // 2 :]}"


def _code(given: str) -> str:
    """Return what is stored of a code, however it was typed."""
    return sha256("".join(given.lower().split()).replace("-", ""))
