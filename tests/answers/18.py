"""Right and wrong answers to the exercises of chapter 18."""

import numpy as np

PAPER = {"G0": 2.25, "G1": 0.5, "G2": 1.0, "G3": 4.0, "for ever": 10.0}

# Means over five seeds, measured with the chapter's function.
ONLINE = {0: -13.0, 0.1: -50.4, 0.3: -197.5}


def updated(target, rate_of=lambda rate: rate, sign=1):
    """A function like `q_update` whose target is a function of Q, reward, s, a, t, over and gamma."""

    def q_update(Q, s, a, reward, t, over, rate, gamma):
        new = Q.copy()
        new[s, a] += sign * rate_of(rate) * (target(Q, reward, s, a, t, over, gamma) - Q[s, a])
        return new

    return q_update


def best(Q, reward, s, a, t, over, gamma):
    return reward + gamma * (not over) * Q[t].max()


def in_place(Q, s, a, reward, t, over, rate, gamma):
    Q[s, a] += rate * (best(Q, reward, s, a, t, over, gamma) - Q[s, a])
    return Q


def as_a_mean(Q, s, a, reward, t, over, rate, gamma):
    future = 0 if over else gamma * max(Q[t])
    rows = [list(row) for row in Q]
    rows[s][a] = (1 - rate) * rows[s][a] + rate * (reward + future)
    return rows


def added_whole(Q, s, a, reward, t, over, rate, gamma):
    new = Q.copy()
    new[s, a] += rate * best(Q, reward, s, a, t, over, gamma)
    return new


def moved_everywhere(Q, s, a, reward, t, over, rate, gamma):
    return Q + rate * (best(Q, reward, s, a, t, over, gamma) - Q)


def backwards(rewards, dones, gamma, stop=True, last=True):
    G, returns = 0.0, []
    for reward, done in zip(reversed(rewards), reversed(dones), strict=True):
        G = reward * (last or not done) + gamma * G * (not (done and stop))
        returns.append(G)
    return returns[::-1]


def by_definition(rewards, dones, gamma):
    returns = []
    for k in range(len(rewards)):
        G, factor = 0.0, 1.0
        for reward, done in zip(rewards[k:], dones[k:], strict=True):
            G, factor = G + factor * reward, factor * gamma
            if done:
                break
        returns.append(G)
    return tuple(returns)


def like_the_rewards(rewards, dones, gamma):
    """The returns of whole rewards are cut to whole numbers."""
    returns = np.zeros_like(rewards)
    for k in reversed(range(len(rewards))):
        returns[k] = rewards[k] + (gamma * (1 - dones[k]) * returns[k + 1] if k + 1 < len(rewards) else 0)
    return returns


def forwards(rewards, dones, gamma):
    G, returns = 0.0, []
    before = 0
    for reward, done in zip(rewards, dones, strict=True):
        G = reward + gamma * G * (1 - before)
        before = done
        returns.append(G)
    return returns


def swapped(rewards, dones, gamma):
    return backwards(rewards, [1 - done for done in dones], gamma)


def next_ones_end(rewards, dones, gamma):
    return backwards(rewards, [0, *dones[:-1]], gamma)


def ends_too_early(rewards, dones, gamma):
    return backwards(rewards, [*dones[1:], 0], gamma)


def changes_rewards(rewards, dones, gamma):
    for k in reversed(range(len(rewards) - 1)):
        rewards[k] += gamma * (1 - dones[k]) * rewards[k + 1]
    return rewards


def objective(ratio, combine=np.minimum, reduce=np.mean, edge=1):
    """A function like `ppo_objective` from what takes the place of the ratio."""

    def ppo_objective(log_new, log_old, advantages, clip):
        rho = ratio(log_new, log_old)
        clipped = np.clip(rho, edge - clip, edge + clip)
        return reduce(combine(rho * advantages, clipped * advantages))

    return ppo_objective


def exp_of_difference(new, old):
    return np.exp(new - old)


def with_where(log_new, log_old, advantages, clip):
    rho = np.exp(log_new) / np.exp(log_old)
    limit = np.where(advantages > 0, np.minimum(rho, 1 + clip), np.maximum(rho, 1 - clip))
    return (limit * advantages).sum() / len(advantages)


def one_by_one(log_new, log_old, advantages, clip):
    total = 0.0
    for new, old, A in zip(log_new, log_old, advantages, strict=True):
        rho = np.exp(new - old)
        total += min(rho * A, min(max(rho, 1 - clip), 1 + clip) * A)
    return [total / len(advantages)]


