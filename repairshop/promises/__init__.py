"""The dates the customer was told, the first one kept apart."""
