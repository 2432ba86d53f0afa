"""One exchange of messages by stomp.py, as an independent client of the broker.

    python3 stomp-py-client.py PORT VERSION SCENARIO        prints its result as JSON

It only does and reports; what is right is decided by the test that runs it.
"""
import json
import queue
import sys

import stomp

WAIT_SECONDS = 10
VERSIONS = {"1.0": stomp.Connection10, "1.1": stomp.Connection11, "1.2": stomp.Connection12}


class Client(stomp.ConnectionListener):
    """A connection of one version whose events are waited for, never polled."""

    def __init__(self, port, version, **options):
        self.version = version
        self.messages, self.receipts, self.errors = queue.Queue(), queue.Queue(), queue.Queue()
        self.disconnects, self.heartbeats = queue.Queue(), queue.Queue()
        self.connection = VERSIONS[version]([("127.0.0.1", port)], **options)
        self.connection.set_listener("", self)
        self.connection.connect("user", "password", wait=True)

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.errors.put(frame)

    def on_disconnected(self):
        self.disconnects.put(True)

    def on_heartbeat(self):
        self.heartbeats.put(True)

    def send(self, destination, body, **headers):
        """Sends and waits for the receipt."""
        self.connection.send(destination, body, headers=headers, receipt="sent")
        assert self.receipts.get(timeout=WAIT_SECONDS) == "sent"

    def subscribe(self, destination, ack="auto"):
        self.connection.subscribe(destination, id="1", ack=ack, headers={"receipt": "subscribed"})
        assert self.receipts.get(timeout=WAIT_SECONDS) == "subscribed"

    def message(self):
        return self.messages.get(timeout=WAIT_SECONDS)

    def ack(self, frame, refuse=False, **options):
        act = self.connection.nack if refuse else self.connection.ack
        if self.version == "1.2":
            act(frame.headers["ack"], receipt="acked", **options)
        elif self.version == "1.1":
            act(frame.headers["message-id"], "1", receipt="acked", **options)
        else:
            act(frame.headers["message-id"], receipt="acked", **options)
        assert self.receipts.get(timeout=WAIT_SECONDS) == "acked"

    def disconnect(self):
        self.connection.disconnect(receipt="bye")
        self.disconnects.get(timeout=WAIT_SECONDS)


def text(port, version):
    client = Client(port, version, auto_content_length=False)
    client.subscribe("/queue/py.text")
    # stomp.py reads escapes in 1.0 too, although that version has none.
    colour = "a:b" if version == "1.0" else "a:b\\c"
    client.send("/queue/py.text", "grüße 🐇", colour=colour)
    frame = client.message()
    client.disconnect()
    return {
        "body": frame.body,
        "colour": frame.headers["colour"],
        "destination": frame.headers["destination"],
        "has_length": "content-length" in frame.headers,
        "subscription": frame.headers.get("subscription"),
    }


def binary(port, version):
    client = Client(port, version, auto_decode=False)
    client.subscribe("/queue/py.binary")
    client.send("/queue/py.binary", bytes([0, 1, 255, 10, 0]))
    frame = client.message()
    client.disconnect()
    body = frame.body if isinstance(frame.body, bytes) else frame.body.encode("latin-1")
    return {"body": list(body), "length": frame.headers["content-length"]}


def redelivery(port, version):
    first = Client(port, version)
    first.send("/queue/py.ack", "one")
    first.send("/queue/py.ack", "two")
    first.subscribe("/queue/py.ack", ack="client")
    taken = [first.message(), first.message()]
    first.ack(taken[0])
    first.disconnect()
    second = Client(port, version)
    second.subscribe("/queue/py.ack", ack="client")
    again = second.message()
    second.ack(again)
    second.disconnect()
    return {
        "first": [frame.body for frame in taken],
        "again": again.body,
        "redelivered": again.headers.get("redelivered"),
    }


def transaction(port, version):
    client = Client(port, version)
    aborted = client.connection.begin()
    client.send("/queue/py.tx", "aborted", transaction=aborted)
    client.connection.abort(aborted, receipt="aborted")
    receipts = [client.receipts.get(timeout=WAIT_SECONDS)]
    committed = client.connection.begin()
    client.send("/queue/py.tx", "one", transaction=committed)
    client.send("/queue/py.tx", "two", transaction=committed)
    client.connection.commit(committed, receipt="committed")
    receipts.append(client.receipts.get(timeout=WAIT_SECONDS))
    client.subscribe("/queue/py.tx")
    bodies = [client.message().body, client.message().body]
    client.disconnect()
    return {"receipts": receipts, "bodies": bodies, "more": client.messages.qsize()}


def topic(port, version):
    clients = [Client(port, version), Client(port, version)]
    for client in clients:
        client.subscribe("/topic/py.news")
    clients[0].send("/topic/py.news", "news")
    bodies = [client.message().body for client in clients]
    for client in clients:
        client.disconnect()
    return {"bodies": bodies}


def refused(port, version):
    client = Client(port, version)
    client.connection.send("", "no destination", receipt="refused")
    error = client.errors.get(timeout=WAIT_SECONDS)
    client.disconnects.get(timeout=WAIT_SECONDS)
    return {"code": error.headers["code"], "receipt": error.headers["receipt-id"]}


def heartbeat(port, version):
    client = Client(port, version, heartbeats=(200, 200))
    for _ in range(3):
        client.heartbeats.get(timeout=WAIT_SECONDS)
    connected = client.disconnects.empty()
    client.disconnect()
    return {"connected": connected}


SCENARIOS = [text, binary, redelivery, transaction, topic, refused, heartbeat]

if __name__ == "__main__":
    wanted = {scenario.__name__: scenario for scenario in SCENARIOS}[sys.argv[3]]
    print(json.dumps(wanted(int(sys.argv[1]), sys.argv[2])))
