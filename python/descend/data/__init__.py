"""Tables from files and by name, prepared for a network."""
