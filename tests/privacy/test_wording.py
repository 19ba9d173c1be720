"""What a shop may change of a list, and which answers a device is offered."""

import pytest

from repairshop.catalogue.rules import DeviceType
from repairshop.privacy import standard
from repairshop.privacy.rules import Choice, TaskKind
from repairshop.privacy.wording import (
    ChoiceAlwaysOffered,
    ChoiceWords,
    TitleMissing,
    Wording,
    fitting,
    kept,
    moved,
    reworded,
    task_of,
)


def task(kind, device_type=DeviceType.PHONE):
    return next(task for task in standard.read_task_list(device_type) if task.kind is kind)


def ours(one):
    texts = [one.title, one.staff_words, one.customer_words]
    texts += [text for choice in one.choices for text in (choice.words, choice.steps)]
    return {text: text for text in texts}


def reword(one, *, title=None, off=(), words=None, optional=False):
    return reworded(
        one,
        language="en",
        texts={
            "title": one.title if title is None else title,
            "staff_words": one.staff_words,
            "customer_words": one.customer_words,
        },
        choices=[
            ChoiceWords(
                offered=choice.key not in off,
                words=(words or {}).get(choice.key, choice.words),
                steps=choice.steps,
            )
            for choice in one.choices
        ],
        optional=optional,
        standard=ours(one),
    )


@pytest.mark.parametrize(
    ("brand", "device_type", "keys"),
    [
        ("Google", DeviceType.PHONE, [Choice.REPAIR_MODE, Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
        ("samsung", DeviceType.TABLET, [Choice.MAINTENANCE_MODE, Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
        ("Apple", DeviceType.PHONE, [Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
        ("Nokia", DeviceType.PHONE, [Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
        ("Apple", DeviceType.LAPTOP, [Choice.GUEST_ACCOUNT, Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
        ("Lenovo", DeviceType.LAPTOP, [Choice.GUEST_ACCOUNT, Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
        ("Sony", DeviceType.CONSOLE, [Choice.NO_SUCH_MODE, Choice.IMPOSSIBLE]),
    ],
)
def test_the_guide_is_the_makers(brand, device_type, keys):
    offered = fitting(task(TaskKind.REPAIR_MODE, device_type).choices, brand=brand)

    assert [choice.key for choice in offered] == keys


def test_apple_is_told_that_repair_state_hides_nothing_and_windows_its_own_steps():
    apple, laptop = (
        fitting(task(TaskKind.REPAIR_MODE, device_type).choices, brand=brand)[0].steps
        for device_type, brand in ((DeviceType.PHONE, "Apple"), (DeviceType.LAPTOP, "Lenovo"))
    )

    assert "hides nothing" in apple
    assert laptop.startswith("Settings, Accounts")


@pytest.mark.parametrize(
    ("kind", "choice"),
    [
        (TaskKind.CREDENTIAL, Choice.NOT_NEEDED),
        (TaskKind.BACKUP, Choice.IMPOSSIBLE),
        (TaskKind.REPAIR_MODE, Choice.IMPOSSIBLE),
        (TaskKind.DATA_USE, Choice.NONE),
    ],
)
def test_no_list_takes_an_honest_answer_away(kind, choice):
    with pytest.raises(ChoiceAlwaysOffered):
        reword(task(kind), off={choice})


def test_an_answer_that_is_no_longer_offered_is_kept_and_can_come_back():
    without = reword(task(TaskKind.DATA_USE), off={Choice.COPY})

    assert Choice.COPY not in [choice.key for choice in fitting(without.choices, brand="")]
    assert reword(without) == task(TaskKind.DATA_USE)


@pytest.mark.parametrize(
    "change", [{"title": ""}, {"words": {Choice.COPY: ""}}], ids=["title", "words of an answer"]
)
def test_nothing_stays_without_words(change):
    with pytest.raises(TitleMissing):
        reword(task(TaskKind.DATA_USE), **change)


def test_words_that_are_ours_are_not_kept_as_the_shops():
    own = reword(task(TaskKind.BACKUP), title="Have you saved your things?")

    assert own.own == {"en": {"title": "Have you saved your things?"}}
    assert own.said("title").own == {"en": "Have you saved your things?"}
    assert reword(own, title="Backup") == task(TaskKind.BACKUP)


def test_only_the_seal_may_become_optional_or_required():
    assert not reword(task(TaskKind.BACKUP), optional=True).optional
    assert not reword(task(TaskKind.SEALED), optional=False).optional
    assert reword(task(TaskKind.SEALED), optional=True).optional


def test_a_task_moves_inside_its_part_only():
    tasks = standard.read_task_list(DeviceType.PHONE)

    up = moved(tasks, TaskKind.NOTICE, up=True)
    assert [one.kind for one in up][:2] == [TaskKind.NOTICE, TaskKind.CREDENTIAL]
    assert moved(tasks, TaskKind.CREDENTIAL_PURGED, up=True) == tasks


@pytest.mark.parametrize("device_type", list(DeviceType))
def test_a_list_comes_back_from_the_database_as_it_went_in(device_type):
    tasks = standard.read_task_list(device_type)

    assert [task_of(kept(one)) for one in tasks] == tasks


def test_wording_is_our_text_where_nothing_else_is_asked():
    assert Wording("Backup", {"es": "Copia"}) == "Backup"
