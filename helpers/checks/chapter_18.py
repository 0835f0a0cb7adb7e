"""Checks of chapter 18, reinforcement learning."""

import numpy as np

from helpers.checks.engine import close, exercise, pure, refuse
from helpers.checks.reading import numbers


@exercise("18.2")
def q_update(answer):
    """Judge a function from a table and one transition to the next table, by how it moves one number."""
    rng = np.random.default_rng(5)  # in the first state t the action a is neither the best nor the worst
    for number, over in enumerate([False, True, False, True, False, False]):
        Q = rng.normal(0, 5, (4, 3))
        s, a, t = number % 4, number % 3, (number + 1 + number // 4) % 4
        reward, rate, gamma = float(rng.normal()), (0.3, 0.5, 1.0)[number % 3], (0.9, 1.0)[number % 2]
        old, best, weight = Q[s, a], Q[t].max(), gamma * (not over)
        target, here = reward + weight * best, np.zeros_like(Q)
        here[s, a] = 1
        targets = {
            "after the last step there is no future": reward + gamma * best,
            "the best value may be below 0": reward + weight * max(best, 0),
            "the reward is missing, which counts in the last step, too": weight * best,
            "the future is missing, which counts unless the episode is over": reward,
            "gamma is missing": reward + (not over) * best,
            "the future is that of the next state t, not of s": reward + weight * Q[s].max(),
            "this takes the same action in t, as if it were the best": reward + weight * Q[t, a],
            "this is the mean over actions, expected the best one": reward + weight * Q[t].mean(),
        }
        right, added = Q + here * rate * (target - old), Q + here * rate * target
        mistakes = {why: Q + here * rate * (wrong - old) for why, wrong in targets.items()} | {
            "the old value must be taken from the target before it is multiplied by rate": added,
            "the table moves by rate times the error, not by all of it": Q + here * (target - old),
            "the value moves away from the target: target minus old value": 2 * Q - right,
            "return the whole new table": right[s, a],
            "it is unchanged, but the last step counts, too" if over else "it is unchanged": Q,
        }
        why = "only Q[s, a] moves, by rate · (reward + gamma · max of Q[t] − Q[s, a])"
        close(pure(answer, Q, s, a, reward, t, over, rate, gamma), right, "the table", mistakes, why)


@exercise("18.3")
def online_by_epsilon(answer):
    """Judge mean online returns of Q-learning for three shares of random moves, by how they fall."""
    several = "{name} is {count} numbers, expected their mean"
    found = numbers(answer, (0, 0.1, 0.3), "the mean return for epsilon {key}", several=several)
    none, some, many = found.values()
    # Nothing depends on the machine: -13, -50.4 and -197.5. Single seeds give -38 to -58 and -178 to -208.
    alike, falling = np.ptp(list(found.values())) < 5, none > some > many
    small, not_exact = many > -10, abs(some + 50.4) > 1 or abs(many + 197.5) > 1
    faults = {
        "they are above 0: a step costs 1, so returns are negative": max(found.values()) > 0,
        "for epsilon 0.3 it is {many:.1f}, expected a sum over an episode, not a number for each step": small,
        "all three are about {none:.0f}: hand epsilon to learn, as epsilon=epsilon": alike,
        "for epsilon 0, 0.1 and 0.3 they are {none:.0f}, {some:.0f} and {many:.0f}; the more random moves, "
        "the lower they should be": not falling,  # nan, too
        "for epsilon 0 it is {none:.1f}, expected about -13: the mean of 5 seeds and 100 episodes, not "
        "their sum": none < -60,
        "for epsilon 0 it is {none:.1f}, expected about -13: of the last 100 episodes only, when it has "
        "learned": none < -14,
        "for epsilon 0 it is {none:.1f}; the shortest path has 13 steps": none > -12.99,
        "for epsilon 0.1 it is {some:.0f}, expected about -50: is it a mean, and Q-learning, not SARSA?": some
        > -32,
        "for epsilon 0.1 it is {some:.0f}, expected about -50: the mean of 5 seeds and 100 episodes, not "
        "their sum?": some < -85,
        "for epsilon 0.3 it is {many:.0f}, expected about -200: is it Q-learning, not SARSA?": many > -130,
        "for epsilon 0.3 it is {many:.0f}, expected about -200: the mean of 5 seeds and 100 episodes, not "
        "their sum?": many < -400,
        "for epsilon 0.1 and 0.3 it is {some:.1f} and {many:.1f}, expected -50.4 and -197.5: all of the last "
        "100 episodes, and seeds 0 to 4": not_exact,
    }
    refuse(faults, none=none, some=some, many=many)


@exercise("18.4")
def discounted_returns(answer):
    """Judge a function from rewards, ends of episodes and gamma to returns, by rows of several episodes."""
    rng = np.random.default_rng(4)
    rows = [
        (np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([0, 1, 0, 0, 1]), 0.9),
        (np.array([1, 1, 1]), np.array([0, 0, 1]), 0.5),  # whole numbers, as in the chapter
        (np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 0, 0]), 0.9),
        (rng.normal(size=40), (rng.random(40) < 0.2).astype(int), 0.97),
        (rng.normal(size=7), np.zeros(7, int), 1.0),
    ]
    for rewards, dones, gamma in rows:
        right, shifted = _returns(rewards, dones, gamma), np.append(0, dones[:-1])
        before = _returns(rewards[::-1], shifted[::-1], gamma)[::-1]
        without_last = _returns(rewards * (1 - dones), dones, gamma)
        whole = _returns(rewards, dones, gamma, rewards.dtype)
        too_short = _returns(rewards, np.append(dones[1:], 0), gamma)
        mistakes = {
            "a return reaches into the next episode: stop at each end": _returns(rewards, 0 * dones, gamma),
            "gamma is missing": _returns(rewards, dones, 1.0),
            "these are sums of what came before, expected what is still to come": before,
            "they stand in backward order": right[::-1],
            "the reward of the step itself is not discounted": gamma * right,
            "the reward of the last step of an episode counts, too": without_last,
            "whole numbers, but returns are none: begin with np.zeros(len(rewards))": whole,
            "these are the rewards themselves": rewards,
            "the sum stops one step too early: a step with done = 1 belongs to its episode": too_short,
            "the sum goes one step too far: after a step with done = 1 comes another episode": _returns(
                rewards, shifted, gamma
            ),
            "the sum stops where dones is 0 and goes on where it is 1": _returns(rewards, 1 - dones, gamma),
        }
        row = "for rewards {rewards} and dones {dones} the result"
        name = row if len(rewards) < 6 else "for a long row the result"
        values = {"rewards": rewards.tolist(), "dones": dones.tolist()}
        # Four digits after the point will do.
        close(pure(answer, rewards, dones, gamma), right, name, mistakes, atol=6e-5, **values)


