#!/usr/bin/env python3
"""lint.py [FILE...]: runs clang-tidy (.clang-tidy: a short list, as errors), by default on all
sources but tests. What was clean is remembered by the hash of its preprocessed text, under
${XDG_CACHE_HOME:-~/.cache}/quell-lint, so only what has changed takes time."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/asan"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "quell-lint"
TIDY = "clang-tidy-19"


def sources():
    listed = subprocess.run(["git", "ls-files", "src/*.cc"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    return [path for path in listed if not re.search(r"_(test|bench|fuzz)\.cc$", path)]


def key(entry, rules):
    """None if it cannot be preprocessed: then clang-tidy says why."""
    command = [word for word in shlex.split(entry["command"]) if "=" not in word or word[0] == "-"]
    compiler = next(i for i, word in enumerate(command) if "clang++" in word)
    command = command[compiler:]
    out = command.index("-o")
    del command[out:out + 2]
    command[command.index("-c")] = "-E"
    done = subprocess.run([*command, "-P"], cwd=entry["directory"], capture_output=True)
    return hashlib.sha256(rules + done.stdout).hexdigest() if done.returncode == 0 else None


def lint(path, entry, rules):
    """What there is to say of it; empty if it is clean."""
    known = key(entry, rules)
    if known and (CACHE / known).exists():
        return ""
    done = subprocess.run([TIDY, "-p", BUILD, "--quiet", "--warnings-as-errors=*", path], cwd=ROOT,
                          capture_output=True, text=True)
    if done.returncode != 0:
        return done.stdout + "\n".join(line for line in done.stderr.splitlines()
                                       if not re.search(r"warnings? generated|^Suppressed|^Use -header", line))
    if known:
        (CACHE / known).touch()
    return ""


def main():
    subprocess.run(["cmake", "--preset", "asan"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    commands = {os.path.relpath(entry["file"], ROOT): entry
                for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    rules = version + (ROOT / ".clang-tidy").read_bytes()
    files = [os.path.relpath(os.path.abspath(path), ROOT) for path in sys.argv[1:]] or sources()
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(lambda path: lint(path, commands[path], rules), files):
            if said:
                bad += 1
                print(said, flush=True)
    print(f"{len(files) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
