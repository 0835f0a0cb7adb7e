"""Bounding boxes: how far they overlap, which of a heap stays, which are right, as chapter 16 has it."""

import numpy as np


def iou(boxes, others):
    """Intersection over union, (k, m), of boxes (k, 4) and others (m, 4): left, top, right and bottom."""
    left, top = (np.maximum(boxes[:, None, i], others[:, i]) for i in (0, 1))
    right, bottom = (np.minimum(boxes[:, None, i], others[:, i]) for i in (2, 3))
    common = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
    area, other_area = ((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (boxes, others))
    return common / np.maximum(area[:, None] + other_area - common, 1e-12)


def suppress(boxes, scores, most=0.5):
    """Non-maximum suppression: rows of the boxes (k, 4) that stay, the one with the highest score first."""
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[iou(boxes[[best]], boxes[left])[0] <= most]
    return np.array(kept, int)


def right_ones(boxes, scores, truth, enough=0.5):
    """Say of each box (k, 4), by falling score, whether it finds a thing of its own: (k,) of bool."""
    right, overlaps = np.zeros(len(boxes), bool), iou(boxes, truth)
    for i in np.argsort(-scores, kind="stable"):
        if overlaps.shape[1] and overlaps[i].max() >= enough:
            right[i] = True
            overlaps[:, overlaps[i].argmax()] = -1  # taken
    return right
