"""A browser tab that is no browser: messages made by hand, over the websocket that the app's own script speaks on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from pages.session import identity, right
from tests.browser.served import Server

ANSWER_SECONDS = 60.0

LARGEST_MESSAGE = 1 << 28
"""Bytes: a chart with its data is more than a message has as a rule."""


@dataclass(frozen=True)
class Widget:
    """A control as the server named it: its id, and the fragment that it stands in; an empty text for none."""

    id: str
    fragment: str = ""

    def says(self, value: Any = None) -> WidgetState:
        """Return what it says: a text, a number, a switch, the names that are chosen, or that it was pressed (None)."""
        match value:
            case None:
                return WidgetState(id=self.id, trigger_value=True)
            case bool():
                return WidgetState(id=self.id, bool_value=value)
            case float():
                return WidgetState(id=self.id, double_value=value)
            case str():
                return WidgetState(id=self.id, string_value=value)
            case _:
                return WidgetState(id=self.id, string_array_value={"data": value})


class Tab:
    """One tab, as far as the server can tell. It has the client's part of Streamlit's protocol and no page.

    Attributes:
        widgets: every control that was ever sent to it, by its key.
        shown: the keys of those that came with the latest full answer.
        fragments: the parts of the page, of the latest full answer, that are drawn by themselves.
        told: what the app's own components were told, by their keys.
        received: every byte that came.
        query: what follows the ? in its address.

    Args:
        browser: the id that it says it has.
        source: which of this machine's addresses it comes from.
        token: what it says that it was given for the presenter's key.
    """

    def __init__(self, server: Server, browser: str, source: str = "127.0.0.1", token: str = "") -> None:
        self.widgets: dict[str, Widget] = {}
        self.shown: set[str] = set()
        self.fragments: set[str] = set()
        self.told: dict[str, Any] = {}
        self.received = bytearray()
        self.query = ""
        self._page = ""
        self._said = {identity.KEY: {"id": browser}} | ({right.KEY: {"token": token}} if token else {})
        self._socket = connect(
            f"ws://127.0.0.1:{server.port}/_stcore/stream",
            source_address=(source, 0),
            subprotocols=["streamlit"],
            origin=server.address,
            max_size=LARGEST_MESSAGE,
            proxy=None,
        )

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def open(self, page: str = "", **parameters: str) -> Tab:
        """Open a page by its name at this address, and say who is there as soon as it asks."""
        self.query, self._page = urlencode(parameters), ""
        self._ask(BackMsg(), name=page)
        return self.again()

    def again(self) -> Tab:
        """Have the page drawn again, as it is."""
        return self.send()

    def press(self, key: str, value: Any = None) -> Tab:
        """Use one of its own controls, as a browser does; a button where no value is given."""
        widget = self.widgets[key]
        return self.send(widget.says(value), fragment=widget.fragment)

    def send(self, *states: WidgetState, fragment: str = "") -> Tab:
        """Say what became of these controls, and have the page drawn again, or this part of it."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend([*self._introduction(), *states])
        message.rerun_script.fragment_id = fragment
        # A session that does not have the part answers nothing.
        if fragment in self.fragments | {""}:
            self._ask(message)
        else:
            self._say(message)
        return self

    def replay(self, widget: Widget, value: Any = None) -> Tab:
        """Say what another tab says when it uses this control, in the name of its part of the page and of the whole."""
        return self.send(widget.says(value), fragment=widget.fragment).send(widget.says(value))

    def _introduction(self) -> Iterator[WidgetState]:
        for key, said in self._said.items():
            if key in self.widgets:
                yield WidgetState(id=self.widgets[key].id, json_value=json.dumps(said))

    def _ask(self, message: BackMsg, *, name: str = "") -> None:
        message.rerun_script.page_name = name
        self._say(message)
        while not self._is_end(self._hear()):
            pass

    def _say(self, message: BackMsg) -> None:
        message.rerun_script.query_string, message.rerun_script.page_script_hash = self.query, self._page
        self._socket.send(message.SerializeToString())

    def _hear(self) -> ForwardMsg:
        packed = self._socket.recv(ANSWER_SECONDS)
        assert isinstance(packed, bytes)
        self.received += packed
        message = ForwardMsg.FromString(packed)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:
                self.shown, self.fragments = set(), set()
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self.fragments.add(message.auto_rerun.fragment_id)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message)
        return message

    def _note(self, message: ForwardMsg) -> None:
        element, fragment = message.delta.new_element, message.delta.fragment_id
        self.fragments |= {fragment} - {""}
        of_element = getattr(element, element.WhichOneof("type") or "", None)
        prefix, _, key = getattr(of_element, "id", "").removeprefix("$$ID-").partition("-")
        if prefix and key:
            self.widgets[key] = Widget(of_element.id, fragment)
            self.shown.add(key)
            if element.WhichOneof("type") == "bidi_component":
                self.told[key] = json.loads(of_element.json or "null")

    @staticmethod
    def _is_end(message: ForwardMsg) -> bool:
        ended = message.WhichOneof("type") == "script_finished"
        return ended and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
