"""Examples from anywhere, dealt into parts and prepared for a network."""
