"""Several nodes and their nats-server, as real processes: to freeze, kill, cut off and start again.

All end with the test, however that ends: each is stopped by its id, and the kernel kills those whose
test was killed. Where the test may make network namespaces, it moves into one of its own (`isolate()`),
and every node of a `Cluster(network=True)` has another, joined by a bridge, so that any may be cut off
from any other without touching the machine's network."""
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from live_node import Node

PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000
NOBODY = "02:00:00:00:00:01"  # a hardware address that nobody has
BRIDGE, SUBNET = "quellbr0", "10.77.0."
NATS_HOST = SUBNET + "2"
JOIN_SECONDS = 30
libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """A promise that was not kept."""


class Unavailable(Exception):
    """What a test needs and the machine does not give."""


def check(right, what):
    if not right:
        raise Wrong(what)


def until(what, condition, seconds, interval=0.02):
    """Waits for `condition` to be true; returns what it gave, fails with the name of what never came."""
    deadline = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > deadline:
            raise Wrong(f"not within {seconds} s: {what() if callable(what) else what}")
        threading.Event().wait(interval)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def isolate():
    """Moves this process, and all that it starts, into a network of its own. False: not permitted."""
    if libc.unshare(CLONE_NEWNET) != 0:
        return False
    run("ip", "link", "set", "lo", "up")
    return True


class Network:
    """A bridge in this process's namespace, and namespaces joined to it. Needs isolate()."""

    def __init__(self):
        self.holders = []
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", SUBNET + "1/24", "dev", BRIDGE)
        run("ip", "address", "add", NATS_HOST + "/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")

    def add_host(self):
        """Its address, and what has to stand before a command to run there."""
        number = len(self.holders)
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL,
                                  preexec_fn=die_with_parent)
        self.holders.append(holder)
        here = os.readlink("/proc/self/ns/net")
        until("a namespace", lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != here, 10)
        inside = ["nsenter", "-t", str(holder.pid), "-n"]
        address, link = f"{SUBNET}{11 + number}", f"quell{number}"
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        run("ip", "link", "set", link, "master", BRIDGE, "up")
        run(*inside, "ip", "link", "set", "lo", "up")
        run(*inside, "ip", "address", "add", address + "/24", "dev", "eth0")
        run(*inside, "ip", "link", "set", "eth0", "up")
        return address, inside

    def close(self):
        for holder in self.holders:
            holder.kill()
            holder.wait()
        for number in range(len(self.holders)):
            subprocess.run(["ip", "link", "delete", f"quell{number}"], capture_output=True, timeout=20)
        subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True, timeout=20)


