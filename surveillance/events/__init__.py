"""The canonical event: its kinds, columns, scales, and how foreign data becomes it."""
