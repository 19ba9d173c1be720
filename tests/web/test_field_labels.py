"""Fields that came back by name are called what their page calls them."""

import pytest

from repairshop.web.field_labels import labels_of


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
    assert list(labels_of(names, near=near).values()) == labels
