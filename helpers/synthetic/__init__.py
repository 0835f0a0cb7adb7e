"""Data sets made up by the course: what its loaders fall back to, and the small sets of single chapters.

Everywhere the same state of the generator `rng` gives the same data.
"""

from helpers.synthetic.colours import make_colours
from helpers.synthetic.digits import make_digits
from helpers.synthetic.film_reviews import draw_film_reviews
from helpers.synthetic.reviews import make_reviews
from helpers.synthetic.shapes import SHAPE_NAMES, make_shapes

__all__ = ["SHAPE_NAMES", "draw_film_reviews", "make_colours", "make_digits", "make_reviews", "make_shapes"]
