"""The builder is killed between any two actions of the stages that lay out and publish: the end is the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.support.building import PlanOf, small_stage, to_end, wait_until
from tests.support.trees import names
from wizard.builder.launch import start
from wizard.builds import journal as j
from wizard.builds.folder import Options, running
from wizard.builds.listing import last_error
from wizard.machine.processes import processes_of
from wizard.machine.survey import LOCK_FILE
from wizard.plan.layout import layout
from wizard.plan.model import Plan
from wizard.steps import actions as a
from wizard.steps.stage import Stage


def kill_once(flag: Path, before: str = "true") -> a.Run:
    """A command that kills its builder with kill -9, the first time it runs."""
    script = f"[ -e {flag} ] || {{ touch {flag}; {before}; kill -9 $PPID; exec sleep 60; }}"
    return a.Run(("sh", "-c", script), "/")


def with_kills(stage: Stage, flags: Path) -> Stage:
    """The stage with a kill before each of its actions and after the last."""
    actions: list[a.AnyAction] = []
    for number, action in enumerate(stage.actions):
        actions += [kill_once(flags / f"{stage.id}-{number}"), action]
    actions.append(kill_once(flags / f"{stage.id}-end"))
    return msgspec.structs.replace(stage, actions=tuple(actions), digest=f"{stage.digest} killed")


def last_stages(plan: Plan) -> tuple[Stage, ...]:
    """Stages as a real plan ends with: installed, laid out, with launchers, published, tidied up."""
    tree, staging = f"{plan.build_folder}/tree", plan.staging
    install = (
        f"mkdir -p {staging}/bin {staging}/lib/ocaml && cd {staging}/bin && touch ocamlrun ocamlopt.opt ocaml "
        "&& ln -sf ocamlopt.opt ocamlopt && touch ../lib/ocaml/stdlib.cma"
    )
    launchers = tuple(
        a.WriteFile(f"{staging}/{name}", f"{name}\n", "of the switch", 0o755)
        for name in ("bin/ocamlopt", "bin/ocamlc", LOCK_FILE)
    )
    remove = a.Run(("rm", "-rf", tree, f"{plan.build_folder}/staging"), plan.build_folder)
    return (
        small_stage(plan, "install", a.Run(("sh", "-c", install), tree), digest="i"),
        small_stage(plan, "switch", *layout(staging, plan.build_folder, ""), *launchers, digest="s"),
        small_stage(
            plan, "publish", a.Publish(staging, plan.prefix), remove, digest="p",
            outputs=(f"{plan.prefix}/{LOCK_FILE}",),
        ),
    )  # fmt: skip


def build_through_kills(plan: Plan, most: int, look: Path | None = None) -> int:
    """Start the build again and again until it is done; how often it was killed."""
    folder = Path(plan.build_folder)
    for kills in range(most):
        start(plan, Options())
        last = to_end(folder)[-1]
        wait_until(lambda: not running(folder) and not processes_of(plan.id))
        if isinstance(last, j.BuildEnded):
            error = last_error(folder)
            assert last.outcome == "done", error.render() if error else last
            return kills
        if look is not None:
            assert (look / LOCK_FILE).exists(), "there is a whole switch at any time"
    pytest.fail(f"not done after {most} kills")


@pytest.mark.parametrize("older", [True, False], ids=["over an older switch", "into a new prefix"])
def test_killed_between_any_two_actions_the_build_ends_as_if_nothing_had_been(
    older: bool, plan_of: PlanOf, tmp_path: Path
) -> None:
    base = plan_of(publish=False)
    prefix, flags = Path(base.prefix), tmp_path / "flags"
    flags.mkdir()
    whole = msgspec.structs.replace(base, stages=(*base.stages, *last_stages(base)))
    assert build_through_kills(whole, 1) == 0
    expected = names(prefix)
    assert "libexec/ocamlopt" in expected
    shutil.rmtree(whole.build_folder)
    shutil.rmtree(prefix)
    if older:
        (prefix / "old").mkdir(parents=True)
        (prefix / LOCK_FILE).touch()
    stages = tuple(with_kills(stage, flags) for stage in whole.stages)
    kills = build_through_kills(msgspec.structs.replace(whole, stages=stages), 40, look=prefix if older else None)
    assert kills == len(list(flags.iterdir()))
    assert kills >= 12
    assert names(prefix) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flags", "ocw", "prefix"]


def test_killed_while_a_host_compiler_is_published_it_is_complete_for_all(plan_of: PlanOf, tmp_path: Path) -> None:
    """Its work tree goes in the very stage that publishes it: half of it gone, nothing can be installed again."""
    base, home, flags = plan_of(), tmp_path / "ocw" / "data" / "hosts" / "one", tmp_path / "flags"
    flags.mkdir()
    tree, staging, into = home / "tree", home / "staging", home / "prefix"
    install = (
        a.Run(("mkdir", "-p", f"{staging}/bin"), str(home)),
        a.Run(("install", f"{tree}/ocamlopt.opt", f"{staging}/bin/"), str(home)),
        a.Publish(str(staging), str(into)),
        kill_once(flags / "half-removed", before=f"rm {tree}/ocamlopt.opt"),
        a.Run(("rm", "-rf", str(tree), str(staging)), str(home)),
    )
    make = small_stage(base, "host-build", a.WriteFile(f"{tree}/ocamlopt.opt", "new\n", "x", 0o755), digest="b")
    last = small_stage(base, "host-install", *install, digest="i", outputs=(f"{into}/bin/ocamlopt.opt",))
    stages = [msgspec.structs.replace(stage, home=str(home), shared=True) for stage in (make, last)]
    plan = msgspec.structs.replace(base, stages=(*stages[:1], with_kills(stages[1], flags), *base.stages))
    kills = build_through_kills(plan, 20)
    assert kills == len(list(flags.iterdir())) >= 6
    assert (into / "bin" / "ocamlopt.opt").read_text() == "new\n"
    assert not tree.exists()
