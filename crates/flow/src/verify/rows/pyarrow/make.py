"""Writes the files beside it: what another library makes of the format. pip install pyarrow."""

import datetime as dt
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
UTC = dt.timezone.utc
ROWS = 7

columns = {
    "_id": pa.array([f"id-{n}" for n in range(ROWS)]),
    "person": pa.array(
        [None if n == 1 else {"name": None if n == 2 else {"firstName": f"Ada {n}"}, "year": n}
         for n in range(ROWS)],
        pa.struct([("name", pa.struct([("firstName", pa.string())])), ("year", pa.int32())])),
    "tags": pa.array([None, [], ["a"], ["b", None, "c"], ["d"], [], None], pa.list_(pa.string())),
    "lines": pa.array(
        [[{"sku": f"s{n}", "sizes": list(range(k))} for k in range(n)] for n in range(ROWS)],
        pa.list_(pa.struct([("sku", pa.large_string()), ("sizes", pa.large_list(pa.int64()))]))),
    "attributes": pa.array(
        [None, [], [("k", 1)], [("k", 1), ("l", None)], [], [], []], pa.map_(pa.string(), pa.int16())),
    "truth": pa.array([n % 2 == 0 for n in range(ROWS)]),
    "small": pa.array(range(ROWS), pa.int8()),
    "large": pa.array([2**64 - 1 - n for n in range(ROWS)], pa.uint64()),
    "half": pa.array([1.5] * ROWS, pa.float32()).cast(pa.float16()),
    "float": pa.array([0.5] * ROWS, pa.float32()),
    "double": pa.array([0.25] * ROWS, pa.float64()),
    "price": pa.array([decimal.Decimal("-12.34")] * ROWS, pa.decimal128(9, 2)),
    "wide": pa.array([decimal.Decimal("12345678901234567890.5")] * ROWS, pa.decimal128(38, 1)),
    "day": pa.array([dt.date(2026, 1, 31)] * ROWS),
    "millis": pa.array([dt.datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)] * ROWS, pa.timestamp("ms", "UTC")),
    "nanos": pa.array([1767323045678000001] * ROWS, pa.int64()).cast(pa.timestamp("ns")),
    "bytes": pa.array([b"x"] * ROWS),
    "time": pa.array([dt.time(1, 2, 3)] * ROWS, pa.time32("ms")),
    "null": pa.nulls(ROWS),
}
table = pa.table(columns)

for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    version = "2.0" if codec in ("gzip", "zstd") else "1.0"
    pq.write_table(table, HERE / f"{codec}.parquet", compression=codec, row_group_size=3,
                   data_page_version=version, use_dictionary=codec != "zstd", store_schema=False, write_statistics=False)
# As Spark and Hive have long written moments and lists.
pq.write_table(table.select(["_id", "millis", "tags"]), HERE / "older.parquet", compression="snappy",
               use_deprecated_int96_timestamps=True, use_compliant_nested_type=False, store_schema=False, write_statistics=False)
