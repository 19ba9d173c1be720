"""Device types, brands, models, fault presets and price presets."""
