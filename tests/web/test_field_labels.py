"""Fields that came back by name are called what their page calls them."""

import pytest

from repairshop.web.field_labels import as_shown


@pytest.mark.parametrize(
    ("names", "near", "labels"),
    [
        (["text"], "repairshop.portal", ["Your question"]),
        (["phone_tail"], "repairshop.quotes", ["Last four digits of your phone number"]),
        (["lines-2-description"], "repairshop.quotes", ["What"]),
        (["no_such_field"], "repairshop.quotes", [""]),
        # The same name on several forms: the one with most of the fields was open.
        (["reason", "note"], "repairshop.portal", ["Would you tell us why?", "In your words"]),
    ],
)
def test_a_field_has_the_label_of_its_form(app_context, names, near, labels):
    shown = as_shown({name: ["x"] for name in names}, near=near)

    assert [one.label for one in shown.values()] == labels


@pytest.mark.parametrize(
    ("name", "value", "near", "words"),
    [
        ("proof", "identity_card", "repairshop.handover", "Identity card"),
        ("agreed", "y", "repairshop.handover", "Yes"),
        ("origin", "new_original", "repairshop.parts", "New, original"),
        ("note", "y", "repairshop.quotes", "y"),
        ("proof", "made_up", "repairshop.handover", "made_up"),
    ],
)
def test_what_was_chosen_reads_as_its_page_said_it(app_context, name, value, near, words):
    assert as_shown({name: [value]}, near=near)[name].values == [words]
