"""The stages of a run, one verb each. They read and write the run folder and never import one another."""
