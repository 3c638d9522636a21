#!/usr/bin/env python3
"""Breaks one line after the other in a copy of the heart and says which test noticed.

    scripts/mutate.py <a built build directory> [number ...]     a row for each, of all by default
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# (what is taken away, file, the line, what stands there instead, test sources that a header touches)
MUTATIONS = eval((ROOT / "scripts/mutations.py").read_text())
SECONDS = 90


def command_of(build, source):
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", "tasks_test"],
                           capture_output=True, text=True).stdout.splitlines()
    return next(line for line in lines if line.endswith(f" -c {ROOT}/src/tasks/{source}"))


def compile_mutant(build, copy, source):
    out = copy / (source.replace("/", "_") + ".o")
    command = re.sub(r" -M[DTF]( \S+)?", " ", command_of(build, source))
    command = re.sub(r" -o \S+ -c \S+", f" -o {out} -c {copy}/src/tasks/{source}", command)
    command = command.replace(f"-I{ROOT}/src", f"-I{copy}/src -I{ROOT}/src")
    command = re.sub(r"\S*ccache ", "", command.replace("-Werror", "-w"))
    done = subprocess.run(command, shell=True, cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr[:3000])
    return out


def objects(build):
    """Each with the source it is of."""
    for target in ("tasks.dir", "tasks_test.dir"):
        home = pathlib.Path(build) / "src/tasks/CMakeFiles" / target
        for one in sorted(home.rglob("*.o")):
            yield one, str(one.relative_to(home))[:-2]


def verdict(binary):
    run = ["timeout", "-s", "KILL", str(SECONDS), binary, "--gtest_brief=1"]
    done = subprocess.run(run, capture_output=True, text=True, errors="replace",
                          env={"QUELL_MODEL_STEPS": "50000"})
    failed = sorted(set(re.findall(r"\[  FAILED  \] ([\w.]+)", done.stdout)))
    if failed:
        return ", ".join(f"`{name}`" for name in failed[:4]) + (" …" if len(failed) > 4 else "")
    if done.returncode == 0:
        return "**nobody noticed**"
    return "the tests never end" if done.returncode in (137, -9) else "the tests crash"


def main():
    build = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = [int(number) for number in sys.argv[2:]] or range(len(MUTATIONS))
    for number in wanted:
        what, file, old, new, *touched = MUTATIONS[number]
        with tempfile.TemporaryDirectory() as name:
            copy = pathlib.Path(name)
            shutil.copytree(ROOT / "src/tasks", copy / "src/tasks")
            text = (copy / "src/tasks" / file).read_text()
            if text.count(old) < 1:
                print(f"| {what} | the line is gone: {old} |", flush=True)
                continue
            (copy / "src/tasks" / file).write_text(text.replace(old, new, 1))
            sources = touched or [file]
            mutants = [compile_mutant(build, copy, source) for source in sources]
            kept = [one for one, source in objects(build) if source not in sources]
            libraries = [f"{build}/src/base/libbase.a", "-lspdlog", "-lfmt", "-lsimdjson", "-lgmock",
                         "-lgtest", "-lgtest_main", "-lpthread"]
            subprocess.run(["g++-12", "-fuse-ld=mold", *mutants, *kept, *libraries, "-o",
                            copy / "mutant"], check=True)
            print(f"| {what} | {verdict(copy / 'mutant')} |", flush=True)


if __name__ == "__main__":
    main()
