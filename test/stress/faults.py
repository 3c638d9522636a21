"""What happens to the processes while clients run. Each fault heals before it lets go of its node."""
import asyncio
import re
import signal

import live_cluster
from model import Wrong

EXCLUDE = "cluster.routing.allocation.exclude._name"
KINDS = ("kill", "freeze", "move", "nats")
PER_KILL = {"kill": 1.0, "freeze": 1.0, "move": 1.5, "nats": 0.4}  # how often, by kills
TOLD = {"kill": "kills", "freeze": "freezes", "move": "moves", "nats": "faults of nats-server"}
STOP_SECONDS = 30
STARTS = 100
# How a node ends that finds no nats-server at its start, or loses it before it has joined.
NO_NATS = re.compile(r"quell: (nats-server at |the metadata store nats://\S+ cannot be reached)")


async def start(process):
    """Forks on this thread, because a child dies with the thread that forked it; waits on another. A node
    that ends because nats-server does not answer is started again."""
    for _ in range(STARTS):
        process.launch()
        try:
            await asyncio.to_thread(process.await_started)
            return
        except Wrong as wrong:
            if not NO_NATS.search(str(wrong)):
                raise
        await asyncio.to_thread(process.process.wait, STOP_SECONDS)  # it has the directory until then
        await asyncio.sleep(0.3)
    raise Wrong(f"started {STARTS} times: {process.tail(10)}")


class Faults:
    """`round()` runs until `calm` is set, and returns when everything has healed."""

    def __init__(self, run, kinds, kills_per_minute, rng):
        self.run, self.rng = run, rng
        several = run.nats is not None
        self.kinds = [kind for kind in kinds if kind in KINDS and (several or kind in ("kill", "freeze"))]
        self.per_minute = kills_per_minute
        self.locks = {node: asyncio.Lock() for node in [*run.nodes, run.nats] if node}
        self.calm = None

    def part(self):
        """Whether nodes are away, or out of touch, now and then."""
        return bool(set(self.kinds) - {"move"})

    async def round(self):
        self.calm = asyncio.Event()
        await asyncio.gather(*(self.repeat(kind) for kind in self.kinds))

    def end(self):
        self.calm.set()

    async def wait(self, seconds):
        """Returns early, and True, when it has to be calm."""
        try:
            await asyncio.wait_for(self.calm.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        return self.calm.is_set()

    async def repeat(self, kind):
        rate = self.per_minute * PER_KILL[kind] / 60
        while rate > 0 and not await self.wait(self.rng.expovariate(rate)):
            await getattr(self, kind)()
            self.run.told[TOLD[kind]] += 1

    async def kill(self):
        node = self.rng.choice(self.run.nodes)
        async with self.locks[node]:
            if self.rng.random() < 0.2:
                code = await asyncio.to_thread(node.terminate, STOP_SECONDS * self.run.scale)
                if code != 0:
                    raise Wrong(f"{node.name} ended with {code} after SIGTERM (None: not within "
                                f"{STOP_SECONDS * self.run.scale} s):\n{node.tail(25)}\n"
                                f"{node.stacks('-p', str(node.process.pid)) if code is None else node.stack()}")
                self.run.told["stops"] += 1
            else:
                node.kill()
            await self.wait(self.rng.choice((0, 0, 0.2, 1)))
            await start(node)

    async def freeze(self):
        node = self.rng.choice(self.run.nodes)
        async with self.locks[node]:
            await self.hold(node, (0.1, 1, 3, 7) if self.run.nats else (0.1, 0.5, 1))

    async def hold(self, process, seconds):
        process.process.send_signal(signal.SIGSTOP)
        try:
            await self.wait(self.rng.choice(seconds))
        finally:
            process.thaw()

    async def nats(self):
        server = self.run.nats
        async with self.locks[server]:
            if self.rng.random() < 0.5:
                await self.hold(server, (0.1, 1, 4, 8))
                return
            server.kill()
            await self.wait(self.rng.choice((0, 0.5, 3)))
            server.launch()
            await asyncio.to_thread(server.await_started)

    async def move(self):
        name = self.rng.choice([None] + [node.name for node in self.run.nodes])
        await self.exclude(name)

    async def exclude(self, name):
        """Whether it was acknowledged."""
        node = self.rng.choice(self.run.nodes)
        try:
            status, _ = await asyncio.to_thread(node.call, "PUT", "/_cluster/settings",
                                                {"persistent": {EXCLUDE: name}}, 10)
            return status == 200
        except (OSError, live_cluster.http.client.HTTPException, ValueError):
            return False
