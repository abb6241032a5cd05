"""The same records with Faker (https://faker.readthedocs.io) and the json module."""

import json
import random
import time

from faker import Faker

# Names by how common they are take it ten times as long.
fake = Faker("en_US", use_weighting=False)
Faker.seed(42)


def level():
    return random.choices(["gold", "silver", "none"], [1, 3, 6])[0]


def names():
    return {
        "id": fake.uuid4(),
        "firstName": fake.first_name(),
        "lastName": fake.last_name(),
        "email": fake.safe_email(),
    }


def five():
    return {**names(), "level": level()}


def event():
    return {
        "id": fake.uuid4(),
        "at": fake.iso8601(),
        "email": fake.safe_email(),
        "ip": fake.ipv4(),
        "phone": fake.phone_number(),
        "agent": fake.user_agent(),
        "price": random.randrange(100, 100_000) / 100,
        "quantity": random.randrange(1, 10),
        "member": random.random() < 0.3,
    }


def customer():
    address = {"street": fake.street_name(), "postcode": fake.postcode(), "city": fake.city()}
    return {**names(), "address": address, "loyalty": {"level": level(), "points": random.randrange(50_001)}}


LAP, LAPS = 200, 20
for name, make in [("five fields", five), ("an event", event), ("a customer, address", customer)]:
    best = None
    for _ in range(LAPS):
        start = time.perf_counter_ns()
        for _ in range(LAP):
            json.dumps(make())
        took = (time.perf_counter_ns() - start) / LAP
        best = took if best is None else min(best, took)
    print(f"{name}\t{best:.0f}")
