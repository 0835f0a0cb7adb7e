"""Everything that the course's notebooks share: data sets, plots, checks and widgets.

Importing this package is instant: TensorFlow is loaded only by the functions that need it.
"""
