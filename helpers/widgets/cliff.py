"""Chapter 18's board: the walk beside a cliff, with its values and its greedy path while they are learned."""


def learn(method, epsilon, rate, seed):
    """Learn the cliff walk from nothing, 500 episodes.

    Parameters
    ----------
    method : {"Q-learning", "SARSA"}
    epsilon : float in [0, 1]
        Share of random moves.
    rate : float in (0, 1]
        Learning rate α. Future rewards are not discounted.
    seed : int

    Returns
    -------
    tables : dict of int to ndarray of shape (48, 4)
        Q by episodes so far, for each of `STOPS`; actions up, right, down, left, as in gymnasium.
    returns : ndarray of shape (500,)
        Sum of rewards of each episode.
    """


def greedy_path(table):
    """List the squares (row, column) of the walk that always takes the best action; it may not arrive."""


def draw(method, episodes, epsilon, rate, seed):
    """Draw the board with max Q in colours and numbers, greedy arrows and path; returns below."""


def alt(method, episodes, epsilon, rate, seed):
    """Say in a sentence what `draw` shows for the same state."""


class Cliff:
    """See Q-learning or SARSA learn the walk beside the cliff: an explorer."""
