"""The matching engine: every fill of the simulated day comes out of these price-time priority books.

Actions (what participants want) go in, rows (what the venue publishes) come out. A participant's later steps, such as
cancelling after some seconds or following the market, are planned when the order is sent and wait in one heap of
timers. Nothing here is random: all draws are made before, so that a seed fixes the bytes.

Prices are whole ticks on a ladder of `LADDER` levels an instrument; an order outside is rejected, as by a venue's
price collar. All tables are whole numbers, one record a line, with the columns named below.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveillance.kernel import kernel

Table = NDArray[Any]

LADDER: Final = 8_192
ROOM: Final = 8_192  # rows that must be free before an action starts: more than any one of them makes
PROTECTION: Final = 25  # ticks beyond the touch at which a market order stops
BUCKET: Final = 1_800_000_000_000  # ns over which a trader's soft limit is counted

# Columns of an action.
(
    A_TIME, A_VERB, A_INSTRUMENT, A_ACCOUNT, A_OTHER, A_SIDE, A_MODE, A_OFFSET, A_QUANTITY, A_TYPE, A_TIF, A_LIFETIME,
    A_AMEND, A_AMENDS, A_AMEND_AFTER, A_MISHAP, A_MISHAP_AFTER, A_FREE, A_PARENT, A_TAG,
) = range(20)  # fmt: skip
ACTION_COLUMNS: Final = 20
# Columns of a row that goes out.
(
    R_TIME, R_KIND, R_SIDE, R_PRICE, R_QUANTITY, R_TYPE, R_TIF, R_AGGRESSOR, R_MARK, R_INSTRUMENT, R_ACCOUNT, R_OTHER,
    R_ORDER, R_PARENT, R_TRADE, R_TAG,
) = range(16)  # fmt: skip
ROW_COLUMNS: Final = 16
# Columns of a resting order; a free slot has number 0.
(
    O_NUMBER, O_INSTRUMENT, O_ACCOUNT, O_SIDE, O_PRICE, O_LEFT, O_TOTAL, O_NEXT, O_PREVIOUS, O_TYPE, O_TIF, O_PARENT,
    O_TAG, O_AMEND, O_AMENDS, O_AMEND_AFTER, O_FREE, O_MISHAP, O_MISHAP_AFTER,
) = range(19)  # fmt: skip
ORDER_COLUMNS: Final = 19
I_LAST, I_RISK, I_CLOSE, I_QUOTED_BID, I_QUOTED_ASK = range(5)
INSTRUMENT_COLUMNS: Final = 5
P_OWNER, P_TRADER = range(2)  # of an account
U_BUCKET, U_NOW, U_BEFORE, U_LIMIT = range(4)  # of a trader
T_TIME, T_SERIAL, T_WHAT, T_SLOT, T_NUMBER = range(5)  # of a timer
S_ORDER, S_TRADE, S_SERIAL, S_TIMERS, S_FREE, S_ROWS, S_MISHAPS, S_QUOTES, S_NOW = range(9)  # counters

SUBMIT, NEGOTIATE, MARK_ROW, CLOSE = 1, 2, 3, 4  # verbs
PASSIVE, IMPROVE, AROUND, TAKE, MARKET, REFUSED = 1, 2, 3, 4, 5, 6  # how the price is found; REFUSED is rejected
REPRICE, REDUCE, CROSS = 1, 2, 3  # kinds of amendment
BUST_IT, CORRECT_IT = 1, 2  # mishaps
EXEMPT, MAY_MEET_ITSELF = 1, 2  # bits of A_FREE

# Values of surveillance.events.schema, repeated because a kernel's cache sees changes of this file only; a test
# compares them.
BUY, SELL = 1, 2
TYPE_MARKET, TYPE_LIMIT = 1, 2
DAY, GTC, IOC = 1, 2, 3
TAKER, MAKER = 1, 2
NO_PRICE: Final = -1

# From numpy, because numba would compile a function once for each literal int that it is given.
_numbers: Any = np.arange(1, 11)
ORDER, AMEND, CANCEL, REJECT, EXPIRE, TRADE, BUST, CORRECT, QUOTE, MARK = _numbers
T_CANCEL, T_AMEND, T_BUST, T_CORRECT = _numbers[:4]  # what a timer does


class Book(NamedTuple):
    """State of all books, and the rows that they have made since they were last taken away."""

    orders: Table
    head: Table  # side - 1, instrument, tick -> first order's slot or -1
    tail: Table
    best: Table  # instrument, side - 1 -> tick of the touch or -1
    instruments: Table
    accounts: Table
    traders: Table
    timers: Table
    mishaps: Table
    parents: Table
    state: Table
    out: Table


@kernel()
def move(target: Table, at: int, source: Table, row: int) -> None:
    """Copy a row; a loop compiles in a tenth of the time of an assignment of slices."""
    for column in range(source.shape[1]):
        target[at, column] = source[row, column]


@kernel()
def push(book: Book, time: int, what: int, slot: int, number: int) -> None:
    """Start a timer."""
    heap, state = book.timers, book.state
    at = state[S_TIMERS]
    state[S_TIMERS] += 1
    state[S_SERIAL] += 1
    serial = state[S_SERIAL]
    while at > 0:
        up = (at - 1) >> 1
        if heap[up, T_TIME] <= time:  # equal times: the older serial stays above
            break
        move(heap, at, heap, up)
        at = up
    heap[at, T_TIME], heap[at, T_SERIAL], heap[at, T_WHAT] = time, serial, what
    heap[at, T_SLOT], heap[at, T_NUMBER] = slot, number


@kernel()
def pop(book: Book) -> None:
    """Drop the earliest timer."""
    heap, state = book.timers, book.state
    state[S_TIMERS] -= 1
    size = state[S_TIMERS]
    time, serial = heap[size, T_TIME], heap[size, T_SERIAL]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (
            heap[right, T_TIME] < heap[child, T_TIME]
            or (heap[right, T_TIME] == heap[child, T_TIME] and heap[right, T_SERIAL] < heap[child, T_SERIAL])
        ):
            child = right
        if time < heap[child, T_TIME] or (time == heap[child, T_TIME] and serial < heap[child, T_SERIAL]):
            break
        move(heap, at, heap, child)
        at = child
    move(heap, at, heap, size)


@kernel()
def emit(book: Book, kind: int, slot: int, price: int, quantity: int) -> int:
    """Publish a row about an order and return its number in the output."""
    at = int(book.state[S_ROWS])
    book.state[S_ROWS] += 1
    row, order = book.out[at], book.orders[slot]
    row[R_TIME], row[R_KIND], row[R_SIDE] = book.state[S_NOW], kind, order[O_SIDE]
    row[R_PRICE], row[R_QUANTITY] = price, quantity
    row[R_TYPE], row[R_TIF], row[R_AGGRESSOR], row[R_MARK] = order[O_TYPE], order[O_TIF], 0, 0
    row[R_INSTRUMENT], row[R_ACCOUNT], row[R_OTHER] = order[O_INSTRUMENT], order[O_ACCOUNT], -1
    row[R_ORDER], row[R_PARENT], row[R_TRADE], row[R_TAG] = order[O_NUMBER], order[O_PARENT], 0, order[O_TAG]
    return at


@kernel()
def release(book: Book, slot: int) -> None:
    """Give an order's slot back."""
    book.orders[slot, O_NUMBER] = 0
    book.orders[slot, O_NEXT] = book.state[S_FREE]
    book.state[S_FREE] = slot