def minimum_first(log_new, log_old, advantages, clip):
    rho = np.exp(log_new - log_old)
    return np.mean(np.minimum(rho, np.clip(rho, 1 - clip, 1 + clip)) * advantages)


RIGHT_OBJECTIVE = objective(exp_of_difference)


def normalised(log_new, log_old, advantages, clip):
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-6)
    return RIGHT_OBJECTIVE(log_new, log_old, advantages, clip)


def product_clipped(log_new, log_old, advantages, clip):
    product = np.exp(log_new - log_old) * advantages
    return np.minimum(product, np.clip(product, 1 - clip, 1 + clip)).mean()


def minimum_of_means(log_new, log_old, advantages, clip):
    rho = np.exp(log_new - log_old)
    clipped = np.clip(rho, 1 - clip, 1 + clip)
    return min((rho * advantages).mean(), (clipped * advantages).mean())


def needs_an_end(rewards, dones, gamma):
    """Fills in the returns of finished episodes only."""
    returns, begin = np.zeros(len(rewards)), 0
    for end in np.flatnonzero(dones) + 1:
        returns[begin:end] = backwards(rewards[begin:end], dones[begin:end], gamma)
        begin = end
    return returns


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"18.1": {}, "18.2": {}, "18.4": {}, "18.5": {}}

RIGHT = {
    "18.1": {
        "numbers": PAPER,
        "in order": list(PAPER.values()),
        "NumPy's": {key: np.float32(value) for key, value in PAPER.items()},
    },
    "18.2": {
        "a copy": updated(best),
        "lists": as_a_mean,
        "float32": lambda *given: updated(best)(*given).astype("float32"),
    },
    "18.3": {
        "measured": ONLINE,
        "in order": list(ONLINE.values()),
        "rounded": [-13, -50, -197],
        "NumPy's": {str(key): np.float64(value) for key, value in ONLINE.items()},
    },
    "18.4": {
        "backwards": backwards,
        "by definition": by_definition,
        "rounded": lambda *given: np.round(backwards(*given), 4),
        "a generator": lambda *given: iter(backwards(*given)),
    },
    "18.5": {
        "the formula": RIGHT_OBJECTIVE,
        "by the sign": with_where,
        "one by one": one_by_one,
        "float32": lambda *given: np.float32(RIGHT_OBJECTIVE(*given)),
    },
}

