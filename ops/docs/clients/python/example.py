"""A department's program against `heng serve`: publish, check, follow, acknowledge; through an outage if one is coming.

Example:
  python example.py 127.0.0.1:7470 --subject 91420900MADEM0C343

With --outage it waits, after the line `READY FOR THE OUTAGE`, until the server goes away, and goes on when it is back.
Exit code 0: everything came as it must; 1: it did not.
"""

import argparse
import json
import os
import sys
import tempfile
import uuid

import grpc
from cache import Cache, day
from calls import call
from follow import Follower, Ledger
from heng.check.v1 import check_pb2, check_pb2_grpc
from heng.decision.v1 import decision_pb2
from heng.intake.v1 import intake_pb2, intake_pb2_grpc

SOURCE = "/gov/420000/tax"
MATTER = "procurement.bid"
# An approval system asks while somebody waits; publishing includes a write to the disk.
CHECK_DEADLINE_S = 1.0
PUBLISH_DEADLINE_S = 10.0
PATIENCE_S = 60.0


def say(text):
    print(text, flush=True)


def expect(is_so, text):
    if not is_so:
        raise AssertionError(text)


class Department:
    def __init__(self, channel, subject):
        self.checks = check_pb2_grpc.CheckServiceStub(channel)
        self.intake = intake_pb2_grpc.IntakeServiceStub(channel)
        self.subject = subject

    def publish(self, id, kind, data):
        """Hands in an event until it is answered. The token makes later reads reflect it."""
        event = intake_pb2.CloudEvent(
            id=id, source=SOURCE, type=kind, subject=self.subject, data=json.dumps(data).encode()
        )
        response = call(self.intake.Publish, intake_pb2.PublishRequest(event=event), PUBLISH_DEADLINE_S, PATIENCE_S)
        outcome = response.outcome
        match outcome.WhichOneof("outcome"):
            case "accepted":
                position = outcome.accepted.position
                say(f"published {kind}: accepted at {position.partition}:{position.offset}")
                return outcome.accepted.token
            case "duplicate":
                # A try whose answer was lost had been taken.
                say(f"published {kind}: it was on the log before")
                return outcome.duplicate.token
            case _:
                refused = outcome.refused
                fields = ", ".join(f"{it.field}: {it.description}" for it in refused.violations)
                raise ValueError(f"refused: {refused.message} ({fields})")

    def check(self, request):
        return call(self.checks.Check, request, CHECK_DEADLINE_S, PATIENCE_S)


def check_after(department, token):
    """A check no older than what was just published."""
    request = check_pb2.CheckRequest(
        subject=department.subject, matter=MATTER, at_least=token, purpose="example: may this firm bid?"
    )
    answer = department.check(request).answer
    verdict = check_pb2.Verdict.Name(answer.verdict)
    until = f", changes by itself on {day(answer.next_change)}" if answer.HasField("next_change") else ""
    say(f"check {MATTER}: {verdict}{until}")
    for bearing in answer.bearings:
        say(f"  {bearing.measure.title.zh} / {bearing.measure.title.en}; {', '.join(bearing.rule.basis)}")
    return answer


def batch(department):
    """Many questions at once: one that cannot be answered does not fail the rest. Words come once, answers name places."""
    entry = check_pb2.BatchCheckEntry
    entries = [entry(subject=department.subject, matter=it) for it in (MATTER, "no.such.matter")]
    request = check_pb2.BatchCheckRequest(entries=entries, purpose="example: batch", words_once=True)
    response = call(department.checks.BatchCheck, request, CHECK_DEADLINE_S, PATIENCE_S)
    results = response.results
    for asked, result in zip(entries, results):
        if result.WhichOneof("result") == "answer":
            say(f"batch {asked.matter}: {check_pb2.Verdict.Name(result.answer.verdict)}")
            for bearing in result.answer.bearings:
                measure, rule = response.measures[bearing.measure_at], response.rules[bearing.rule_at]
                say(f"  {measure.title.zh} / {measure.title.en}; {', '.join(rule.basis)}")
        else:
            say(f"batch {asked.matter}: not answered: {result.refusal.message}")
    expect([it.WhichOneof("result") for it in results] == ["answer", "refusal"], "a batch is answered entry by entry")


