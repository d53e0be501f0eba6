"""A subscription that misses nothing and takes nothing twice, through restarts of the server and of this program.

What was done and how far the subscription has come are one line in one file, written through to the disk: a crash leaves
both or neither. With a database, make it one transaction.
"""

import json
import os
import threading

import grpc
from calls import PASSING, Backoff, call
from heng.subscription.v1 import subscription_pb2 as pb
from heng.subscription.v1 import subscription_pb2_grpc as rpc

# ABORTED: we read too slowly and were cut off.
RESUME = PASSING + (grpc.StatusCode.ABORTED,)


class Ledger:
    """The decisions dealt with, and by them the cursor."""

    def __init__(self, path):
        self.lines, self._next, self._log = [], {}, b""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                # A crash may have left half a line: its decision comes again.
                whole = file.read().rpartition("\n")[0]
            for line in whole.splitlines():
                self._note(json.loads(line))
            with open(path, "w", encoding="utf-8") as file:
                file.write(whole + "\n" if whole else "")
        self._file = open(path, "a", encoding="utf-8")

    def _note(self, line):
        self.lines.append(line)
        self._next[line["partition"]] = line["seq"] + 1
        self._log = bytes.fromhex(line["log"])

    def deal_with(self, decision, log):
        """Here a department would act. Ours writes down what was decided."""
        line = {
            "partition": decision.position.partition,
            "seq": decision.seq,
            "log": log.hex(),
            "decision": decision.decision.hex(),
            "kind": decision.kind,
            "subject": decision.subject,
            "cause": decision.cause,
        }
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._note(line)

    def cursor(self):
        """Where to go on; none where nothing was dealt with."""
        if not self._next:
            return None
        places = sorted(self._next.items())
        return pb.Cursor(log=self._log, partitions=[pb.PartitionCursor(partition=p, next_seq=n) for p, n in places])


class Follower(threading.Thread):
    """Follows decisions on a thread of its own until stopped."""

    def __init__(self, channel, name, ledger):
        super().__init__(daemon=True)
        self.ledger, self.changed, self.breaks, self.failed = ledger, threading.Condition(), 0, None
        self._stub, self._name = rpc.SubscriptionServiceStub(channel), name
        self._stream, self._is_over = None, False

    def run(self):
        backoff = Backoff()
        while not self._is_over:
            # Our own cursor, kept beside what we did, goes before what was acknowledged.
            cursor = self.ledger.cursor()
            start = {"cursor": cursor} if cursor else {"name": self._name}
            # A stream has no deadline: heartbeats tell that it lives.
            self._stream = self._stub.Subscribe(pb.SubscribeRequest(heartbeat_ms=1000, **start))
            log = b""
            try:
                for message in self._stream:
                    backoff = Backoff()
                    if message.HasField("heartbeat"):
                        # The first message of a stream is one, so the log's id is known before a decision comes.
                        log = message.heartbeat.cursor.log
                        continue
                    with self.changed:
                        self.ledger.deal_with(message.decision, log)
                        self.changed.notify_all()
            except grpc.RpcError as error:
                with self.changed:
                    self.breaks += 1
                    if not self._is_over and error.code() not in RESUME:
                        self.failed = error
                    self.changed.notify_all()
                if self._is_over or self.failed:
                    return
                backoff.wait(error)

    def wait_for(self, what, is_so, patience_s):
        """Waits until something is so; an error that stays ends the wait."""
        with self.changed:
            came = self.changed.wait_for(lambda: self.failed or is_so(self), timeout=patience_s)
        if self.failed:
            raise self.failed
        if not came:
            raise TimeoutError(f"waited {patience_s} s for {what}")

    def acknowledge(self, deadline_s, patience_s):
        """Tells the server up to where decisions were dealt with, so that the name alone is enough to go on."""
        with self.changed:
            request = pb.AcknowledgeRequest(name=self._name, cursor=self.ledger.cursor())
        return call(self._stub.Acknowledge, request, deadline_s, patience_s)

    def stop(self):
        self._is_over = True
        if self._stream:
            self._stream.cancel()
        self.join(timeout=5)
