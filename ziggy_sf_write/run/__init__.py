"""What happens when the flow reaches the block: intake, check, match, write, outcomes; one road, in one direction."""