@kernel()
def link(book: Book, slot: int) -> None:
    """Put an order at the end of its price level."""
    order = book.orders[slot]
    side, instrument, price = order[O_SIDE] - 1, order[O_INSTRUMENT], order[O_PRICE]
    last = book.tail[side, instrument, price]
    order[O_NEXT], order[O_PREVIOUS] = -1, last
    if last < 0:
        book.head[side, instrument, price] = slot
    else:
        book.orders[last, O_NEXT] = slot
    book.tail[side, instrument, price] = slot
    touch = book.best[instrument, side]
    if touch < 0 or (price > touch if side == 0 else price < touch):
        book.best[instrument, side] = price


@kernel()
def unlink(book: Book, slot: int) -> None:
    """Take an order out of its price level and move the touch if the level is empty now."""
    order = book.orders[slot]
    side, instrument, price = order[O_SIDE] - 1, order[O_INSTRUMENT], order[O_PRICE]
    after, before = order[O_NEXT], order[O_PREVIOUS]
    if before < 0:
        book.head[side, instrument, price] = after
    else:
        book.orders[before, O_NEXT] = after
    if after < 0:
        book.tail[side, instrument, price] = before
    else:
        book.orders[after, O_PREVIOUS] = before
    if book.best[instrument, side] == price and book.head[side, instrument, price] < 0:
        step = -1 if side == 0 else 1
        price += step
        while 0 <= price < LADDER and book.head[side, instrument, price] < 0:
            price += step
        book.best[instrument, side] = price if 0 <= price < LADDER else -1


