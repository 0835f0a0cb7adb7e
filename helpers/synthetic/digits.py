"""Handwritten digits drawn from stroke skeletons: what `load_mnist` falls back to without MNIST.

No pixel comes from MNIST. Every digit has several skeletons, one for each way of writing it; an image
is a skeleton whose points were moved, slanted, turned, stretched and bent, drawn with a round pen and
then prepared as MNIST's images were: fitted into 20 x 20 pixels keeping its aspect, centre of mass in
the middle of 28 x 28 (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
document recognition", 1998).
"""

from __future__ import annotations

import functools

import numpy as np

from helpers.synthetic.labels import balanced_labels

BOX = 20  # pixels: the digit's longer side, as in MNIST
SIZE = 28
POINTS = 64  # pen positions per digit
BLOCK = 5_000  # digits prepared at a time: bounds the memory
CHUNK = 32  # digits drawn at a time: the distances fit into the processor's cache

# Ways to write each digit: (how often, strokes). Strokes are separated by "/", points are "x,y" in per cent
# of the height with y downwards, joined by a smooth curve; "!" marks a corner.
SKELETONS: dict[int, list[tuple[float, str]]] = {
    0: [
        (4, "50,0 20,14 5,50 20,86 46,100 76,86 90,50 78,14 50,1"),
        (2, "68,6 35,3 10,30 8,70 35,98 70,88 90,50 75,12 40,2"),  # the end runs over the start
        (1, "40,4 12,30 6,65 30,98 70,90 90,52 82,20 64,5"),  # left open at the top
        (1, "70,3 45,5 15,30 8,70 35,100 72,85 88,45 70,12 45,10 40,22"),  # end curls in
        (1, "85,2 50,4 15,30 6,70 32,99 68,88 82,55 78,22 55,6"),  # starts with a tail
        (0.6, "18,4 6,45 20,90 55,98 88,68 84,8"),  # open like a U
        (0.3, "50,0 20,14 5,50 20,86 46,100 76,86 90,50 78,14 50,1 / 80,5 15,95"),  # slashed
        (0.5, "88,18 40,6 8,45 25,92 70,90 88,45 60,10 22,22"),  # loop crosses itself at the start
        (0.5, "6,30 12,80 55,98 90,70 80,40 50,36"),
        (0.5, "75,0 30,18 6,55 20,90 60,98 92,65 80,30 40,24"),
        (0.3, "16,96 6,45 30,4 66,4 90,50 84,98"),  # open at the bottom
        (0.5, "36,36 50,4 20,10 6,50 24,94 64,94 90,50 74,10 44,2"),
    ],
    1: [
        (8, "50,0 50,50 50,100"),
        (1.5, "28,20 52,0! 52,50 52,100"),  # flag
        (0.9, "25,22 52,0! 52,100 / 18,100 86,100"),  # flag and base
        (0.3, "52,0 52,99 / 22,100 84,100"),
        (0.5, "46,0 46,50 48,85 56,99 68,93"),  # hook at the foot
        (0.5, "30,6 48,4 52,20 50,60 50,100"),
        (0.3, "52,0 50,100! 72,98"),
        (0.8, "15,30 55,0! 52,98 / 2,100 98,97"),  # wide base
        (0.4, "30,32 55,0! 45,100"),
        (0.3, "36,16 54,4! 50,50 56,98 / 26,100 80,96"),
    ],
    2: [
        (3, "10,25 25,5 50,0 75,12 76,34 52,66 10,98! 50,97 90,97"),
        (3, "10,20 32,3 62,4 75,26 60,60 28,90 10,94 8,80 26,76 55,88 92,96"),  # small loop
        (2, "14,16 45,0 76,22 68,60 40,92 16,94 8,76 30,66 62,80 96,97"),  # large loop
        (1.5, "10,22 42,0 72,20 55,62 12,97! 34,88 60,97 92,88"),  # wavy base
        (1.2, "10,6 45,3 80,6! 10,95! 50,97 92,95"),  # like a Z
        (1, "28,30 14,20 30,3 62,2 74,28 55,62 12,96! 50,96 90,97"),  # hooked start
        (1, "12,12 50,0 80,20 60,65 15,96! 90,100"),
        (0.8, "10,14 50,2 86,20 70,48 20,80 4,86! 40,84 98,96"),
        (1, "20,20 35,3 58,3 66,25 40,80 14,96 6,86 24,80 58,90 98,86"),
        (1, "34,14 48,0 60,8 58,40 48,94! 70,98 98,96"),  # like an L
        (1, "14,24 40,2 72,10 80,40 60,80 26,97 6,80 24,58 56,66 74,88 92,97"),  # like a script Q
        (0.6, "30,8 48,0 56,20 40,75 16,92 10,80 40,80 98,80"),
        (1, "25,10 50,0 72,14 76,40 60,72 36,94 14,88 16,66 40,58 66,74 86,94"),  # like a partial sign
        (0.8, "20,10 48,0 66,18 54,44 26,66! 56,76 86,100"),  # base falls to the right
        (0.5, "14,20 32,6 42,20 24,66 4,86! 40,80 100,72"),  # flat
        (0.3, "16,16 48,0 72,16 60,54 28,98! 56,99"),  # short base
        (0.6, "10,10 60,0 70,30 66,70 62,92! 36,100 8,92! 40,84 96,98"),
        (1.2, "22,14 48,0 74,10 78,44 58,84 30,99 8,88 18,68 48,58 74,72 96,84"),  # round loop, tail high
        (0.8, "22,14 48,0 74,10 80,44 62,84 32,100 6,88 16,66 48,56 74,58 98,60"),
        (0.8, "30,6 48,0 62,10 58,50 40,90 20,98 12,86 30,74 56,86 84,90"),
        (0.6, "40,26 24,30 20,10 46,0 66,16 58,44 30,78 12,94! 50,94 88,96"),
    ],
    3: [
        (3, "14,12 45,0 74,18 66,38 38,48! 74,58 84,78 55,100 10,88"),
        (1.5, "14,10 50,0 75,20 60,42 36,50 30,43 45,42 80,60 75,90 40,100 8,88"),  # looped middle
        (1.5, "10,4 45,3 80,4! 42,42! 78,54 84,80 50,100 10,90"),  # flat top
        (1.5, "15,8 55,0 72,20 58,40 40,46 62,50 82,70 60,97 10,92"),
        (1, "22,24 18,10 45,0 72,16 62,40 35,47! 72,56 80,82 45,100 12,92 14,78"),  # curled ends
        (1, "10,10 48,2 74,16 60,38 48,46 66,58 70,78 50,96 10,96"),
        (1, "36,10 54,0 64,14 52,36 40,44 60,56 66,78 50,98 34,94"),  # narrow
        (1, "20,8 46,0 58,14 44,34 30,40 60,48 84,68 66,96 14,94"),  # small head
        (0.8, "10,20 38,2 60,14 50,36 38,46! 64,50 70,72 46,92 6,100"),
        (0.6, "34,28 16,20 28,3 60,2 70,20 52,42! 72,60 74,84 44,100 12,88"),
        (1.4, "18,10 55,0 68,16 50,36 30,46! 58,52 66,72 58,100"),  # no hook at the bottom
        (0.5, "6,34 24,4 46,8 40,44! 60,30 78,48 66,100"),
        (0.6, "24,4 64,2 60,20 34,44! 66,48 76,76 52,98 20,96"),
        (0.5, "12,14 50,0 84,16 70,38 46,46 76,54 96,78 62,100 26,96 10,76 22,64"),
        (0.6, "14,10 50,2 70,14 50,38 36,46 60,56 70,76 50,92 4,96"),
    ],
    4: [
        (3, "18,0 12,52! 50,54 88,52 / 74,5 70,100"),
        (2.5, "18,5 12,40 34,56 72,44 82,2! 72,100"),
        (2, "18,6 12,44 30,56 78,46 / 82,0 70,100"),
        (1.5, "60,0 5,64! 95,64 / 64,0 62,100"),
        (1, "66,100 68,0! 6,60! 95,60"),
        (1.5, "45,0 10,52! 92,46 / 76,24 56,100"),
        (0.5, "72,0 36,16 10,50 35,60 76,48 / 74,2 62,100"),
        (1, "10,5 26,48 76,38 / 84,0 62,100"),
        (1, "22,0 14,60! 96,58 / 66,25 64,100"),
        (1, "16,4 8,40 20,62 56,58 80,44 / 80,0 76,100"),  # round left side
        (0.2, "70,6 20,10 10,46 40,60 76,50 / 78,4 78,56 72,100"),  # closed like a 9
        (0.7, "30,0 12,48! 46,56 74,50 / 60,28 50,100"),
        (0.8, "40,20 10,56! 92,52 / 82,0 48,100"),
        (0.5, "46,0 26,52! 80,52 / 52,0 50,100"),  # narrow, like a crossed 1
        (0.8, "22,2 14,36! 40,46 70,38 / 72,4 66,60 60,100"),
        (0.6, "30,10 20,44 40,50 66,42 / 70,0 60,40 62,100"),
        (1, "12,10 16,36 44,44 74,32 82,6! 62,100"),
        (0.8, "8,0 6,58! 50,63 90,59 / 86,0 88,100"),  # square
        (0.8, "56,0 26,46! 80,44 / 58,0 60,100"),  # narrow triangle
        (0.4, "62,4 40,20 24,44! 52,48 74,40 / 64,4 58,100"),
    ],
    5: [
        (3, "26,3 20,45! 50,36 80,56 74,88 40,100 8,88 / 26,3 86,2"),
        (3, "86,3 28,5! 20,42! 50,36 80,60 62,95 8,93"),
        (2, "86,5 45,4 20,20 36,42 70,60 74,84 42,100 8,92"),  # like an S
        (1, "28,12 22,46! 50,38 78,58 70,90 40,100 10,90 / 38,6 94,0"),  # detached bar
        (0.8, "30,0 24,45! 52,38 80,58 72,88 40,100 8,88 / 34,4 62,2"),
        (0.8, "82,2 30,3! 24,44! 70,46 78,70 70,94 14,96"),
        (0.6, "84,4 30,6! 24,44! 55,36 80,60 66,94 30,98 12,80 30,68"),
        (1, "88,4 46,10 38,44! 58,46 62,66 48,88 14,100"),  # narrow belly
        (1, "96,0 44,8 32,44! 56,50 54,72 8,98"),  # like lightning
        (1, "30,8 20,46! 54,38 82,62 68,94 30,98 10,78 20,52 / 28,6 88,2"),  # belly nearly closed
        (0.6, "98,10 40,14 28,44! 62,42 78,58 54,84 4,90"),
        (0.8, "20,4 24,40! 56,34 78,56 66,88 34,100 12,88 22,66 46,56 / 20,4 80,2"),
        (0.8, "90,0 34,10 18,44! 46,44 62,66 44,94 10,96"),
        (0.5, "16,10 60,2 84,4 / 36,8 24,40! 60,38 76,64 52,94 16,98"),
        (0.6, "30,4 38,32! 62,42 72,74 50,98 20,90 / 20,7 76,2"),
    ],
    6: [
        (3, "62,0 26,30 10,66 20,95 55,100 80,80 70,58 40,56 15,76"),
        (2, "72,0 16,58 14,86 45,100 80,84 64,62 24,74"),
        (1.5, "60,0 24,34 10,70 24,97 58,98 76,78 66,58 44,60"),  # loop left open
        (1.5, "32,0 24,50 26,90 60,100 86,76 60,54 28,74"),  # like a b
        (1, "82,12 62,2 30,30 12,66 26,98 64,96 76,70 50,54 16,72"),
        (1, "45,0 12,45 10,80 45,100 92,88 90,64 55,60 18,80"),
        (1, "56,0 30,40 22,84 40,99 66,88 58,70 36,80"),  # narrow loop
        (1, "48,0 14,50 10,92 40,100 74,94 66,80 24,94"),  # flat loop
        (1, "40,0 10,40 6,80 36,100 80,88 84,56 58,46 40,64 44,92"),  # end inside the loop
        (0.7, "20,0 14,40 14,80 50,100 84,76 74,44 46,50 30,76 32,98"),
        (0.7, "60,0 24,40 16,84 36,99 64,90 70,74 50,64"),
        (0.8, "54,0 38,50 34,90 46,100 58,86 48,74 34,88"),  # tiny loop
        (0.7, "4,16 10,74 48,100 88,74 82,44 56,50 54,88"),  # like a U
        (0.6, "30,0 8,50 30,92 80,84 94,66 54,62 24,82"),
        (0.6, "66,0 34,20 14,60 26,96 66,96 74,66 46,52 18,66"),
        (0.6, "40,0 24,50 26,92 50,98 54,84 36,82"),
    ],
    7: [
        (3, "10,6 80,5! 60,50 45,100"),
        (1.5, "12,22 14,5! 80,6! 42,100"),  # serif
        (1.5, "10,6 80,5! 45,100 / 30,52 82,48"),  # crossed
        (1.2, "8,16 36,3 70,5 70,30 45,100"),
        (1, "10,38 16,5! 86,8! 58,100"),
        (1, "8,8 22,16 48,6 82,6! 36,100"),
        (0.6, "12,22 14,5! 80,6! 42,100 / 25,54 78,50"),
        (1, "34,14 64,4! 56,50 50,100"),  # short top
        (1, "10,10 78,4! 52,60 40,100 / 24,50 86,46"),
        (0.7, "14,34 22,8 44,14 66,8 76,4! 56,50 48,100"),
        (0.6, "6,40 10,8! 50,12 88,4! 52,60 44,100"),
        (0.4, "12,10 78,5! 40,96 / 20,52 84,48 / 10,98 70,98"),
        (0.6, "20,6 60,0 84,10 74,40 52,100"),
        (0.7, "10,10 50,4 84,6! 40,60 30,88 52,98"),  # foot
        (0.7, "8,8 16,30 58,24 88,4! 46,100"),
        (0.5, "20,2 74,26 64,56 12,100"),
        (0.6, "24,20 40,6 68,2! 50,100 / 26,52 74,46"),  # narrow and crossed
        (0.4, "14,34 20,6! 82,8! 50,100 / 20,60 80,44"),
        (0.5, "14,8 76,4! 46,100 / 20,60 92,50"),
        (0.5, "6,46 8,10 30,4 76,8 86,30 80,100"),  # like an n
    ],
    8: [
        (3, "75,12 50,0 22,15 36,40 70,62 75,88 45,100 20,85 30,60 64,38 78,14"),
        (2, "50,0 20,18 50,48 82,76 50,100 18,76 50,48 80,18 52,0"),
        (1.5, "50,0 22,22 50,46 78,22 50,0 / 50,46 16,74 50,100 84,74 50,46"),
        (1.5, "80,8 40,0 20,20 60,55 70,85 40,100 20,80 50,50 95,6"),  # open at the top right
        (1.5, "25,12 50,0 78,18 55,45 20,70 30,98 70,95 75,70 45,45 24,14"),
        (1, "70,10 42,0 24,18 55,48 62,80 46,100 36,80 56,50 76,12"),
        (2, "72,16 46,0 20,18 48,48 74,74 52,100 28,84 48,50 82,0"),  # straight way back
        (1, "90,20 50,2 20,22 52,50 76,78 44,100 16,78 50,50 74,24 66,4"),
        (1, "62,30 78,14 50,0 20,16 36,42 66,64 62,92 34,100 22,78 44,56 80,40"),  # open in the middle
        (0.7, "14,34 16,8 60,0 84,20 56,46 40,70 46,98 66,86 60,58 20,30"),
        (0.7, "94,4 44,14 14,30 40,50 60,78 44,100 26,84 44,60 88,24"),
        (1.5, "78,10 50,0 26,14 36,36 70,64 72,88 46,100 24,84 38,60 66,36"),  # top left open
        (1, "88,6 44,2 22,20 46,42 72,66 66,92 40,100 22,82 40,60 72,40"),
        (0.8, "30,20 40,2 66,4 72,24 50,46 26,70 32,96 62,98 72,76 52,50 30,32"),
        (0.7, "26,10 60,2 74,20 50,46 24,74 40,98 70,94 76,70 44,44 18,22"),
        (0.6, "80,22 60,2 34,8 30,30 56,54 80,74 66,98 / 52,50 24,72 14,100"),  # open at the bottom
        (1, "50,0 10,8 8,36 50,48 92,38 90,8 52,2 / 44,48 4,62 10,94 50,100 94,92 96,60 56,48"),
        (0.7, "98,0 60,26 30,8 14,24 44,48 60,74 40,100 18,84 40,58 70,36"),
        (0.7, "20,4 60,2 80,20 60,44 24,50 64,52 86,76 56,98 16,92 12,50 24,8"),  # like a B
        (0.7, "72,14 46,0 20,20 40,46 56,66 60,94 48,100 44,82 54,58 80,20"),  # narrow below
    ],
    9: [
        (3, "72,22 45,4 15,25 32,50 66,38 74,10! 70,100"),
        (2, "74,15 45,0 16,20 22,46 52,48 74,22 74,60 55,95 25,95"),
        (2, "75,15 45,0 15,20 20,45 50,50 75,25 62,70 45,100"),
        (1.5, "62,6 22,12 14,40 44,52 78,20! 70,100"),  # open at the top
        (1, "78,4 40,4 14,28 32,50 64,38 76,8 72,60 64,100"),
        (0.7, "72,20 45,2 16,24 34,50 68,36 74,14 72,70 52,98 16,88"),
        (1.5, "70,8 32,4 14,28 36,46 66,34! 60,100"),  # open to the right
        (1.5, "86,6 38,4 14,30 38,50 72,32 76,10! 66,100"),
        (1, "60,10 40,14 36,36 52,40 62,14! 54,100"),  # narrow loop
        (1, "78,12 40,2 8,34 24,62 60,56 80,20! 78,100"),  # large loop
        (0.3, "30,4 14,36 40,52 72,36 76,6! 66,100"),  # like an open 4
        (0.7, "66,14 44,2 22,20 40,40 64,22 62,60 30,100"),
        (1, "74,30 50,4 10,20 14,56 44,68 76,40 78,8! 86,100"),  # large loop, short tail
        (0.7, "70,14 40,10 24,26 44,36 72,16! 50,100"),  # flat loop
        (1, "60,2 24,16 22,42 50,46 74,22 78,4! 74,50 52,100"),
        (0.8, "80,20 60,2 24,10 16,38 46,50 84,26! 56,100"),
        (0.6, "74,14 48,0 24,14 26,40 54,46 72,24 78,62 58,94 36,96 28,80"),
        (0.6, "76,6 40,2 18,18 30,36 60,36 66,52 50,100"),  # like an S
        (1.2, "66,12 44,2 22,24 28,52 48,58 66,36 68,10! 64,100"),
        (1.2, "70,5 46,8 22,36 34,54 54,46 72,4! 60,60 50,100"),  # pointed top
        (0.5, "74,18 46,0 18,20 36,44 66,36 78,14 84,66 60,97 18,97 8,84"),
        (0.7, "70,14 44,6 20,26 36,50 64,40 72,16 / 74,6 68,100"),  # ring and stem
    ],
}

