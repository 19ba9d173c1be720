"""Numbers that no table can hold name nothing; they are no error of the server's."""

import pytest

HUGE = "99999999999999999999999"


@pytest.mark.both_databases
@pytest.mark.parametrize("number", [HUGE, "2147483648", "-1"])
@pytest.mark.parametrize(
    "address",
    [
        "/customers/{}",
        "/customers/{}/merge/1",
        "/bench?who={}",
        "/find?q=carl&before={}",
        "/customers/alike/found?name=Carl&besides={}",
        "/intake?customer={}",
        "/intake?visit={}",
        "/intake/seen?imei=490154203237518&customer={}",
    ],
)
def test_a_number_that_names_no_row_is_answered(frank, address, number):
    assert frank.get(address.format(number)).status_code in {200, 404}
