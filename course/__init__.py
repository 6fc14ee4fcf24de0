"""What teaches: weave, checks, figures and grading. It may import `scratch`, never the reverse."""
