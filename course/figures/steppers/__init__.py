"""One module for each layer or idea that a reader steps through."""
