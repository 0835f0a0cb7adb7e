# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}
# {badge}
#
# **Question:** how can many computers train one network together, so that the result is
# the same as on one, only sooner, or at all?
#
# **Aims.** At the end you can
#
# 1. divide a batch over workers, add their gradients in a ring, and show that the
#    result is that of one process;
# 2. say what old gradients do to a training that does not wait;
# 3. cut a model into stages of a pipeline, predict its idle time, and avoid a deadlock;
# 4. count the bytes a worker needs, shard them, and say what numbers of 16 bits lose
#    and how a scaled loss saves it;
# 5. predict from latency, bandwidth and arithmetic how long a step takes on 1 to 1,000
#    workers, and say which engine takes over which part.
#
# **Before you start:** [chapter 4](04_backpropagation_from_scratch.ipynb): gradients of a
# network of dense layers, in NumPy. [Chapter 13](13_foundation_models.ipynb): what
# changes at scale.
#
# **Minutes:** about {minutes} to read and do, under 120 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners run one training in several processes, show that it equals one, and
# predict what a step costs on 1 to 1,000 workers.
# before: Chapter 04: gradients of dense layers in NumPy. Chapter 13 for the last
# section.
# machine: Four people stand in a ring with four sheets each and do the all-reduce with
# numbers on paper: six rounds. Stored: the ring's tables, the pipeline's time lines,
# the scaling figure.
# opening: 4
# recap: 3

# %% [markdown]
# ## Setup
# The first cell finds the course and sets the random seed. The second imports the
# packages. `run_workers` comes from `helpers`: it calls a function of this notebook in
# several fresh processes at once, gives each its number (its **rank**) and a link to
# every other, and ends all of them with the cell. What they say to each other is written
# out below. The processes run on this machine, but share nothing: what one knows, another
# learns only through a link, as if a network lay between them. What a worker prints is
# not shown: let it return what you want to see.

# %% tags=["setup"]
# {setup}

# %%
import threading
import time
from collections import deque
from itertools import pairwise
from multiprocessing.connection import wait

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLUE, GREEN, ORANGE, show
from helpers.processes import WorkerError, free_port, run_workers
from helpers.widgets import StepTimeline

# %% [markdown]
# ## 21.1 One batch, two workers
#
# There are two reasons for more than one computer. The first is **time**. Chapter 13's
# rule says that training takes about $6ND$ operations for $N$ parameters and $D$ tokens.
# With its assumption for one processor ($3\cdot10^{14}$ operations a second at most, 40%
# of them reached) one can say how long a single one would be busy:

# %% [markdown] tags=["teacher"]
# minutes: 16
# exercises: 4
# stall: Each worker has all weights and a part of the batch; people look for where the
# model is divided. The mean of means is the mean only for equal parts. Who sends first
# is no detail.
# ask: Weights are never sent. Why do they stay equal?
# answer: Both start from the same and add the same numbers in the same order.
# skip: The numerical check of one slope.

# %%
models = {
    "BERT large (2018)": (340e6, 1.3e11),
    "GPT-3 (2020)": (175e9, 3e11),
    "Chinchilla (2022)": (70e9, 1.4e12),
    "Llama 3 405B (2024)": (405e9, 15.6e12),
}
for name, (N, D) in models.items():
    years = 6 * N * D / (0.4 * 3e14) / 86_400 / 365
    print(f"{name:20} {years:8,.1f} years on one processor, {2 * N / 1e9:4.0f} GB")
assert 80 < 6 * 175e9 * 3e11 / 1.2e14 / 86_400 / 365 < 90

# %% [markdown]
# (Devlin 2018, Brown 2020, Hoffmann 2022, Grattafiori 2024; GB of weights with two
# bytes each.) Llama 3 was trained on up to 16,384 processors at once. The second reason
# is **memory**: a processor made for training has 80 to 300 GB, and the weights are
# only a part of what training needs (section 21.4). Small networks are trained
# together, too: P. Goyal and others (2017) brought ResNet-50 on ImageNet from more than
# a day to an hour, with 256 processors.
#
# The simplest way is **data parallelism**: every worker has the whole network and a
# part of the batch. It needs nothing new, because the gradient of a mean is the mean of
# the gradients:
#
# $$\nabla \frac1B \sum_{i=1}^{B} E_i
# = \frac1n \sum_{w=1}^{n} \Big( \nabla \frac{n}{B} \sum_{i \in \text{part } w} E_i \Big),$$
#
# if all $n$ parts are equally large. Data to try it: points around 30 centres, three for
# each of ten classes.

# %%
rng = np.random.default_rng(21)
centres = rng.normal(size=(30, 20))
kinds = rng.integers(0, 30, 6000)
x = centres[kinds] + rng.normal(0, 0.75, (6000, 20))  # (6000, 20)
labels = kinds % 10
t = np.eye(10)[labels]  # one of K
x, x_test, t, labels_test = x[:4000], x[4000:], t[:4000], labels[4000:]
print(x.shape, x.dtype, t.shape, np.bincount(labels))


# %% [markdown]
# The network is that of chapter 4: dense layers with ReLU, softmax and cross-entropy at
# the end. Its parameters are a list $W_1, b_1, W_2, b_2, \ldots$, and forward and
# backward fit into one function:


# %%
def start(sizes, seed=0):
    """Weights of a network with layers of these sizes: W1, b1, W2, b2, ..."""
    rng, parameters = np.random.default_rng(seed), []
    for n_in, n_out in pairwise(sizes):
        parameters.append(rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)))
        parameters.append(np.zeros(n_out))
    return parameters


sizes = (20, 40, 30, 10)
print([array.shape for array in start(sizes)])


# %%
def forward(parameters, x):
    """Inputs of all layers, and the probabilities at the end."""
    inputs = [x]
    for W, b in zip(parameters[::2], parameters[1::2], strict=True):
        scores = inputs[-1] @ W + b
        inputs.append(np.maximum(scores, 0))
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return inputs[:-1], powers / powers.sum(axis=1, keepdims=True)


print(forward(start(sizes), x[:2])[1].sum(axis=1))


# %%
def gradients(parameters, x, t):
    """Slopes of the mean cross-entropy, in the order of the parameters."""
    inputs, y = forward(parameters, x)
    dout, slopes = (y - t) / len(x), []
    for W, x_in in zip(parameters[-2::-2], reversed(inputs), strict=True):
        slopes = [x_in.T @ dout, dout.sum(axis=0), *slopes]
        dout = (dout @ W.T) * (x_in > 0)  # back through the ReLU before
    return slopes


slopes = gradients(start(sizes), x[:100], t[:100])
print([slope.shape for slope in slopes])

# %% [markdown]
# Is the gradient right? As in chapter 4, one weight is moved a little to both sides:

# %%
parameters, tiny, errors = start(sizes), 1e-5, []
for sign in (1, -1):
    parameters[0][3, 7] += sign * tiny
    y = forward(parameters, x[:100])[1]
    errors.append(-np.mean(np.log(y[t[:100] > 0])))
    parameters[0][3, 7] -= sign * tiny
tried = (errors[0] - errors[1]) / (2 * tiny)
print("by formula and by trying the same:", np.isclose(slopes[0][3, 7], tried))
assert np.isclose(slopes[0][3, 7], tried)

# %% [markdown]
# Now the worker. It takes every $n$-th example, computes its gradient, and exchanges it
# with its partner. Both start from the same weights and add the same numbers, so their
# weights stay equal without ever being sent. Mind who speaks first: worker 0 sends and
# then listens, worker 1 listens and then sends. Section 21.2 shows why.


