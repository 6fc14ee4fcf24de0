"""The book as a site."""
