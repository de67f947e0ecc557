"""The doors: what people type and see. Only here is anything printed, and only here does a process leave."""
