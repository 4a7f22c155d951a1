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
import tempfile
from collections.abc import Callable
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

if _CHOSEN is not None:
    numba.config.CACHE_DIR = str(_CHOSEN)  # for those who import numba before this module: it has read the environment


class Kernel:
    """A function that is compiled, or loaded from the cache, when it is first called.

    A run calls a third of all kernels, and to load one takes several ms.

    Parameters
    ----------
    function : callable
        What is compiled.
    signatures : list
        For which types; other types are an error.
    options : dict
        Of `numba.njit`.
    """

    def __init__(self, function: Callable[..., Any], signatures: list[Any], options: dict[str, Any]) -> None:
        self._function, self._signatures, self._options = function, signatures, options
        self._compiled: Any = None
        functools.update_wrapper(self, function)

    def compiled(self) -> Any:
        """Return the compiled function."""
        if self._compiled is None:
            self._compiled = numba.njit(self._signatures, **self._options)(self._function)
        return self._compiled

    def __call__(self, *args: Any) -> Any:
        """Call the compiled function."""
        return (self._compiled or self.compiled())(*args)

    @property
    def _numba_type_(self) -> Any:
        """What numba asks for when it compiles another kernel that calls this one."""
        return numba.types.Dispatcher(self.compiled())


def kernel(*signatures: Any, allocates: bool = True) -> Callable[[F], F]:
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
    """

    def compiled(function: F) -> F:
        options = {"cache": True, "nogil": True, "boundscheck": False, "_nrt": allocates}
        made = Kernel(function, list(signatures), options) if signatures else numba.njit(**options)(function)
        return cast("F", made)

    return compiled
