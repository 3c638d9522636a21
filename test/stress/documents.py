"""Documents that show which writes made them, and when they are torn.

A document has a section `a`, set by writes of a whole document, and a section `b`, set by partial
updates. Each section names the write that made it by its token, which is unique, and carries a checksum
over the document's id, the token and a filler."""
import zlib

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789 .,-éß漢字😀"
SIZES = ((0.70, 10, 300), (0.97, 300, 2_000), (0.998, 2_000, 40_000), (1.0, 40_000, 300_000))
NO_FIELD = ""


class Torn(Exception):
    """A document, or a section of it, is not what any single write made."""


def make_pool(rng):
    return "".join(rng.choice(ALPHABET) for _ in range(400_000))


def filler(rng, pool):
    chance = rng.random()
    low, high = next((low, high) for limit, low, high in SIZES if chance < limit)
    length = rng.randint(low, high)
    begin = rng.randrange(len(pool) - length)
    return pool[begin:begin + length]


def checksum(ident, token, text):
    return zlib.crc32(f"{ident} {token} {text}".encode())


def section(name, ident, token, text, field=NO_FIELD):
    """JSON text of a section's members. `field`: a field that the mapping may not have yet."""
    more = f',"{name}f":"{field}","{field}":{token % 100}' if field else ""
    return f'"{name}":{token},"{name}x":"{text}","{name}c":{checksum(ident, token, text)}{more}'


def tokens_of(ident, source):
    """The tokens of both sections, None for one that is not there. Raises Torn."""
    found = []
    for name in ("a", "b"):
        token, text, crc = (source.get(name + part) for part in ("", "x", "c"))
        if token is None:
            if text is not None or crc is not None:
                raise Torn(f"section {name} of {ident} has no token: {str(source)[:300]}")
        elif text is None or checksum(ident, token, text) != crc:
            raise Torn(f"the checksum of section {name} of {ident} is wrong: {str(source)[:300]}")
        field = source.get(name + "f")
        if field is not None and field not in source:
            raise Torn(f"section {name} of {ident} has lost its field {field}: {str(source)[:300]}")
        found.append(token)
    if found == [None, None]:
        raise Torn(f"{ident} has neither section: {str(source)[:300]}")
    return tuple(found)
