"""The cluster of the demo: a nats-server for what the nodes agree on, and two nodes, their data fresh
in one folder. Ports are the usual ones, or free ones where these are taken."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

START_SECONDS = 30


def free_port(wanted):
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    sys.exit("no port is free")


def wait_until(ready, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := ready():
            return found
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            pass
    sys.exit(f"{os.path.basename(process.args[0])} did not start; its log is {log}")


class Nats:
    def __init__(self, data, port):
        command = shutil.which("nats-server") or "/usr/sbin/nats-server"
        self.port = free_port(port)
        self.url = f"nats://127.0.0.1:{self.port}"
        log = f"{data}/nats.log"
        with open(f"{data}/nats.conf", "w") as config:
            config.write(f"listen: 127.0.0.1:{self.port}\n"
                         f"jetstream {{ store_dir: \"{os.path.abspath(data)}/nats\" }}\n")
        with open(log, "w") as out:
            self.process = subprocess.Popen([command, "-c", config.name], stdout=out, stderr=out)
        wait_until(lambda: "Server is ready" in open(log).read(), self.process, log)


class Node:
    def __init__(self, binary, data, number, nats, usual_ports):
        self.name = f"opensearch-node{number}"
        self.transport_port = free_port(9299 + number if usual_ports else 0)
        log = f"{data}/node{number}.log"
        command = [binary, "serve"]
        for name, value in {"path.data": f"{data}/node{number}", "node.name": self.name,
                            "http.port": free_port(9199 + number if usual_ports else 0),
                            "transport.port": self.transport_port,
                            "cluster.nats.url": nats.url, "logger.file": log}.items():
            command += ["-E", f"{name}={value}"]
        self.process = subprocess.Popen(command)
        self.port = wait_until(lambda: self._started(log), self.process, log)
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def _started(log):
        if not os.path.exists(log):
            return None
        for line in open(log):
            if '"started"' in line and line.endswith("\n"):
                return int(json.loads(line)["http"].rsplit(":", 1)[1])
        return None

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


class Cluster:
    def __init__(self, binary, data, usual_ports=True):
        shutil.rmtree(data, ignore_errors=True)
        os.makedirs(data)
        self.processes = []
        try:
            self.nats = self._keep(Nats(data, 4222 if usual_ports else 0))
            self.nodes = [self._keep(Node(binary, data, number, self.nats, usual_ports))
                          for number in (1, 2)]
        except BaseException:
            self.stop()
            raise

    def _keep(self, started):
        self.processes.append(started.process)
        return started

    def stop(self):
        """The nodes first: they take their leave of the others."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
