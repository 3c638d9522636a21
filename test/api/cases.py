"""The text of a case: what it sends and what it expects. See README.md for the language."""
import re

REQUEST = re.compile(r"(?:(until|open|start) +)?(?:([a-z0-9_]+) +)?"
                     r"(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE) (\S+)$")
REST = re.compile(r"(finish|drop) +([a-z0-9_]+)$")
EXPECT = re.compile(r"(\S+) (=|!=|~|!~|>|<|=>)(?: (.*))?$|(\S+) (exists|absent)$")


class Step:
    """One request, or the rest of one that was opened, and what its answer must be."""

    def __init__(self, line, kind, name=None, method=None, target=None):
        self.line, self.kind, self.name = line, kind, name
        self.method, self.target = method, target
        self.headers = []   # (name, value)
        self.body = None    # text
        self.expect = []    # (line number, kind, path, operator, value)


class Case:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.differs = None
        self.steps = []
        self._read(path.read_text().split("\n"))

    def _read(self, lines):
        number = 0
        while number < len(lines):
            first = number + 1
            text = lines[number]
            number += 1
            while number < len(lines) and lines[number].startswith("  ") and not text.startswith("|"):
                text += lines[number][2:]
                number += 1
            if text.strip() and not text.startswith("#"):
                self._take(first, text)
        if not self.steps:
            raise SyntaxError(f"{self.path}: no step")

    def _take(self, line, text):
        if text.startswith("differs:"):
            self.differs = text[8:].strip()
            return
        if match := REQUEST.match(text):
            kind, name, method, target = match.groups()
            self.steps.append(Step(line, kind or "send", name, method, target))
            return
        if match := REST.match(text):
            self.steps.append(Step(line, *match.groups()))
            return
        if not self.steps:
            raise SyntaxError(f"{self.path}:{line}: no request before: {text}")
        self._add(self.steps[-1], line, text)

    def _add(self, step, line, text):
        if text.startswith("> "):
            name, _, value = text[2:].partition(":")
            step.headers.append((name, value.strip()))
        elif text.startswith("|"):
            ended = not text.startswith("|-")  # `|- text`: without the newline
            content = re.sub(r"^\|-? ?", "", text)
            step.body = (step.body or "") + content + ("\n" if ended else "")
        elif re.fullmatch(r"[1-5]\d\d", text.strip()):
            step.expect.append((line, "status", None, "=", text.strip()))
        elif text.startswith("like "):
            step.expect.append((line, "like", None, "=", text[5:]))
        elif match := EXPECT.match(text[2:] if text.startswith("< ") else text):
            path, operator, value = match.group(1), match.group(2), match.group(3) or ""
            if path is None:
                path, operator = match.group(4), match.group(5)
            kind = "header" if text.startswith("< ") else "body" if path == "body" else "json"
            step.expect.append((line, kind, path, operator, value))
        else:
            raise SyntaxError(f"{self.path}:{line}: cannot read: {text}")
