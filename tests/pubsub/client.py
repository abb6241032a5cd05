"""Google's own client against whatever PUBSUB_EMULATOR_HOST names.

    client.py create TOPIC SUBSCRIPTION   makes both, order kept
    client.py publish TOPIC N             publishes 0 to N-1 with five ordering keys; each id as a line of JSON
    client.py pull SUBSCRIPTION N         N messages by StreamingPull, each as a line of JSON: data, key, attributes
"""

import json
import queue
import sys

from google.cloud import pubsub_v1

task, *rest = sys.argv[1:]

if task == "create":
    topic, subscription = rest
    pubsub_v1.PublisherClient().create_topic(request={"name": topic})
    with pubsub_v1.SubscriberClient() as subscriber:
        subscriber.create_subscription(
            request={"name": subscription, "topic": topic, "enable_message_ordering": True}
        )
elif task == "publish":
    topic, count = rest
    ordered = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    publisher = pubsub_v1.PublisherClient(publisher_options=ordered)
    futures = [
        publisher.publish(topic, str(n).encode(), ordering_key=f"key-{n % 5}", n=str(n))
        for n in range(int(count))
    ]
    for future in futures:
        print(json.dumps(future.result(timeout=60)))
elif task == "pull":
    subscription, count = rest
    arrived = queue.Queue()

    def take(message):
        arrived.put((message.data.decode(), message.ordering_key, dict(message.attributes)))
        message.ack()

    with pubsub_v1.SubscriberClient() as subscriber:
        pulling = subscriber.subscribe(subscription, callback=take)
        for _ in range(int(count)):
            data, key, attributes = arrived.get(timeout=60)
            print(json.dumps({"data": data, "key": key, "attributes": attributes}))
        pulling.cancel()
        pulling.result(timeout=60)
else:
    sys.exit(__doc__)
