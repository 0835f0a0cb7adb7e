import pytest

from helpers.one_cycle import one_cycle


@pytest.mark.parametrize(("rise", "first", "last"), [(0.25, 0.1, 0.01), (0.1, 0.05, 0.05)])
def test_it_rises_to_its_peak_and_falls(rise, first, last):
    rate = one_cycle(0.02, 1000, rise, first, last)
    assert float(rate(0)) == pytest.approx(0.02 * first)
    assert float(rate(1000 * rise)) == pytest.approx(0.02)
    assert float(rate(500 * rise)) == pytest.approx(0.02 * (1 + first) / 2)
    assert float(rate(1000)) == pytest.approx(0.02 * last, rel=1e-4)
