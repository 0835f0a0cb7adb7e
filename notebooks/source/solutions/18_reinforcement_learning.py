# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}: solutions
# {badge}
#
# Worked answers to the exercises of [chapter 18](../18_reinforcement_learning.ipynb). Try
# each one yourself first, and `hint("18.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the walk along the cliff, as there.

# %%
import gymnasium
import matplotlib.pyplot as plt
import numpy as np

from helpers.checks import assert_between, check
from helpers.plotting import BLUE, show

# %%
table = gymnasium.make("CliffWalking-v1").unwrapped.P
moves = [[table[s][a][0][1:] for a in range(4)] for s in range(48)]
START, GOAL = 36, 47


def learn(method, seed, episodes=500, epsilon=0.1):
    """The table Q (48, 4), and the return of each episode."""
    rng, Q, returns = np.random.default_rng(seed), np.zeros((48, 4)), []

    def choose(s):
        return int(rng.integers(4) if rng.random() < epsilon else Q[s].argmax())

    for rate in np.linspace(0.5, 0.1, episodes):
        s, a, over, total = START, choose(START), False, 0
        while not over:
            t, reward, over = moves[s][a]
            b = choose(t)
            future = Q[t].max() if method == "Q-learning" else Q[t, b]
            Q[s, a] += rate * (reward + (not over) * future - Q[s, a])
            s, a, total = t, b, total + reward
        returns.append(total)
    return Q, np.array(returns)


assert len(learn("SARSA", 0)[1]) == 500

# %% [markdown]
# ## Exercise 18.1 – Returns on paper
#
# From the end: $G_3=4$, $G_2=-1+0.5\cdot4=1$, $G_1=0+0.5\cdot1=0.5$,
# $G_0=2+0.5\cdot0.5=2.25$. The endless one has the same return in every step, so
# $G=1+0.9\,G$, which is 10.

# %% [markdown] tags=["hints"] exercise="18.1"
# **Hints**
#
# 1. Begin with the last reward. What comes after it?
# 2. G2 is −1 plus half of G3.
# 3. An endless row of ones looks the same one step later: G = 1 + 0.9 · G.
#
# **Right:** from the end backwards, one line for each step; what never ends can still
# have a finite return

# %% tags=["solution"] exercise="18.1"
returns_on_paper = {"G0": 2.25, "G1": 0.5, "G2": 1, "G3": 4, "for ever": 1 / (1 - 0.9)}

# %%
check("18.1", returns_on_paper)

# %% [markdown]
# ## Exercise 18.2 – One update of the table

# %% [markdown] tags=["hints"] exercise="18.2"
# **Hints**
#
# 1. Only one number of the table changes. Begin with new = Q.copy().
# 2. The future is gamma times the largest number of the row Q[t], or 0 when the episode
#    is over.
# 3. new[s, a] += rate * (reward + gamma * (not over) * Q[t].max() - Q[s, a])
#
# **Right:** one number moves a part of the way to reward plus discounted best future


# %% tags=["solution"] exercise="18.2"
def q_update(Q, s, a, reward, t, over, rate, gamma):
    new = Q.copy()
    future = 0 if over else gamma * Q[t].max()
    new[s, a] += rate * (reward + future - Q[s, a])
    return new


# %%
check("18.2", q_update)

# %% [markdown]
# With it, a walk of three squares in a row, the goal at the end: the value of the goal
# wanders backwards, one square an episode.

# %%
Q = np.zeros((3, 2))
for _ in range(3):
    for s in range(3):
        Q = q_update(Q, s, 1, 1.0 * (s == 2), min(s + 1, 2), s == 2, 1.0, 0.5)
    print(Q[:, 1])
assert Q[:, 1].tolist() == [0.25, 0.5, 1.0]

# %% [markdown]
# ## Exercise 18.3 – How much exploring?

