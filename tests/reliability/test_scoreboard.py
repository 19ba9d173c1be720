"""The table says what was measured, and never "met" for what was not."""

import pytest

from tests.reliability.drill import DRILLS, chosen, fits, not_begun
from tests.reliability.scale import SCALES
from tests.reliability.scoreboard import (
    MEASURES,
    Result,
    Status,
    complete,
    exit_status,
    judged,
    quantile,
    table,
)


def test_every_measure_has_a_line_and_what_was_not_made_is_not_run() -> None:
    results = complete([judged("R4", True, "4 stopped")])

    assert [result.number for result in results] == [f"R{number}" for number in range(1, 17)]
    assert {result.number for result in results if result.status is Status.MET} == {"R4"}
    assert all(result.status is Status.NOT_RUN for result in results if result.number != "R4")


def test_every_drill_is_of_a_measure() -> None:
    assert set(DRILLS) <= {measure.number for measure in MEASURES}
    assert {"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R12"} <= set(DRILLS)


def test_only_a_missed_bar_is_an_exit_status() -> None:
    assert exit_status(complete([judged("R1", True, "")])) == 0
    assert exit_status(complete([judged("R1", True, ""), judged("R2", False, "")])) == 1


def test_a_line_names_bar_measure_size_and_what_was_wrong() -> None:
    results = [judged("R2", False, "lost 1", is_small=True, problems=["message 7 is lost"])]

    _, line, problem = table(results)

    assert line.startswith("R2   missed small ")
    assert "phantom 0" in line
    assert line.endswith("lost 1")
    assert problem.strip() == "! message 7 is lost"


def test_what_was_not_run_is_not_called_small() -> None:
    line = table([Result(number="R7", status=Status.NOT_RUN, measured="later", is_small=True)])[1]

    assert line.startswith("R7   not run    ")


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_quantiles_are_values_that_were_measured(share: float, value: int) -> None:
    assert quantile(list(range(100, 0, -1)), share) == value


def test_the_usual_size_is_what_the_scoreboard_asks() -> None:
    usual = SCALES["usual"]

    assert not usual.is_small
    assert (usual.kills_per_step, usual.storm_changes, usual.list_lag) == (20, 10_000, 60)
    assert (usual.latency_seconds, usual.backlog) == (600, 1000)
    assert SCALES["full"].storm_kills >= 200
    assert SCALES["quick"].is_small


@pytest.mark.parametrize("size", list(SCALES))
def test_every_plan_makes_every_drill_once(size: str) -> None:
    plan = SCALES[size].plan

    assert sorted(name for step in plan for line in step for name in line) == sorted(DRILLS)


def test_what_measures_the_whole_machine_has_it_to_itself() -> None:
    alone = {step[0] for step in SCALES["usual"].plan if len(step) == 1}

    assert alone == {("R2",), ("R7",)}


def test_of_a_plan_only_what_was_asked_for_is_made() -> None:
    plan = ((("R2",),), (("R5",), ("R1", "R3", "R4")), (("R7",),))

    assert chosen(plan, ["R3", "R7", "R1"]) == ((("R1", "R3"),), (("R7",),))
    assert chosen(plan, []) == ()


def test_all_drills_of_the_usual_size_fit_into_their_half_hour() -> None:
    usual = SCALES["usual"]

    assert set(usual.takes) == set(DRILLS)
    longest = [max(sum(usual.takes[name] for name in line) for line in step) for step in usual.plan]
    assert sum(longest) <= usual.budget_seconds == 35 * 60
    assert usual.takes["R2"] >= usual.storm_seconds
    assert usual.takes["R5"] >= usual.latency_seconds


def test_a_drill_that_would_not_end_in_time_is_not_begun_and_not_met() -> None:
    usual = SCALES["usual"]

    assert fits("R5", usual, usual.takes["R5"])
    assert not fits("R5", usual, usual.takes["R5"] - 1)
    assert fits("R5", SCALES["quick"], 0)
    assert not_begun("R5", 100).status is Status.NOT_RUN
