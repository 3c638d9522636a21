"""run.py QUELL: the tests of all clients."""
import sys

import opensearch_py
import opensearch_java


def main():
    passed, failed = opensearch_py.run(sys.argv[1])
    java_passed, java_failed, skipped = opensearch_java.run(sys.argv[1])
    passed, failed = passed + java_passed, failed + java_failed
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