# %%
def moved(parameters, slopes, rate):
    """One step downhill."""
    return [p - rate * slope for p, slope in zip(parameters, slopes, strict=True)]


print(moved([np.array([1.0, 2.0])], [np.array([10.0, -10.0])], 0.1))


# %%
def one_of_two(rank, links, parameters, x, t, steps, rate):
    """Train in step with one other worker: the parameters at the end."""
    x, t, partner = x[rank::2], t[rank::2], links[1 - rank]
    for _ in range(steps):
        slopes = gradients(parameters, x, t)
        if rank == 0:
            partner.send(slopes)
        theirs = partner.recv()
        if rank == 1:
            partner.send(slopes)
        mean = [(a + b) / 2 for a, b in zip(slopes, theirs, strict=True)]
        parameters = moved(parameters, mean, rate)
    return parameters


# %%
both = run_workers(one_of_two, 2, start(sizes), x[:1000], t[:1000], 20, 0.3)
print("workers:", len(both), " arrays of each:", len(both[0]))

# %%
alone = start(sizes)
for _ in range(20):
    alone = moved(alone, gradients(alone, x[:1000], t[:1000]), 0.3)


def furthest(some, others):
    """Largest difference between two lists of arrays."""
    return max(np.abs(a - b).max() for a, b in zip(some, others, strict=True))


print("between the workers:", furthest(*both))
print("to one process below 1e-12:", furthest(both[0], alone) < 1e-12)
assert furthest(*both) == 0 and furthest(both[0], alone) < 1e-12

# %% [markdown]
# Twenty steps in two processes are twenty steps in one. Only the order of the additions
# differs, and with it the last of 16 digits. So data parallelism changes nothing about
# *what* is learned, as long as the batch is the same (and no layer mixes its examples,
# as batch normalisation does). In practice one enlarges it, a full batch for each
# worker, and with it the learning rate, since there are fewer steps: that was the work
# of Goyal and others, up to 8,192 pictures in a batch. Beyond some size a larger batch
# stops helping.
#
# ### Exercise 21.1 – Unequal parts (build)
# The mean of two gradients is right if both parts are equally large. Write a function
# that gets the gradients of several workers, an array (workers, numbers), each the mean
# over that worker's own examples, and how many examples each had, (workers,). It returns
# the gradient of the whole batch, (numbers,). A worker may have had none: its row then
# holds `nan`, the mean of nothing.


# %% tags=["exercise"]
def combined(slopes, examples): ...


# %%
check("21.1", combined)

# %% [markdown]
# ## 21.2 Adding up in a ring
#
# With two workers adding is easy. With $n$, the simplest way is a **master**: all send
# their gradient to it, it adds, and sends the sum back. Then the master takes in $n - 1$
# gradients and gives out as many, while all others wait. With 1,000 workers and 350 GB of
# gradients that is hopeless.
#
# The **ring all-reduce** has no master. Each worker cuts its array into $n$ parts, sends
# one part at a time to its right neighbour and receives one from its left:
#
# - **reduce-scatter**, $n - 1$ steps: what arrives is added to one's own part, and that
#   is what one sends next. At the end each worker has *one* part that is complete.
# - **all-gather**, $n - 1$ steps: complete parts go round and replace what was there.
#
# Here in lockstep, in one process, so that it can be watched. In step $s$, counted from
# 0, worker $r$ sends part $r - s$, counted round the ring:

# %% [markdown] tags=["teacher"]
# minutes: 18
# exercises: 3
# stall: Indices round the ring, modulo n: act it out with people. Bytes a worker stay
# below two arrays; messages grow. A deadlock gives no error by itself, and small
# messages hide it.
# ask: Two workers each send 8 MB first and read afterwards. What happens?
# answer: Both wait for ever: the link is full and nobody reads. An order, or a thread
# that sends.
# skip: The run with real processes; the figure stays.


# %%
def ring(arrays):
    """What each of n workers holds after each step of a ring all-reduce."""
    n = len(arrays)
    parts = [np.array_split(array, n) for array in arrays]
    yield arrays
    for step in range(2 * (n - 1)):
        sent = [parts[rank][(rank - step) % n] for rank in range(n)]
        for rank in range(n):
            left, place = (rank - 1) % n, (rank - 1 - step) % n
            own = parts[rank][place] if step < n - 1 else 0
            parts[rank][place] = own + sent[left]
        yield [np.concatenate(worker) for worker in parts]


print(list(ring([np.array([1, 2]), np.array([10, 20])]))[-1])

# %%
states = list(ring(list(np.ones((4, 4), int))))  # how many shares lie in each part
fig, axes = plt.subplots(1, 7, figsize=(10, 2.2))
for i, (ax, state) in enumerate(zip(axes, states, strict=True)):
    ax.imshow(state, cmap="Blues", vmin=0, vmax=6)
    for (row, column), count in np.ndenumerate(np.array(state)):
        colour = "white" if count == 4 else "black"
        ax.text(column, row, count, ha="center", va="center", color=colour)
    ax.set_title("start" if i == 0 else f"after {i}", fontsize=10)
    ax.set(xticks=range(4), yticks=range(4) if i == 0 else [])
fig.supxlabel("part of the array", fontsize=10)
axes[0].set_ylabel("worker")
show(fig, "Seven tables of 4 workers by 4 parts: sums of 2, 3, 4 shares spread round.")

# %% [markdown]
# Each number says how many workers' shares are in that part, after so many steps. After
# three each
# worker has one part with all four; after six, everybody has everything. Is it the sum,
# whatever the number of workers, and also where the parts cannot be equally long?
#
# **Predict:** in each of the $2(n - 1)$ steps a worker sends one $n$-th of the array.
# When the workers are doubled from 4 to 8, what happens to the bytes that *each* sends?

# %%
options = ["they double", "they grow by less than a fifth", "they fall by half"]
predict("21.a", "From 4 to 8 workers, the bytes that each sends ...", options)

# %%
rng = np.random.default_rng(5)
sent = {}
for n in range(2, 9):
    arrays = list(rng.normal(size=(n, 1001)))
    *_, last = ring(arrays)
    assert np.allclose(last, np.sum(arrays, axis=0), rtol=0, atol=1e-12)
    sent[n] = 2 * (n - 1) / n
    print(f"{n} workers: equal to the sum; each sends {sent[n]:.2f} arrays,", end=" ")
    print(f"a master {n - 1}")
happened(
    "21.a", int(sent[8] / sent[4] < 1.2), "2(n - 1)/n: never more than two arrays."
)

# %% [markdown]
# However many they are, nobody sends more than two arrays' worth. (The number of
# *messages* grows; section 21.6 asks what that costs.) Now for real. If everybody first
# sends and then receives, what happens? A link holds some bytes that nobody has read
# yet; a sender whose message does not fit waits until the other side reads.
# **Predict:** two workers send each other 8 MB at the same time, and read afterwards.

# %%
options = ["both arrive", "both wait for ever", "one of them arrives"]
predict("21.b", "Two send at the same time, and read afterwards:", options)


# %%
def send_then_read(rank, links, numbers):
    links[1 - rank].send(np.full(numbers, rank))
    return int(links[1 - rank].recv()[0])


print("small messages:", run_workers(send_then_read, 2, 100))
try:
    arrived = run_workers(send_then_read, 2, 1_000_000, seconds=3)