# Digits 0 to 9 differ in how wide they are written, how far they lean to the right and in pen radius
# (pixels: what was written larger is left with a thinner line).
WIDTH = np.array([0.96, 1, 1.02, 0.97, 0.94, 1, 0.9, 0.97, 0.94, 0.88], np.float32)
LEAN = np.array([0.2, 0.28, 0.16, 0.14, 0.23, 0.14, 0.11, 0.06, 0.15, 0.16], np.float32)
PEN = np.array([1.39, 1.28, 1.27, 1.28, 1.21, 1.14, 1.25, 1.25, 1.19, 1.19], np.float32)
# Spread (standard deviation) of what differs from writer to writer.
WOBBLE = 0.04  # points of the skeleton, in heights
WOBBLE_SPREAD = 0.4  # some writers wobble more (log)
STROKE = 0.03  # strokes against each other, in heights
STRETCH = 0.18  # log of width to height
SLANT = 0.25
TURN = 0.1  # radians
PEN_SPREAD = 0.3  # log
PRESSURE = 0.12  # log of the pen radius along a stroke
EDGE_SPREAD = 0.15  # log
EDGE = 1.1  # pixels from paper to ink
# How far (standard deviation) x and y may be moved by x, y, x^2, xy, y^2, x^3, y^3.
BEND = np.array(
    [[0, 0.08], [0, 0], [0.08, 0.08], [0.14, 0.1], [0.12, 0.1], [0.05, 0.04], [0.08, 0.05]], np.float32
)


