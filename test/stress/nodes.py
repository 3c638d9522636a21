"""The processes: nodes whose memory is limited, whose logs are kept, and whose death is noticed."""
import os
import resource
import shutil
import signal
import subprocess

from live_cluster import ClusterNode, Wrong, die_with_parent
from sanitizers import Reports, environment

ADDRESS_SPACE = 6_000_000_000
STACK_SECONDS = 120


class StressNode(ClusterNode):
    """`reachable`: it has started and was not told to end. `logs`: a folder, which outlives it."""

    def __init__(self, binary, logs, sanitizer, **settings):
        super().__init__(os.path.realpath(binary), **settings)
        self.name = settings["node.name"]
        self.sanitizer = sanitizer
        self.log_file = os.path.join(logs, self.name + ".log")
        self.reports = Reports()
        self.reachable = False
        self.ending = False  # its end is wanted

    def popen_options(self):
        return {"preexec_fn": self.limit, "stdin": subprocess.DEVNULL, "cwd": self.folder,
                "env": environment(self.sanitizer)}

    def limit(self):
        die_with_parent()
        if self.sanitizer:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        else:
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    def heed(self, line):
        super().heed(line)
        with open(self.log_file, "a") as out:
            out.write(line)
        self.reports.heed(line)

    def launch(self):
        self.ending = True  # how a start ends is told by await_started()
        super().launch()

    def await_started(self):
        super().await_started()
        self.reachable, self.ending = True, False
        return self

    def fail(self, what):
        try:
            super().fail(what)
        except Wrong as wrong:
            raise Wrong(f"{wrong}\n{self.stack()}") from None

    def kill(self):
        self.reachable, self.ending = False, True
        super().kill()

    def terminate(self, seconds):
        """Stops it in good order; its exit code, None if it went on for longer."""
        self.reachable, self.ending = False, True
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def memory(self):
        """The most that was resident since its start, in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next((1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)

    def fault(self):
        """What is wrong with the process, None if nothing is."""
        if self.reports.found:
            return f"{self.name}: {self.reports.found[0]}; see {self.log_file}"
        if self.process is not None and not self.ending and self.process.poll() is not None:
            self.reader.join(10)
            return (f"{self.name} ended by itself with {self.process.returncode}, the end of its log:\n"
                    f"{self.tail(25)}\n{self.stack()}")
        return None

    def stack(self):
        """Of the core, if there is one and gdb; that of all threads is kept beside the log."""
        cores = [os.path.join(self.folder, name) for name in os.listdir(self.folder)
                 if name.startswith("core")]
        if not cores or shutil.which("gdb") is None:
            return "no core, or no gdb"
        return self.stacks("-c", cores[0])

    def stacks(self, *what):
        gdb = ["gdb", "-batch", "-nx", "-ex", "bt 40", "-ex", "thread apply all bt 30", self.binary, *what]
        try:
            told = subprocess.run(gdb, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", timeout=STACK_SECONDS).stdout
        except subprocess.TimeoutExpired:
            return "gdb took too long"
        path = self.log_file.replace(".log", ".stacks")
        with open(path, "w") as out:
            out.write(told)
        first = told[told.find("#0"):].split("\n\n")[0]
        return f"{first[:6000]}\nall threads: {path}"
