"""What customers write, and everything else about messages that waits for a person."""
