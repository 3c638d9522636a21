#!/usr/bin/env python3
"""check_layers.py [SRC]: who includes whom. The tables are the architecture; the linker (target
`linkchecks`) proves them a second time."""
import pathlib
import re
import sys

BELOW = {
    "base": [],
    "tasks": ["base"],
    "transport": ["tasks", "base"],
    "journal": ["tasks", "base"],
    "engine": ["journal", "tasks", "base"],
    "cluster": ["transport", "tasks", "base"],
    "actions": ["engine", "cluster", "journal", "tasks", "base"],
    "rest": ["actions", "engine", "cluster", "journal", "tasks", "base"],
    "cli": ["base"],
    "server": ["cli", "rest", "actions", "engine", "cluster", "transport", "journal", "tasks", "base"],
}
# Libraries that stay inside some folders, by the first part of their include. A folder in a folder
# is named with its path.
ONLY_IN = {"boost": ["rest"], "rocksdb": ["journal", "engine"], "xxhash.h": ["journal", "engine"],
           "simdjson": ["base", "engine", "actions"], "simdjson.h": ["base", "engine", "actions"],
           "CLI": ["cli", "server"], "yaml-cpp": ["server"], "zlib.h": ["rest"],
           "spdlog": ["base"], "grpc": ["transport"], "grpcpp": ["transport"],
           "nats": ["cluster/nats"], "zstd.h": ["cluster/nats"], "google": ["transport"], "proto": ["transport"]}
TEST_ONLY = ("gtest", "gmock", "benchmark", "support")
TEST_FILE = re.compile(r"_((test|bench|fuzz)\.cc|fixture\.h)$")
POSIX = re.compile(r"(sys/|pthread\.h$|time\.h$|unistd\.h$)")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def broken_rules(path, inside):
    """The rules that the includes of `path` break; `inside` is its path below src/."""
    home, is_test = inside.parts[0], bool(TEST_FILE.search(path.name))
    if home not in BELOW:
        yield f"the folder {home}/ is not in the table of scripts/check_layers.py"
        return
    includes = INCLUDE.findall(path.read_text())
    for bracket, there in includes:
        top = there.split("/")[0]
        if top in TEST_ONLY or TEST_FILE.search(there):
            if not is_test:
                yield f"{there} belongs into tests"
        elif bracket == '"' and top not in BELOW:
            yield f'"{there}" must be named from src/'
        elif top in BELOW and top != home and top not in BELOW[home]:
            yield (f"{home}/ may not include {there}; it may include "
                   f"{', '.join(f + '/' for f in BELOW[home]) or 'nothing of ours'}")
        elif top in ONLY_IN and not any(inside.is_relative_to(f) for f in ONLY_IN[top]):
            yield f"<{there}> stays inside {', '.join(f + '/' for f in ONLY_IN[top])}"
        elif (home == "tasks" and path.suffix == ".h" and bracket == "<"
              and re.search(r"/|\.h", there) and not POSIX.match(there)):
            yield f"headers of tasks/ include std, POSIX and base/ only, not <{there}>"
    own = inside.with_suffix(".h").as_posix()
    if path.suffix == ".cc" and path.with_suffix(".h").exists() and includes[:1] != [('"', own)]:
        yield f'the first include must be "{own}": it proves that the header compiles alone'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    paths = sorted(p for p in root.rglob("*") if p.suffix in (".h", ".cc"))
    found = [f"{p}: {rule}" for p in paths for rule in broken_rules(p, p.relative_to(root))]
    print("\n".join(found) or f"layers: every include of {len(paths)} files is allowed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
