"""What a model need not see of a conversation, and what a summary should not tell: rules in linear time, no model."""
