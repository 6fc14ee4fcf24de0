"""The right code that known mistakes are changes of."""
