"""The two dates a customer was told, each time they were told, and the first of them for good."""