@functools.cache
def compile_skeleton(strokes: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read a skeleton: its points (c, 2), the stroke of each point (c,), the matrix (POINTS, c) that turns
    points into equally spaced pen positions on the smooth curves through them, and each position's stroke.
    """
    from scipy.interpolate import CubicSpline  # takes a moment to load

    points, stroke_of, pieces = [], [], []
    for number, stroke in enumerate(strokes.split("/")):
        piece = []
        for word in stroke.split():
            x, y = word.rstrip("!").split(",")
            piece.append(len(points))
            points.append((float(x) / 100, float(y) / 100))
            stroke_of.append(number)
            if word.endswith("!"):
                pieces.append(piece)
                piece = [len(points) - 1]
        pieces.append(piece)
    points = np.array(points)

    curves = []
    for piece in pieces:
        chord = np.linalg.norm(np.diff(points[piece], axis=0), axis=1)
        knots = np.concatenate([[0], np.cumsum(chord**0.75)])
        if len(piece) == 2:  # a straight line
            curve = CubicSpline(knots, np.eye(2))
        else:
            curve = CubicSpline(knots, np.eye(len(piece)), bc_type="natural")
        fine = curve(np.linspace(0, knots[-1], 400))  # (400, points of the piece)
        length = np.concatenate(
            [[0], np.cumsum(np.linalg.norm(np.diff(fine @ points[piece], axis=0), axis=1))]
        )
        curves.append((piece, fine, length))

    total = sum(length[-1] for _, _, length in curves)
    basis = np.zeros((POINTS, len(points)))
    start, run = 0, 0.0
    for piece, fine, length in curves:
        run += length[-1]
        stop = round(POINTS * run / total)
        positions = np.searchsorted(length, np.linspace(0, length[-1], stop - start))
        basis[start:stop, piece] = fine[positions]
        start = stop
    basis, stroke_of = basis.astype(np.float32), np.array(stroke_of)
    return points.astype(np.float32), stroke_of, basis, stroke_of[np.abs(basis).argmax(axis=1)]


def _write(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pen positions, float32 (n, POINTS, 2), one unit high, each digit in one of its ways of writing."""
    paths = np.empty((len(labels), POINTS, 2), np.float32)
    for digit, skeletons in SKELETONS.items():
        often = np.array([often for often, _ in skeletons])
        mine = np.flatnonzero(labels == digit)
        which = rng.choice(len(often), size=len(mine), p=often / often.sum())
        for number, (_, skeleton) in enumerate(skeletons):
            points, stroke_of, basis, _ = compile_skeleton(skeleton)
            rows = mine[which == number]
            messy = np.exp(WOBBLE_SPREAD * rng.standard_normal((len(rows), 1, 1), np.float32))
            moved = points + WOBBLE * messy * rng.standard_normal((len(rows), *points.shape), np.float32)
            strokes = stroke_of[-1] + 1
            if strokes > 1:
                moved += STROKE * rng.standard_normal((len(rows), strokes, 2), np.float32)[:, stroke_of]
            paths[rows] = basis @ moved
    return paths


def _deform(paths: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bend, stretch, slant and turn each digit about its middle; same shape as `paths`."""
    n = len(paths)
    bend = bends(n, rng)
    stretch = WIDTH[labels] * np.exp(STRETCH * rng.standard_normal(n, np.float32))
    slant = LEAN[labels] + SLANT * rng.standard_normal(n, np.float32)
    return cubic_terms(paths) @ (bend @ affine(stretch, slant, TURN * rng.standard_normal(n, np.float32)))


def cubic_terms(paths: np.ndarray) -> np.ndarray:
    """(x, y, x^2, xy, y^2, x^3, y^3) of paths (n, points, 2) about their middles; (n, points, 7)."""
    x, y = np.moveaxis(2 * paths - paths.max(1, keepdims=True) - paths.min(1, keepdims=True), 2, 0)
    return np.stack([x, y, x * x, x * y, y * y, x * x * x, y * y * y], axis=2)


def bends(n: int, rng: np.random.Generator, strength: float | np.ndarray = 1.0) -> np.ndarray:
    """Random matrices (n, 7, 2) that take the terms of `cubic_terms` to a place nearby."""
    bend = strength * BEND * rng.standard_normal((n, *BEND.shape), np.float32)
    bend[:, 0, 0] += 1
    bend[:, 1, 1] += 1
    return bend


def affine(stretch: np.ndarray, slant: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Matrices (n, 2, 2), whose rows say where x and y go: made wider, leaning to the right, and turned."""
    cos, sin = np.cos(angle), np.sin(angle)
    rows = [[cos * stretch, sin * stretch], [-sin - slant * cos, cos - slant * sin]]
    return np.moveaxis(np.array(rows), 2, 0)


def _pressure(n: int, rng: np.random.Generator) -> np.ndarray:
    """How the pen's radius swells and shrinks along the path: factors around 1, float32 (n, POINTS)."""
    along = np.linspace(0, np.pi, POINTS, dtype=np.float32) * np.arange(1, 4, dtype=np.float32)[:, None]
    return np.exp(PRESSURE * (rng.standard_normal((n, 3), np.float32) @ np.cos(along)))


def _draw(paths: np.ndarray, pen: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Draw pen positions as MNIST prepared its images.

    Parameters
    ----------
    paths : ndarray of shape (n, POINTS, 2), float32, any unit
    pen : ndarray of shape (n, POINTS), float32, the pen's radius in pixels
    edge : ndarray of shape (n,), float32, over how many pixels the ink fades out

    Returns
    -------
    ndarray of shape (n, 28, 28), uint8
    """
    n = len(paths)
    low, high = paths.min(1), paths.max(1)  # (n, 2)
    radius = pen.mean(1)
    scale = (BOX - 2 * radius) / (high - low).max(1)
    paths = (paths - ((low + high) / 2)[:, None]) * scale[:, None, None]

    rows, columns = (np.mgrid[:BOX, :BOX].reshape(2, -1) - (BOX - 1) / 2).astype(np.float32)
    # Squared distance = |position|^2 - 2 position . pixel + |pixel|^2: one matrix product, and the last
    # term can wait until the nearest position is found. A thicker pen is as a position that is nearer.
    pixels = np.stack([columns, rows, np.ones_like(rows)])  # (3, 400)
    nearer = radius[:, None] ** 2 - pen**2
    positions = np.concatenate([-2 * paths, ((paths**2).sum(2) + nearer)[:, :, None]], axis=2)
    square = np.empty((n, BOX * BOX), np.float32)
    for first in range(0, n, CHUNK):
        part = positions[first : first + CHUNK]
        distances = (part.reshape(-1, 3) @ pixels).reshape(len(part), POINTS, -1)
        distances.min(axis=1, out=square[first : first + CHUNK])
    distance = np.sqrt(np.maximum(square + rows**2 + columns**2, 0))
    cover = np.clip((radius[:, None] - distance) / edge[:, None] + 0.5, 0, 1)

    mass = cover.sum(1)
    corner = [np.rint(SIZE / 2 - (BOX - 1) / 2 - cover @ axis / mass) for axis in (rows, columns)]
    top, left = np.clip(corner, 0, SIZE - BOX).astype(np.int64)
    box = (np.arange(BOX)[:, None] * SIZE + np.arange(BOX)).ravel()
    images = np.zeros(n * SIZE * SIZE, np.uint8)
    images[(np.arange(n) * SIZE * SIZE + top * SIZE + left)[:, None] + box] = np.rint(255 * cover)
    return images.reshape(n, SIZE, SIZE)


def make_digits(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw n handwritten digits that look like MNIST's.

    Parameters
    ----------
    n : int, at least 0
    rng : np.random.Generator
        The same generator state gives the same digits.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8, 0 is paper and 255 ink
    labels : ndarray of shape (n,), uint8, 0 to 9 in random order, each as often as the others (within one)

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no np.random.Generator.
    """
    labels = balanced_labels(n, 10, rng, "make_digits")
    images = np.empty((n, SIZE, SIZE), np.uint8)
    for first in range(0, n, BLOCK):
        block = slice(first, first + BLOCK)
        images[block] = _handwriting(labels[block], rng)
    return images, labels


def _handwriting(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One image, uint8 (n, 28, 28), for each label."""
    n = len(labels)
    paths = _deform(_write(labels, rng), labels, rng)
    radius = np.clip(PEN[labels] * np.exp(PEN_SPREAD * rng.standard_normal(n, np.float32)), 0.7, 2.8)
    pen = radius[:, None] * _pressure(n, rng)
    edge = EDGE * np.exp(EDGE_SPREAD * rng.standard_normal(n, np.float32))
    return _draw(paths, pen, edge)