@kernel()
def exposed(book: Book, account: int) -> int:
    """Return the trader of an account, its half-hours brought up to date."""
    trader = int(book.accounts[account, P_TRADER])
    used, bucket = book.traders[trader], book.state[S_NOW] // BUCKET
    if used[U_BUCKET] != bucket:
        used[U_BEFORE] = used[U_NOW] if used[U_BUCKET] == bucket - 1 else 0
        used[U_NOW] = 0
        used[U_BUCKET] = bucket
    return trader


@kernel()
def fill(book: Book, taker: int, maker: int, price: int, quantity: int) -> None:
    """Publish both sides of a trade and plan its mishap, if it is to have one."""
    orders, state = book.orders, book.state
    time = state[S_NOW]
    state[S_TRADE] += 1
    one = emit(book, TRADE, taker, price, quantity)
    two = emit(book, TRADE, maker, price, quantity)
    book.out[one, R_OTHER], book.out[two, R_OTHER] = orders[maker, O_ACCOUNT], orders[taker, O_ACCOUNT]
    book.out[one, R_TRADE], book.out[two, R_TRADE] = state[S_TRADE], state[S_TRADE]
    book.out[one, R_AGGRESSOR], book.out[two, R_AGGRESSOR] = TAKER, MAKER
    instrument = orders[taker, O_INSTRUMENT]
    book.instruments[instrument, I_LAST] = price
    risk = quantity * book.instruments[instrument, I_RISK]
    book.traders[exposed(book, orders[taker, O_ACCOUNT]), U_NOW] += risk
    book.traders[exposed(book, orders[maker, O_ACCOUNT]), U_NOW] += risk
    mishap, when = orders[taker, O_MISHAP], time + orders[taker, O_MISHAP_AFTER]
    if mishap and when < book.instruments[instrument, I_CLOSE]:
        orders[taker, O_MISHAP] = 0
        at = state[S_MISHAPS]
        state[S_MISHAPS] += 1
        move(book.mishaps, 2 * at, book.out, one)
        move(book.mishaps, 2 * at + 1, book.out, two)
        push(book, when, T_BUST if mishap == BUST_IT else T_CORRECT, at, 0)


@kernel()
def match(book: Book, slot: int, limit: int) -> None:
    """Fill an order against the other side up to a price; what is left stays in its record."""
    orders = book.orders
    side, instrument, account = orders[slot, O_SIDE], orders[slot, O_INSTRUMENT], orders[slot, O_ACCOUNT]
    other = 1 if side == BUY else 0
    while orders[slot, O_LEFT] > 0 and book.state[S_ROWS] + 8 < len(book.out):
        touch = book.best[instrument, other]
        if touch < 0 or (touch > limit if side == BUY else touch < limit):
            break
        maker = book.head[other, instrument, touch]
        same = book.accounts[orders[maker, O_ACCOUNT], P_OWNER] == book.accounts[account, P_OWNER]
        if same and not orders[slot, O_FREE] & MAY_MEET_ITSELF:  # self-match prevention: the older order goes
            emit(book, CANCEL, maker, touch, orders[maker, O_LEFT])
            unlink(book, maker)
            release(book, maker)
            continue
        quantity = min(orders[slot, O_LEFT], orders[maker, O_LEFT])
        orders[slot, O_LEFT] -= quantity
        orders[maker, O_LEFT] -= quantity
        fill(book, slot, maker, touch, quantity)
        if orders[maker, O_LEFT] == 0:
            unlink(book, maker)
            release(book, maker)


