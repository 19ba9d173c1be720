"""Parts ordered for and fitted into a device, with origin and serial."""