class Stoppable:
    """What a process of ours can be made to do. `self.process` is it."""

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        until("it is frozen", lambda: self.state() == "T", 10, 0.001)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def state(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class NatsServer(Stoppable):
    """nats-server with JetStream; its port and its data outlive it."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.folder = tempfile.mkdtemp(prefix="quell-nats-")
        self.process = None
        with socket.socket() as probe:
            probe.bind((host, 0))
            self.port = probe.getsockname()[1]
        self.url = f"nats://{host}:{self.port}"

    def start(self):
        self.launch()
        return self.await_started()

    def launch(self):
        binary = os.environ.get("QUELL_NATS_SERVER") or shutil.which("nats-server") or "/usr/sbin/nats-server"
        config = os.path.join(self.folder, "server.conf")
        with open(config, "w") as out:
            out.write(f"listen: {self.host}:{self.port}\njetstream {{ store_dir: \"{self.folder}\" }}\n")
        self.said = []
        self.process = subprocess.Popen([binary, "-c", config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        errors="replace", preexec_fn=die_with_parent)
        threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True).start()

    def await_started(self):
        until(lambda: f"nats-server is ready: {''.join(self.said)}",
              lambda: any("Server is ready" in line for line in self.said), 30)
        return self

    def _read(self, stream):
        for line in stream:
            self.said.append(line)
            del self.said[:-100]

    def stop(self):
        if self.alive():
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Asked(threading.Thread):
    """A request under way. `status` and `answer` when it has ended; `error` if nobody answered."""

    def __init__(self, node, method, path, body=None, timeout=120):
        super().__init__(daemon=True)
        self.request = (method, path, body, timeout)
        self.node, self.status, self.answer, self.error = node, None, None, None
        self.begin = time.monotonic()
        self.seconds = None
        self.start()

    def run(self):
        try:
            self.status, self.answer = self.node.call(*self.request)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.error = error
        self.seconds = time.monotonic() - self.begin

    def result(self, seconds=60):
        """Its status and answer; fails if there is none within `seconds`."""
        self.join(seconds)
        method, path = self.request[:2]
        check(not self.is_alive(), f"{method} {path} is not answered within {seconds} s")
        check(self.error is None, f"{method} {path} failed: {self.error!r}")
        return self.status, self.answer


class ClusterNode(Stoppable, Node):
    """One node of several. `id` once it has started."""

    id = None

    def launch(self):
        super().launch()
        self.frozen = False

    def popen_options(self):
        return {"preexec_fn": die_with_parent, "stdin": subprocess.DEVNULL}

    def fail(self, what):
        code = self.process.poll()
        raise Wrong(f"{self.settings['node.name']}: {what}; exit code {code}, the end of its log:\n"
                    f"{self.tail(15)}")

    def await_started(self):
        super().await_started()
        with self.lock:
            entries = [json.loads(line) for line in self.log if '"started"' in line]
        self.id = entries[-1]["node_id"]
        self.settings["http.port"] = self.port  # it starts again where it was, as real ones do
        return self

    def call(self, method, path, body=None, timeout=60):
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, body,
                               {"Content-Type": "application/json"} if body is not None else {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def get(self, path, timeout=60):
        status, answer = self.call("GET", path, None, timeout)
        check(status == 200, f"GET {path} answered {status} {str(answer)[:500]}")
        return answer

    def ask(self, method, path, body=None, timeout=120):
        return Asked(self, method, path, body, timeout)

    def tasks(self, query=""):
        """Every task that is listed, in the order of the answer."""
        return self.get(f"/_tasks?group_by=none&{query}")["tasks"]


class Cluster:
    """nats-server and `count` nodes, opensearch-node1 and so on. `network`: each in a namespace."""

    def __init__(self, binary, count=2, network=False, of_node=None, **settings):
        self.network = Network() if network else None
        self.nodes = []
        self.nats = None
        try:
            self.nats = NatsServer(NATS_HOST if network else "127.0.0.1")
            common = {"cluster.nats.url": self.nats.url, "transport.port": 0, "tasks.peer_lease": "5s",
                      "cluster.members.dead_after": "15s", **settings}
            for number in range(count):
                node = ClusterNode(binary, **{**common, "node.name": f"opensearch-node{number + 1}",
                                              **(of_node or {}).get(number, {})})
                self.nodes.append(node)
                if network:
                    node.settings["network.host"], node.prefix = self.network.add_host()
                    node.settings["security.allow_insecure"] = "true"
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, trace):
        codes = self.stop()
        if kind is None:
            bad = {name: code for name, code in codes.items() if code not in (0, -signal.SIGKILL)}
            check(not bad, f"nodes did not end well: {bad}")

    def start(self):
        self.nats.start()
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.await_started()
        self.await_joined()
        return self

    def await_joined(self):
        """Until every node lists the tasks of every other, if they all run."""
        count = len(self.nodes)
        for node in self.nodes:
            def joined(node=node):
                answer = node.get("/_tasks?timeout=1s")
                told = answer["nodes"].get(node.id, {"transport_address": ":0"})
                node.settings["transport.port"] = told["transport_address"].rsplit(":", 1)[1]
                return len(answer["nodes"]) == count and not answer.get("node_failures")
            until(f"{node.settings['node.name']} reaches all {count} nodes", joined, JOIN_SECONDS)

    def stop(self):
        """Ends everything. By name of the node, its exit code; -9: it had been killed or had to be."""
        running = [node for node in self.nodes if node.alive()]
        for node in running:
            node.process.send_signal(signal.SIGTERM)
            node.thaw()
        codes = {}
        for node in self.nodes:
            if node.process is not None:
                try:
                    codes[node.settings["node.name"]] = node.process.wait(20)
                except subprocess.TimeoutExpired:
                    node.kill()
                    codes[node.settings["node.name"]] = "still running 20 s after SIGTERM"
            shutil.rmtree(node.folder, ignore_errors=True)
        if self.nats:
            self.nats.stop()
        if self.network:
            self.network.close()
        return codes

    def cut(self, source, target):
        """What `source` sends to `target` (a node or NATS_HOST) is lost, without a word."""
        address = target if isinstance(target, str) else target.settings["network.host"]
        run(*source.prefix, "ip", "neighbour", "replace", address, "lladdr", NOBODY, "nud", "permanent",
            "dev", "eth0")

    def mend(self, source, target):
        address = target if isinstance(target, str) else target.settings["network.host"]
        run(*source.prefix, "ip", "neighbour", "delete", address, "dev", "eth0")

    def part(self, one, other):
        self.cut(one, other)
        self.cut(other, one)

    def rejoin(self, one, other):
        self.mend(one, other)
        self.mend(other, one)

    def slow(self, node, rate):
        """What a node sends goes at `rate` ("1mbit"); None: as fast as it can."""
        where = ["dev", "eth0", "root"]
        if rate is None:
            run(*node.prefix, "tc", "qdisc", "delete", *where)
        else:
            run(*node.prefix, "tc", "qdisc", "replace", *where, "tbf", "rate", rate, "burst", "16kb",
                "latency", "400ms")
