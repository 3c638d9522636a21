#!/usr/bin/env python3
"""compare.py OURS THEIRS [PART OF AN OPERATION…]: sends every documented parameter of every operation to
two servers, one at a time, and prints where status, error or the shape of the answers differ.

OURS and THEIRS are URLs of servers that hold nothing of value; THEIRS is an OpenSearch. The differences
that are there on purpose are in compare_accepted.txt. Exits 1 if there are others."""
import argparse
import fnmatch
import http.client
import json
import pathlib
import re
import sys
import urllib.parse

from operations import BODIES, OPERATIONS, OURS_ALONE, VALUES, operations

HERE = pathlib.Path(__file__).resolve().parent
ROUTES = HERE.parent.parent / "src" / "rest" / "routes"
DIFFERENCES = HERE.parent.parent / "docs" / "differences.md"

FILLED = {"index": "cmp", "new": "cmp-new", "alias": "cmp-alias", "id": "1", "template": "cmp-template",
          "component": "cmp-component", "legacy": "cmp-legacy", "setting": "index.number_of_shards",
          "task_id": "nobody:1", "node_id": "_all", "block": "write"}
# The state before the first request of an operation; the answers do not matter.
SETUP = [
    ("DELETE", "/cmp*", None),
    ("PUT", "/cmp", '{"settings":{"number_of_replicas":0},"aliases":{"cmp-alias":{}},'
                    '"mappings":{"properties":{"a":{"type":"keyword"}}}}'),
    ("PUT", "/cmp/_doc/1?refresh=true", '{"a":"x"}'),
    ("PUT", "/_component_template/cmp-component", '{"template":{"settings":{"number_of_shards":1}}}'),
    ("PUT", "/_index_template/cmp-template",
     '{"index_patterns":["cmp-t*"],"template":{"settings":{"number_of_shards":1}}}'),
    ("PUT", "/_template/cmp-legacy", '{"index_patterns":["cmp-l*"],"settings":{"number_of_shards":1}}'),
]
TEARDOWN = [("DELETE", "/cmp*", None), ("DELETE", "/_index_template/cmp-template", None),
            ("DELETE", "/_component_template/cmp-component", None),
            ("DELETE", "/_template/cmp-legacy", None),
            ("PUT", "/_cluster/settings", '{"persistent":{"cluster.max_shards_per_node":null}}')]
# What brings it back after each request, for operations that cannot be repeated.
RESTORE = {
    "PUT /{new}": [("DELETE", "/cmp-new", None)],
    "PUT /{index}/_create/{id}": [("DELETE", "/cmp/_doc/1", None)],
    "DELETE /{index}": SETUP[1:2],
    "POST /{index}/_close": [("POST", "/cmp/_open", None)],
    "PUT /{index}/_block/{block}": [("PUT", "/cmp/_settings", '{"index.blocks.write":null}')],
    "DELETE /{index}/_doc/{id}": SETUP[2:3],
    "DELETE /{index}/_alias/{alias}": [("PUT", "/cmp/_alias/cmp-alias", None)],
    "DELETE /{index}/_aliases/{alias}": [("PUT", "/cmp/_alias/cmp-alias", None)],
    "DELETE /_component_template/{component}": SETUP[3:4],
    "DELETE /_index_template/{template}": SETUP[4:5],
    "DELETE /_template/{legacy}": SETUP[5:6],
}


class Server:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=40)
        (self.node_id, node), = self.ask("GET", "/_nodes/_local")["nodes"].items()
        self.known = {self.node_id: "{node}", node["name"]: "{name}"}

    def send(self, method, target, body=None):
        headers = {} if body is None else {"Content-Type": "application/json"}
        for last in (False, True):
            try:
                self.connection.request(method, target, body, headers)
                response = self.connection.getresponse()
                return response.status, response.headers, response.read()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                if last:
                    raise

    def ask(self, method, target):
        return json.loads(self.send(method, target)[2])

    def prepare(self, requests):
        for method, target, body in requests:
            self.send(method, target, body)


