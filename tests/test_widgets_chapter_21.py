"""The cost model under chapter 21's time line."""

import numpy as np
import pytest

from helpers.widgets import StepTimeline
from helpers.widgets.step_timeline import MODELS, NETWORKS, REACHED, USES, step_parts, step_seconds


def formula(workers, examples, seconds_each, size, latency, bandwidth):
    """As the chapter's section 21.6 writes it."""
    return (
        examples * seconds_each + 2 * (workers - 1) * latency + 2 * (workers - 1) / workers * size / bandwidth
    )


@pytest.mark.parametrize("workers", [1, 2, 7, 1000])
@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_the_chapters_formula(workers, network):
    parameters, examples = 25e6, 128
    each = 6 * parameters * USES / REACHED
    expected = formula(workers, examples, each, 2 * parameters, *NETWORKS[network])
    parts = step_parts(workers, examples, parameters, *NETWORKS[network])
    assert step_seconds(*parts, overlap=False) == pytest.approx(expected, rel=1e-12)


def test_one_worker_talks_to_nobody_and_overlap_hides_at_most_the_backward_pass():
    assert step_parts(1, 64, 1e6, 1e-5, 1e9)[1] == 0
    assert step_seconds(3.0, 1.0, True) == 3
    assert step_seconds(3.0, 2.5, True) == 3.5
    assert step_seconds(3.0, 2.5, False) == 5.5


def test_strong_scaling_peaks_and_weak_scaling_goes_on():
    many = np.arange(1, 1001)
    parameters, links = MODELS["25 million (ResNet-50)"], NETWORKS["100 Gb/s InfiniBand"]
    strong = step_seconds(*step_parts(many, 4096 / many, parameters, *links), False)
    assert 1 < many[strong.argmin()] < 1000
    weak = many / step_seconds(*step_parts(many, 256, parameters, *links), False)
    assert (np.diff(weak) > 0).all()


def test_it_says_when_a_model_does_not_fit():
    shown = StepTimeline()
    assert "fits" not in shown.still.alt
    shown.set(model="175 billion (GPT-3)")
    assert "2,800 GB in each" in shown.still.alt


def test_a_step_of_one_worker_is_all_computing():
    shown = StepTimeline()
    shown.set(workers=1)
    assert "all-reduce 0 s" in shown.still.alt and "(100% of 1)" in shown.still.alt
