#!/usr/bin/env python3
"""run.py [--url http://host:port | --binary QUELL] [CASE…]: runs the cases against one node of its own,
or against a server that runs already, where cases that differ on purpose are left out."""
import argparse
import http.client
import json
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
from answers import MISSING, Mismatch, compare, like, literal, load, look_up  # noqa: E402
from cases import Case  # noqa: E402
from live_node import Node  # noqa: E402

PATIENCE = 15  # seconds for what must become true


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()
        self.text = self.raw.decode("utf-8", "backslashreplace")

    def json(self):
        try:
            return load(self.text)
        except ValueError as error:
            raise Mismatch(f"the body is not JSON: {error}") from None


class Client:
    """Requests just as written: no header is added but the ones HTTP needs."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.kept = None

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def write(self, connection, method, target, headers, body=None, chunked=False):
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        elif body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(None if chunked else body)
        if chunked and body:
            connection.send(b"%x\r\n%s\r\n" % (len(body), body))

    def send(self, method, target, headers=(), body=None):
        for attempt in (1, 2):  # a kept connection may have been closed meanwhile
            fresh = self.kept is None
            connection = self.kept or self.connect()
            self.kept = connection
            try:
                self.write(connection, method, target, headers, body)
                return Answer(connection.getresponse())
            except (http.client.HTTPException, OSError):
                connection.close()
                self.kept = None
                if fresh or attempt == 2:
                    raise

    def ask(self, target, method="GET"):
        return self.send(method, target).json()


class Run:
    """One case."""

    def __init__(self, client, case, known):
        self.client, self.case = client, case
        self.names = {**known, "index": "t-" + re.sub(r"[^a-z0-9]", "-", case.name.lower())}
        self.open = {}  # name -> (connection, whether its upload goes on)
        self.answer = None

    def fill(self, text):
        return re.sub(r"\{([a-z0-9_]+)\}", lambda m: self.names.get(m[1], m[0]), text)

    def run(self):
        try:
            for step in self.case.steps:
                self.step(step)
        finally:
            for name in list(self.open):  # a write that is whole runs on without its client
                self.client.send("POST", f"/_tasks/{self.names.get(name, 'none:0')}/_cancel")
                self.drop(name)
            self.client.send("DELETE", f"/{self.names['index']}")

    def step(self, step):
        try:
            if step.kind == "until":
                self.until(step)
            elif step.kind == "drop":
                self.drop(step.name)
            elif step.kind in ("open", "start"):
                self.begin(step)
            else:
                self.answer = self.finish(step) if step.kind == "finish" else self.send(step)
                self.check(step)
        except Mismatch as error:
            raise Mismatch(self.told(step, str(error))) from None
        except (OSError, http.client.HTTPException) as error:
            raise Mismatch(self.told(step, f"no answer: {error!r}")) from None

    def told(self, step, what):
        text = f"{self.case.path.name}:{step.line}: {what}"
        if step.method:
            text += f"\n    {step.method} {self.fill(step.target)}"
        if self.answer is not None:
            text += f"\n    {self.answer.status} {self.answer.text[:3000]}"
        return text

    def request(self, step):
        headers = [(name, self.fill(value)) for name, value in step.headers]
        body = None
        if step.body is not None:
            body = self.fill(step.body).encode()
            if not any(name.lower() == "content-type" for name, _ in headers):
                headers.append(("Content-Type", "application/json"))
            headers = [h for h in headers if h != ("Content-Type", "none")]
        return step.method, self.fill(step.target), headers, body

    def send(self, step):
        self.answer = None
        return Answer_of(self.client, self.request(step))

    def until(self, step):
        deadline = time.monotonic() + PATIENCE
        while True:
            self.answer = self.send(step)
            try:
                return self.check(step)
            except Mismatch:
                if time.monotonic() > deadline:
                    raise

    def begin(self, step):
        """`open`: an upload without an end, listed under its name as X-Opaque-Id, the task captured.
        `start`: a whole request whose answer is read later."""
        method, target, headers, body = self.request(step)
        uploading = step.kind == "open"
        headers.append(("X-Opaque-Id", step.name)) if not any(
            name == "X-Opaque-Id" for name, _ in headers) else None
        opaque = next(value for name, value in headers if name == "X-Opaque-Id")
        connection = self.client.connect()
        self.open[step.name] = (connection, uploading)
        self.client.write(connection, method, target, headers, body, chunked=uploading)
        self.names[step.name] = self.await_task(opaque)

    def await_task(self, opaque):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for task in self.client.ask("/_tasks?group_by=none")["tasks"]:
                if task["headers"].get("X-Opaque-Id") == opaque and "parent_task_id" not in task:
                    return f"{task['node']}:{task['id']}"
        raise Mismatch(f"no task {opaque} was listed in {PATIENCE} s")

    def finish(self, step):
        connection, uploading = self.open.pop(step.name)
        if uploading:
            for piece in [self.fill(step.body).encode()] if step.body else []:
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.send(b"0\r\n\r\n")
        try:
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def drop(self, name):
        connection, _ = self.open.pop(name)
        connection.close()
        deadline = time.monotonic() + PATIENCE
        while self.client.send("GET", f"/_tasks/{self.names.get(name, '')}").status == 200:
            if time.monotonic() > deadline:
                raise Mismatch(f"{name} ran on {PATIENCE} s after its client had gone")

    def check(self, step):
        answer = self.answer
        for line, kind, path, operator, value in step.expect:
            value = None if value is None else self.fill(value)
            try:
                self.check_one(answer, kind, path, operator, value)
            except Mismatch as error:
                raise Mismatch(f"line {line}: {error}") from None

    def check_one(self, answer, kind, path, operator, value):
        if kind == "status":
            compare("the status", answer.status, operator, value)
        elif kind == "like":
            like(literal(value), answer.json())
        elif kind == "header":
            got = answer.headers.get(path)
            compare(f"header {path}", MISSING if got is None else got, operator, value)
        elif kind == "body":
            if operator == "=":
                value = value.replace("\\n", "\n")
                if answer.text != value:
                    raise Mismatch(f"the body is {answer.text!r}, wanted {value!r}")
            else:
                if bool(re.search(value, answer.text, re.S)) != (operator == "~"):
                    raise Mismatch(f"the body below, wanted {operator} {value}")
        else:
            got = look_up(answer.json(), self.fill(path))
            if operator == "=>":
                if got is MISSING:
                    raise Mismatch(f"{path} is not there to be called {value}")
                self.names[value] = got if isinstance(got, str) else json.dumps(got)
            else:
                compare(path, got, operator, value)


def Answer_of(client, request):
    return client.send(*request)


def known_names(client):
    nodes = client.ask("/_nodes/_local")["nodes"]
    (node_id, node), = nodes.items()
    return {"node_id": node_id, "node_name": node["name"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary")
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("cases", nargs="*", help="names or parts of names")
    arguments = parser.parse_args()
    paths = [p for p in sorted((HERE / "cases").glob("**/*.test"))
             if not arguments.cases or any(part in str(p) for part in arguments.cases)]
    cases = [Case(path) for path in paths]
    node = None
    if arguments.url:
        host, _, port = arguments.url.removeprefix("http://").rstrip("/").partition(":")
        client = Client(host, int(port or 9200))
    else:
        node = Node(arguments.binary).start()
        client = Client("127.0.0.1", node.port)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    known = known_names(client)
    for case in cases:
        result = run_one(client, case, known, arguments)
        counts[result] += 1
        if node is not None and not node.alive():
            node.fail(f"the node died during {case.name}")
    if node is not None and "other_action" in str(client.ask("/_nodes/usage")):
        print("FAILED a route that was called has no name in rest/usage_names.cc")
        counts["failed"] += 1
    if node is not None and (code := node.stop()) != 0:
        print(f"FAILED the node ended with {code}:\n{node.tail()}")
        counts["failed"] += 1
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return counts["failed"] > 0


def run_one(client, case, known, arguments):
    if arguments.url and case.differs:
        print(f"left out {case.name}: {case.differs}")
        return "skipped"
    begin = time.monotonic()
    try:
        Run(client, case, known).run()
    except (Mismatch, OSError, http.client.HTTPException) as error:
        print(f"FAILED {error if isinstance(error, Mismatch) else f'{case.name}: {error!r}'}",
              flush=True)
        return "failed"
    if arguments.verbose:
        print(f"ok {case.name} {1000 * (time.monotonic() - begin):.0f} ms", flush=True)
    return "passed"


if __name__ == "__main__":
    sys.exit(main())
