"""What each message of a FIX log did, and to which order: the order is followed through all the ids that it is given.

An order is on the tape once, from the first message that tells of it: the request, or the report where the log has no
requests. From then on the reports are the truth: a request to cancel or replace changes nothing before it is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

STATE_TAGS: Final = (35, 49, 56, 11, 41, 37, 150, 39, 20, 17, 19, 60, 52, 372, 379)
"""Fields that are read to follow orders, in the order in which `Orders.follow` takes them."""
MADE: Final = ("event", "client", "order", "time", "execution")
"""Columns that following gives: what happened, whose session, first id of the order, time, id of the execution."""

_MOST_ENDED: Final = 100_000
_NO_ID: Final = frozenset({"NONE", "N/A", "0", "UNKNOWN", "[N/A]"})
_SESSION: Final = frozenset({"0", "1", "2", "3", "4", "5", "A"})
_REPORTS: Final = {
    "1": "trade", "2": "trade", "3": "done_for_day", "4": "cancel", "5": "amend", "6": "pending", "7": "status",
    "8": "reject", "9": "status", "B": "status", "C": "expire", "D": "restated", "E": "pending", "F": "trade",
    "G": "correct", "H": "bust", "I": "status", "J": "status", "K": "status", "L": "status", "M": "status",
}  # fmt: skip
"""What a report with this ExecType says; 0 and A announce the order."""
_BEFORE_EXEC_TYPE: Final = {"0": "0", "1": "1", "2": "2"}
_CHANGED: Final = {"1": "bust", "2": "correct", "3": "status"}
"""ExecTransType of FIX 4.2 and before."""
_TERMINAL: Final = frozenset({"2", "3", "4", "8", "C"})
_OVER: Final = frozenset({"cancel", "reject", "expire"})


class _Order:
    """One order: its first id, the time of its last event, and all of its ids."""

    __slots__ = ("ids", "root", "time")

    def __init__(self, root: str) -> None:
        self.root, self.time = root, ""
        self.ids: list[str] = []


class Orders:
    """The orders of one log, from their first message to some time after their last."""

    def __init__(self) -> None:
        self._standing: dict[str, _Order] = {}
        self._ended: dict[str, _Order] = {}
        self._long_ended: dict[str, _Order] = {}
        self._first_execution: dict[str, str] = {}

    def follow(self, fields: Sequence[Sequence[str | None]]) -> list[list[str | None]]:
        """Return the columns `MADE` of consecutive messages.

        Parameters
        ----------
        fields : sequence of sequences
            Values of `STATE_TAGS`, one column a tag.
        """
        made: list[list[str | None]] = [[], [], [], [], []]
        event, client, order, time, execution = (column.append for column in made)
        for values in zip(*fields, strict=True):
            told = self._message(*values)
            event(told[0])
            client(told[1])
            order(told[2])
            time(told[3])
            execution(told[4])
        return made

    def _message(
        self,
        type_: str | None,
        sender: str | None,
        target: str | None,
        own_id: str | None,
        old_id: str | None,
        order_id: str | None,
        exec_type: str | None,
        status: str | None,
        transaction: str | None,
        execution: str | None,
        referred: str | None,
        transacted: str | None,
        sent: str | None,
        refused_type: str | None,
        refused_id: str | None,
    ) -> tuple[str | None, ...]:
        if type_ == "8":
            client = target or ""
            order, is_new = self._find(client, own_id, old_id, order_id)
            event = self._reported(exec_type, status, transaction, is_new=is_new)
            if event in ("bust", "correct"):
                execution = self._revised(client, execution, referred, event)
            elif event != "trade":
                execution = None
            time = self._time(order, transacted or sent, counts=event not in ("status", "pending"))
            if event in _OVER or status in _TERMINAL:
                self._end(order)
            return event, client, order.root or None, time, execution
        if type_ in ("D", "F", "G"):
            client = sender or ""
            order, is_new = self._find(client, own_id, old_id, order_id)
            event = "cancel_request" if type_ == "F" else "replace_request"
            if type_ == "D":
                event = "order" if is_new else "repeated"
            time = self._time(order, transacted or sent, counts=event == "order")
            return event, client, order.root or None, time, None
        if type_ is None:
            return "note", None, None, None, None
        event, client, refused = "other", target or "", None
        if type_ in _SESSION:
            event = "session"
        elif type_ == "9":
            event, refused = "refused", self._known(client, own_id=old_id, order_id=order_id)
        elif type_ == "j":
            refused = self._known(client, own_id=refused_id, order_id=None)
            event = "reject" if refused is not None and refused_type == "D" else "refused"
            if event == "reject" and refused is not None:
                self._end(refused)
        return event, client, refused.root if refused else None, transacted or sent, None

    def _reported(self, exec_type: str | None, status: str | None, transaction: str | None, *, is_new: bool) -> str:
        """Return what an execution report says."""
        if transaction in _CHANGED:
            return _CHANGED[transaction]
        kind = exec_type if exec_type is not None else status  # FIX 4.0 has the status alone
        if kind in ("0", "A", None):
            return "order" if is_new and kind is not None else "repeated" if kind is not None else "status"
        return _REPORTS.get(kind, "status")

    def _find(self, client: str, own_id: str | None, old_id: str | None, order_id: str | None) -> tuple[_Order, bool]:
        """Return the order that has one of these ids, and whether it is new; all of them are its ids from now on."""
        keys = []
        if own_id is not None and own_id not in _NO_ID:
            keys.append(f"c{client}\x01{own_id}")
        if old_id is not None and old_id not in _NO_ID:
            keys.append(f"c{client}\x01{old_id}")
        if order_id is not None and order_id not in _NO_ID:
            keys.append(f"o{client}\x01{order_id}")
        found, unknown = None, []
        for key in keys:
            known = self._standing.get(key) or self._ended.get(key) or self._long_ended.get(key)
            if known is None:
                unknown.append(key)
            elif found is None:
                found = known
        is_new = found is None
        if found is None:
            found = _Order(
                next((one for one in (old_id, own_id, order_id) if one is not None and one not in _NO_ID), "")
            )
        for key in unknown:
            self._standing[key] = found
            found.ids.append(key)
        return found, is_new

    def _known(self, client: str, *, own_id: str | None, order_id: str | None) -> _Order | None:
        """Return the order that has one of these ids, if there is one."""
        for key in (f"c{client}\x01{own_id}", f"o{client}\x01{order_id}"):
            known = self._standing.get(key) or self._ended.get(key) or self._long_ended.get(key)
            if known is not None:
                return known
        return None

    def _end(self, order: _Order) -> None:
        """Forget an order after a while: a log may tell of it once more."""
        for key in order.ids:
            if self._standing.pop(key, None) is not None:
                self._ended[key] = order
        if len(self._ended) > _MOST_ENDED:
            self._long_ended, self._ended = self._ended, {}

    @staticmethod
    def _time(order: _Order, time: str | None, *, counts: bool) -> str | None:
        """Return the time of an event, not before the one logged before it: two firms have two clocks."""
        if not counts or time is None:
            return time
        order.time = max(order.time, time)
        return order.time

    def _revised(self, client: str, execution: str | None, referred: str | None, event: str) -> str | None:
        """Return the first id of the execution that a report cancels or corrects."""
        first = self._first_execution.get(f"{client}\x01{referred}", referred)
        if event == "correct" and execution is not None and first is not None:
            self._first_execution[f"{client}\x01{execution}"] = first  # a correction may be corrected
        return first
