"""What is said about one conversation: the summary with its evidence, and how it is read, shown and kept."""
