"""Calls with a deadline each, and what to do when one fails.

UNAVAILABLE, RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED may pass by themselves: such a call is made again, after the time that
the server named (RetryInfo) or a back-off that doubles, whichever is longer. Every other status is a mistake in the request:
it stays, and the details name the field.
"""

import random
import time

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

PASSING = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)
BACKOFF_FIRST_S = 0.1
BACKOFF_LONGEST_S = 5.0


class Backoff:
    """The time to wait before the next try: doubled each time, with a part of chance so that clients do not come together."""

    def __init__(self):
        self._next_s = BACKOFF_FIRST_S

    def wait(self, error):
        """Waits before another try; the server's wish goes before our own where it is longer."""
        wait_s = max(retry_after_s(error), self._next_s * random.uniform(0.5, 1.0))
        self._next_s = min(self._next_s * 2, BACKOFF_LONGEST_S)
        time.sleep(wait_s)


def retry_after_s(error):
    """What the server says in RetryInfo, in seconds; 0 where it says nothing."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            return info.retry_delay.ToNanoseconds() / 1e9
    return 0.0


def call(method, request, deadline_s, patience_s):
    """Calls until there is an answer, a lasting error, or `patience_s` has passed.

    All calls of Heng may be repeated: reads change nothing, and an event sent again is accepted once.
    """
    backoff, give_up = Backoff(), time.monotonic() + patience_s
    while True:
        try:
            return method(request, timeout=deadline_s)
        except grpc.RpcError as error:
            if error.code() not in PASSING or time.monotonic() >= give_up:
                raise
            print(f"  {error.code().name}: trying again", flush=True)
            backoff.wait(error)
