"""How long builds take, against the plain recipe and against the same commands in a plain shell script.

    python -m tests.benchmarks.builds --source ocaml-5.3.0.tgz [--runs 3] [--work DIR]

Everything is measured in one run on one machine, one thing after the other; the medians of the runs'
seconds are printed, and those of their ratios:

- first target: nothing is there yet, for neither side. The plain recipe builds a host compiler
  (`make world.opt`), then the cross-compiler from it; zig compiles its C library for both.
- further target: another target of the same release, the host compiler being there; once with a C
  library that zig has yet to compile, once with one that is there.
- overhead: the wizard's build of a target against the script that `export script` makes of the same plan;
  and how much of it passes outside of the stages' work: start, plan, journal, monitor, end.

Takes about 20 minutes a run on two cores, and five before the first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.paths import ROOT
from wizard.builds.journal import JOURNAL, StageEnded, read_events
from wizard.catalogue.store import catalogue
from wizard.machine.survey import survey

RECIPE = Path(__file__).with_name("plain_recipe.sh")
RELEASE = "5.3.0"
FIRST, FURTHER = "aarch64-linux-musl", "s390x-linux-musl"


class Bench:
    """One run: fresh folders for the plain recipe and for the wizard.

    scripts: the work folder of exported scripts, which lasts: their host compiler is not measured.
    """

    def __init__(self, work: Path, source: Path, scripts: Path) -> None:
        self._work, self._source, self._scripts = work, source, scripts
        self._wizard_home = work / "wizard"
        self._host = work / "plain-host"
        self._count = 0

    def plain_host(self) -> float:
        """Seconds of the plain recipe for the host compiler."""
        return self._plain("host", self._source, self._work / "host-tree", self._host)

    def plain_cross(self, triplet: str) -> float:
        """Seconds of the plain recipe for one target."""
        zig = survey(catalogue()).zig
        assert zig is not None, "the wheel ziglang is not installed"
        tree = self._work / f"cross-{triplet}"
        prefix = self._work / f"plain-{triplet}"
        return self._plain(
            "cross",
            self._source,
            tree,
            self._host,
            triplet,
            triplet,
            f"{zig.folder}/zig",
            self._work / "plain-zig-cache",
            prefix,
        )

    def _plain(self, *words: str | Path) -> float:
        env = {**os.environ, "JOBS": str(os.cpu_count() or 1)}
        return _timed(["sh", str(RECIPE), *map(str, words)], env, self._work / "plain.log")

    def wizard(self, triplet: str) -> float:
        """Seconds of the wizard's build of one target, into a new prefix."""
        self._count += 1
        words = ["build", *self._selection(triplet, self._prefix())]
        argv = [sys.executable, "-m", "wizard", *words, "--sources", str(self._source.parent), "--offline"]
        return _timed(argv, self._environment(), self._work / "wizard.log")

    def outside_stages(self, seconds: float) -> float:
        """Of the seconds that the wizard's last build took, those in which no stage was at work.

        For a build whose stages ran one after the other, as those of one further target do.
        """
        builds = self._wizard_home / "state" / "builds"
        last = max(builds.iterdir(), key=lambda folder: (folder / JOURNAL).stat().st_mtime)
        return seconds - sum(event.seconds for event in read_events(last) if isinstance(event, StageEnded))

    def script(self, triplet: str) -> float:
        """Seconds of the script that is the same plan for another new prefix."""
        self._count += 1
        script = self._work / "switch.sh"
        words = ["export", "script", *self._selection(triplet, self._prefix()), "-o", str(script)]
        argv = [sys.executable, "-m", "wizard", *words]
        subprocess.run(argv, env=self._environment(), check=True, cwd=self._work)
        env = {**os.environ, "OCW_SOURCES": str(self._source.parent), "OCW_WORK": str(self._scripts)}
        zig = survey(catalogue()).zig
        assert zig is not None, "the wheel ziglang is not installed"
        return _timed(["sh", str(script)], {**env, "OCW_ZIG": zig.folder}, self._work / "script.log")

    def _prefix(self) -> Path:
        return self._work / f"switch-{self._count}"

    def _selection(self, triplet: str, prefix: Path) -> list[str]:
        target = triplet.removesuffix("-musl")
        return ["--release", RELEASE, "--target", target, "--libc", "musl", "--toolchain", "zig",
                "--host-compiler", "build", "--prefix", str(prefix)]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "OCW_HOME": str(self._wizard_home), "PYTHONPATH": str(ROOT)}


