#!/usr/bin/env python3
"""indivisible.py [--check]: writes docs/indivisible.md, the table of the calls that a stop cannot end,
from the `Uninterruptible{"what it is and what bounds it; how long"}` in the sources. With --check it
only says whether the table is up to date."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs/indivisible.md"
DECLARED = re.compile(r'Uninterruptible\{((?:\s*"(?:[^"\\]|\\.)*")+)\s*\}')
HEAD = """# What a stop waits for

Everything that can last longer than 10 ms stops when it is asked to, but for these calls, which are
let come to their end. The times were measured on two cores with a disk of their own; this page is made by
`scripts/indivisible.py` from the places where the calls are.

| where | what it is, and what bounds it | how long |
|---|---|---|
"""


def rows():
    for path in sorted((ROOT / "src").rglob("*.cc")):
        for match in DECLARED.finditer(path.read_text()):
            text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match.group(1)))
            what, _, how_long = text.rpartition("; ")
            if not what:
                raise SystemExit(f"{path}: Uninterruptible without `; how long`: {text}")
            yield f"| `{path.relative_to(ROOT)}` | {what} | {how_long} |\n"


def main():
    table = HEAD + "".join(rows())
    if "--check" not in sys.argv[1:]:
        TABLE.write_text(table)
    elif not TABLE.exists() or TABLE.read_text() != table:
        print(f"{TABLE.relative_to(ROOT)} is not what the sources say: run scripts/indivisible.py")
        return 1
    print(f"{table.count('| `src/')} calls cannot be stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
