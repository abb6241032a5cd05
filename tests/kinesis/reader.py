"""Reads a stream from its start with boto3, and changes it.

    reader.py ENDPOINT STREAM read         every record as a line of JSON: shard, key, data (hex)
    reader.py ENDPOINT STREAM unpack       the same, aggregates unpacked by aws-kinesis-agg
    reader.py ENDPOINT STREAM create N     makes it with N shards
    reader.py ENDPOINT STREAM split SHARD  splits a shard in the middle
    reader.py ENDPOINT STREAM merge SHARD SHARD   makes one of two neighbours
    reader.py ENDPOINT STREAM delete
"""

import base64
import json
import sys
import time

import boto3

endpoint, stream, task, *rest = sys.argv[1:]
kinesis = boto3.client(
    "kinesis",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="STANDIN",
    aws_secret_access_key="stand-in",
)


def records(shard):
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    while iterator:
        page = kinesis.get_records(ShardIterator=iterator, Limit=10000)
        yield from page["Records"]
        iterator = page.get("NextShardIterator")
        if not page["Records"] and page.get("MillisBehindLatest", 0) == 0:
            return


def unpacked(found):
    from aws_kinesis_agg.deaggregator import deaggregate_records

    for record in found:
        lambda_event = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "sequenceNumber": record["SequenceNumber"],
                "approximateArrivalTimestamp": 0,
                "partitionKey": record["PartitionKey"],
                "data": base64.b64encode(record["Data"]),
            }
        }
        for inner in deaggregate_records(lambda_event):
            inner = inner["kinesis"]
            yield {"PartitionKey": inner["partitionKey"], "Data": base64.b64decode(inner["data"])}


def wait_until_active():
    def status():
        summary = kinesis.describe_stream_summary(StreamName=stream)
        return summary["StreamDescriptionSummary"]["StreamStatus"]

    while status() != "ACTIVE":
        time.sleep(0.1)


def shards():
    return kinesis.list_shards(StreamName=stream)["Shards"]


if task in ("read", "unpack"):
    for shard in shards():
        found = records(shard["ShardId"])
        for record in unpacked(found) if task == "unpack" else found:
            # A stream that distributes records itself takes some without a key.
            key = record.get("PartitionKey", "")
            line = {"shard": shard["ShardId"], "key": key, "data": record["Data"].hex()}
            print(json.dumps(line))
elif task == "create":
    kinesis.create_stream(StreamName=stream, ShardCount=int(rest[0]))
    wait_until_active()
elif task == "split":
    (parent,) = [shard for shard in shards() if shard["ShardId"] == rest[0]]
    ends = parent["HashKeyRange"]
    middle = (int(ends["StartingHashKey"]) + int(ends["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName=stream, ShardToSplit=rest[0], NewStartingHashKey=str(middle))
    wait_until_active()
elif task == "merge":
    kinesis.merge_shards(StreamName=stream, ShardToMerge=rest[0], AdjacentShardToMerge=rest[1])
    wait_until_active()
elif task == "delete":
    kinesis.delete_stream(StreamName=stream)
else:
    sys.exit(__doc__)