# %% [markdown] tags=["hints"] exercise="18.3"
# **Hints**
#
# 1. learn gives the table and 500 returns; the last 100 are returns[-100:].
# 2. Average over five seeds, with the same epsilon, then take the next epsilon.
# 3. np.mean([learn("Q-learning", seed, epsilon=0.1)[1][-100:] for seed in range(5)])
#
# **Right:** the more random moves, the more falls; without any it walks its 13 steps

# %% tags=["solution"] exercise="18.3"
online_by_epsilon = {
    epsilon: np.mean(
        [learn("Q-learning", seed, epsilon=epsilon)[1][-100:] for seed in range(5)]
    )
    for epsilon in (0, 0.1, 0.3)
}

# %%
check("18.3", online_by_epsilon)

# %%
fig, ax = plt.subplots(figsize=(6, 2.5))
ax.plot(list(online_by_epsilon), list(online_by_epsilon.values()), "o-", color=BLUE)
ax.set(xlabel="ε, share of random moves", ylabel="return online")
assert_between(online_by_epsilon[0], -13.01, -13, "without random moves", show=".0f")
assert_between(online_by_epsilon[0.3], -230, -170, "with 30% random moves", show=".0f")
show(fig, "The return online falls steeply as the share of random moves grows.")

# %% [markdown]
# Online, no random moves at all are best, and here they even find the shortest path. That
# is luck of this world: the table begins with zeros, and every true value is below 0, so
# whatever is untried looks better than what is known. Where untried things look bad, an
# agent with ε = 0 repeats the first thing that worked.
#
# ## Exercise 18.4 – Returns of a row of episodes

# %% [markdown] tags=["hints"] exercise="18.4"
# **Hints**
#
# 1. Go through the row from its end, and carry G along.
# 2. Where dones is 1, what comes after belongs to another episode: carry 0 there.
# 3. G = rewards[k] + gamma * (1 - dones[k]) * G
#
# **Right:** backwards, and at each end of an episode the future is dropped


# %% tags=["solution"] exercise="18.4"
def discounted_returns(rewards, dones, gamma):
    G, returns = 0.0, np.zeros(len(rewards))
    for k in reversed(range(len(rewards))):
        G = returns[k] = rewards[k] + gamma * (1 - dones[k]) * G
    return returns


# %%
check("18.4", discounted_returns)

# %%
print(discounted_returns([1, 1, 1, 1, 1], [0, 0, 1, 0, 0], 0.5))
assert discounted_returns([1, 1], [1, 0], 0.5).tolist() == [1, 1]

# %% [markdown]
# ## Exercise 18.5 – PPO's objective

# %% [markdown] tags=["hints"] exercise="18.5"
# **Hints**
#
# 1. A ratio of probabilities is exp of the difference of their logarithms.
# 2. np.clip(rho, 1 - clip, 1 + clip) clips; the advantage comes before the minimum.
# 3. np.minimum(rho * advantages, np.clip(rho, 1 - clip, 1 + clip) * advantages).mean()
#
# **Right:** nothing is gained by moving further than the clip, a wrong move is pulled
# back


# %% tags=["solution"] exercise="18.5"
def ppo_objective(log_new, log_old, advantages, clip):
    rho = np.exp(log_new - log_old)
    clipped = np.clip(rho, 1 - clip, 1 + clip)
    return np.minimum(rho * advantages, clipped * advantages).mean()


# %%
check("18.5", ppo_objective)

# %% [markdown]
# As a picture, for a good action and for a bad one:

# %%
ratios = np.linspace(0.4, 1.6, 121)
fig, axes = plt.subplots(1, 2, figsize=(7, 2.6))
for ax, A, name in zip(axes, (1, -1), ("good, A = 1", "bad, A = −1"), strict=True):
    curve = [
        ppo_objective(np.log([r]), np.zeros(1), np.array([A]), 0.2) for r in ratios
    ]
    ax.plot(ratios, curve, color=BLUE)
    ax.set(title=name, xlabel="ratio", ylabel="objective")
assert np.isclose(curve[0], -0.8) and np.isclose(curve[-1], -1.6)
show(
    fig, "For a good action the curve is flat above 1.2, for a bad one flat below 0.8."
)