@kernel()
def settle(book: Book, slot: int, rests: bool) -> bool:
    """Let what is left of an order rest, or cancel it; return whether it rests."""
    order = book.orders[slot]
    if order[O_LEFT] > 0 and rests:
        link(book, slot)
        return True
    if order[O_LEFT] > 0:
        emit(book, CANCEL, slot, order[O_PRICE] if order[O_TYPE] == TYPE_LIMIT else NO_PRICE, order[O_LEFT])
    release(book, slot)
    return False


@kernel()
def priced(book: Book, instrument: int, side: int, mode: int, offset: int) -> int:
    """Return the tick at which an order of that mode goes in, as the book stands."""
    bid, ask = book.best[instrument, 0], book.best[instrument, 1]
    last = book.instruments[instrument, I_LAST]
    sign = 1 if side == BUY else -1
    own, opposite = (bid, ask) if side == BUY else (ask, bid)
    if mode in (TAKE, MARKET):
        return int((opposite if opposite >= 0 else last) + sign * offset)
    if own < 0:
        own = opposite - sign if opposite >= 0 else last - sign
    if mode == PASSIVE:
        price = own - sign * offset
    elif mode == IMPROVE:
        price = own + sign * offset
    else:
        middle = (bid + ask + (1 if side == SELL else 0)) // 2 if bid >= 0 and ask >= 0 else last
        price = middle - sign * offset
    if opposite >= 0:
        price = min(price, opposite - 1) if side == BUY else max(price, opposite + 1)
    return int(price)


@kernel()
def accept(book: Book, action: Table) -> int:
    """Give an action's order a slot and a number."""
    state = book.state
    slot = int(state[S_FREE])
    order = book.orders[slot]
    state[S_FREE] = order[O_NEXT]
    parent = action[A_PARENT]
    if parent and book.parents[parent] == 0:
        state[S_ORDER] += 1
        book.parents[parent] = state[S_ORDER]
    state[S_ORDER] += 1
    order[O_NUMBER], order[O_INSTRUMENT], order[O_ACCOUNT] = state[S_ORDER], action[A_INSTRUMENT], action[A_ACCOUNT]
    order[O_SIDE], order[O_LEFT], order[O_TOTAL] = action[A_SIDE], action[A_QUANTITY], action[A_QUANTITY]
    order[O_TYPE], order[O_TIF], order[O_TAG] = action[A_TYPE], action[A_TIF], action[A_TAG]
    order[O_PARENT] = book.parents[parent] if parent else 0
    order[O_AMEND], order[O_AMENDS], order[O_AMEND_AFTER] = action[A_AMEND], action[A_AMENDS], action[A_AMEND_AFTER]
    order[O_FREE], order[O_MISHAP], order[O_MISHAP_AFTER] = action[A_FREE], action[A_MISHAP], action[A_MISHAP_AFTER]
    return slot


