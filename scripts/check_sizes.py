#!/usr/bin/env python3
"""Checks sizes and unfinished marks: a file at its limit has a second noun in it."""
import pathlib
import re
import sys

FILE_LINES = 500
FUNCTION_LINES = 60
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SLEEPS = re.compile(r"sleep_for|\busleep\(|time\.sleep")
SOURCES = ("*.cc", "*.h", "*.py", "*.sh")


def functions(lines):
    """(line, length) of each function: from a line in column 0 that opens a brace to the brace in
    column 0. Relies on the format that clang-format keeps."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"[A-Za-z].*\)[^;]*\{$", line) and not line.startswith(
                ("namespace", "class", "struct", "enum", "union", "TEST", "extern")):
            start = number
        elif start is None and re.match(r"    .*\)[^;]*\{$", line) and number > 1 and re.match(
                r"[A-Za-z~]", lines[number - 2]) and not lines[number - 2].startswith("TEST"):
            start = number - 1
        elif start is not None and line == "}":
            yield start, number - start + 1
            start = None


def problems():
    for folder in ("src", "test", "bench", "fuzz", "scripts"):
        for pattern in SOURCES:
            for path in sorted(pathlib.Path(folder).rglob(pattern)):
                lines = path.read_text().splitlines()
                if len(lines) > FILE_LINES:
                    yield f"{path}: {len(lines)} lines, above {FILE_LINES}"
                is_test = folder == "test" or "_test.cc" in path.name
                if path.name != "check_sizes.py":
                    for number, line in enumerate(lines, 1):
                        if MARKS.search(line):
                            yield f"{path}:{number}: unfinished mark"
                        if is_test and SLEEPS.search(line):
                            yield f"{path}:{number}: a test sleeps"
                if path.suffix == ".cc" and not is_test:
                    for number, length in functions(lines):
                        if length > FUNCTION_LINES:
                            yield f"{path}:{number}: a function of {length} lines"


def main():
    found = list(problems())
    print("\n".join(found) if found else "sizes: every file and function is within its limit")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