def _returns(rewards, dones, gamma, dtype=float):
    G, returns = 0.0, np.zeros(len(rewards), dtype)
    for k in reversed(range(len(rewards))):
        G = returns[k] = rewards[k] + gamma * (1 - dones[k]) * G
    return returns


@exercise("18.5")
def ppo_objective(answer):
    """Judge PPO's objective by batches on both sides of the clip."""
    rng = np.random.default_rng(5)
    single = [(0.5, 1.0), (1.5, 1.0), (1.5, -1.0), (0.5, -2.0)]
    batches = [(np.array([rho]), np.array([A]), 0.2) for rho, A in single]
    for rho, A, clip in [(rng.uniform(0.4, 1.8, 20), rng.normal(0, 2, 20), 0.3), *batches]:
        log_old = rng.uniform(-2, -0.7, len(rho))
        log_new = log_old + np.log(rho)
        low, high, gain = 1 - clip, 1 + clip, rho * A
        clipped = np.clip(rho, low, high)
        right, of_gain = np.minimum(gain, clipped * A), np.minimum(gain, np.clip(gain, low, high))
        whitened = (A - A.mean()) / (A.std() + 1e-6)
        outside = np.minimum(rho, clipped) * A
        terms = {
            "without the clipping, or the minimum is one of two means: take it for each action": gain,
            "without the minimum: a wrong move must still be pulled back": clipped * A,
            "the maximum, expected the minimum": np.maximum(gain, clipped * A),
            "this is the loss, expected the objective: leave out the minus": -right,
            "the ratio is upside down: new through old": _smaller(1 / rho, A, low, high),
            "the sum, expected the mean": right * len(A),
            "a ratio of logarithms; take exp of their difference": _smaller(log_new / log_old, A, low, high),
            "the difference of the logarithms is not yet the ratio: take exp": _smaller(
                np.log(rho), A, low, high
            ),
            "clip from 1 − clip to 1 + clip, not at clip itself": _smaller(rho, A, -clip, clip),
            "clip the ratio, not its product with the advantage": of_gain,
            "clip at {clip}, as given, not always at 0.2": _smaller(rho, A, 0.8, 1.2),
            "the advantages stay as they are, here they are brought to mean 0 and deviation 1": _smaller(
                rho, whitened, low, high
            ),
            "the advantages are not averaged away: the minimum of ratio and clipped ratio comes before "
            "A": outside,
        }
        mistakes = {why: part.mean() for why, part in terms.items()}
        name = "for ratio {rho} and advantage {A} the result" if len(A) == 1 else "for 20 actions the result"
        found, values = pure(answer, log_new, log_old, A, clip), {"rho": float(rho[0]), "A": float(A[0])}
        close(found, right.mean(), name, mistakes, clip=clip, **values)


def _smaller(ratio, A, low, high):
    return np.minimum(ratio * A, np.clip(ratio, low, high) * A)