@kernel()
def submit(book: Book, action: Table) -> None:
    """Send one order into the market."""
    instrument, account, side = action[A_INSTRUMENT], action[A_ACCOUNT], action[A_SIDE]
    time, mode = action[A_TIME], action[A_MODE]
    price = priced(book, instrument, side, mode, action[A_OFFSET])
    if not action[A_FREE] & EXEMPT:
        used = book.traders[exposed(book, account)]
        risk = action[A_QUANTITY] * book.instruments[instrument, I_RISK]
        if used[U_NOW] + used[U_BEFORE] + risk > used[U_LIMIT]:
            return  # traders pause when their soft limit is used up: the order is never sent
    slot = accept(book, action)
    order = book.orders[slot]
    order[O_PRICE] = price
    if mode == REFUSED or price < 0 or price >= LADDER:
        emit(book, REJECT, slot, price if order[O_TYPE] == TYPE_LIMIT else NO_PRICE, order[O_LEFT])
        release(book, slot)
        return
    emit(book, ORDER, slot, price if order[O_TYPE] == TYPE_LIMIT else NO_PRICE, order[O_LEFT])
    match(book, slot, price)
    order[O_MISHAP] = 0  # only what an order takes at once can be busted
    close = book.instruments[instrument, I_CLOSE]
    if settle(book, slot, order[O_TYPE] == TYPE_LIMIT and order[O_TIF] != IOC):
        if action[A_LIFETIME] > 0 and time + action[A_LIFETIME] < close:
            push(book, time + action[A_LIFETIME], T_CANCEL, slot, order[O_NUMBER])
        if order[O_AMENDS] > 0 and time + order[O_AMEND_AFTER] < close:
            push(book, time + order[O_AMEND_AFTER], T_AMEND, slot, order[O_NUMBER])


@kernel()
def negotiate(book: Book, action: Table) -> None:
    """Print a trade that two parties agreed on: inside the touch, or as many ticks above it as they say."""
    instrument = action[A_INSTRUMENT]
    bid, ask = book.best[instrument, 0], book.best[instrument, 1]
    price = (bid + ask) // 2 if bid >= 0 and ask >= 0 else book.instruments[instrument, I_LAST]
    price = min(max(price + action[A_OFFSET], 0), LADDER - 1)
    one = accept(book, action)
    two = accept(book, action)
    book.orders[two, O_ACCOUNT], book.orders[two, O_SIDE] = action[A_OTHER], BUY + SELL - action[A_SIDE]
    book.orders[one, O_PRICE], book.orders[two, O_PRICE] = price, price
    emit(book, ORDER, one, price, action[A_QUANTITY])
    emit(book, ORDER, two, price, action[A_QUANTITY])
    fill(book, one, two, price, action[A_QUANTITY])
    rows = book.state[S_ROWS]
    book.out[rows - 2, R_AGGRESSOR], book.out[rows - 1, R_AGGRESSOR] = 0, 0
    release(book, one)
    release(book, two)


@kernel()
def amend(book: Book, slot: int) -> None:
    """Change a resting order as it was planned to change."""
    order = book.orders[slot]
    side, instrument = order[O_SIDE], order[O_INSTRUMENT]
    order[O_AMENDS] -= 1
    if order[O_AMEND] == REDUCE:
        less = order[O_LEFT] // 3
        if less > 0:  # a smaller order keeps its place in the queue
            order[O_LEFT] -= less
            order[O_TOTAL] -= less
            emit(book, AMEND, slot, order[O_PRICE], order[O_TOTAL])
    else:
        price = priced(book, instrument, side, TAKE if order[O_AMEND] == CROSS else PASSIVE, 1)
        if price != order[O_PRICE] and 0 <= price < LADDER:
            unlink(book, slot)
            order[O_PRICE] = price
            emit(book, AMEND, slot, price, order[O_TOTAL])
            match(book, slot, price)
            if not settle(book, slot, True):
                return
    time = book.state[S_NOW]
    if order[O_AMENDS] > 0 and time + order[O_AMEND_AFTER] < book.instruments[instrument, I_CLOSE]:
        push(book, time + order[O_AMEND_AFTER], T_AMEND, slot, order[O_NUMBER])