def caused_by(id, kinds):
    cause = f"{SOURCE}#{id}"
    return lambda follower: any(it["cause"] == cause and it["kind"] in kinds for it in follower.ledger.lines)


def story(arguments, channel):
    run = uuid.uuid4().hex[:8]
    department = Department(channel, arguments.subject)
    record = f"example-{run}"
    fine = {
        "record": record, "item": "tax.penalty", "decided_on": "2026-05-20", "document_no": f"鄂税稽罚〔2026〕{run}号",
        "fields": {"amount": "2600000.00", "nature": "evasion", "tier": "serious", "evaded": "3180000.00", "share": "0.27"},
    }
    token = department.publish(f"{run}-1", "credit.recorded", fine)
    answer = check_after(department, token)
    expect(answer.verdict == check_pb2.VERDICT_BAR, "whoever was fined so much may not bid")
    cache = Cache(department.check, age_longest_s=30.0)
    cached = [cache.check(arguments.subject, MATTER).answer.verdict for _ in range(100)]
    expect(cached == [answer.verdict] * 100, "an answer that was kept is the same")
    say(f"cached: 100 answers, the server was asked {cache.asked} time(s)")
    expect(cache.asked == 1, "an answer is kept until it changes by itself")
    batch(department)

    ledger = Ledger(arguments.ledger or os.path.join(tempfile.mkdtemp(), "ledger.jsonl"))
    follower = Follower(channel, f"example-{run}", ledger)
    follower.start()
    kind = decision_pb2
    follower.wait_for("the decision", caused_by(f"{run}-1", [kind.DECISION_KIND_ISSUED]), PATIENCE_S)
    acknowledged = follower.acknowledge(PUBLISH_DEADLINE_S, PATIENCE_S).cursor.partitions
    say(f"followed: {len(ledger.lines)} decision(s); acknowledged "
        + ", ".join(f"{it.partition}:{it.next_seq}" for it in acknowledged))
    if arguments.outage:
        say("READY FOR THE OUTAGE")
        follower.wait_for("the stream to break", lambda it: it.breaks > 0, PATIENCE_S)
        say("the stream broke")
    mistake = {"record": record, "reason": "made up for an example"}
    token = department.publish(f"{run}-2", "credit.retracted", mistake)
    follower.wait_for("the revocation", caused_by(f"{run}-2", [kind.DECISION_KIND_REVOKED]), PATIENCE_S)
    answer = check_after(department, token)
    ours = [it for it in ledger.lines if it["cause"].startswith(f"{SOURCE}#{run}-")]
    say(f"after {follower.breaks} break(s): {len(ledger.lines)} decision(s), {len(ours)} of them about our record")
    expect(not answer.bearings, "a record that was taken back bears on nothing")
    expect(follower.breaks > 0 or not arguments.outage, "the subscription was resumed")
    places = [(it["partition"], it["seq"]) for it in ledger.lines]
    expect(len(set(places)) == len(places), "each decision came once")
    for partition in {place[0] for place in places}:
        seqs = [seq for found, seq in places if found == partition]
        expect(seqs == sorted(seqs), "decisions came in order")
    follower.acknowledge(PUBLISH_DEADLINE_S, PATIENCE_S)
    follower.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="host:port of heng serve")
    parser.add_argument("--subject", default="91420900MADEM0C343", help="code of a made-up firm")
    parser.add_argument("--ledger", help="file of decisions dealt with (default: a new one)")
    parser.add_argument("--outage", action="store_true", help="wait for the server to go away and come back")
    arguments = parser.parse_args()
    # A connection that is gone is looked for again soon, and a dead one is noticed while nothing is said.
    options = [("grpc.max_reconnect_backoff_ms", 1000), ("grpc.keepalive_time_ms", 30000)]
    with grpc.insecure_channel(arguments.address, options=options) as channel:
        try:
            story(arguments, channel)
        except (AssertionError, ValueError, TimeoutError, grpc.RpcError) as error:
            say(f"FAILED: {error}")
            return 1
    say("everything came as it must")
    return 0


if __name__ == "__main__":
    sys.exit(main())
