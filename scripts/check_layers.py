#!/usr/bin/env python3
"""Checks who includes whom. The table is the architecture; the linker proves it a second time."""
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
    "server": ["cli", "rest", "actions", "engine", "cluster", "journal", "tasks", "base"],
}
# Libraries that stay inside some folders.
ONLY_IN = {"boost": ["rest"], "rocksdb": ["journal"], "simdjson": ["base", "engine", "actions"],
           "CLI": ["cli", "server"], "yaml-cpp": ["server"], "zlib.h": ["rest"]}
TEST_ONLY = ("gtest", "gmock", "benchmark", "support")


def problems(root):
    for path in sorted(root.rglob("*.[hc]*")):
        home = path.relative_to(root).parts[0]
        if home not in BELOW:
            yield f"{path}: the folder {home} is not in the table of {sys.argv[0]}"
            continue
        is_test = re.search(r"_(test|bench|fuzz)\.cc$", path.name)
        text = path.read_text()
        for there in re.findall(r'^#include "([A-Za-z_]+)/', text, re.M):
            if there in BELOW and there != home and there not in BELOW[home]:
                yield f"{path}: {home}/ may not include {there}/ (allowed: {BELOW[home]})"
        for line in re.findall(r"^#include <([^>]+)>", text, re.M):
            top = line.split("/")[0]
            if top in ONLY_IN and home not in ONLY_IN[top]:
                yield f"{path}: <{line}> belongs into {ONLY_IN[top]} alone"
            if top in TEST_ONLY and not is_test:
                yield f"{path}: <{line}> belongs into tests"
            if home == "tasks" and path.suffix == ".h" and "/" in line and not is_test:
                yield f"{path}: headers of tasks/ include std and base/ only, not <{line}>"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    found = list(problems(root))
    print("\n".join(found) if found else "layers: every include is allowed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
