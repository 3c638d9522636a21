"""HTTP over raw connections that are kept, and can be dropped in the middle of a body or an answer."""
import asyncio
import json
import socket
import struct

HEAD_LIMIT = 1 << 20
RESET = struct.pack("ii", 1, 0)


class NotSent(Exception):
    """No byte of the request reached a node."""


class Lost(Exception):
    """The connection ended before the whole answer had come."""


class Incomplete(Exception):
    """The client went away before its body was whole."""


class Unanswered(Exception):
    """No answer within the client's patience."""


class Drop:
    """How a client goes away. `where`: body, answer (it reads nothing), part (it reads some of it)."""

    def __init__(self, rng):
        self.where = rng.choice(("body", "answer", "answer", "part"))
        self.share = rng.random()
        self.seconds = rng.choice((0, 0, 0.001, 0.01, 0.1))
        self.reset = rng.random() < 0.5

    def __repr__(self):
        return f"dropped in {self.where}"


class Connection:
    def __init__(self, host, port, patience):
        self.host, self.port, self.patience = host, port, patience
        self.reader = self.writer = None

    def close(self, reset=False):
        if self.writer is None:
            return
        if reset:
            own = self.writer.get_extra_info("socket")
            if own is not None:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writer.transport.abort() if reset else self.writer.close()
        self.reader = self.writer = None

    async def ask(self, method, path, body=b"", headers="", drop=None, pause=None):
        """Status and parsed answer. `pause`: seconds to wait in the middle of the body."""
        try:
            return await asyncio.wait_for(self._ask(method, path, body, headers, drop, pause),
                                          self.patience)
        except asyncio.TimeoutError:
            self.close()
            raise Unanswered(f"{method} {path}") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Lost(repr(error)) from None
        except BaseException:
            self.close()
            raise

    async def _ask(self, method, path, body, headers, drop, pause):
        if self.writer is None:
            try:
                self.reader, self.writer = await asyncio.open_connection(self.host, self.port,
                                                                         limit=HEAD_LIMIT)
            except OSError as error:
                raise NotSent(repr(error)) from None
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{headers}"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head = (head + "\r\n").encode()
        if drop is not None and drop.where == "body" and body:
            self.writer.write(head + body[:int(drop.share * (len(body) - 1))])
            await self._go(drop)
            raise Incomplete
        if pause is not None:
            self.writer.write(head + body[:len(body) // 2])
            await asyncio.sleep(pause)
            self.writer.write(body[len(body) // 2:])
        else:
            self.writer.write(head + body)
        if self.writer.transport.get_write_buffer_size() > 1 << 16:
            await self.writer.drain()
        if drop is not None:
            await self._go(drop)
            raise Lost(repr(drop))
        return await self._answer()

    async def _go(self, drop):
        if drop.where == "part":
            await self.reader.read(1 + int(drop.share * 300))
        await asyncio.sleep(drop.seconds)
        self.close(drop.reset)

    async def _answer(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head[9:12])
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if lines.get("transfer-encoding") == "chunked":
            body = await self._chunks()
        else:
            body = await self.reader.readexactly(int(lines.get("content-length", 0)))
        if lines.get("connection") == "close":
            self.close()
        try:
            return status, json.loads(body) if body else None
        except ValueError as error:
            raise Garbled(f"{status} {error}: {body[:300]!r}") from None

    async def _chunks(self):
        parts = []
        while True:
            size = int((await self.reader.readline()).split(b";")[0], 16)
            parts.append(await self.reader.readexactly(size + 2))
            if size == 0:
                return b"".join(part[:-2] for part in parts)


class Garbled(Exception):
    """An answer that is no JSON."""
