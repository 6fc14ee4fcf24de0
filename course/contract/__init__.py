"""The convergence contract: what the README and the book claim, over seeds and versions of NumPy.

A page claims something where it prints a verdict, ``print("nine of ten right:", share > 0.9)`` or
``goal("name", "nine of ten right", share > 0.9)``, or asserts an inequality. A run of the contract
executes each page anew with other random numbers and notes both sides of every such comparison.
What comes out the same with all of them, such as an example worked by hand, is no matter of luck
and left out of the table.
"""
