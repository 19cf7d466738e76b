"""What happens when the flow reaches the block: intake, check, match, write, outcomes; one pipeline, in one direction."""