@kernel()
def ring(book: Book) -> int:
    """Do what the earliest timer asks for; return the instrument, or -1 when its order is gone already."""
    first = book.timers[0]
    time, what, slot, number = first[T_TIME], first[T_WHAT], first[T_SLOT], first[T_NUMBER]
    pop(book)
    book.state[S_NOW] = time
    if what in (T_BUST, T_CORRECT):
        at = book.state[S_ROWS]
        for side in range(2):
            move(book.out, at + side, book.mishaps, 2 * slot + side)
            book.out[at + side, R_TIME] = time
            book.out[at + side, R_KIND] = BUST if what == T_BUST else CORRECT
            if what == T_CORRECT:
                book.out[at + side, R_PRICE] += 1 if book.mishaps[2 * slot, R_SIDE] == SELL else -1
        book.state[S_ROWS] += 2
        return -1
    order = book.orders[slot]
    if order[O_NUMBER] != number:
        return -1
    instrument = order[O_INSTRUMENT]
    if what == T_CANCEL:
        emit(book, CANCEL, slot, order[O_PRICE], order[O_LEFT])
        unlink(book, slot)
        release(book, slot)
    else:
        amend(book, slot)
    return int(instrument)


@kernel()
def expire(book: Book, instrument: int) -> bool:
    """End the orders of an instrument; return whether all of them fitted into the output."""
    for side in range(2):
        while book.best[instrument, side] >= 0:
            if book.state[S_ROWS] + 8 >= len(book.out):
                return False
            price = book.best[instrument, side]
            slot = book.head[side, instrument, price]
            emit(book, EXPIRE, slot, price, book.orders[slot, O_LEFT])
            unlink(book, slot)
            release(book, slot)
    return True


@kernel()
def publish(book: Book, instrument: int) -> None:
    """Publish the best bid and offer where they have moved."""
    for side in range(2):
        touch = book.best[instrument, side]
        if touch == book.instruments[instrument, I_QUOTED_BID + side]:
            continue
        book.instruments[instrument, I_QUOTED_BID + side] = touch
        if touch < 0:
            continue
        quantity, slot = 0, book.head[side, instrument, touch]
        first = slot
        while slot >= 0:
            quantity += book.orders[slot, O_LEFT]
            slot = book.orders[slot, O_NEXT]
        row = book.out[emit(book, QUOTE, first, touch, quantity)]
        row[R_TYPE], row[R_TIF], row[R_ACCOUNT], row[R_ORDER], row[R_PARENT], row[R_TAG] = 0, 0, -1, 0, 0, 0


@kernel()
def run(book: Book, actions: Table, start: int, until: int) -> int:
    """Play actions (rows of `ACTION_COLUMNS` in order of time), and timers up to a time.

    Plays from number `start` on, changing the book, until all is done or the output is full. Timers up to `until` ring
    after the last action. Returns the number of the next action; ``len(actions) + 1`` when those have rung as well.
    """
    timers, state = book.timers, book.state
    at = start
    while at <= len(actions):
        time = actions[at, A_TIME] if at < len(actions) else until
        while state[S_TIMERS] > 0 and timers[0, T_TIME] <= time:
            if state[S_ROWS] + ROOM > len(book.out):
                return at
            touched = ring(book)
            if state[S_QUOTES] and touched >= 0:
                publish(book, touched)
        if state[S_ROWS] + ROOM > len(book.out):
            return at
        if at < len(actions):
            action = actions[at]
            state[S_NOW] = time
            if action[A_VERB] == SUBMIT:
                submit(book, action)
            elif action[A_VERB] == NEGOTIATE:
                negotiate(book, action)
            elif action[A_VERB] == MARK_ROW:
                row = book.out[state[S_ROWS]]
                for column in range(ROW_COLUMNS):
                    row[column] = 0
                row[R_TIME], row[R_KIND], row[R_MARK] = time, MARK, action[A_MODE]
                row[R_INSTRUMENT], row[R_ACCOUNT], row[R_OTHER], row[R_PRICE] = action[A_INSTRUMENT], -1, -1, NO_PRICE
                state[S_ROWS] += 1
            elif not expire(book, action[A_INSTRUMENT]):
                return at
            if state[S_QUOTES] and action[A_VERB] in (SUBMIT, NEGOTIATE):
                publish(book, action[A_INSTRUMENT])
        at += 1
    return at
