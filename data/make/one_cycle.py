"""The learning rate that the course's shipped models are trained with."""


def one_cycle(peak, steps, rise=0.25, first=0.1, last=0.01):
    """Make a learning rate that rises to a peak, then falls, both in straight lines.

    Parameters
    ----------
    peak : float
    steps : int
        Of the whole training.
    rise : float in (0, 1)
        Share of the steps until the peak.
    first, last : float
        Rates at both ends, as shares of the peak.

    Returns
    -------
    keras.optimizers.schedules.LearningRateSchedule

    Notes
    -----
    L. N. Smith and N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning
    Rates" (2017, arXiv:1708.07120).
    """
    import keras

    class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            share = keras.ops.cast(step, "float32") / steps
            rising = first + (1 - first) * share / rise
            falling = 1 - (1 - last) * (share - rise) / (1 - rise)
            return peak * keras.ops.where(share < rise, rising, falling)

    return OneCycle()
