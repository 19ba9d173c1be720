"""Who holds a device and where it lies, said by scanning: the label, then a place, a person or a command."""
