"""FIX messages written for tests: with the right length and checksum, whatever stands between the fields."""

SOH = "\x01"


def message(fields, *, version="FIX.4.4", separator=SOH, sender="CLIENT", target="BROKER", sequence=1):
    """Return one message of ``"35=D 11=a"`` or of a list of fields."""
    fields = fields.split() if isinstance(fields, str) else fields
    head = [fields[0], f"34={sequence}", f"49={sender}", f"56={target}"]
    body = "".join(f"{field}{SOH}" for field in [*head, *fields[1:]])
    text = f"8={version}{SOH}9={len(body.encode())}{SOH}{body}"
    text += f"10={sum(text.encode()) % 256:03}{SOH}"
    return text.replace(SOH, separator)


def report(fields, **options):
    """Return an execution report of the broker."""
    fields = fields.split() if isinstance(fields, str) else fields
    return message(["35=8", *fields], sender="BROKER", target="CLIENT", **options)


T = "20250303-10:00:0"
ORDER = f"35=D 11=a 55=IBM 54=1 38=100 40=2 44=10.50 59=0 1=ACC 60={T}0.000"
NEW = f"37=X1 11=a 17=e0 150=0 39=0 55=IBM 54=1 38=100 44=10.50 151=100 14=0 1=ACC 60={T}0.010"
FILL = f"37=X1 11=a 17=e1 150=F 39=1 55=IBM 54=1 38=100 44=10.50 32=40 31=10.25 151=60 14=40 1=ACC 60={T}1.000"
CANCEL = f"37=X1 11=b 41=a 17=e2 150=4 39=4 55=IBM 54=1 38=100 151=0 14=40 1=ACC 60={T}2.000"
