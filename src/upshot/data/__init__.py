"""From files to dialogues: strict readers, splits without leaks, and the gate that says what is odd before training."""
