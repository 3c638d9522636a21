"""What a binary was built with, how its processes are told to report, and what they reported."""
import os
import re

SANITIZERS = ((b"__tsan_init", "tsan", 15), (b"__asan_init", "asan", 5))
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"
SUPPRESSIONS = os.path.join(os.path.dirname(__file__), "..", "..", "cmake", "tsan.supp")

FAULT = re.compile(r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|: runtime error: ")
RACE = "WARNING: ThreadSanitizer: data race"
ACCESS = re.compile(r"  (Previous |\[failed|Read |Write |Atomic |atomic )")
AFTER_ACCESSES = re.compile(r"  (Location|Mutex|Thread|As if)\b|SUMMARY: |={18}|\{")
# `#1 tasks::Loop::Run() /quell/src/loop.cc:42:3 (quell+0x48)`; without debug information `record.cc`, or `<null>` of
# what intercepts memcpy() and its like.
FRAME = re.compile(r"    #\d+ .*?(?:(?P<ours> /\S+:\d+)|(?P<unknown> \S+\.\w+)|<null>)(?: \(|$)")


def sanitizer_of(binary):
    """Its name and how much slower everything is: ("", 1) for a plain binary."""
    with open(binary, "rb") as file:
        content = file.read()
    return next(((name, factor) for symbol, name, factor in SANITIZERS if symbol in content), ("", 1))


def environment(sanitizer):
    told = dict(os.environ)
    if not sanitizer:
        told["MALLOC_CONF"] = "junk:true"
        return told
    told["ASAN_SYMBOLIZER_PATH"] = SYMBOLIZER
    told["ASAN_OPTIONS"] = "detect_leaks=1:strict_string_checks=1"
    told["UBSAN_OPTIONS"] = f"print_stacktrace=1:external_symbolizer_path={SYMBOLIZER}"
    # A report is judged by its text, so none may decide the exit code.
    told["TSAN_OPTIONS"] = (f"exitcode=0:second_deadlock_stack=1:external_symbolizer_path={SYMBOLIZER}"
                            f":suppressions={os.path.realpath(SUPPRESSIONS)}")
    return told


class Reports:
    """Reads a log line by line and keeps the first line of each report, in `found`.

    A data race counts when one of its two accesses was made by code that we have compiled, which its first frame
    with the name of a file shows. Debian's RocksDB is not instrumented: TSan sees the memcpy() and memcmp() that it
    calls, not the locks that order them, and the stacks leave its own functions out.
    """

    def __init__(self):
        self.found = []
        self.elsewhere = 0   # data races between accesses of others
        self.race = None     # the first line of one whose accesses are being read
        self.judged = False  # who made the access that is being read is known

    def heed(self, line):
        if self.race is None:
            if RACE in line:
                self.race, self.judged = line.strip(), False
            elif FAULT.search(line):
                self.found.append(line.strip())
        elif ACCESS.match(line):
            self.judged = False
        elif AFTER_ACCESSES.match(line):
            self.elsewhere += 1
            self.race = None
        elif not self.judged and (frame := FRAME.match(line)):
            if frame["ours"]:
                self.found.append(self.race)
                self.race = None
            self.judged = frame["unknown"] is not None
