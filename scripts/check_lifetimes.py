#!/usr/bin/env python3
"""check_lifetimes.py [ROOT]: two faults of lifetime that compilers and tests seldom notice.

1. A range-for over a member of a temporary, `for (x : state()->items)`: C++20 destroys the temporary
   before the first turn. Every call in such an expression but the last must be one that returns a
   reference to something that lives on (RETURNS_REFERENCE).
2. A callback that runs later and captures a reference or `this`. What is posted owns what it touches;
   where something else keeps it alive, a comment `// Safe: why` stands at most six lines above.
   A node, its loops and its registry (OUTLIVES) live longer than all that is posted. A loop that is
   the last member of its class (`Loop loop_;  // last`) stops before the others are destroyed."""
import pathlib
import re
import sys

RETURNS_REFERENCE = {"root", "head", "value", "back", "front", "items", "remote_children", "Buckets", "at"}
# Calls that keep what they are given until later, and the members of tasks::Events.
LATER = re.compile(
    r"\b(?:Post|At|AtEnd|WhenJoined|WhenApplied|WhenRefreshed|Listen|Watch|Submit|Hand|Yield|OnClientGone"
    r"|async_wait|async_accept|post|Dispatch|AwaitPrimary|BackgroundScope|Run(?:InBackground)?)\("
    r"|\.on_(?:end|progress|started)\s*=")
CAPTURE = re.compile(r"\[([^\[\]]*)\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)\s*)?(?:mutable\s*)?(?:->\s*[\w:<>]+\s*)?\{")
OWN_LOOP = re.compile(r"\bLoop (\w+_)(?:\{[^}]*\})?;\s*// last")
OUTLIVES = {"node", "of", "loop", "refresher", "registry"}
COMMENT = re.compile(r"//[^\n]*|\"(?:\\.|[^\"\\\n])*\"")


def blank(match):
    return " " * len(match.group())


def closing(text, at):
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    return len(text)


def range_fors(text):
    """(place, range expression) of each range-for."""
    for match in re.finditer(r"\bfor \(", text):
        inside = text[match.end():closing(text, match.end() - 1) - 1]
        parts = re.split(r"(?<!:):(?!:)", inside, maxsplit=1)
        if len(parts) == 2 and ";" not in parts[0]:
            yield match.start(), parts[1].strip()


def dangles(expression):
    """Whether a call that may return a temporary is followed by an access to a member of it."""
    for match in re.finditer(r"(\w+)(?:<[^<>()]*>)?\(", expression):
        rest = expression[closing(expression, match.end() - 1):]
        if match.start() > 0 and expression[:match.start()].rstrip().endswith(("(", ",")):
            continue  # an argument of a call that is looked at itself
        if re.match(r"\s*(->|\.)", rest) and match.group(1) not in RETURNS_REFERENCE:
            return True
    return False


def borrowed(captures):
    """What a capture list borrows that may be gone when the callback runs."""
    for capture in re.split(r",(?![^()]*\))", captures):
        name = capture.strip()
        if name in ("this", "&", "="):
            yield name
        elif match := re.match(r"&(\w+)", name):
            if match.group(1) not in OUTLIVES:
                yield name


def owned(captures):
    return re.search(r"shared_from_this\(\)", captures) is not None


def later_callbacks(text, own_loops):
    """(place, what it borrows) of each callback that runs later."""
    for match in LATER.finditer(text):
        receiver = re.search(r"(\w+)\.$", text[:match.start()])
        if receiver and receiver.group(1) in own_loops:
            continue
        begin = match.end() - 1
        end = closing(text, begin) if text[begin] == "(" else begin + 200
        first = CAPTURE.search(text, begin, end)
        if first and not owned(first.group(1)):
            names = list(borrowed(first.group(1)))
            if names:
                yield first.start(), ", ".join(names)


def problems(path, text, header):
    own_loops = set(OWN_LOOP.findall(header))
    lines = text.splitlines()
    bare = COMMENT.sub(blank, text)
    for at, expression in range_fors(bare):
        if dangles(expression):
            yield f"{path}:{bare.count(chr(10), 0, at) + 1}: range-for over a member of a temporary: {expression}"
    for at, names in later_callbacks(bare, own_loops):
        line = bare.count("\n", 0, at)
        if not any("// Safe: " in above or "// Safe:" in above for above in lines[max(0, line - 6):line + 1]):
            yield f"{path}:{line + 1}: a callback that runs later borrows {names}; own it, or say why it is safe"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = []
    for path in sorted(root.glob("src/**/*.[hc]*")):
        if path.name.endswith(("_test.cc", "_bench.cc", "_fuzz.cc", "_fixture.h")):
            continue
        header = path.with_suffix(".h")
        found += problems(path.relative_to(root), path.read_text(),
                          header.read_text() if header.exists() else "")
    for problem in dict.fromkeys(found):
        print(problem)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
