"""Two releases of opensearch-java, whose answers are read into types: java/Typed.java."""
import os
import pathlib
import shutil
import subprocess

from live_node import Node

HERE = pathlib.Path(__file__).resolve().parent / "java"
BUILD = HERE.parents[2] / "build" / "clients-java"
# Each with the release of its HTTP client that fits.
RELEASES = {"2.22.0": "5.4.2", "3.9.0": "5.4.4"}
PATIENCE = 120


def install(release, http):
    """The folder of its jars."""
    folder = BUILD / f"{release}-{http}"
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-f", HERE / "pom.xml", f"-Dclient={release}", f"-Dhttp={http}",
                        "dependency:copy-dependencies", f"-DoutputDirectory={folder}"], check=True)
        (folder / "whole").touch()
    return folder


def run(binary):
    """How many releases passed, how many failed, and how many could not be tried."""
    if not shutil.which("javac") or not shutil.which("mvn"):
        print("opensearch-java: there are no JDK and Maven")
        return 0, 0, len(RELEASES)
    passed = failed = skipped = 0
    for release, http in RELEASES.items():
        try:
            jars = install(release, http)
        except subprocess.CalledProcessError:  # Maven has said why
            skipped += 1
            continue
        node = Node(binary).start()
        try:
            done = subprocess.run(["java", "-cp", f"{jars}{os.sep}*", HERE / "Typed.java", str(node.port)],
                                  capture_output=True, text=True, timeout=PATIENCE)
            right = done.returncode == 0 and node.stop() == 0
        except subprocess.TimeoutExpired as late:
            done, right = late, False
            node.stop()
        print(f"opensearch-java {release}: {'ok' if right else done.stderr}")
        passed, failed = passed + right, failed + (not right)
    return passed, failed, skipped
