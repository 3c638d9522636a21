#!/usr/bin/env python3
"""What small requests cost: a second, at most, and in CPU of the node each, by the number of clients.

    small_requests.py quell=127.0.0.1:9200,PID [opensearch=127.0.0.1:9201,PID] [--seconds 3] [--rounds 3]

Runs wrk against each server in turn, so that both have the same moments of a noisy machine, and
prints medians of the rounds, one line of JSON a server, request and number of clients. wrk shares the
machine with the server: `wrk_cpu` says how many cores it took itself. It has one thread: with two on two
cores a busy server leaves one of them without a core for tens of milliseconds, which it counts as latency.
"""
import argparse
import json
import os
import resource
import re
import statistics
import subprocess
import tempfile
import urllib.request

DOCUMENT = json.dumps({"user": "kimchy", "n": 12345, "message": "x" * 150})
SCRIPTS = {
    "index": ("/small/_doc", f"wrk.method='POST' wrk.headers['Content-Type']='application/json' wrk.body='{DOCUMENT}'"),
    "update": ("/small/_update/1", "wrk.headers['Content-Type']='application/json' local i=0 request=function() i=i+1 "
               "return wrk.format('POST','/small/_update/'..(i%1000),nil,'{\"doc\":{\"n\":'..i..'}}') end"),
    "get": ("/small/_doc/1", "local i=0 request=function() i=i+1 return wrk.format('GET','/small/_doc/'..(i%1000)) end"),
    "list": ("/_tasks", ""),
    "cat tasks": ("/_cat/tasks", ""),
    "cancel": ("/_tasks/_cancel?actions=nothing*", "wrk.method='POST'"),
}


def call(address, method, path, body=None):
    request = urllib.request.Request(f"http://{address}{path}", body and body.encode(), method=method,
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def prepare(address):
    call(address, "DELETE", "/small")
    call(address, "PUT", "/small", '{"settings":{"number_of_shards":1,"number_of_replicas":0}}')
    lines = "".join(f'{{"index":{{"_id":"{i}"}}}}\n{DOCUMENT}\n' for i in range(1000))
    call(address, "POST", "/small/_bulk?refresh=true", lines)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def millis(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measure(address, pid, path, script, clients, seconds):
    before, own = cpu_seconds(pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--latency",
                           "-s", script, f"http://{address}{path}"], capture_output=True, text=True, check=True).stdout
    spent, end = cpu_seconds(pid) - before, resource.getrusage(resource.RUSAGE_CHILDREN)
    count = int(re.search(r"(\d+) requests in", said).group(1))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)),
            "p99_ms": millis(re.search(r"^ +99% +(\S+)", said, re.MULTILINE).group(1)),
            "cpu_micros": spent / max(count, 1) * 1e6, "failed": int(wrong.group(1)) if wrong else 0,
            "wrk_cpu": (end.ru_utime + end.ru_stime - own.ru_utime - own.ru_stime) / seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="+", metavar="NAME=ADDRESS,PID")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="1,16,64,200")
    parser.add_argument("--requests", default=",".join(SCRIPTS))
    args = parser.parse_args()
    servers = {}
    for server in args.servers:
        name, where = server.split("=")
        address, pid = where.split(",")
        servers[name] = (address, int(pid))
        prepare(address)
    with tempfile.TemporaryDirectory() as folder:
        for kind in args.requests.split(","):
            path, text = SCRIPTS[kind]
            script = os.path.join(folder, "script.lua")
            with open(script, "w") as file:
                file.write(text)
            for clients in map(int, args.clients.split(",")):
                rounds = {name: [] for name in servers}
                for _ in range(args.rounds):
                    for name, (address, pid) in servers.items():
                        rounds[name].append(measure(address, pid, path, script, clients, args.seconds))
                for name, all_of in rounds.items():
                    medians = {key: round(statistics.median(one[key] for one in all_of), 2) for key in all_of[0]}
                    print(json.dumps({"server": name, "request": kind, "clients": clients, **medians}), flush=True)


if __name__ == "__main__":
    main()
