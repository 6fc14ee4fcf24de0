"""What a learner's kernel is fenced in with, one module a layer; ``guard`` puts them in force."""
