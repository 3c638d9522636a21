"""A node that starts while the metadata of its cluster are out of its reach."""
import socket
import threading

from live_cluster import Cluster, check, until
from load import Load
from scenario import await_no_client_work, bulk_body, make_index, scenario

SHORT = {"tasks.peer_lease": "2s", "cluster.members.dead_after": "3s"}


class HeldAtTheDoor:
    """The way of one node to nats-server: open until the node listens for others, which it does
    before it asks for its cluster's state; then nothing more goes there, until release()."""

    def __init__(self, nats, transport_port):
        self.nats, self.transport_port = nats, transport_port
        self.holding, self.released = threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"nats://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()
        self.listener.close()

    def release(self):
        self.released.set()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection((self.nats.host, self.nats.port))
            for source, target, before in ((client, server, self.hold), (server, client, lambda: None)):
                threading.Thread(target=self.pump, args=(source, target, before), daemon=True).start()

    def hold(self):
        if not self.released.is_set() and (self.holding.is_set() or self.is_listening()):
            self.holding.set()
            self.released.wait()

    def is_listening(self):
        try:
            socket.create_connection(("127.0.0.1", self.transport_port), 1).close()
            return True
        except OSError:
            return False

    @staticmethod
    def pump(source, target, before):
        try:
            while data := source.recv(65536):
                before()
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            end.close()


def answers_what_needs_no_state(node):
    status, root = node.call("GET", "/")
    check(status == 200 and root["name"] == node.settings["node.name"] and root["cluster_uuid"] == "_na_",
          f"GET / answered {status} {root}")
    status, tasks = node.call("GET", "/_tasks")
    check(status == 200 and list(tasks["nodes"]) == [node.id], f"GET /_tasks answered {status} {tasks}")
    status, answer = node.call("POST", "/_tasks/_cancel")
    check(status == 200 and answer["node_failures"] == [], f"a cancel answered {status} {answer}")


def takes_no_work(node):
    for method, path, body in (("POST", "/wide/_bulk", bulk_body(["early"])), ("PUT", "/wide/_doc/early", "{}"),
                               ("GET", "/wide/_doc/1-0-1-0", None), ("GET", "/wide/_count", None),
                               ("PUT", "/new", None), ("DELETE", "/wide", None),
                               ("GET", "/_cluster/health", None), ("GET", "/_cat/indices", None)):
        status, answer = node.call(method, path, body)
        check(status == 503 and answer["error"]["type"] == "cluster_block_exception",
              f"{method} {path} answered {status} {answer}")


@scenario
def a_node_takes_no_work_before_it_has_its_clusters_state(quell):
    with Cluster(quell, **SHORT) as cluster:
        a, b = cluster.nodes
        make_index(a, "wide", 6)
        load = Load([a], "wide", "early", writers=3, cancellers=1).start()
        until("the first documents", lambda: load.done, 10)
        with HeldAtTheDoor(cluster.nats, int(b.settings["transport.port"])) as way:
            b.kill()
            b.settings.update({"cluster.nats.url": way.url, "cluster.nats.timeout": "60s"})
            b.launch()
            until("it listens for others", way.holding.is_set, 20)
            for _ in range(5):  # while the other one calls it
                answered = sum(load.told.values())
                answers_what_needs_no_state(b)
                takes_no_work(b)
                until("clients were answered meanwhile", lambda: sum(load.told.values()) > answered, 20)
                check(b.alive(), "it has crashed")
            way.release()
            b.await_started()
        cluster.await_joined()
        written = len(load.done)
        until("documents again", lambda: len(load.done) > written, 20)
        load.stop()
        await_no_client_work(cluster.nodes, 5)
        load.verify()
        load.report()
