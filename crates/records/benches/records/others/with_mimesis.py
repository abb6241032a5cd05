"""The same records with mimesis (https://mimesis.name) and the json module."""

import json
import random
import time

from mimesis import Address, Cryptographic, Internet, Person
from mimesis.locales import Locale

person, address = Person(Locale.EN, seed=42), Address(Locale.EN, seed=42)
internet, cryptographic = Internet(seed=42), Cryptographic(seed=42)


def level():
    return random.choices(["gold", "silver", "none"], [1, 3, 6])[0]


def email():
    return person.email(domains=["example.com", "example.org", "example.net"])


def names():
    return {
        "id": cryptographic.uuid(),
        "firstName": person.first_name(),
        "lastName": person.last_name(),
        "email": email(),
    }


def five():
    return {**names(), "level": level()}


def event():
    return {
        "id": cryptographic.uuid(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "email": email(),
        "ip": internet.ip_v4(),
        "phone": person.phone_number(),
        "agent": internet.user_agent(),
        "price": random.randrange(100, 100_000) / 100,
        "quantity": random.randrange(1, 10),
        "member": random.random() < 0.3,
    }


def customer():
    home = {"street": address.street_name(), "postcode": address.postal_code(), "city": address.city()}
    return {**names(), "address": home, "loyalty": {"level": level(), "points": random.randrange(50_001)}}


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