except WorkerError as error:
    print(error)
    arrived = None
happened("21.b", "both wait for ever" if arrived is None else "both arrive")
assert arrived is None

# %% [markdown]
# That is a **deadlock**: each waits for the other to read, and neither will. With small
# messages nobody notices, because they fit into the link; it shows only when the
# network grows. (Here a time limit ends both. Without one, the cell would never end.)
# One way out is an order, as in section 21.1. In a ring it costs time: while some send,
# others only listen. The other is to send in a **thread** of its own, and to read
# meanwhile:


# %%
def ring_all_reduce(rank, links, array):
    """The sum of all workers' arrays, and the bytes that this one has sent."""
    n, whole, sent = len(links) + 1, array.copy(), 0
    right, left = links[(rank + 1) % n], links[(rank - 1) % n]
    parts = np.array_split(whole, n)  # views: what changes in a part changes the whole
    for step in range(2 * (n - 1)):
        part, place = parts[(rank - step) % n], (rank - 1 - step) % n
        sender = threading.Thread(target=right.send_bytes, args=(part.tobytes(),))
        sender.start()
        arrived = np.frombuffer(left.recv_bytes(), array.dtype)
        sender.join()
        parts[place][:] = arrived + (parts[place] if step < n - 1 else 0)
        sent += part.nbytes
    return whole, sent


# %%
def reduce_one(rank, links, size):
    array = np.random.default_rng(rank).normal(size=size)
    return ring_all_reduce(rank, links, array)


for n in (2, 4):
    size = 1_000_000
    found = run_workers(reduce_one, n, size)
    right = sum(np.random.default_rng(rank).normal(size=size) for rank in range(n))
    worst = max(np.abs(array - right).max() for array, _ in found)
    shares = [sent / right.nbytes for _, sent in found]
    print(f"{n} processes: equal to 1e-12: {worst < 1e-12}; arrays sent: {shares}")
    assert worst < 1e-12 and np.allclose(shares, 2 * (n - 1) / n)

# %% [markdown]
# This is the heart of what trains large models: a gradient, added up in a ring (or a
# tree, section 21.6), in every step. It comes from supercomputing (P. Patarasuk and X.
# Yuan, 2009); A. Gibiansky of Baidu (2017) made it popular for neural networks.
#
# ### Exercise 21.2 – Bytes on paper (predict and run)
# A network has 25 million parameters, and its gradients have four bytes each. How many
# **million bytes** does one worker *send* in a step? For the master of 8 workers (who is
# one of them, and has a gradient of his own), each of the 7 others, each of 8 in a ring,
# and each of 64 in a ring.

# %% tags=["exercise"]
megabytes = {
    "master of 8": ...,
    "other of 8": ...,
    "ring of 8": ...,
    "ring of 64": ...,
}

# %%
check("21.2", megabytes)

# %% [markdown]
# ## 21.3 Those who do not wait
#
# In a ring all wait for the slowest. A **parameter server** (as in J. Dean and others,
# 2012) lets nobody wait: it keeps the weights; each worker fetches them, computes a
# gradient, and brings it; the server applies it at once, and the worker fetches again.
# The price: while a worker was computing, the others have brought theirs. Its gradient
# belongs to weights that are no longer there. It is **stale**, and its *age* is the
# number of updates that it has missed.

# %% [markdown] tags=["teacher"]
# minutes: 11
# stall: Age counts updates missed, not seconds. The simulation in one process is exact
# and without chance; the server with three workers shows that ages are real.
# ask: Which learning rate suffers more from old gradients?
# answer: The larger one: a large step by an old map leads further astray.
# skip: The server's code; say what it does, and look at the curves.


# %%
def serve(links, parameters, updates, rate):
    """The server: what each gradient's age was."""
    ages, fetched, at_work = [], {}, list(links.values())
    for link in at_work:
        link.send(parameters)
        fetched[link] = 0
    while at_work:
        for link in wait(at_work):
            parameters = moved(parameters, link.recv(), rate)
            ages.append(len(ages) - fetched[link])
            fetched[link] = len(ages)
            link.send(parameters if len(ages) < updates else None)
            if len(ages) >= updates:
                at_work.remove(link)
    return ages


# %%
def server_or_worker(rank, links, parameters, x, t, updates, rate):
    if rank == 0:
        return serve(links, parameters, updates, rate)
    rng = np.random.default_rng(rank)
    while True:
        parameters = links[0].recv()
        if parameters is None:
            return None
        pick = rng.integers(0, len(x), 50)
        links[0].send(gradients(parameters, x[pick], t[pick]))


# %% tags=["nbval-ignore-output"]
ages, *_ = run_workers(server_or_worker, 4, start(sizes), x, t, 400, 0.1)
assert_between(np.mean(ages), 1.8, 2.1, "mean age with three workers", show=".2f")

# %% [markdown]
# With three workers a gradient misses two updates on average, as it must: each update
# makes the two gradients older that are still being computed. With $n$ workers the mean
# age is $n - 1$. What does age do to training? To measure it without chance, one
# process keeps the last weights, and computes each gradient on those of `age` updates
# ago. **Predict:** 300 steps, every gradient seven updates old. Which rate suffers
# more?

# %%
predict("21.c", "Which learning rate suffers more from old gradients?", ["0.1", "0.5"])


# %%
def accuracy_with(age, rate, steps=300):
    """Accuracy on new data, when each gradient has missed `age` updates."""
    rng = np.random.default_rng(1)
    parameters = start(sizes)
    known = deque([parameters], maxlen=age + 1)  # known[0] is the oldest
    for _ in range(steps):
        pick = rng.integers(0, len(x), 50)
        parameters = moved(parameters, gradients(known[0], x[pick], t[pick]), rate)
        known.append(parameters)
    y = forward(parameters, x_test)[1]
    return np.mean(y.argmax(axis=1) == labels_test)


# %%
ages = (0, 1, 3, 7, 15, 31)
with np.errstate(all="ignore"):  # numbers that explode are part of the story
    curves = {rate: [accuracy_with(age, rate) for age in ages] for rate in (0.1, 0.5)}

# %% tags=["nbval-ignore-output"]
for rate, accuracies in curves.items():
    print(f"rate {rate}:", " ".join(f"{accuracy:.2f}" for accuracy in accuracies))
lost = [curves[rate][0] - curves[rate][3] for rate in (0.1, 0.5)]
assert_between(lost[0], -0.05, 0.3, "lost at age 7, rate 0.1", show=".2f")
assert_between(lost[1], 0.3, 0.95, "lost at age 7, rate 0.5", show=".2f")
assert curves[0.5][0] > curves[0.1][0]
happened("21.c", int(lost[1] > lost[0]), "A large step by an old map leads far astray.")

# %%
fig, ax = plt.subplots(figsize=(5.5, 3.2))
for (rate, accuracies), colour, mark in zip(
    curves.items(), (BLUE, ORANGE), "os", strict=True
):
    ax.plot(accuracies, mark + "-", color=colour, label=f"learning rate {rate}")
ax.set(xticks=range(6), xticklabels=ages, ylim=(0, 1))
ax.set(xlabel="updates that each gradient has missed", ylabel="accuracy")
ax.legend()
show(
    fig, "Accuracy falls with the gradients' age, at rate 0.5 far earlier than at 0.1."
)

