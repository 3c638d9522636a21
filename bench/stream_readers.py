#!/usr/bin/env python3
"""stream_readers.py BINARY [READERS] [STALLED]: what many readers of GET /_tasks/_stream cost a node.

Starts a node, opens the streams (STALLED of them read nothing), and prints one line of JSON a phase: idle, then with
a thousand short tasks a second. CPU is the node's, of one core; latencies are those of others' requests meanwhile.
Needs two descriptors a reader: `ulimit -n 65536`."""
import asyncio
import json
import os
import pathlib
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test/support"))
import live_node  # noqa: E402
import probe  # noqa: E402

REQUEST = b"GET /_tasks/_stream HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Reader(asyncio.Protocol):
    events = 0
    lost = 0

    def __init__(self, stalls):
        self.stalls = stalls

    def connection_made(self, transport):
        transport.write(REQUEST)
        if self.stalls:
            transport.pause_reading()

    def data_received(self, data):
        Reader.events += data.count(b"event: ")
        Reader.lost += data.count(b"event: lost")


async def latencies(port, seconds):
    probing = await asyncio.create_subprocess_exec(*probe.command(port, seconds), stdout=asyncio.subprocess.PIPE)
    return json.loads((await probing.communicate())[0])


async def phase(name, node, readers, work, seconds=20):
    pid = node.process.pid
    before, began, events = probe.cpu_seconds(pid), time.monotonic(), Reader.events
    stop = asyncio.Event()
    working = asyncio.create_task(work(node.port, stop))
    # No latencies while idle: they would be the only load.
    told = await latencies(node.port, seconds) if name != "idle" else await asyncio.sleep(seconds)
    stop.set()
    done = await working
    spent = time.monotonic() - began
    print(json.dumps({"phase": name, "readers": readers,
                      "cpu_percent": round(100 * (probe.cpu_seconds(pid) - before) / spent, 1),
                      "resident_mb": probe.resident_mb(pid), "tasks": done,
                      "events_read": Reader.events - events, "lost": Reader.lost, "others": told}), flush=True)


async def nothing(_port, stop):
    await stop.wait()
    return 0


async def short_tasks(port, stop):
    done = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not stop.is_set():
        for _ in range(10):
            writer.write(b"GET /_tasks?actions=none HTTP/1.1\r\nHost: localhost\r\n\r\n")
            done += 1
        await asyncio.sleep(0.01)
        await reader.read(1 << 20)
    writer.close()
    return done


async def main():
    binary, readers = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    stalled = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    node = live_node.Node(binary, **({"http.port": int(os.environ["PORT"])} if "PORT" in os.environ else {})).start()
    try:
        print(json.dumps({"phase": "before", "resident_mb": probe.resident_mb(node.process.pid)}), flush=True)
        loop = asyncio.get_running_loop()
        for first in range(0, readers, 200):
            await asyncio.gather(*[loop.create_connection(lambda i=i: Reader(i < stalled), "127.0.0.1", node.port)
                                   for i in range(first, min(first + 200, readers))])
        await asyncio.sleep(5)
        await phase("idle", node, readers, nothing)
        await phase("short tasks", node, readers, short_tasks)
    finally:
        node.stop()


asyncio.run(main())
