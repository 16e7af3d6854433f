"""What everything else here needs to call the C functions: no names for users."""
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ctypes import CDLL, byref, c_int32, c_int64, c_uint32, c_void_p
from typing import Any, Optional, TypeVar

from .c_api import ABI_VERSION, ERROR_NUMBERS, FUNCTIONS, DestroyFn, KalturaError

_H = TypeVar("_H", bound="Handle")


def _open() -> CDLL:
    is_apple = sys.platform == "darwin"
    library = CDLL(f"libkaltura_session.{ABI_VERSION}.dylib" if is_apple else f"libkaltura_session.so.{ABI_VERSION}")
    if library.kaltura_abi_version() != ABI_VERSION:
        raise ImportError(f"libkaltura_session has ABI {library.kaltura_abi_version()}, not {ABI_VERSION}")
    return library


_library = _open()


def call(name: str, *arguments: Any) -> Any:
    """Calls kaltura_<name>: text goes in and comes out as str, handles and options are lent, and an error is raised."""
    function = getattr(_library, "kaltura_" + name)
    function.restype, function.argtypes = FUNCTIONS["kaltura_" + name]
    error = c_void_p()
    with ExitStack() as lent:
        passed = [_argument(*pair, lent) for pair in zip(function.argtypes, arguments)]
        if len(passed) < len(function.argtypes):
            passed.append(byref(error))
        result = function(*passed)
    if error.value is not None:
        raise taken(error.value)
    return result.decode() if isinstance(result, bytes) else result


def _argument(parameter: Any, value: Any, lent: ExitStack) -> Any:
    if hasattr(value, "_use"):
        return lent.enter_context(value._use())
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


def taken(pointer: int) -> KalturaError:
    """What to raise for an error, which is freed."""
    try:
        error = KalturaError(call("error_message", pointer))
        error.api_args = {}
        while name := call("error_api_arg_name", pointer, len(error.api_args)):
            error.api_args[name] = call("error_api_arg", pointer, name)
        for name in KalturaError.__annotations__.keys() - {"api_args"}:
            value = call("error_" + name, pointer)
            setattr(error, name, known(ERROR_NUMBERS[name], value) if name in ERROR_NUMBERS else value)
        return error
    finally:
        call("error_free", pointer)


class Handle:
    """A pointer that is freed once: by close() or the garbage collector, and never under a call that uses it."""

    _kind: str

    def __init__(self, pointer: int) -> None:
        self._lock = threading.Lock()
        self._pointer, self._users, self._is_closed = pointer, 0, False

    def __enter__(self: _H) -> _H:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _use(self) -> Iterator[int]:
        with self._lock:
            if self._is_closed:
                raise ValueError(f"the {self._kind} is closed")
            self._users += 1
        try:
            yield self._pointer
        finally:
            self._leave(1)

    def _leave(self, users: int) -> None:
        with self._lock:
            self._users -= users
            is_last = self._is_closed and self._users == 0
        if is_last:
            call(self._kind + "_free", self._pointer)

    def close(self) -> None:
        """Lets go of it, at the end of calls that use it. Again, it does nothing."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
        if not was_closed:
            self._leave(0)

    def __del__(self) -> None:
        if hasattr(self, "_is_closed"):
            Handle.close(self)

    def _ask(self, name: str, *arguments: Any) -> Any:
        return call(f"{self._kind}_{name}", self, *arguments)


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


let_go = DestroyFn(lambda number: _kept.pop(number) and None)