def _timed(argv: list[str], env: dict[str, str], log: Path) -> float:
    """Wall-clock seconds of a command; its output goes to `log`."""
    begin = time.perf_counter()
    with log.open("ab") as output:
        subprocess.run(argv, env=env, stdout=output, stderr=output, stdin=subprocess.DEVNULL, check=True, cwd="/")
    return time.perf_counter() - begin


def measure(work: Path, source: Path, scripts: Path) -> dict[str, float]:
    """One run: seconds by what was measured."""
    bench = Bench(work, source, scripts)
    seconds = {"plain host": bench.plain_host(), "plain first": bench.plain_cross(FIRST)}
    seconds["wizard first"] = bench.wizard(FIRST)
    seconds["plain further"] = bench.plain_cross(FURTHER)
    seconds["wizard further"] = bench.wizard(FURTHER)
    seconds["plain further, C library there"] = bench.plain_cross(FURTHER)
    seconds["wizard further, C library there"] = bench.wizard(FURTHER)
    seconds["  of it outside of stages"] = bench.outside_stages(seconds["wizard further, C library there"])
    seconds["script further, C library there"] = bench.script(FURTHER)
    return seconds


def ratios(seconds: dict[str, float]) -> dict[str, float]:
    """What one run's seconds are to one another."""
    plain_first = seconds["plain host"] + seconds["plain first"]
    further = seconds["wizard further, C library there"]
    script = seconds["script further, C library there"]
    return {
        "first target, all cold": seconds["wizard first"] / plain_first,
        "further target, all cold": seconds["wizard further"] / seconds["plain further"],
        "further target, C library there": further / seconds["plain further, C library there"],
        "wizard against script": further / script,
        "journal and monitor": 1 + seconds["  of it outside of stages"] / script,
    }


def report(runs: list[dict[str, float]]) -> str:
    """The medians of the runs, in seconds and as ratios, as text.

    A ratio is made within a run and the median taken of those: what a machine's speed does from one hour to the
    next is in both of its sides.
    """
    lines = [f"medians of {len(runs)} runs, seconds"]
    lines += [f"  {name:<34} {statistics.median(run[name] for run in runs):7.1f}" for name in runs[0]]
    lines += ["medians of the ratios, the lowest, the highest"]
    each = [ratios(run) for run in runs]
    for name in each[0]:
        found = [one[name] for one in each]
        lines += [f"  {name:<34} {statistics.median(found):7.2f} {min(found):7.2f} {max(found):7.2f}"]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help=f"archive of OCaml {RELEASE}")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, help="a folder with 3 GB of room (default: a temporary one)")
    options = parser.parse_args()
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    runs = []
    scripts = Path(tempfile.mkdtemp(prefix="ocw-bench-scripts-", dir=options.work))
    Bench(scripts, options.source.resolve(), scripts / "work").script(FURTHER)
    for number in range(options.runs):
        work = Path(tempfile.mkdtemp(prefix="ocw-bench-", dir=options.work))
        try:
            runs.append(measure(work, options.source.resolve(), scripts / "work"))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        print(
            f"run {number + 1}: " + ", ".join(f"{name} {value:.1f}" for name, value in runs[-1].items()),
            flush=True,
        )
    shutil.rmtree(scripts, ignore_errors=True)
    print(report(runs))


if __name__ == "__main__":
    main()
