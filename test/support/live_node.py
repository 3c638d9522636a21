"""A node of its own for a black-box test: a free port, fresh data, its log kept and shown on trouble."""
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

START_SECONDS = 60


class Node:
    """One process; the data directory outlives it, so that kill() and start() make a crash."""

    def __init__(self, binary, **settings):
        self.binary = binary
        self.folder = tempfile.mkdtemp(prefix="quell-test-")
        self.settings = {"path.data": os.path.join(self.folder, "data"), "http.port": 0,
                         "node.name": "opensearch-node1",
                         # How full the machine's disk is decides nothing in a test.
                         "cluster.routing.allocation.disk.threshold_enabled": "false", **settings}
        self.prefix = []  # before the command, as `nsenter …`
        self.process = None
        self.host, self.port = "127.0.0.1", 0
        self.log = []
        self.lock = threading.Lock()

    def start(self):
        self.launch()
        return self.await_started()

    def launch(self):
        """Begins to start; several nodes do so at once."""
        command = [*self.prefix, self.binary, "serve"]
        for name, value in self.settings.items():
            command += ["-E", f"{name}={value}"]
        os.makedirs(self.settings["path.data"], exist_ok=True)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, errors="replace", **self.popen_options())
        self.started = queue.Queue()
        self.reader = threading.Thread(target=self._read_log,
                                       args=(self.process.stderr, self.started), daemon=True)
        self.reader.start()

    def await_started(self):
        try:
            address = self.started.get(timeout=START_SECONDS)
        except queue.Empty:
            address = None
        if address is None:
            self.fail("the node did not start")
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        return self

    def popen_options(self):
        return {}

    def _read_log(self, stream, started):
        for line in stream:
            self.heed(line)
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("message") == "started":
                started.put(entry["http"])
        started.put(None)

    def heed(self, line):
        """Takes one line of the log."""
        with self.lock:
            self.log.append(line)
            del self.log[:-400]

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As the kernel kills: nothing is flushed, nobody is told."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends the node and removes its data; returns its exit code (None if it had to be killed)."""
        code = None
        if self.process is not None:
            if self.alive():
                self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def tail(self, lines=40):
        with self.lock:
            return "".join(self.log[-lines:])

    def fail(self, what):
        code = self.process.poll()
        begin = time.monotonic()
        while code is None and time.monotonic() - begin < 1:
            try:
                code = self.process.wait(0.1)
            except subprocess.TimeoutExpired:
                pass
        print(f"{what}; exit code {code}, the end of its log:\n{self.tail()}", flush=True)
        self.stop()
        print("0 passed, 1 failed")
        sys.exit(1)