# %% [markdown]
# With fresh gradients the larger rate is the better one; with old ones it is the first
# to fail: each step is right for a place that one has left. A smaller rate buys
# tolerance, and costs speed. That is one reason why the large trainings of today wait
# for each other. Parameter servers live on where updates rarely touch the same numbers,
# as with large tables of embeddings.

# %% [markdown]
# ## 21.4 A model in pieces
#
# Plain data parallelism needs the whole network in every worker. If it doesn't fit, it
# has to be cut. One cut is by layers: a **pipeline**. Stage 0 has the first layers and
# hands its output to stage 1, and so on; the slopes come back the other way. But while
# one stage works on a batch, all others are idle. So the batch is cut into $m$
# **microbatches** (GPipe, Y. Huang and others, 2019): as soon as stage 0 has passed on
# the first, it takes the second. With $p$ stages, all equally slow, $m + p - 1$ moments
# pass from the first microbatch's start to the last one's end, forward as well as back,
# and each stage works in $m$ of them:
#
# $$\text{bubble} = \frac{p - 1}{m + p - 1}$$
#
# is the idle share. Let us run it: three stages in three processes, one layer each. Since
# the layers are tiny and we have two cores, each piece of work is filled up with sleep to
# 60 ms: the arithmetic is real, its duration is set. Each stage writes down when it
# worked.

# %% [markdown] tags=["teacher"]
# minutes: 24
# exercises: 4
# stall: Three subjects: pipeline, memory, sixteen bits. Announce them. Work in the
# pipeline is filled up with sleep, since two cores cannot show three stages. ZeRO: who
# holds what, and when is it put together. A scaled loss scales every slope.
# ask: Four stages, twelve microbatches: which share is idle?
# answer: Three of fifteen moments, a fifth.
# skip: The ZeRO step's code, not its table of bytes; the search for the scale.


# %%
class Diary:
    """Does pieces of work that take 60 ms each, and notes when."""

    def __init__(self):
        self.entries = []

    def note(self, kind, function, *arguments):
        begin = time.perf_counter()
        result = function(*arguments)
        time.sleep(max(0, begin + 0.06 - time.perf_counter()))
        self.entries.append((kind, begin, time.perf_counter()))
        return result


print(Diary().note("forward", sum, [1, 2]))


# %% [markdown]
# Forward and backward of one stage: a dense layer, with ReLU in all stages but the last,
# where softmax and loss are.


# %%
def go_forward(W, b, x_in, is_last):
    return x_in @ W + b if is_last else np.maximum(x_in @ W + b, 0)


def go_back(W, x_in, out, dout, is_last):
    """Slopes of W and b, and what the stage before needs."""
    if is_last:  # dout is t: softmax and cross-entropy are here
        powers = np.exp(out - out.max(axis=1, keepdims=True))
        dout = (powers / powers.sum(axis=1, keepdims=True) - dout) / len(dout)
    else:
        dout = dout * (out > 0)
    return x_in.T @ dout, dout.sum(axis=0), dout @ W.T


# %%
W, b = start(sizes)[-2:]
z = np.ones((5, 30))
print([array.shape for array in go_back(W, z, go_forward(W, b, z, True), t[:5], True)])


# %%
def stage(rank, links, parameters, x, t, m):
    """One stage: the slopes of its layer, and its diary."""
    for link in links.values():  # all begin when all are there
        link.send("ready")
    assert [link.recv() for link in links.values()] == ["ready"] * len(links)
    W, b = parameters[2 * rank : 2 * rank + 2]
    before, after = links.get(rank - 1), links.get(rank + 1)
    diary, done, is_last = Diary(), [], rank == len(links)
    for micro in np.array_split(x, m):
        x_in = before.recv() if before else micro
        out = diary.note("forward", go_forward, W, b, x_in, is_last)
        done.append((x_in, out))
        if after:
            after.send(out)
    dW = db = 0
    for (x_in, out), micro in zip(done, np.array_split(t, m), strict=True):
        dout = after.recv() if after else micro
        dW_i, db_i, dx = diary.note("backward", go_back, W, x_in, out, dout, is_last)
        share = len(micro) / len(t)  # of the batch: some may have one row more
        dW, db = dW + share * dW_i, db + share * db_i
        if before:
            before.send(dx)
    return dW, db, diary.entries


# %% [markdown]
# Here blocking sends cannot deadlock: everybody sends to the right until all
# microbatches are through, and to the left only then. (Schedules that mix the two
# directions save memory, and need a way out of section 21.2.) **Predict** the idle
# share of three stages with 4 microbatches, in per cent.

# %%
predict("21.d", "Idle share, 3 stages, 4 microbatches, in %?", within=3)

# %%
parameters, whole = start(sizes), gradients(start(sizes), x[:240], t[:240])
runs = {m: run_workers(stage, 3, parameters, x[:240], t[:240], m) for m in (1, 4, 8)}
for m, found in runs.items():
    slopes = [array for dW, db, _ in found for array in (dW, db)]
    print(m, "microbatches: equal to the whole batch:", furthest(slopes, whole) < 1e-12)
    assert furthest(slopes, whole) < 1e-12


# %%
def idle_share(found):
    """Share of the time, from first begin to last end, in which stages did nothing."""
    spans = np.array([[note[1:] for note in notes] for _, _, notes in found])
    total = spans.max() - spans.min()
    return 1 - np.sum(spans[..., 1] - spans[..., 0]) / total / len(found)


# %% tags=["nbval-ignore-output"]
for m, found in runs.items():
    predicted, name = 2 / (m + 2), f"idle with {m} microbatches"
    print(f"predicted {predicted:.3f};", end=" ")
    assert_between(
        idle_share(found), predicted - 0.1, predicted + 0.15, name, show=".3f"
    )
happened("21.d", 100 * 2 / (4 + 2), "2 of 6 moments: a third.")

# %%
fig, axes = plt.subplots(2, 1, figsize=(8, 3.6), sharex=True)
for ax, m in zip(axes, (1, 8), strict=True):
    first = min(note[1] for _, _, notes in runs[m] for note in notes)
    for row, (_, _, notes) in enumerate(runs[m]):
        for kind, begin, end in notes:
            place = (begin - first, end - begin)
            colour = BLUE if kind == "forward" else ORANGE
            ax.broken_barh([place], (row - 0.4, 0.8), color=colour, ec="white")
    ax.set(yticks=range(3), ylabel="stage", title=f"m = {m}", ylim=(2.6, -0.6))
axes[1].set_xlabel("seconds (forward blue, backward orange)")
show(fig, "Time lines of three stages: a staircase with one batch, mostly full with 8.")

# %% [markdown]
# Above, one stage works at a time. Below, eight microbatches follow each other, and
# only corners and the wedge between the two colours are empty: that is the bubble. The
# bars are as long with an eighth of the batch as with all of it, because we set them
# so; with real layers they would shrink, and what stays is the empty *share*.
#
# ### What a worker must hold
# The other cut goes through the memory. S. Rajbhandari and others (2019) count 16 bytes
# for each parameter in mixed precision with Adam: weights and gradients in float16 (2 +
# 2), and for the update a copy of the weights in float32 and Adam's two running means (4
# + 4 + 4). In plain data parallelism *every* worker holds all of it. **ZeRO** lets each
# of $n$ workers keep a share, in three stages: 1 the optimiser's 12 bytes, 2 also the
# gradients, 3 also the weights, which are fetched when needed.


