"""What everything else here needs to call the C functions: no names for users."""
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CDLL, byref, c_int32, c_int64, c_uint32, c_void_p
from typing import Any, Optional

from .c_api import ABI_VERSION, FUNCTIONS, DestroyFn


def _open() -> CDLL:
    is_apple = sys.platform == "darwin"
    library = CDLL(f"libkaltura_session.{ABI_VERSION}.dylib" if is_apple else f"libkaltura_session.so.{ABI_VERSION}")
    if library.kaltura_abi_version() != ABI_VERSION:
        raise ImportError(f"libkaltura_session has ABI {library.kaltura_abi_version()}, not {ABI_VERSION}")
    return library


_library = _open()


def call(name: str, *arguments: Any) -> Any:
    """Calls kaltura_<name>; text goes in and comes out as str."""
    name = "kaltura_" + name
    function = getattr(_library, name)
    function.restype, function.argtypes = FUNCTIONS[name]
    result = function(*map(_argument, function.argtypes, arguments))
    return result.decode() if isinstance(result, bytes) else result


def _argument(parameter: Any, value: Any) -> Any:
    # ctypes would cut both off without a word. What stands for a NUL is refused, as a NUL should be.
    if isinstance(value, str):
        return value.replace("\0", "\x01").encode()
    if isinstance(value, int) and parameter in (c_int32, c_int64, c_uint32) and parameter(value).value != value:
        raise OverflowError(f"{value} is out of range")
    return value


def known(kind: Callable[[int], int], number: int) -> int:
    try:
        return kind(number)
    except ValueError:
        return number


def call_or_raise(name: str, raise_error: Callable[[int], Any], *arguments: Any) -> Any:
    """Calls a function whose last parameter is an error, and hands over the error that comes."""
    error = c_void_p()
    result = call(name, *arguments, byref(error))
    if error.value is not None:
        raise_error(error.value)
    return result


class Handle:
    """A pointer that is freed once: by close() or the garbage collector, and never under a call that uses it."""

    def __init__(self, pointer: int, kind: str) -> None:
        self._lock = threading.Lock()
        self._pointer, self._kind, self._users, self._is_closed = pointer, kind, 0, False

    @contextmanager
    def _use(self) -> Iterator[int]:
        with self._lock:
            if self._is_closed:
                raise ValueError(f"the {self._kind} is closed")
            self._users += 1
        try:
            yield self._pointer
        finally:
            with self._lock:
                self._users -= 1
                is_last = self._is_closed and self._users == 0
            if is_last:
                self._free()

    def close(self) -> None:
        """Lets go of it, at the end of calls that use it. Again, it does nothing."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
            is_last = not was_closed and self._users == 0
        if is_last:
            self._free()

    def _free(self) -> None:
        call(self._kind + "_free", self._pointer)

    def __del__(self) -> None:
        if hasattr(self, "_is_closed"):
            Handle.close(self)

    def _ask(self, name: str, *arguments: Any) -> Any:
        with self._use() as pointer:
            return call(f"{self._kind}_{name}", pointer, *arguments)


# Python objects that the library holds as user_data, by number.
_kept: dict[int, Any] = {}
_numbers = itertools.count(1)


def keep(thing: Any) -> int:
    """The user_data for a callback; `let_go` is its destroy function."""
    number = next(_numbers)
    _kept[number] = thing
    return number


def kept(number: Optional[int]) -> Any:
    return _kept[number or 0]


def _let_go(number: int) -> None:
    del _kept[number]


let_go = DestroyFn(_let_go)
