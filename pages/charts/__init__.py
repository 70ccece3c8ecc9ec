"""What all charts share: colours, axes, and the curves of a training."""
