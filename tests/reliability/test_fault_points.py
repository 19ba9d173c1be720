"""Fault points: none in a shop, each where its name says, and each act does what it says."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import SettingError, load_config
from repairshop import fault_points
from repairshop.fault_points import POINTS, Broken, arm, reach

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def unarmed() -> Iterator[None]:
    yield
    arm("")


def test_every_name_has_its_place_and_every_place_a_name() -> None:
    sources = [path.read_text() for path in (ROOT / "repairshop").rglob("*.py")]
    reached = [
        name for source in sources for name in re.findall(r'fault_points\.reach\("([a-z.]+)"\)', source)
    ]

    assert set(reached) == set(POINTS)


def test_unarmed_nothing_happens_and_nothing_is_counted() -> None:
    reach("claim.written")

    assert not fault_points._passed


def test_only_the_nth_passing_of_the_armed_place_raises() -> None:
    arm("claim.written=raise@2, answer.written=raise")

    reach("claim.written")
    reach("claim.committed")
    with pytest.raises(Broken, match=r"claim\.written"):
        reach("claim.written")
    reach("claim.written")
    with pytest.raises(Broken):
        reach("answer.written")


@pytest.mark.parametrize(("act", "status"), [("kill", -signal.SIGKILL), ("exit", 70)], ids=["kill", "exit"])
def test_a_process_ends_at_its_place(act: str, status: int) -> None:
    code = f"from repairshop.fault_points import *; arm('move.written={act}'); reach('move.written')"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == status
    assert done.stderr == f"fault point move.written: {act}\n"


def test_a_stopped_process_goes_on_when_told() -> None:
    code = "from repairshop.fault_points import *; arm('move.written=stop'); reach('move.written')"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL)

    _, status = os.waitpid(process.pid, os.WUNTRACED)

    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    "text", ["claim.comitted=kill", "claim.committed=burn", "claim.committed=kill@0", "x"]
)
def test_a_misspelled_place_act_or_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault point|how many"):
        arm(text)


def test_production_refuses_them() -> None:
    secrets = {name: name.lower().ljust(40, "-") for name in ("SECRET_KEY", "LINK_KEY", "VAULT_KEY")}
    settings = secrets | {
        "REPAIRSHOP_MODE": "production",
        "PUBLIC_URL": "https://repair.example.com",
        "FAULT_POINTS": "move.written=kill",
    }

    with pytest.raises(SettingError, match="FAULT_POINTS must not be set in production"):
        load_config(settings)
