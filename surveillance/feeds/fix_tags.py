"""Names of FIX fields: a profile names a field as the FIX dictionaries do, or by its number."""

from __future__ import annotations

import re
from typing import Final

MOST_TAGS: Final = 1 << 16
"""Tags from here on are read over."""
MOST_ROLES: Final = 128
"""Roles of parties from here on are read over."""

TAGS: Final = {
    "Account": 1, "BeginString": 8, "BodyLength": 9, "ClOrdID": 11, "Commission": 12, "CumQty": 14, "Currency": 15,
    "ExecID": 17, "ExecInst": 18, "ExecRefID": 19, "ExecTransType": 20, "HandlInst": 21, "SecurityIDSource": 22,
    "LastCapacity": 29, "LastMkt": 30, "LastPx": 31, "LastQty": 32, "MsgSeqNum": 34, "MsgType": 35, "OrderID": 37,
    "OrderQty": 38, "OrdStatus": 39, "OrdType": 40, "OrigClOrdID": 41, "PossDupFlag": 43, "Price": 44,
    "RefSeqNum": 45, "Rule80A": 47, "SecurityID": 48, "SenderCompID": 49, "SenderSubID": 50, "SendingTime": 52,
    "Side": 54, "Symbol": 55, "TargetCompID": 56, "TargetSubID": 57, "Text": 58, "TimeInForce": 59,
    "TransactTime": 60, "ListID": 66, "TradeDate": 75, "PositionEffect": 77, "PossResend": 97, "StopPx": 99,
    "ExDestination": 100, "CxlRejReason": 102, "OrdRejReason": 103, "ClientID": 109, "MinQty": 110, "MaxFloor": 111,
    "OnBehalfOfCompID": 115, "SettlCurrency": 120, "ExpireTime": 126, "DeliverToCompID": 128, "ExecType": 150,
    "LeavesQty": 151, "CashOrderQty": 152, "SecurityType": 167, "MaturityMonthYear": 200, "PutOrCall": 201,
    "StrikePrice": 202, "CustomerOrFirm": 204, "SecurityExchange": 207, "ContractMultiplier": 231,
    "RefMsgType": 372, "ContraBroker": 375, "ExecRestatementReason": 378, "BusinessRejectRefID": 379,
    "BusinessRejectReason": 380, "GrossTradeAmt": 381, "PriceType": 423, "CxlRejResponseTo": 434,
    "CFICode": 461, "SecondaryOrderID": 198, "SecondaryExecID": 527, "OrderCapacity": 528,
    "OrderRestrictions": 529, "TradeReportID": 571, "AccountType": 581, "TrdType": 828, "LastLiquidityInd": 851,
    "TrdMatchID": 880, "OrderCategory": 1115, "ApplVerID": 1128, "DisplayQty": 1138,
}  # fmt: skip
"""Number of each field by its name of FIX 4.4; LastQty is also the LastShares of 4.2."""

NAMES: Final = {tag: name for name, tag in TAGS.items()}
_PARTY: Final = re.compile(r"PartyID\.(\d{1,3})")


def tag_of(column: str) -> int | None:
    """Return the number of the field that a column names; None if it names none."""
    if column.isascii() and column.isdecimal():
        return int(column) if int(column) < MOST_TAGS else None
    return TAGS.get(column)


def role_of(column: str) -> int | None:
    """Return the role in ``PartyID.12``: the party that has it in the Parties group; None if it is no such column."""
    found = _PARTY.fullmatch(column)
    return int(found[1]) if found and int(found[1]) < MOST_ROLES else None


def column_of(tag: int) -> str:
    """Return the column of a field: its name, or its number where it has none here."""
    return NAMES.get(tag, str(tag))