# %%
def hold(stage, n, weights):
    """What each of n workers holds: a dict of arrays for each."""
    workers = []
    for own in np.array_split(weights, n):
        w, g, o = (own if stage >= least else weights for least in (3, 2, 1))
        held = {"weights": w.astype(np.float16), "master": o.astype(np.float32)}
        held["gradients"] = np.zeros_like(g, np.float16)
        held |= {name: np.zeros_like(o, np.float32) for name in ("mean", "square")}
        workers.append(held)
    return workers


# %%
weights = np.concatenate([array.ravel() for array in start((20, 64, 42, 10))])
for stage_of_zero in range(4):
    arrays = hold(stage_of_zero, 4, weights)[0].values()
    print(f"stage {stage_of_zero}:", sum(a.nbytes for a in arrays) / len(weights))

# %% [markdown]
# Bytes a parameter, counted: 16; $4 + 12/n$; $2 + 14/n$; $16/n$. One step, the same for
# all stages: the weights are put together where they are shared out; each worker
# computes its gradient; the sum is left where its part belongs (reduce-scatter!); Adam
# updates what one holds; and the new weights go round (all-gather).


# %%
def unpacked(flat, sizes):
    """A long array -> W1, b1, W2, b2, ..."""
    shapes = [
        shape for n_in, n_out in pairwise(sizes) for shape in ((n_in, n_out), n_out)
    ]
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    pieces = np.split(flat, ends[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


print(len(unpacked(weights, (20, 64, 42, 10))), "arrays,", len(weights), "numbers")


# %%
def adam(worker, slopes, step, rate=0.01):
    """One update of what a worker holds, in place."""
    worker["mean"] += 0.1 * (slopes - worker["mean"])
    worker["square"] += 0.001 * (slopes**2 - worker["square"])
    mean, square = (
        worker["mean"] / (1 - 0.9**step),
        worker["square"] / (1 - 0.999**step),
    )
    worker["master"] -= rate * mean / (np.sqrt(square) + 1e-8)


# %%
def zero_step(workers, stage, step, sizes, x, t):
    n, kept = len(workers), [worker["weights"] for worker in workers]
    whole = np.concatenate(kept) if stage == 3 else kept[0]  # all-gather
    mean = 0
    for rank in range(n):
        parts = gradients(unpacked(whole.astype(float), sizes), x[rank::n], t[rank::n])
        mean = mean + np.concatenate([part.ravel() for part in parts]) / n
    parts = np.array_split(mean, n)
    for rank, worker in enumerate(workers):
        worker["gradients"][:] = parts[rank] if stage >= 2 else mean  # reduce-scatter
        slopes = worker["gradients"].astype(np.float32)
        adam(worker, np.array_split(slopes, n)[rank] if stage == 1 else slopes, step)
    new = [worker["master"].astype(np.float16) for worker in workers]
    for worker, own in zip(workers, new, strict=True):
        worker["weights"][:] = own if stage in (0, 3) else np.concatenate(new)


# %%
n, layout, results = 4, (20, 64, 42, 10), {}
formula = {0: 16, 1: 4 + 12 / n, 2: 2 + 14 / n, 3: 16 / n}
for stage_of_zero in range(4):
    workers = hold(stage_of_zero, n, weights)
    for step in range(1, 11):
        zero_step(workers, stage_of_zero, step, layout, x[:200], t[:200])
    held = sum(array.nbytes for array in workers[0].values()) / len(weights)
    assert held == formula[stage_of_zero]
    kept = [worker["weights"] for worker in workers]
    results[stage_of_zero] = np.concatenate(kept) if stage_of_zero == 3 else kept[0]
    same = np.array_equal(results[stage_of_zero], results[0])
    assert same
    print(f"stage {stage_of_zero}: {held} bytes a parameter, same weights: {same}")

# %% [markdown]
# After ten steps the weights are equal to the last bit, and a worker of stage 3 holds a
# quarter. For GPT-3's 175 billion parameters: 2,800 GB in every worker, or with 64
# workers 44 GB in each. The first two stages cost no extra bytes on the links: a ring
# all-reduce *is* a reduce-scatter and an all-gather. The third fetches the weights twice,
# for half as much again. (The values between the layers come on top of all this.)
#
# ### Sixteen bits
# Half as many bits are twice as many numbers a second through memory and links, and
# processors compute faster with them. But **float16** has no positive number below
# $6\cdot10^{-8}$, and gradients are small. Below half of that they **underflow** to
# zero. The remedy (P. Micikevicius and others, 2018): multiply the loss by a large
# number before going back; all slopes grow by it, and are divided by it in float32
# before the update. Watch the slopes at the network's output for a batch of 4,000,
# after some training:

# %%
trained = start(sizes)
rng = np.random.default_rng(3)
for _ in range(500):
    pick = rng.integers(0, len(x), 50)
    trained = moved(trained, gradients(trained, x[pick], t[pick]), 0.2)
inputs, y = forward(trained, x)
dout = (y - t) / len(x)  # (4000, 10)


def in_float16(scale):
    """The slopes as float16 keeps them, with a loss that is scaled."""
    with np.errstate(over="ignore"):
        return (dout * scale).astype(np.float16).astype(float) / scale


# %% tags=["nbval-ignore-output"]
lost, kept = (np.mean(in_float16(scale) == 0) for scale in (1, 2**16))
assert_between(lost, 0.5, 0.9, "slopes lost in float16", show=".0%")
assert_between(kept, 0, lost / 4, "with the loss times 65,536", show=".0%")

# %% [markdown]
# More than half of the slopes are gone. How bad is that for the gradient of $W_3$, their
# sum over the batch? It is less bad than it sounds, since the large ones are still there;
# but the same loss, averaged over more numbers (the pixels of pictures, say, as in
# chapter 16), acts like a smaller scale, and there it gets worse quickly:

# %%
W_slopes = inputs[-1].T @ dout
powers, errors = np.arange(-14, 31, 2), []
for power in powers:
    with np.errstate(invalid="ignore"):
        error = inputs[-1].T @ in_float16(2.0**power) - W_slopes
    errors.append(np.linalg.norm(error) / np.linalg.norm(W_slopes))
at = dict(zip(powers.tolist(), errors, strict=True))
assert at[-14] > 0.5 > 0.01 > at[0] > at[16] and not np.isfinite(at[30])

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
axes[0].hist(np.log10(np.abs(dout[np.abs(dout) > 1e-16])), bins=60, color=BLUE)
axes[0].axvline(np.log10(3e-8), color=ORANGE)
axes[0].text(-7.7, 1550, "0 in float16", ha="right", color=ORANGE)
axes[0].set(xlabel="power of ten of a slope's size", ylabel="slopes", xlim=(-14, -3))
axes[0].set_ylim(0, 1700)
axes[1].plot(powers, errors, "o-", color=BLUE)
axes[1].set(yscale="log", xlim=(-15, 31), xlabel="power of two of the loss scale")
axes[1].set(ylabel="relative error of the gradient")
axes[1].text(30, 1e-2, "from 2$^{28}$ on\ninfinite", ha="right", color=ORANGE)
show(fig, "Most slopes lie below float16's limit; the error falls with the scale.")

# %% [markdown]
# From a scale of about $2^6$ on, what is left of the error is float16's rounding. Too
# large a scale is no better: above 65,504 float16 is infinite. So engines look for it
# as they go: is any slope `inf` or `nan`, the step is skipped and the scale halved;
# after many good steps it is doubled.


# %%
def next_scale(scale, slopes16, good_steps, patience=200):
    """The scale for the next step, and how many good ones there were in a row."""
    if not np.all(np.isfinite(slopes16)):
        return scale / 2, 0  # and this step is skipped
    if good_steps + 1 == patience:
        return scale * 2, 0
    return scale, good_steps + 1


# %%
scale, tries = 2.0**30, 0
with np.errstate(over="ignore"):
    while not np.all(np.isfinite(scaled := (dout * scale).astype(np.float16))):
        scale, _ = next_scale(scale, scaled, 0)
        tries += 1
print(f"halved {tries} times, to 2^{np.log2(scale):.0f}")
assert 1 < tries < 6 and np.mean(in_float16(scale) == 0) < 0.05

# %% [markdown]
# **bfloat16** avoids all this: it has the range of float32, with fewer digits (eight
# bits in place of eleven), and has become the usual choice where the processor knows
# it. In Keras `keras.config.set_dtype_policy("mixed_bfloat16")` asks for it, and with
# `"mixed_float16"` `fit` scales the loss by itself.
#
# ### Exercise 21.3 – A smaller bubble (change and measure)
# How many microbatches does a pipeline need at least, so that the idle share is **at most
# a tenth**? Change $m$ in the formula until it is, for pipelines of 2, 3 and 8 stages
# (what is measured lies a little above the formula).

# %% tags=["exercise"]
microbatches = {"2 stages": ..., "3 stages": ..., "8 stages": ...}

# %%
check("21.3", microbatches)

# %% [markdown]
# ## 21.5 What the engines take over
#
# Hardly anybody writes rings for daily work. `tf.distribute` is TensorFlow's engine: a
# **strategy** says where copies of a model live and how their gradients are added.
# `MirroredStrategy` copies it to all graphics cards of one machine. We may have none,
# but TensorFlow can treat one CPU as two logical ones. It must be told before it does
# anything else, hence in a fresh process. Everything else is as usual: a model, built
# within the strategy's scope, and `fit`.

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Logical CPUs are no second computer: it shows the mechanism, no speed. `fit`
# does not work with several workers under Keras 3; the loop by hand does.
# ask: What does an engine for thousands of machines need that we have not written?
# answer: To notice a dead worker, start another, and go on from a checkpoint.
# skip: The multi-worker loop.


# %%
def small_model():
    keras.utils.set_random_seed(5)
    dense = [keras.layers.Dense(40, "relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((20,)), *dense])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss)
    return model


alone = small_model()
first = alone.get_weights()
print(alone.count_params(), "parameters")


# %%
def mirrored(rank, links, x, labels):
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        model = small_model()
    model.fit(x, labels, batch_size=100, shuffle=False, verbose=0)
    return strategy.num_replicas_in_sync, model.get_weights()


# %%
pictures, names = x[:1000].astype("float32"), labels[:1000]
copies, by_two = run_workers(mirrored, 1, pictures, names, seconds=90)[0]
alone.fit(pictures, names, batch_size=100, shuffle=False, verbose=0)
print(
    copies, "copies; to one below 1e-6:", furthest(by_two, alone.get_weights()) < 1e-6
)
assert furthest(by_two, alone.get_weights()) < 1e-6 < furthest(first, by_two)

# %% [markdown]
# Ten steps, each batch of 100 divided over two devices by `fit` itself, and the same
# weights as on one, up to rounding in float32.
#
# **Beyond one machine** `MultiWorkerMirroredStrategy` does the same for processes that
# find each other by address and port. Each runs the same program; who it is among whom
# is written in the cluster's description. Under Keras 3 (tried with 3.15) `fit` doesn't
# work with this strategy: it stops with an error about a "PerReplica" value. A loop of
# one's own does, and it holds nothing that you don't know: gradient, all-reduce, update.
# The two processes talk through a free port each, on the *loopback*, addresses that never
# leave the machine.


# %%
def own_step(model):
    """A step of training for use in a strategy: gradient, all-reduce, update."""

    def step(x, labels):
        with tf.GradientTape() as tape:
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(x))
            loss = tf.reduce_mean(each)  # over this worker's own examples
        slopes = tape.gradient(loss, model.trainable_variables)
        slopes = tf.distribute.get_replica_context().all_reduce("mean", slopes)
        for variable, slope in zip(model.trainable_variables, slopes, strict=True):
            variable.assign_sub(0.1 * slope)

    return step


# %%
def one_of_several(rank, links, ports, x, labels):
    addresses = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    cluster = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(addresses),
        task_type="worker",
        task_id=rank,
        rpc_layer="grpc",
    )
    strategy = tf.distribute.MultiWorkerMirroredStrategy(cluster)
    with strategy.scope():
        model = small_model()
    step = tf.function(lambda x, labels: strategy.run(own_step(model), (x, labels)))
    for begin in range(0, len(x), 100):
        own = slice(begin + rank, begin + 100, 2)
        step(tf.constant(x[own]), tf.constant(labels[own]))
    return model.get_weights()


# %%
ports = [free_port(), free_port()]
both = run_workers(one_of_several, 2, ports, pictures, names, seconds=90)
print("between both:", furthest(*both))
print("to one below 1e-6:", furthest(both[0], alone.get_weights()) < 1e-6)
assert furthest(*both) == 0 and furthest(both[0], alone.get_weights()) < 1e-6

# %% [markdown]
# What the known engines take over, and what is left to you:
#
# | engine | framework | gradients | model in pieces | starts workers, replaces dead ones |
# |---|---|---|---|---|
# | `tf.distribute` (2019) | TensorFlow | ring or tree all-reduce; parameter server | no | no: one start a machine |
# | Horovod (2018) | TensorFlow, PyTorch, others | ring all-reduce | no | starts; elastic mode replaces |
# | PyTorch FSDP (2023) | PyTorch | reduce-scatter | shards as in ZeRO | `torchrun` does |
# | DeepSpeed (2020) | PyTorch | reduce-scatter | ZeRO 1–3, pipeline | starts |
# | Ray Train (2021) | any of these | leaves them to the framework | leaves it, too | yes, on a whole cluster |
#
# The last column matters more than it seems. With thousands of processors one fails every
# few hours: Llama 3's report counts 419 unexpected interruptions in 54 days. So somebody has
# to notice, start another worker, and resume from a **checkpoint**. The course has an
# optional part where you can watch that: [Ray Train](optional/README.md) trains
# chapter 6's network with two workers on this machine, one of them is killed on purpose,
# and the same script runs on a cluster.

# %% [markdown]
# ## 21.6 What a step costs
#
# When does a further worker pay? A step of synchronous data parallelism has two parts,
# arithmetic and all-reduce. With $b$ examples a worker and $s$ seconds for an example,
# $G$ bytes of gradients, $\alpha$ seconds until a message arrives (**latency**) and
# $\beta$ bytes a second (**bandwidth**):
#
# $$T(n) = b\,s + 2(n - 1)\,\alpha + \frac{2(n - 1)}{n} \cdot \frac{G}{\beta} .$$

# %% [markdown] tags=["teacher"]
# minutes: 15
# exercises: 4
# stall: Latency is paid for each message, bandwidth for each byte; the formula has one
# term for each. Strong and weak scaling are mixed up: same batch, or same batch for
# each. On a busy machine the prediction is not judged, and says so.
# ask: 1,024 pictures on 1,000 workers: how many times as fast?
# answer: Far less than 1,000, even slower than 300 workers: the ring's messages take
# longer than the arithmetic.
# skip: The measuring code; start from its three numbers.


# %%
def step_time(workers, examples, seconds_each, size, latency, bandwidth):
    """Seconds of a step: examples a worker, seconds an example, bytes of gradients."""
    messages = 2 * (workers - 1)
    talking = messages * latency + messages / workers * size / bandwidth
    return examples * seconds_each + talking


print(step_time(4, 32, 0.001, 1e8, 1e-5, 1e10))

# %% [markdown]
# Three unknown numbers of this machine: $s$, $\alpha$, $\beta$. We find them from three
# measurements (a step of one worker; an all-reduce of next to nothing by two; a step of
# two workers) and then predict a **fourth** that was never looked at: a network with
# half as many parameters again, and another number of examples.
#
# Measuring on a machine that does other things too needs care. Both workers compute in
# all cases, also in that of "one worker" (each alone then), so that the cores are equally
# busy. The cases take turns. And only those steps count in whose arithmetic the system took
# the processor from neither worker: it counts such interruptions, where we may ask it.
# Of these we take the fastest arithmetic and the fastest all-reduce: a disturbance makes
# both longer, never shorter.


# %%
def interruptions():
    """How often the system has taken the processor from this process."""
    try:
        import resource
    except ImportError:  # Windows doesn't say
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


assert interruptions() >= 0


# %%
def flat_gradients(parameters, x, t):
    """The gradient as one array in float32; two numbers where there is no example."""
    slopes = gradients(parameters, x, t) if len(x) else [np.ones(2, np.float32)]
    return np.concatenate([slope.ravel() for slope in slopes])


print(flat_gradients(start((4, 5, 3)), np.ones((2, 4)), np.eye(3)[:2]).shape)


# %%
def case(sizes, examples, together):
    """Parameters, examples and targets in float32, and whether they are added up."""
    rng = np.random.default_rng(0)
    parameters = [array.astype(np.float32) for array in start(sizes)]
    x = rng.normal(size=(examples, sizes[0])).astype(np.float32)
    t = np.eye(10, dtype=np.float32)[rng.integers(0, 10, examples)]
    return parameters, x, t, together


# %%
small, large = (64, 256, 256, 10), (64, 320, 320, 10)
cases = {
    "one": case(small, 64, False),
    "nothing": case(small, 0, True),
    "two": case(small, 64, True),
    "fourth": case(large, 80, True),
}
N_small, N_large = (sum(p.size for p in cases[name][0]) for name in ("two", "fourth"))
print(f"{N_small:,} and {N_large:,} parameters")


# %%
def measure(rank, links, cases, seconds):
    """Of each step: seconds of arithmetic, of all-reduce; was the first undisturbed?"""
    notes, other, go_on = {name: [] for name in cases}, links[1 - rank], True
    end = time.perf_counter() + seconds
    while go_on:
        for name, (parameters, x, t, together) in cases.items():
            other.send(None)  # both begin at once
            other.recv()
            before, cpu = interruptions(), time.process_time()
            begin = time.perf_counter()
            flat = flat_gradients(parameters, x, t)
            middle = time.perf_counter()
            share = (time.process_time() - cpu) / (middle - begin)
            fine = interruptions() == before and (share > 0.9 or not len(x))
            if together:
                ring_all_reduce(rank, links, flat)
            notes[name].append((middle - begin, time.perf_counter() - middle, fine))
        go_on = time.perf_counter() < end
        if rank == 0:  # worker 0 says when it is over
            other.send(go_on)
        else:
            go_on = other.recv()
    return notes


# %% tags=["nbval-ignore-output"]
notes = run_workers(measure, 2, cases, 6, seconds=60)
seconds, calm = {}, True
for name in cases:
    slower = np.max([worker[name][2:] for worker in notes], axis=0)  # (steps, 3)
    fine = np.min([worker[name][2:] for worker in notes], axis=0)[:, 2] > 0
    good = slower[fine, :2] if fine.any() else slower[:, :2]
    seconds[name] = good.min(axis=0).sum()
    usual = np.median(slower[:, :2].sum(axis=1)) / seconds[name]
    calm = calm and fine.sum() >= 20 and usual < 3
    print(f"{name:8} {1e3 * seconds[name]:7.3f} ms {fine.sum():4} undisturbed", end=" ")
    print(f"(the median of all is {usual:.1f} times as long)")
assert min(len(pairs) for pairs in notes[0].values()) >= 3

# %% [markdown]
# From these the three numbers follow one by one, and then the prediction. An example of
# the larger network needs more arithmetic, in proportion to its parameters: that is
# chapter 13's $6ND$ once more.

# %% tags=["nbval-ignore-output"]
s = seconds["one"] / 64
latency = seconds["nothing"] / 2
sending = seconds["two"] - seconds["one"] - seconds["nothing"]
bandwidth = 4 * N_small / max(sending, 1e-6)
predicted = step_time(2, 80, s * N_large / N_small, 4 * N_large, latency, bandwidth)
print(
    f"{1e6 * s:.0f} µs an example, {1e6 * latency:.0f} µs, {bandwidth / 1e9:.2f} GB/s"
)
print(f"{6 * N_small / s / 1e9:.0f} billion operations a second")
print(f"fourth case: {1e3 * predicted:.1f} ms, {1e3 * seconds['fourth']:.1f} measured")
if calm:
    ratio = seconds["fourth"] / predicted
    assert_between(ratio, 0.7, 1.3, "measured by predicted", show=".2f")
else:
    print("This machine is busy: whether the 30% hold cannot be judged here now.")

# %% [markdown]
# (With fewer than 20 undisturbed steps in a case, or where the usual step takes three times
# as long as the fastest, the last line says so: then one waits for somebody else's work,
# and no model of ours knows about that.) The model is a sketch: it
# knows nothing of caches, of small batches that don't fill a processor, or of the fact
# that good engines send the last layers' gradients while the first are still being
# computed. But it tells where the time goes.
#
# ### To 1,000 workers
# Now with numbers of a real cluster, our assumption: a network of 25 million parameters
# (the size of ResNet-50), 1,000 pictures a second on one processor, links with 10 µs and
# 10 GB/s. One asks two questions:
#
# - **Strong scaling:** the *same* batch, 1,024 pictures, divided over ever more workers.
#   How much sooner is it done?
# - **Weak scaling:** each worker has *its own* 64 pictures. How many more are done in the
#   same time?
#
# **Predict** the first: how many times faster are 1,000 workers than one?

# %%
options = ["about 1,000 times", "about 300 times", "less than 50 times"]
predict("21.e", "1,024 pictures on 1,000 workers instead of one:", options)

# %%
workers, cluster = np.arange(1, 1001), (0.001, 1e8, 1e-5, 1e10)
alone = step_time(1, 1024, *cluster)
strong = alone / step_time(workers, 1024 / workers, *cluster)
weak = workers * step_time(1, 64, *cluster) / step_time(workers, 64, *cluster)
best = workers[strong.argmax()]
print(
    f"strong: {strong[63]:.0f} times at 64, {strong[-1]:.0f} times at 1,000,", end=" "
)
print(f"at most {strong.max():.0f} times at {best}")
print(f"weak: {weak[63]:.0f} times at 64, {weak[-1]:.0f} times at 1,000")
happened("21.e", int(np.digitize(-strong[-1], [-600, -50])), "All-reduce takes 40 ms.")
assert strong[-1] < 30 < strong.max() and 150 < best < 400 and 500 < weak[-1] < 700

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.8))
ax.plot(workers, workers, color="0.6", ls="--", lw=1)
ax.plot(workers, weak, color=GREEN)
ax.plot(workers, strong, color=BLUE)
share = step_time(1000, 0, 0, 1e8, 0, 1e10) / alone  # of the step that stays
ax.plot(workers, 1 / (share + (1 - share) / workers), color=ORANGE, ls=":")
ours = (s, 4 * N_small, latency, bandwidth)
small_net = step_time(1, 1024, *ours) / step_time(workers, 1024 / workers, *ours)
ax.plot(workers, small_net, color="0.4", ls="-.")
ends = {"ideal": (1150, "0.5"), "weak": (500, GREEN)}
ends |= {"Amdahl": (45, ORANGE), "strong": (19, BLUE)}
for text, (y, colour) in ends.items():
    ax.text(1150, y, text, color=colour, weight="bold")
