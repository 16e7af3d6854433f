"""Why calls fail."""
from typing import NoReturn, Optional

from .c_api import Category, KsReason, Status, Step
from .library import call, known


class KalturaError(Exception):
    """Why a call failed. It never holds a KS, a token or a token hash, so it may be logged."""

    # Numbers that this version does not know are given as they are.
    status: int
    category: int
    step: int
    ks_reason: int
    hint: str
    option: Optional[str]
    api_code: Optional[str]
    api_message: Optional[str]
    api_args: dict[str, str]
    http_status: int
    is_retryable: bool
    retry_after_ms: int
    attempts: int
    server_session: Optional[str]
    server_host: Optional[str]

    @classmethod
    def _take(cls, error: int) -> "KalturaError":
        try:
            self = cls(call("error_message", error))
            self.status = known(Status, call("error_status", error))
            self.category = known(Category, call("error_category", error))
            self.step = known(Step, call("error_step", error))
            self.ks_reason = known(KsReason, call("error_ks_reason", error))
            self.is_retryable = bool(call("error_is_retryable", error))
            for name in ("hint", "option", "api_code", "api_message", "http_status", "retry_after_ms", "attempts",
                         "server_session", "server_host"):
                setattr(self, name, call("error_" + name, error))
            self.api_args = {}
            while name := call("error_api_arg_name", error, len(self.api_args)):
                self.api_args[name] = call("error_api_arg", error, name)
            return self
        finally:
            call("error_free", error)


def raise_error(error: int) -> NoReturn:
    raise KalturaError._take(error)
