"""The answer of R7: a slower web is seen, an equal one passes, and noise is called noise."""

import random

import pytest

from tests.reliability.hanging import judge
from tests.reliability.ratios import Estimate, Round, Verdict, estimate
from tests.reliability.scoreboard import Status

BAR = 1.1


def rounds(count: int, *, slower: float, mood: float = 0.05, pages: int = 250) -> list[Round]:
    """Pages of 20 ms and a few slow ones; each window has a mood of its own."""
    chance = random.Random(4)

    def window(factor: float) -> list[float]:
        of_window = factor * chance.lognormvariate(0, mood)
        return [of_window * chance.lognormvariate(-4, 0.4) for _ in range(pages)]

    return [Round(usual=window(1), other=window(slower)) for _ in range(count)]


@pytest.mark.parametrize(
    ("slower", "verdict"),
    [(1.0, Verdict.BELOW), (0.8, Verdict.BELOW), (1.6, Verdict.ABOVE), (50, Verdict.ABOVE)],
)
def test_what_is_equal_passes_and_what_is_slower_is_seen(slower: float, verdict: Verdict) -> None:
    found = estimate(rounds(40, slower=slower), share=0.99, seed=1)

    assert found.against(BAR) is verdict


def test_two_rounds_in_changing_moods_are_an_open_answer() -> None:
    found = estimate(rounds(2, slower=1.1, mood=0.5), share=0.99, seed=1)

    assert found.against(BAR) is Verdict.OPEN


def test_a_bad_moment_of_the_machine_in_one_round_does_not_decide() -> None:
    made = rounds(12, slower=1.0, mood=0.01)
    made[3] = Round(usual=made[3].usual, other=[10 * seconds for seconds in made[3].other])

    assert estimate(made, share=0.99, seed=1).ratio < BAR


def test_a_round_in_which_everything_is_slow_weighs_no_more_than_another() -> None:
    made = rounds(12, slower=1.0, mood=0.01)
    slow = [Round(usual=[9 * one for one in made[0].usual], other=[9 * one for one in made[0].other])]

    assert estimate(slow + made[1:], share=0.99, seed=1) == estimate(made, share=0.99, seed=1)


def test_the_same_rounds_and_seed_give_the_same_interval() -> None:
    made = rounds(8, slower=1.1)

    assert estimate(made, share=0.99, seed=3) == estimate(made, share=0.99, seed=3)


@pytest.mark.parametrize(
    ("ratio", "low", "high", "verdict"),
    [
        (1.02, 0.95, 1.08, Verdict.BELOW),
        (1.09, 1.0, 1.19, Verdict.BELOW),
        (1.02, 0.9, 1.25, Verdict.OPEN),  # too few rounds to say so
        (1.12, 1.05, 1.19, Verdict.OPEN),
        (1.3, 1.12, 1.5, Verdict.ABOVE),
    ],
)
def test_a_ratio_passes_only_where_it_cannot_lie_far_above_the_bar(
    ratio: float, low: float, high: float, verdict: Verdict
) -> None:
    assert Estimate(ratio=ratio, low=low, high=high).against(BAR) is verdict


@pytest.mark.parametrize(
    ("low", "high", "busy", "status"),
    [
        (0.9, 1.05, 0.02, Status.MET),
        (1.2, 1.4, 0.02, Status.MISSED),
        (0.9, 1.3, 0.02, Status.NOT_RUN),
        (0.9, 1.05, 0.8, Status.NOT_RUN),
        (1.2, 1.4, 0.8, Status.NOT_RUN),
    ],
)
def test_only_a_clear_answer_of_a_quiet_machine_is_met_or_missed(
    low: float, high: float, busy: float, status: Status
) -> None:
    found = Estimate(ratio=(low + high) / 2, low=low, high=high)

    result = judge(found, "measured", busy=busy, is_small=False)

    assert result.status is status
    assert (result.measured == "measured") == (status is not Status.NOT_RUN)
