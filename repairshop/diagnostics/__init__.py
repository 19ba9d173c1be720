"""What the tests and the technician saw: test runs, findings, how a diagnosis begins and ends."""
