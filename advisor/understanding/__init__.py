"""From text to commands."""
