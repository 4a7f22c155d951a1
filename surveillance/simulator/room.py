"""Room for the matching engine: tables for a start, larger ones when a busy slice needs them."""

from __future__ import annotations

import numpy as np

from surveillance.simulator import book as b


def make_book(instruments: b.Table, accounts: b.Table, traders: b.Table, parents: int, quotes: bool) -> b.Book:
    """Return empty books with room for a first slice."""
    count, slots = len(instruments), 4_096
    state = np.zeros(9, np.int64)
    state[b.S_QUOTES] = quotes
    orders = np.zeros((slots, b.ORDER_COLUMNS), np.int64)
    orders[:, b.O_NEXT] = np.append(np.arange(1, slots), -1)
    return b.Book(
        orders=orders,
        head=np.full((2, count, b.LADDER), -1, np.int64),
        tail=np.full((2, count, b.LADDER), -1, np.int64),
        best=np.full((count, 2), -1, np.int64),
        instruments=instruments,
        accounts=accounts,
        traders=traders,
        timers=np.zeros((slots, 5), np.int64),
        mishaps=np.zeros((512, b.ROW_COLUMNS), np.int64),
        parents=np.zeros(parents + 1, np.int64),
        state=state,
        out=np.zeros((1 << 17, b.ROW_COLUMNS), np.int64),
    )


def with_room(book: b.Book, table: b.Table) -> b.Book:
    """Return the book with slots, timers and mishaps for a table of actions more."""
    actions, mishaps_due = len(table), int(np.count_nonzero(table[:, b.A_MISHAP]))
    orders, timers, mishaps, state = book.orders, book.timers, book.mishaps, book.state
    used = int(np.count_nonzero(orders[:, b.O_NUMBER]))
    if used + actions + 2 > len(orders):
        old, size = len(orders), 2 * (used + actions + 2)
        orders = np.concatenate([orders, np.zeros((size - old, b.ORDER_COLUMNS), np.int64)])
        orders[old:, b.O_NEXT] = np.append(np.arange(old + 1, size), state[b.S_FREE])
        state[b.S_FREE] = old
    waiting = int(state[b.S_TIMERS])
    # An action starts at most a cancel, an amendment and a mishap; a timer that fires restarts itself at most once.
    if waiting + 3 * actions + 8 > len(timers):
        timers = np.concatenate([timers, np.zeros((2 * (waiting + 3 * actions + 8) - len(timers), 5), np.int64)])
    rows = 2 * (int(state[b.S_MISHAPS]) + mishaps_due)
    if rows > len(mishaps):
        more = np.zeros((2 * rows - len(mishaps), b.ROW_COLUMNS), np.int64)
        mishaps = np.concatenate([mishaps, more])
    return book._replace(orders=orders, timers=timers, mishaps=mishaps)
