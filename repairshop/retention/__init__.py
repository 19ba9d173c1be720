"""How long personal values are kept, and what happens when somebody asks for them or asks them to go."""
