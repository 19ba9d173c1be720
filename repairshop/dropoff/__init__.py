"""Before the visit: the public price list, and requests to drop a device off."""
