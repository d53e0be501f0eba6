"""Answers kept until the day on which they change by themselves, and not longer than the caller allows.

`next_change` is the first day on which the answer may be another one without any new event. Events come at any time, so an
answer has an age as well: how old it may be is a decision of whoever relies on it.
"""

import datetime
import time

from heng.check.v1 import check_pb2 as pb

EPOCH = datetime.date(1970, 1, 1)
# Civil days are counted in the pack's zone, which for China has had no other offset since 1991.
ZONE = datetime.timezone(datetime.timedelta(hours=8))


def day(number):
    """A civil day from its number on the wire."""
    return EPOCH + datetime.timedelta(days=number)


class Cache:
    """Answers about today."""

    def __init__(self, ask, age_longest_s):
        self._ask, self._age_longest_s, self._kept = ask, age_longest_s, {}
        self.asked = 0

    def check(self, subject, matter):
        """The answer, from memory while it holds."""
        kept = self._kept.get((subject, matter))
        if kept and self._holds(*kept):
            return kept[0]
        self.asked += 1
        response = self._ask(pb.CheckRequest(subject=subject, matter=matter, purpose="example: cached"))
        self._kept[subject, matter] = (response, time.monotonic())
        return response

    def _holds(self, response, since):
        today = (datetime.datetime.now(ZONE).date() - EPOCH).days
        answer = response.answer
        is_over = answer.HasField("next_change") and today >= answer.next_change
        return response.as_of <= today and not is_over and time.monotonic() - since < self._age_longest_s
