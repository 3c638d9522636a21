"""Releases of the Java clients, whose answers are read into types: java/*.java."""
import os
import pathlib
import shutil
import subprocess

from live_node import Node

HERE = pathlib.Path(__file__).resolve().parent / "java"
BUILD = HERE.parents[2] / "build" / "clients-java"
# A program, what it is built of, and the releases of that; opensearch-java with the HTTP client that fits.
PROGRAMS = [("Typed.java", "typed.xml", {"client": "2.22.0", "http": "5.4.2"}),
            ("Typed.java", "typed.xml", {"client": "3.9.0", "http": "5.4.4"}),
            ("HighLevel.java", "high-level.xml", {"client": "2.19.1"})]
PATIENCE = 120


def install(project, releases):
    """The folder of the jars."""
    folder = BUILD / "-".join([project, *releases.values()])
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-f", HERE / project, "dependency:copy-dependencies",
                        *(f"-D{name}={release}" for name, release in releases.items()),
                        f"-DoutputDirectory={folder}"], check=True)
        (folder / "whole").touch()
    return folder


def passes(binary, program, jars):
    node = Node(binary).start()
    command = ["java", "-cp", f"{jars}{os.sep}*", HERE / program, str(node.port)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        right, told = done.returncode == 0, done.stderr
    except subprocess.TimeoutExpired:
        right, told = False, f"it was still at work after {PATIENCE} s"
    right &= node.stop() == 0
    print(f"{program} {jars.name}: {'ok' if right else told}")
    return right


def run(binary):
    """How many programs passed, how many failed, and how many could not be tried."""
    if not shutil.which("javac") or not shutil.which("mvn"):
        print("the Java clients were not tried: there are no JDK and Maven")
        return 0, 0, len(PROGRAMS)
    results = []
    for program, project, releases in PROGRAMS:
        try:
            jars = install(project, releases)
        except subprocess.CalledProcessError:  # Maven has said why
            continue
        results.append(passes(binary, program, jars))
    return sum(results), len(results) - sum(results), len(PROGRAMS) - len(results)
