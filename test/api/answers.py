"""Whether an answer is what a case expects."""
import json
import re



def are_resources(value):
    """What a task used, as every detailed task has it, in that order."""
    sums, use = ["average", "total", "min", "max"], ["cpu_time_in_nanos", "memory_in_bytes"]
    return (isinstance(value, dict) and list(value) == sums + ["thread_info"]
            and all(list(value[key]) == use for key in sums)
            and list(value["thread_info"]) == ["thread_executions", "active_threads"]
            and all(isinstance(n, int) for part in value.values() for n in part.values()))


ANY = {
    "@any": lambda v: True,
    "@int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "@text": lambda v: isinstance(v, str),
    "@iso": lambda v: isinstance(v, str) and re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", v) is not None,
    "@object": lambda v: isinstance(v, dict),
    "@array": lambda v: isinstance(v, list),
    "@resources": are_resources,
}
MISSING = object()


class Mismatch(Exception):
    pass


class Object(dict):
    """A JSON object that knows the order of its keys and refuses a key twice."""


def load(text):
    def pairs(items):
        if len({k for k, _ in items}) != len(items):
            raise Mismatch(f"a key twice among {[k for k, _ in items]}")
        return Object(items)
    return json.loads(text, object_pairs_hook=pairs)


def literal(text):
    """A JSON value; what is none is a string."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def look_up(value, path):
    """`a.b.0.*`: members, elements, the first of either; `\\.` is a dot in a name; `#` counts."""
    if path == "$":
        return value
    for part in re.split(r"(?<!\\)\.", path):
        part = part.replace("\\.", ".")
        if part == "#":
            return len(value) if isinstance(value, (dict, list)) else MISSING
        if part == "*":
            items = list(value.values()) if isinstance(value, dict) else value
            value = items[0] if isinstance(items, list) and items else MISSING
        elif isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and re.fullmatch(r"-?\d+", part):
            value = value[int(part)] if -len(value) <= int(part) < len(value) else MISSING
        else:
            value = MISSING
        if value is MISSING:
            return MISSING
    return value


def like(want, got, at="$"):
    """Equal with keys in the same order; "@int" and its kin stand for any such value; a last "@more"
    allows further members."""
    if isinstance(want, str) and want.startswith("@~"):
        if not isinstance(got, str) or not re.search(want[2:], got):
            raise Mismatch(f"{at} = {json.dumps(got)}, not like {want[2:]}")
        return
    if isinstance(want, str) and want in ANY:
        if not ANY[want](got):
            raise Mismatch(f"{at} = {json.dumps(got)}, not {want}")
        return
    if isinstance(want, dict) and isinstance(got, dict):
        keys, more = list(want), "@more" in want
        if more:
            keys.remove("@more")
        if keys != (list(got)[:len(keys)] if more else list(got)):
            raise Mismatch(f"{at} has the keys {list(got)}, wanted {keys}")
        for key in keys:
            like(want[key], got[key], f"{at}.{key}")
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            raise Mismatch(f"{at} has {len(got)} elements, wanted {len(want)}")
        for i, (w, g) in enumerate(zip(want, got)):
            like(w, g, f"{at}.{i}")
    elif want != got or isinstance(want, bool) != isinstance(got, bool):
        raise Mismatch(f"{at} = {json.dumps(got)}, wanted {json.dumps(want)}")


def compare(what, got, operator, text):
    """One expectation; `text` is what stands behind the operator."""
    shown = "nothing" if got is MISSING else json.dumps(got) if not isinstance(got, str) else got
    if operator == "exists":
        right = got is not MISSING
    elif operator == "absent":
        right = got is MISSING
    elif got is MISSING:
        right = operator in ("!=", "!~")
    elif operator in ("=", "!="):
        want = literal(text)
        same = got == want and isinstance(got, bool) == isinstance(want, bool)
        right = (same or got == text) == (operator == "=")
    elif operator in ("~", "!~"):
        subject = got if isinstance(got, str) else json.dumps(got, separators=(",", ":"))
        right = bool(re.search(text, subject, re.S)) == (operator == "~")
    else:
        right = got > literal(text) if operator == ">" else got < literal(text)
    if not right:
        raise Mismatch(f"{what} is {shown}, wanted {operator} {text or ''}")