ax.text(1.2, 0.3, "our small network here", color="0.3")
assert small_net.argmax() < 50 and small_net[-1] < 1
ax.set(xscale="log", yscale="log", xlim=(0.8, 6000), ylim=(0.02, 3000))
ax.set(xlabel="workers", ylabel="times as fast as one")
show(fig, "Speed-up over workers: weak scaling near the ideal, strong peaks and falls.")

# %% [markdown]
# **Amdahl's law** (1967): if a share $f$ of the work does not get shorter with more
# workers, they can be at most $1/(f + (1 - f)/n)$ times as fast, and never more than
# $1/f$. Here $f$ is the all-reduce's bytes: 20 of 1,024 ms. The curve of our model is
# worse: it even falls, because the ring's $2(n-1)$ messages become more and more. (For
# many workers engines use rings of rings, or trees, where latency grows with the
# logarithm.) Weak scaling looks better, since each brings its own work along; its price
# is the large batch of section 21.1. And our small network, on this machine's links,
# is fastest with a handful of workers, and slower with 1,000 than with one.
#
# **Try it.** A step on a time line: choose workers, batch, model and links. Does any
# model gain from 1,000 workers on the slowest links? Which batch changes that, and why
# for the large models only? What does it help when gradients travel while the backward
# pass still goes on?

