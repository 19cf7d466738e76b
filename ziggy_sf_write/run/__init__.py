"""What happens when the flow reaches the block: check, match, write, keep; one pipeline, in one direction."""
