"""The server: one's own model behind HTTP, on one's own machine."""
