#!/usr/bin/env python3
"""check_sizes.py [ROOT]: sizes, unfinished marks, machine paths, sleeping tests. A file at its limit
has a second noun in it; a function at its limit has a second verb."""
import pathlib
import re
import sys

FILE_LINES = 500
FUNCTION_LINES = 60
FOLDER_HEADERS = 8
FOLDERS = ("src", "test", "bench", "fuzz", "scripts", "cmake")
SUFFIXES = (".cc", ".h", ".py", ".sh", ".cmake")
LINE_RULES = [  # (what is wrong, how it looks, only in tests)
    ("unfinished mark", re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bnot (yet )?implemented\b"), False),
    ("path of one machine", re.compile(r"[\"' (=]/(home|root|work|Users)/"), False),
    ("a test sleeps", re.compile(r"sleep_for|sleep_until|\busleep\(|\btime\.sleep"), True),
]
# Comments, strings and character literals: nothing in them counts as a brace.
BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                     r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
TYPE = re.compile(r"\b(class|struct|union|enum)\b(?![^<]*>)")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def functions(text):
    """(line, length) of each outermost function body, from the first line of its head."""
    text = PREPROCESSOR.sub(blank, BLANKED.sub(blank, text))
    scopes, head, start = [], 0, 0  # scopes: what each open brace belongs to
    for i, char in enumerate(text):
        if char == "{":
            words = text[head:i]
            if any(s not in ("namespace", "type") for s in scopes):
                scopes.append("block")
            elif re.match(r"\s*(inline )?namespace\b|\s*extern\b[^(]*$", words):
                scopes.append("namespace")
            elif TYPE.search(words) and not words.rstrip().endswith((")", "const", "override")):
                scopes.append("type")
            elif not text[i - 1].isspace() or re.search(r"[=,(]\s*$", words):
                scopes.append("initializer")
            else:
                scopes.append("function")
                start = head + len(words) - len(words.lstrip())
            if scopes[-1] in ("namespace", "type", "function"):
                head = i + 1
        elif char == "}" and scopes:
            kind = scopes.pop()
            if kind == "function":
                first = text.count("\n", 0, start) + 1
                yield first, text.count("\n", 0, i) + 2 - first
            if kind in ("namespace", "type", "function"):
                head = i + 1
        elif char == ";" and all(s in ("namespace", "type") for s in scopes):
            head = i + 1


def problems(file, path):
    text = file.read_text()
    lines = text.splitlines()
    is_test = path.parts[0] == "test" or path.name.endswith("_test.cc")
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines, above {FILE_LINES}"
    if path.name != pathlib.Path(__file__).name:
        for number, line in enumerate(lines, 1):
            for what, pattern, in_tests in LINE_RULES:
                if (is_test or not in_tests) and pattern.search(line):
                    yield f"{path}:{number}: {what}: {line.strip()}"
    if path.suffix in (".cc", ".h") and path.parts[0] == "src" and not is_test:
        for number, length in functions(text):
            if length > FUNCTION_LINES:
                yield f"{path}:{number}: a function of {length} lines, above {FUNCTION_LINES}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    paths = [p for folder in FOLDERS for p in sorted((root / folder).rglob("*"))
             if p.suffix in SUFFIXES and p.is_file()]
    found = [line for p in paths for line in problems(p, p.relative_to(root))]
    for folder in sorted((root / "src").iterdir()):
        headers = len(list(folder.glob("*.h")))
        if headers > FOLDER_HEADERS:
            print(f"note: {folder} has {headers} public headers, more than {FOLDER_HEADERS}")
    print("\n".join(found) or f"sizes: {len(paths)} files, every one within its limits")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
