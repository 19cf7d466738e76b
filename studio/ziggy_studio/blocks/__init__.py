"""The core blocks that every flow needs: where it begins and where its branches end."""
