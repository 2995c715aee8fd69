"""The course's models, each one call, on real data, with the published result."""