def shape(value):
    """Keys and JSON types; an array's elements are one."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        merged = {}
        for item in value:
            if isinstance(item, dict):
                merged.update(shape(item))
        return [merged] if merged else ["array"]
    return "boolean" if isinstance(value, bool) else (
        "null" if value is None else "number" if isinstance(value, (int, float)) else "string")


def paths(tree, at=""):
    if isinstance(tree, list):
        tree = tree[0]
        at += "[]"
    if isinstance(tree, dict):
        yield f"{at}{{}}"
        for key, member in tree.items():
            yield from paths(member, f"{at}.{key}" if at else key)
    else:
        yield f"{at}: {tree}"


def error_facts(error, at="error"):
    if isinstance(error, str):
        yield at, error
    elif isinstance(error, dict):
        yield f"{at}.type", error.get("type")
        yield f"{at}.reason", error.get("reason")
        if "caused_by" in error:
            yield from error_facts(error["caused_by"], f"{at}.caused_by")


def facts(answer, known):
    """What is compared: (name, value)s."""
    status, headers, raw = answer
    kind = (headers.get("content-type") or "").split(";")[0]
    found = {"status": status, "content-type": headers.get("content-type"),
             "warning": re.sub(r"OpenSearch-\S+|\"[A-Z][a-z]{2}, [^\"]*\"", "",
                               headers.get("warning") or "")}
    if kind in ("application/cbor", "application/smile"):
        return found
    text = raw.decode("utf-8", "replace")
    for name, stands in known.items():
        text = text.replace(name, stands)
    text = re.sub(r"(\{node\}):\d+", r"\1:N", text)
    text = re.sub(r"uri \[[^\]]*\]", "uri [...]", text)
    try:
        value = json.loads(text)
    except ValueError:
        found["columns"] = len(text.split("\n")[0].split()) if status == 200 else 0
        return found
    error = value.get("error") if isinstance(value, dict) else None
    if error is None:
        found["shape"] = set(paths(shape(value)))
    else:
        found.update(error_facts(error))
    return found


def told(found):
    return " ".join(str(found[key]) for key in ("status", "error", "error.reason") if key in found)


def differences(ours, theirs):
    if ours["status"] != theirs["status"]:
        yield "status", told(ours), told(theirs)
        return
    for name in sorted({*ours, *theirs}):
        left, right = ours.get(name), theirs.get(name)
        if left == right:
            continue
        if name == "shape":
            if left is None or right is None:
                continue  # the status differs
            for path in sorted(left - right):
                yield f"shape +{path}", path, None
            for path in sorted(right - left):
                yield f"shape -{path}", None, path
        else:
            yield name, left, right


class Accepted:
    """Lines `operation | parameter=value | what differs | reason`; the first three are patterns. The
    reason is the first cell of a row of docs/differences.md, or begins with `-` and is the reason."""

    def __init__(self):
        documented = {cell.strip().replace("\\|", "|") for line in
                      DIFFERENCES.read_text().splitlines() if line.startswith("|")
                      for cell in [re.split(r"(?<!\\)\|", line)[1]]}
        self.rules, self.used = [], set()
        for number, line in enumerate((HERE / "compare_accepted.txt").read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            operation, parameter, what, reason = (cell.strip() for cell in line.split(" | "))
            if not reason.startswith("-") and reason not in documented:
                sys.exit(f"compare_accepted.txt:{number}: no row [{reason}] in docs/differences.md")
            self.rules.append((number, operation, parameter, what))

    def has(self, operation, parameter, what):
        for number, *patterns in self.rules:
            if all(fnmatch.fnmatchcase(text.replace("[", "("), pattern.replace("[", "("))
                   for text, pattern in zip((operation, parameter, what), patterns)):
                self.used.add(number)
                return True
        return False

    def unused(self):
        return [number for number, *_ in self.rules if number not in self.used]


def unlisted_routes():
    """Patterns in the source of the routes that no operation has."""
    listed = " ".join([OPERATIONS, *OURS_ALONE])
    for path in sorted(ROUTES.glob("*.cc")):
        if path.stem.endswith(("_test", "_bench")) or path.stem == "not_built":
            continue
        for pattern in re.findall(r'"(/[\w{}/]+)"', path.read_text()):
            if "//" not in pattern and not re.search(re.sub(r"\{\w+\}", "[^/ ]+", pattern), listed):
                yield f"{path.name}: {pattern}"


class Table:
    """What differs, in how many operations; what a request without parameters shows is told once."""

    def __init__(self, accepted):
        self.accepted = accepted
        self.rows = {}
        self.sent = self.accepted_rows = 0

    def add(self, operation, parameter, ours, theirs, known):
        self.sent += 1
        found = list(differences(ours, theirs))
        for what, left, right in found:
            if any(what == one and (left is None) == (mine is None) for one, mine, _ in known):
                continue
            if self.accepted.has(operation, parameter, what):
                self.accepted_rows += 1
                continue
            self.rows.setdefault((parameter, what, left, right), []).append(operation)
        return set(found)

    def print(self):
        print("parameter | what | ours | theirs | operations")
        for (parameter, what, left, right), where in sorted(self.rows.items(), key=str):
            print(f"{parameter} | {what} | {left} | {right} | {', '.join(where)}")


def requests_of(method, path, names):
    """(parameter, target)s; the first without one, so as every other has what the operation needs."""
    target, _, needed = re.sub(r"\{(\w+)\}", lambda m: FILLED[m[1]], path).partition("?")
    for name, value in [(None, None), *((n, v) for n in names for v in VALUES[n])]:
        query = [] if name is None else [urllib.parse.urlencode({name: value})]
        if needed and not needed.startswith(f"{name}="):
            query.append(needed)
        yield "" if name is None else f"{name}={value}", target + "?" * bool(query) + "&".join(query)


def compare(servers, parts, table):
    for method, path, names in operations():
        operation = f"{method} {path}"
        if parts and not any(part in operation for part in parts):
            continue
        body = BODIES.get(operation)
        if body is None and path.endswith("{alias}") and method in ("PUT", "POST"):
            body = "{}"
        known = set()
        for parameter, target in requests_of(method, path, names):
            answers = []
            for server in servers:
                server.prepare(RESTORE.get(operation, []) if parameter else SETUP)
                answers.append(facts(server.send(method, target, body), server.known))
            found = table.add(operation, parameter, *answers, known)
            if not parameter:
                known = found
    for server in servers:
        server.prepare(TEARDOWN)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("parts", nargs="*", help="parts of operations such as 'GET /_tasks'")
    arguments = parser.parse_args()
    missing = list(unlisted_routes())
    for line in missing:
        print(f"not in operations.py: {line}")
    accepted = Accepted()
    table = Table(accepted)
    compare((Server(arguments.ours), Server(arguments.theirs)), arguments.parts, table)
    table.print()
    if not arguments.parts:
        for number in accepted.unused():
            print(f"compare_accepted.txt:{number} applies to nothing")
    print(f"{table.sent} requests, {table.accepted_rows} accepted differences, "
          f"{len(table.rows)} others")
    return bool(missing or table.rows)


if __name__ == "__main__":
    sys.exit(main())
