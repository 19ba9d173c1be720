"""The texts of notices in the shop's own words: the manager writes, measures, tries and restores them."""
