"""The privacy protocol: the task list of every ticket and openings of customer data."""
