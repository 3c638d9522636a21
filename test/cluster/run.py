#!/usr/bin/env python3
"""run.py QUELL [PATTERN]: what several nodes promise, with real processes, a scenario a promise.
PATTERN: those whose name contains it; LONG=1: those that take minutes, too; ROUNDS=n: how
often the random ones go round."""
import pathlib
import signal
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import live_cluster  # noqa: E402
from live_cluster import Unavailable  # noqa: E402
from scenario import LONG, SCENARIOS  # noqa: E402
import cancels  # noqa: E402,F401
import silence  # noqa: E402,F401
import closes  # noqa: E402,F401
import crashes  # noqa: E402,F401
import early  # noqa: E402,F401
import metadata  # noqa: E402,F401
import moves  # noqa: E402,F401
import partitions  # noqa: E402,F401
import reads  # noqa: E402,F401


def end_well(*_):
    raise KeyboardInterrupt  # everything in `finally` and `with` is done


def why_not(what, isolated):
    if what.long and not LONG:
        return "long: only with LONG=1"
    if what.network and not isolated:
        return "network namespaces cannot be made here"
    return None


def main():
    quell, pattern = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    signal.signal(signal.SIGTERM, end_well)
    isolated = live_cluster.isolate()
    passed = failed = skipped = 0
    for what in SCENARIOS:
        name = what.__name__
        if pattern not in name:
            continue
        begin, reason = time.monotonic(), why_not(what, isolated)
        try:
            if reason:
                raise Unavailable(reason)
            what(quell)
            passed += 1
            print(f"ok      {time.monotonic() - begin:5.1f} s  {name}", flush=True)
        except Unavailable as error:
            skipped += 1
            print(f"SKIPPED          {name}: {error}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAILED  {time.monotonic() - begin:5.1f} s  {name}: {error}", flush=True)
            if not isinstance(error, live_cluster.Wrong):
                traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed + skipped == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
