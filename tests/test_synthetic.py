"""What all generators have in common: the seed decides, any number will do, faults are named."""

import re

import numpy as np
import pytest

from data.make.translation import make_pairs
from helpers.handwriting import pen_strokes
from helpers.synthetic import draw_film_reviews, make_colours, make_digits, make_reviews, make_shapes
from helpers.synthetic.blood_cells import make_blood_cells
from helpers.synthetic.dialogues import make_dialogues
from helpers.synthetic.garments import make_garments
from helpers.synthetic.hands import make_hands
from helpers.synthetic.nuclei import make_nuclei
from helpers.synthetic.objects import make_objects
from helpers.synthetic.translation import make_dates

IMAGES = ((28, 28), np.uint8, np.uint8)
# Shape and type of one of those that come as an array, and the type of the labels.
COLOUR_IMAGES = ((32, 32, 3), np.uint8, np.uint8)
MAKERS = {
    make_blood_cells: None,
    make_colours: ((3,), np.uint8, np.int64),
    make_dates: None,
    make_dialogues: None,
    make_digits: IMAGES,
    make_garments: IMAGES,
    make_hands: COLOUR_IMAGES,
    make_nuclei: None,
    make_objects: COLOUR_IMAGES,
    make_pairs: None,
    make_reviews: (None, None, np.uint8),
    make_shapes: IMAGES,
    pen_strokes: (None, None, np.uint8),
}
# The reviews lie in one row, so that their parts differ in length.
every_maker = pytest.mark.parametrize("make", [*MAKERS, draw_film_reviews], ids=lambda make: make.__name__)


def parts(made):
    """Most give two things, as long as each other; some give one list."""
    return made if isinstance(made, tuple) else (made,)


def plain(made):
    if isinstance(made, np.ndarray):
        return made.tolist()
    return [plain(part) for part in made] if isinstance(made, list | tuple) else made


@every_maker
def test_the_seed_decides(make):
    first, again, other = (plain(parts(make(50, np.random.default_rng(seed)))) for seed in (5, 5, 6))
    assert first == again
    assert first[0] != other[0]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("n", [0, 1, 2, np.int64(3), 7])
def test_any_number_will_do(make, n):
    made = parts(make(n, np.random.default_rng(0)))
    assert [len(part) for part in made] == [n] * len(made)
    if MAKERS[make]:
        shape, dtype, label_type = MAKERS[make]
        assert made[1].shape == (n,) and made[1].dtype == label_type
        if shape:
            assert made[0].shape == (n, *shape) and made[0].dtype == dtype


@every_maker
@pytest.mark.parametrize("n", [-1, 2.0, 2.5, "10", None, True])
def test_a_bad_number_is_named(make, n):
    message = f"{make.__name__}: n is {n!r}, expected"
    with pytest.raises(ValueError if n == -1 else TypeError, match=re.escape(message)):
        make(n, np.random.default_rng(0))


@every_maker
@pytest.mark.parametrize("rng", [42, None, np.random.RandomState(0), np.random])
def test_a_bad_generator_is_named(make, rng):
    with pytest.raises(TypeError, match=rf"{make.__name__}: rng .*pass np.random.default_rng\(42\)"):
        make(3, rng)
