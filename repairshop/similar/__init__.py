"""Past repairs like this one: what was found, what fixed it, found again by any of their words."""