WRONG = {
    "18.1": [
        (PAPER | {"G0": 5.0}, "without discount"),
        (PAPER | {"G0": 1.125}, "first reward is not discounted"),
        (PAPER | {"G1": 3}, "without discount"),
        (PAPER | {"G1": 0.25}, "undiscounted"),
        (PAPER | {"G2": 0.5}, "undiscounted"),
        (PAPER | {"G3": 0.5}, "the last reward comes at once"),
        (PAPER | {"G3": 2.0}, "the last reward comes at once"),
        (PAPER | {"for ever": 9}, "counts too"),
        (PAPER | {"for ever": 2}, "gamma = 0.5"),
        (PAPER | {"for ever": np.inf}, "finite|infin|inf"),
        (PAPER | {"G2": 1.5}, "begin at the end"),
        (PAPER | {"for ever": sum(0.9**k for k in range(50))}, r"G = 1 \+ 0\.9 · G"),
        (PAPER | {"for ever": np.nan}, "'for ever' is nan"),
        ({"G0": 2.25}, "is missing"),
        (PAPER | {"G0": ...}, "replace the"),
        (2.25, "expected a dict"),
    ],
    "18.2": [
        (updated(lambda Q, r, s, a, t, over, g: r + g * Q[t].max()), "after the last step"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * over * Q[t].max()), "future is missing"),
        (updated(lambda Q, r, s, a, t, over, g: r), "future is missing"),
        (updated(lambda Q, r, s, a, t, over, g: r + (not over) * Q[t].max()), "gamma is missing"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * (not over) * Q[s].max()), "not of s"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * (not over) * Q[t, a]), "same action in t"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * (not over) * Q[t].mean()), "mean over actions"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * (not over) * Q[t].min()), r"max of Q\[t\]"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * (not over) * Q[:, a].max()), r"max of Q\[t\]"),
        (updated(best, rate_of=lambda rate: 1), "not by all of it"),
        (updated(best, sign=-1), "moves away"),
        (updated(lambda Q, r, s, a, t, over, g: r + g * (not over) * max(0, *Q[t])), "may be below 0"),
        (updated(lambda Q, r, s, a, t, over, g: (not over) * (r + g * Q[t].max())), "reward is missing"),
        (lambda *given: given[0] if given[5] else updated(best)(*given), "last step counts"),
        (added_whole, "old value must be taken"),
        (in_place, "work on a copy"),
        (lambda *given: updated(best)(*given)[given[1], given[2]], "whole new table"),
        (lambda Q, *others: Q, "unchanged"),
        (moved_everywhere, r"only Q\[s, a\] moves"),
        (lambda Q, *others: None, "returns None"),
        (lambda Q: Q, "TypeError"),
        (np.zeros((4, 3)), "expected a function"),
    ],
    "18.3": [
        ([13, 50, 198], "returns are negative"),
        ([-50, -50, -50], "hand epsilon to learn"),
        ([-13, -13, -13], "hand epsilon to learn"),
        ([-13, -22.4, -41.8], "not SARSA"),
        ([-13, -15, -124.5], "is it a mean"),
        ([-1, -1.5, -3], "not a number for each step"),
        ([-197.5, -50.4, -13], "the more random moves"),
        ([-13, -50.4, -50.4], "the more random moves"),
        ([-13, np.nan, -198], "are -13, nan and -198"),
        ([np.nan] * 3, "are nan, nan and nan"),
        ([-13, -51.7, -198.2], "seeds 0 to 4"),
        ([-13, -37.9, -177.7], "seeds 0 to 4"),
        ([-13, -51.8, -216.7], "last 100 episodes"),
        ({0: np.full(5, -13), 0.1: [-38, -52, -58, -54, -50], 0.3: -198}, "5 numbers, expected their mean"),
        ([-13, -23, -198], "Q-learning, not SARSA"),
        ([-19.2, -56.1, -190.9], "last 100 episodes"),
        ([-65, -252, -987], "not their sum"),
        ([-12, -50, -198], "shortest path has 13"),
        ([-13, -50, -100], "is it Q-learning, not SARSA"),
        ([-13, -252, -300], "not their sum"),
        ([-13, -50, -987], "not their sum"),
        ({0: -13, 0.1: -50}, "is missing"),
        ({0: ..., 0.1: ..., 0.3: ...}, "replace the"),
        ([-13, "-50 or so", -198], "expected numbers"),
    ],
    "18.4": [
        (lambda r, d, g: backwards(r, d, g, stop=False), "reaches into the next episode"),
        (lambda r, d, g: backwards(r, d, 1), "gamma is missing"),
        (forwards, "what came before"),
        (lambda r, d, g: backwards(r, d, g)[::-1], "backward order"),
        (lambda r, d, g: g * np.array(backwards(r, d, g)), "not discounted"),
        (lambda r, d, g: backwards(r, d, g, last=False), "last step of an episode counts"),
        (lambda r, d, g: r, "the rewards themselves"),
        (ends_too_early, "one step too early"),
        (next_ones_end, "one step too far"),
        (swapped, "goes on where it is 1"),
        (changes_rewards, "work on a copy"),
        (like_the_rewards, "begin with np.zeros"),
        (needs_an_end, r"result\[2\] is 0"),
        (lambda r, d, g: backwards(r, d, g)[0], "shape"),
        (lambda r, d, g: iter(float, 1.0), "shape"),
        (lambda r, d, g: None, "returns None"),
        ([1.75, 1.5, 1.0], "expected a function"),
    ],
    "18.5": [
        (objective(exp_of_difference, combine=lambda plain, clipped: plain), "without the clipping"),
        (objective(exp_of_difference, combine=lambda plain, clipped: clipped), "without the minimum"),
        (objective(exp_of_difference, combine=np.maximum), "maximum, expected the minimum"),
        (lambda *given: -RIGHT_OBJECTIVE(*given), "leave out the minus"),
        (objective(lambda new, old: np.exp(old - new)), "upside down"),
        (objective(exp_of_difference, reduce=np.sum), "expected the mean"),
        (objective(exp_of_difference, reduce=lambda x: x), r"shape \(20,\)"),
        (objective(lambda new, old: new / old), "take exp"),
        (objective(lambda new, old: new - old), "take exp"),
        (objective(exp_of_difference, edge=0), "not at clip itself"),
        (minimum_first, "comes before A"),
        (minimum_of_means, "take it for each action"),
        (product_clipped, "clip the ratio, not its product"),
        (lambda new, old, A, clip: RIGHT_OBJECTIVE(new, old, A, 0.2), "not always at 0.2"),
        (normalised, "advantages stay as they are"),
        (lambda new, old, A, clip: 0.0, "the result is 0"),
        (lambda new, old, A, clip: None, "returns None"),
        (0.5, "expected a function"),
    ],
}
