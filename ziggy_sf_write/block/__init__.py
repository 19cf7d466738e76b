"""What the user sees and sets: the block's descriptor, its configuration, its choices and its help."""
