"""What customers say of a repair, and who calls back when it was bad."""
