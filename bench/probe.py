#!/usr/bin/env python3
"""probe.py PORT SECONDS: how long a list and a cancel take on a node that does something else meanwhile. A process of
its own, so that what loads the node does not count. What the Python experiments share is here, too."""
import asyncio
import json
import os
import pathlib
import sys
import time

REQUESTS = ["GET /_tasks?actions=none", "POST /_tasks/_cancel?actions=none"]


async def call(port, method, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()


async def probe(port, seconds):
    took = {request: [] for request in REQUESTS}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for request, times in took.items():
            method, path = request.split(" ")
            began = time.monotonic()
            await call(port, method, path)
            times.append(1000 * (time.monotonic() - began))
        await asyncio.sleep(0.01)
    return {request.split("?")[0]: {"p50_ms": round(sorted(times)[len(times) // 2], 1),
                                    "p99_ms": round(sorted(times)[int(len(times) * .99)], 1),
                                    "max_ms": round(max(times), 1)} for request, times in took.items()}


def command(port, seconds):
    return [sys.executable, __file__, str(port), str(seconds)]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    print(json.dumps(asyncio.run(probe(int(sys.argv[1]), float(sys.argv[2])))))
