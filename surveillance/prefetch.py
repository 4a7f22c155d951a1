"""Ask the processor for state before it is needed.

What is kept by key lies all over memory: to add a number to it is one step, to wait for it is a hundred. But the keys
of the next rows are known, so a kernel can ask for their state while it still works on this row.
"""

from __future__ import annotations

from typing import Any, Final

import llvmlite.ir
import numba
from numba.core import cgutils
from numba.extending import intrinsic, overload

AHEAD: Final = 12
"""How many rows ahead to ask: memory answers while a kernel works on about so many."""

_TABLE: Final = 2
_WRITING, _INTO_ALL_CACHES, _DATA = 1, 3, 1


def prefetch(array: Any, place: int) -> None:
    """Ask for the element, or the row, of an array at a place; as Python this does nothing.

    Parameters
    ----------
    array : ndarray
        One or two dimensions, contiguous.
    place : int
        Where; nothing happens to what is there, and a place outside the array does no harm.
    """


@intrinsic  # type: ignore[untyped-decorator]
def _ask(_typing: Any, array: Any, place: Any) -> Any:  # noqa: ARG001 - its value comes with the call
    """Become the processor's own instruction."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        view = context.make_array(kind)(context, builder, args[0])
        byte, number = llvmlite.ir.IntType(8).as_pointer(), llvmlite.ir.IntType(32)
        takes = llvmlite.ir.FunctionType(llvmlite.ir.VoidType(), [byte, number, number, number])
        instruction = cgutils.get_or_insert_function(builder.module, takes, "llvm.prefetch.p0i8")
        how = [number(_WRITING), number(_INTO_ALL_CACHES), number(_DATA)]
        nought, one = (context.get_constant(numba.types.intp, value) for value in (0, 1))
        places: list[Any] = [[args[1]]]
        if kind.ndim == _TABLE:  # a row may lie across two lines of the cache: its first and its last number
            width = cgutils.unpack_tuple(builder, view.shape)[1]
            places = [[args[1], nought], [args[1], builder.sub(width, one)]]
        for asked in places:
            pointer = cgutils.get_item_pointer(context, builder, kind, view, asked, wraparound=False)
            builder.call(instruction, [builder.bitcast(pointer, byte), *how])
        return context.get_dummy_value()

    return numba.types.void(array, numba.types.intp), generate


@overload(prefetch)  # type: ignore[untyped-decorator]
def _compiled(array: Any, place: Any) -> Any:  # noqa: ARG001 - numba asks by type for what stands for the function
    def ask(array: Any, place: Any) -> None:
        _ask(array, place)

    return ask
