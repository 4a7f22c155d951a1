"""How kernels are compiled: explicit signatures, cached on disk, when first called, without the interpreter lock.

numba looks for a place for its cache beside the source file, then in the user's cache folder, and raises when it
can write to neither. That must not keep the engine from starting, so a folder in the system's temporary directory
is named before numba is imported. Kernels that call each other share a file: a kernel's cache does not notice a
change in a kernel of another file.
"""

from __future__ import annotations

import functools
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def _writable(folder: Path) -> bool:
    """Tell whether files can be made in `folder`, or in the nearest parent that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


def choose_cache_folder() -> Path | None:
    """Name a cache folder for numba where it would find none by itself; None when it would find one."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    beside = Path(__file__).parent / "__pycache__"
    home = Path(os.path.expanduser("~")) / ".cache" / "numba"  # noqa: PTH111 - Path.home() raises without a home
    if _writable(beside) or _writable(home):
        return None
    folder = _own_folder()
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    return folder


def _own_folder() -> Path:
    """Return a folder in the temporary directory that nobody else can have put anything in.

    A cached kernel is code that will be run. So a folder of the expected name serves only if it is ours alone;
    otherwise a fresh one is made, and kernels are compiled again in each process.
    """
    if not hasattr(os, "getuid"):
        return Path(tempfile.mkdtemp(prefix="surveillance-kernels-"))
    folder = Path(tempfile.gettempdir()) / f"surveillance-kernels-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022:
        return folder
    return Path(tempfile.mkdtemp(prefix="surveillance-kernels-"))


_CHOSEN: Final = choose_cache_folder()

import numba  # noqa: E402 - the cache folder must be known first
import numpy as np  # noqa: E402 - numba imports it

if _CHOSEN is not None:
    numba.config.CACHE_DIR = str(_CHOSEN)  # for those who import numba before this module: it has read the environment


_FEW: Final = threading.local()
_MOST_COPIED: Final = 1 << 22


@contextmanager
def few_rows(*, few: bool = True) -> Iterator[None]:
    """Let this thread run kernels that are not in the cache as the Python in which they are written.

    To compile them takes seconds, once for an installation; a thousand rows take a tenth of one without. Whole numbers
    wrap in both, and silently.

    Parameters
    ----------
    few : bool
        Whether there are few; with many, nothing changes.
    """
    before = getattr(_FEW, "rows", False)
    _FEW.rows = few
    try:
        with np.errstate(over="ignore"):
            yield
    finally:
        _FEW.rows = before


class Kernel:
    """A function that is compiled, or loaded from the cache, when it is first called.

    A run calls a third of all kernels, and to load one takes several ms.

    Parameters
    ----------
    function : callable
        What is compiled.
    signatures : list
        For which types; other types are an error. Empty: for those with which it is called.
    options : dict
        Of `numba.njit`.
    """

    def __init__(self, function: Callable[..., Any], signatures: list[Any], options: dict[str, Any]) -> None:
        self._function, self._signatures, self._options = function, signatures, options
        self._compiled: Any = None
        self._plain: bool | None = None
        functools.update_wrapper(self, function)

    def compiled(self) -> Any:
        """Return the compiled function."""
        if self._compiled is None:
            given = (self._signatures,) if self._signatures else ()
            self._compiled = numba.njit(*given, **self._options)(self._function)
        return self._compiled

    def __call__(self, *args: Any) -> Any:
        """Call the compiled function; within `few_rows` the plain one where none has been compiled."""
        if self._compiled is None and getattr(_FEW, "rows", False) and _small(args) and self._is_not_compiled():
            return _interpreted(self._function, args)
        return (self._compiled or self.compiled())(*args)

    def _is_not_compiled(self) -> bool:
        """Tell whether the cache has nothing newer than the source."""
        if self._plain is None:
            code = self._function.__code__
            folder = Path(str(numba.njit(**self._options)(self._function).stats.cache_path))
            python = f"py{sys.version_info[0]}{sys.version_info[1]}"
            name = f"*.{self._function.__qualname__}-{code.co_firstlineno}.{python}*.nbi"
            written = max((index.stat().st_mtime for index in folder.glob(name)), default=0.0)
            self._plain = written < Path(code.co_filename).stat().st_mtime
        return self._plain

    @property
    def _numba_type_(self) -> Any:
        """What numba asks for when it compiles another kernel that calls this one."""
        return numba.types.Dispatcher(self.compiled())


def _small(args: tuple[Any, ...]) -> bool:
    """Tell whether arrays are no larger than can be copied; reserved address space is."""
    return all(arg.size <= _MOST_COPIED for arg in args if isinstance(arg, np.ndarray))


def _interpreted(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Call a kernel as Python with whole numbers of 64 bits, which is what numba computes with.

    numpy would add an int8 to a Python int as int8. So narrow arrays are widened, and what was written is put back.
    """
    wide = {id(arg): (arg, arg.astype(np.int64)) for arg in args if isinstance(arg, np.ndarray) and _is_narrow(arg)}
    result = function(*(wide[id(arg)][1] if id(arg) in wide else _widened(arg) for arg in args))
    for narrow, written in wide.values():
        if narrow.flags.writeable:
            np.copyto(narrow, written, casting="unsafe")
    return result


def _is_narrow(value: Any) -> bool:
    return value.dtype.kind in "iu" and value.dtype.itemsize < 8


def _widened(arg: Any) -> Any:
    return int(arg) if isinstance(arg, np.integer) and _is_narrow(arg) else arg


def kernel(*signatures: Any, allocates: bool = True, inlined: bool = False) -> Callable[[F], F]:
    """Compile a function over whole columns.

    Parameters
    ----------
    *signatures : str or numba signature
        Such as ``"int64(int64[::1], int64)"``; with none given the kernel is compiled for the types with which it is
        called (for small functions that only other kernels of the same file call).
    allocates : bool
        False promises that neither the kernel nor what it calls makes, slices or returns an array. numba then leaves
        out the counting of references, which costs twenty times the work itself where a loop calls small functions
        that take many columns.
    inlined : bool
        Make it a part of the kernels that call it. A call passes seven numbers for each column, by way of memory, so a
        small function that is called for each event costs five times its own work.
    """

    def compiled(function: F) -> F:
        options = {"cache": True, "nogil": True, "boundscheck": False, "_nrt": allocates, "forceinline": inlined}
        return cast("F", Kernel(function, list(signatures), options))

    return compiled
