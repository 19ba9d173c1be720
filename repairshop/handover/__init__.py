"""Release, hand over, unclaimed devices, surrender."""