# %%
StepTimeline()

# %% [markdown]
# ### What 175 billion parameters need
# Chapter 13 computed GPT-3's arithmetic. The same numbers: $6ND$ operations,
# $3\cdot10^{14}$ a second of which 40% are reached, 400 watts. Its batch was 3.2 million
# tokens. Our assumption for the links: 25 GB/s.

# %%
N, D, batch, reached, n = 175e9, 3e11, 3.2e6, 0.4 * 3e14, 1024
one = 6 * N * D / reached  # seconds of one processor
print(f"energy {one * 400 / 3.6e12:.2f} GWh, {one / 86_400 / n:.0f} days on {n:,}")
assert round(one * 400 / 3.6e12, 2) == 0.29  # as in chapter 13
assert round(2 * N / 1e9) == 350  # and so are the weights' GB
print(f"bytes: {16 * N / 1e9:,.0f} GB in each, with ZeRO 3 {16 * N / n / 1e9:.1f} GB")

# %%
computing = 6 * N * batch / n / reached
whole = step_time(n, 0, 0, 2 * N, 1e-5, 25e9)
pieces = step_time(n // 64, 0, 0, 2 * N / 64, 1e-5, 25e9)
print(f"a step: arithmetic {computing:.0f} s, all-reduce of 350 GB {whole:.0f} s,")
print(f"of a 64th each, among {n // 64} copies: {pieces:.2f} s")
print(f"bubble of 8 stages with 64 microbatches: {7 / (64 + 7):.0%}")
assert 0.9 < whole / computing < 1.2 and pieces < 0.02 * computing

# %% [markdown]
# Plain data parallelism would need 2,800 GB in each processor, and talk as long as it
# computes; ZeRO 3 needs little memory, and talks half as long again. So all kinds are
# combined: the model is cut into 64 pieces, 8 stages of a pipeline, each divided over 8
# processors of one machine that share every matrix product (**tensor parallelism**, M.
# Shoeybi and others, 2019); and of the whole there are 16 copies, each with its part of
# the batch. Then a processor exchanges only a 64th of the gradients, with its 15 twins.
# A month, and 0.29 GWh, as chapter 13 has it; the arithmetic is the same however it is
# divided. Waiting and failures come on top.
#
# ### Exercise 21.4 – The fastest number (build)
# Write a function that finds how many workers finish a batch soonest. It gets the batch's
# size, seconds an example, bytes of gradients, latency, bandwidth, and how many workers
# there are at most. It returns a pair: the number of workers, and how many times faster
# they are than one. Parts of the batch may be fractions. `step_time` may help.


# %% tags=["exercise"]
def fastest(batch, seconds_each, size, latency, bandwidth, most): ...


# %%
check("21.4", fastest)

# %% [markdown]
# ## Recap
#
# 1. **Data parallelism:** every worker has the whole network and a part of the batch; the
#    mean of the gradients is the gradient of the whole, to 12 digits. **Ring all-reduce:**
#    reduce-scatter and all-gather, $2(n-1)$ steps; nobody sends more than two arrays.
# 2. **Stale gradients:** a parameter server waits for nobody; a gradient among $n$
#    workers misses $n - 1$ updates on average. The larger the learning rate, the sooner
#    that ruins training.
# 3. **Pipeline:** with $p$ stages and $m$ microbatches the idle share is
#    $(p-1)/(m+p-1)$. Two blocking sends wait for each other for ever: keep an order, or
#    send in a thread.
# 4. **Memory:** Adam in mixed precision holds 16 bytes a parameter; ZeRO brings it down to
#    $16/n$ with the same result. In float16 small slopes vanish; a scaled loss saves them.
# 5. **Cost:** arithmetic divided by $n$, plus $2(n-1)$ latencies, plus $2(n-1)/n$ of
#    the bytes. Strong scaling peaks and falls; weak scaling needs larger batches.
#    Engines do the adding (`tf.distribute`, Horovod), the sharding (FSDP, DeepSpeed)
#    and the restarting (Ray Train).

# %% [markdown]
# ## Read on
#
# - J. Dean and others, *Large Scale Distributed Deep Networks* (2012): the parameter
#   server. A. Gibiansky, *Bringing HPC Techniques to Deep Learning* (2017): the ring, and
#   P. Patarasuk, X. Yuan, *Bandwidth Optimal All-reduce Algorithms* (2009).
# - P. Goyal and others, *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour* (2017).
# - A. Sergeev, M. Del Balso, *Horovod* (2018). P. Moritz and others, *Ray* (OSDI, 2018).
# - Y. Huang and others, *GPipe* (2019). S. Rajbhandari and others, *ZeRO: Memory
#   Optimizations Toward Training Trillion Parameter Models* (2019). M. Shoeybi and others,
#   *Megatron-LM* (2019). Y. Zhao and others, *PyTorch FSDP* (2023).
# - P. Micikevicius and others, *Mixed Precision Training* (ICLR, 2018).
# - G. Amdahl, *Validity of the Single Processor Approach* (1967).
# - T. Brown and others, *Language Models are Few-Shot Learners* (2020); A. Grattafiori and
#   others, *The Llama 3 Herd of Models* (2024): what breaks on 16,384 processors.
