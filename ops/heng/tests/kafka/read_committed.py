#!/usr/bin/env python3
"""Reads a topic to its end with read_committed, as another department's program would.

Usage: read_committed.py BROKERS TOPIC. One JSON object a message: partition, offset, key, type, id,
traceparent, sha256 of the value.
"""

import hashlib
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition


def main(brokers, topic):
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "another-department",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    left = set(partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    while left:
        message = consumer.poll(30)
        if message is None:
            raise SystemExit(f"nothing came from partitions {sorted(left)} for 30 s")
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                left.discard(message.partition())
                continue
            raise SystemExit(f"{error}")
        headers = {name: value.decode() for name, value in message.headers() or []}
        told = {
            "partition": message.partition(),
            "offset": message.offset(),
            "key": (message.key() or b"").decode(),
            "type": headers.get("ce_type"),
            "id": headers.get("ce_id"),
            "traceparent": headers.get("traceparent"),
            "sha256": hashlib.sha256(message.value()).hexdigest(),
        }
        print(json.dumps(told))
    consumer.close()


main(*sys.argv[1:])
