"""What a session costs, beside what a user would write instead: `make bench`. `--check` only runs the C programs once.

Contenders are programs as benches/contender.h has it. Each figure is from runs that take turns, forwards and backwards, so
that whatever else the machine does meets all of them. Times are compared within a round; instructions are callgrind's.
"""
import argparse
import datetime
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
import servers

HERE = Path(__file__).parent
WARM_ROUNDS, COLD_ROUNDS = 60, 100
CALLGRIND_SESSIONS = 40


class Contender:
    """A program that starts sessions. One that is slow is run less often, so that its rounds are no longer than the others'."""

    def __init__(self, name, command, is_slow=False, variables=None, reads_json=True):
        self.name, self.command, self.is_slow = name, [str(word) for word in command], is_slow
        self.variables, self.reads_json = variables or {}, reads_json
        self.block = 3 if is_slow else 200

    def arguments(self, server, scheme, *count):
        return [*self.command, server.urls[scheme], str(server.ca), *map(str, count)]

    def environment(self, server):
        variables = {name: value.format(ca=server.ca) for name, value in self.variables.items()}
        return {**os.environ, **variables}

    def can_use(self, server):
        return self.reads_json or server.has_xml


class Warm:
    """A contender at work, told how many sessions to start."""

    def __init__(self, contender, server, scheme):
        self.contender = contender
        self.process = subprocess.Popen(contender.arguments(server, scheme), env=contender.environment(server), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def nanoseconds(self, count):
        """For each of so many sessions."""
        print(count, file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline()) / count

    def peak_bytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def in_turns(contenders, rounds, measure):
    """Figures of each contender by round; every second round goes backwards."""
    figures = {contender: {} for contender in contenders}
    for number in range(rounds):
        for contender in contenders if number % 2 else contenders[::-1]:
            if number % 6 == 0 or not contender.is_slow:
                figures[contender][number] = measure(contender)
    return figures


def measure_warm(contenders, server, scheme):
    running = {contender: Warm(contender, server, scheme) for contender in contenders}
    cold_peaks = {contender: warm.nanoseconds(1) and warm.peak_bytes() for contender, warm in running.items()}
    for contender, warm in running.items():
        warm.nanoseconds(contender.block)
    times = in_turns(contenders, WARM_ROUNDS, lambda contender: running[contender].nanoseconds(contender.block))
    peaks = {contender: warm.peak_bytes() for contender, warm in running.items()}
    for warm in running.values():
        warm.end()
    return times, cold_peaks, peaks


def measure_cold(contenders, server, scheme):
    def from_start_to_exit(contender):
        arguments, environment = contender.arguments(server, scheme, 1), contender.environment(server)
        before = time.perf_counter_ns()
        pid = os.posix_spawnp(arguments[0], arguments, environment)
        _, status, _ = os.wait4(pid, 0)
        took = time.perf_counter_ns() - before
        assert status == 0, f"{contender.name} failed"
        return took

    return in_turns(contenders, COLD_ROUNDS, from_start_to_exit)


def instructions(contender, server, scheme, count):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *contender.arguments(server, scheme, count)]
    run = subprocess.run(command, env=contender.environment(server), capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", run.stderr)[1])


def measure(contenders, server):
    """Rows of the table: what, its unit, figures by contender."""
    contenders = [contender for contender in contenders if contender.can_use(server)]
    compiled = [contender for contender in contenders if not contender.is_slow]
    rows = []
    for scheme in ("https", "http"):
        print(f"{server.name}: {scheme}", file=sys.stderr)
        times, cold_peaks, peaks = measure_warm(contenders, server, scheme)
        rows.append((f"warm, {scheme}", "time", times))
        rows.append((f"cold process, {scheme}", "time", measure_cold(contenders, server, scheme)))
        rows.append((f"peak memory, warm, {scheme}", "bytes", once(peaks)))
        rows.append((f"peak memory, cold, {scheme}", "bytes", once(cold_peaks)))
        if shutil.which("valgrind"):
            few, many = ({each: instructions(each, server, scheme, CALLGRIND_SESSIONS * times) for each in compiled} for times in (1, 2))
            warm = {each: (many[each] - few[each]) / CALLGRIND_SESSIONS for each in compiled}
            rows.append((f"instructions, warm, {scheme}", "count", once(warm)))
            rows.append((f"instructions, cold process, {scheme}", "count", once({each: instructions(each, server, scheme, 1) for each in compiled})))
    return rows


def once(figures):
    return {contender: {0: figure} for contender, figure in figures.items()}


def summary(row):
    """Of one row: what, unit, medians by contender's name, and the paired ratios of the first to the second."""
    what, unit, figures = row
    ours, curl = list(figures)[:2]
    ratios = [figures[ours][number] / figures[curl][number] for number in figures[ours] if number in figures[curl]]
    return what, unit, {contender.name: statistics.median(of.values()) for contender, of in figures.items()}, ratios


def find_contenders(build):
    contenders = [Contender("this library", [build / "session"]), Contender("libcurl by hand", [build / "session_curl"])]
    if (build / "python").exists():
        variables = {"PYTHONPATH": str(build / "python")}
        contenders.append(Contender("Kaltura's Python client", [sys.executable, HERE / "session.py"], True, variables, reads_json=False))
    if (build / "node").exists():
        variables = {"NODE_PATH": str(build / "node/node_modules"), "NODE_EXTRA_CA_CERTS": "{ca}"}
        contenders.append(Contender("Kaltura's Node client", ["node", HERE / "session.js"], True, variables))
    return contenders


def check(contenders, server):
    """That the C programs get their sessions, in both ways of being run."""
    passed = 0
    for contender in contenders[:2]:
        for scheme in server.urls:
            subprocess.run(contender.arguments(server, scheme, 2), check=True)
            warm = Warm(contender, server, scheme)
            assert warm.nanoseconds(3) > 0 and warm.peak_bytes() > 0
            warm.end()
            passed += 1
    print(f"{passed} passed, 0 failed")


def versions(all_servers):
    def first_line(*command):
        if shutil.which(command[0]) is None:
            return ""
        return subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]

    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    machine = f"{processor[1] if processor else os.uname().machine}, {os.cpu_count()} processors, Linux {os.uname().release}"
    libraries = subprocess.run(["pkg-config", "--modversion", "libcurl", "libcrypto"], capture_output=True, text=True).stdout.split()
    clients = re.findall(r"(KalturaApiClient)==(\S+)", (HERE / "requirements.txt").read_text())
    clients += re.findall(r'"(kaltura-client)": "(\S+)"', (HERE / "package.json").read_text())
    return [datetime.date.today().isoformat(), machine, first_line("rustc", "--version"), first_line("cc", "--version"),
            f"libcurl {libraries[0]} with OpenSSL {libraries[1]}", *(" ".join(client) for client in clients),
            f"Python {sys.version.split()[0]}", f"Node {first_line('node', '--version')}",
            *(f"{server.name} {server.version}" for server in all_servers if server.version)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--fake-server", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    contenders = find_contenders(arguments.build)
    # Client and server on one processor: how long another takes to wake up differs from moment to moment, by more than all else.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        fake = servers.start_fake_server(arguments.fake_server, Path(folder))
        nginx = None if arguments.check else servers.start_nginx(Path(folder), fake)
        running = [server for server in (nginx, fake) if server is not None]
        try:
            if arguments.check:
                check(contenders, fake)
            else:
                results = [(server.name, [summary(row) for row in measure(contenders, server)]) for server in running]
                report.write(results, versions(running))
        finally:
            for server in running:
                server.stop()


if __name__ == "__main__":
    main()
