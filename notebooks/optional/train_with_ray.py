"""Chapter 6's network, trained by several workers, with Ray Train: on this machine, or on a cluster.

    python train_with_ray.py                          two workers on this machine
    python train_with_ray.py --workers 8 --address auto --storage /shared/folder      on a cluster

Ray starts the workers, tells each who the others are, keeps the checkpoints and starts anew when a worker
dies. What a step does is TensorFlow's and ours: gradient, all-reduce, update (chapter 21; README.md).
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# Before Ray is imported: nothing to its makers, lines shown once, no key in the home folder but a cluster's.
QUIET = {"RAY_TRAIN_ENABLE_PRINT_PATCH": "0", "RAY_DEDUP_LOGS": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0"} | QUIET
if not any(word.startswith("--address") for word in sys.argv):
    os.environ["RAY_AUTH_MODE"] = "disabled"

import numpy as np  # noqa: E402
import ray  # noqa: E402
from ray import train  # noqa: E402
from ray.train.tensorflow import TensorflowTrainer  # noqa: E402

from helpers.synthetic import make_digits  # noqa: E402


def network():
    """Chapter 6's first network, without its softmax: 31,786 parameters."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(42)  # the same start on all workers
    filters = layers.Conv2D(16, 5, padding="same", activation="relu")
    return keras.Sequential(
        [keras.Input((28, 28, 1)), filters, layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10)]
    )


def train_worker(settings):
    """Train as one of several; every worker runs this function.

    Parameters
    ----------
    settings : dict
        Epochs, batch (examples of a step, of all workers), data: images and labels in Ray's store.
    """
    import keras  # here, as a worker of a cluster is another process, perhaps on another machine
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # Ray has written TF_CONFIG, who is where
    rank, workers = train.get_context().get_world_rank(), train.get_context().get_world_size()
    images, labels = ray.get(settings["data"])
    with strategy.scope():
        model, optimizer = network(), keras.optimizers.Adam(0.002)
        optimizer.build(model.trainable_variables)
    state = [*model.variables, *optimizer.variables]  # with Adam's means: without them it would stumble
    begin = restore(state)
    print(f"worker {rank} of {workers}: process {os.getpid()} begins with epoch {begin}", flush=True)

    def own_step(x, t):
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(t, model(x, training=True))
            share = tf.reduce_mean(losses) / workers
        slopes = tape.gradient(share, model.trainable_variables)
        optimizer.apply_gradients(zip(slopes, model.trainable_variables, strict=True))  # sums over workers
        return share

    step = tf.function(lambda x, t: strategy.reduce("sum", strategy.run(own_step, (x, t)), axis=None))
    for epoch in range(begin, settings["epochs"] + 1):
        start = time.perf_counter()
        order = np.random.default_rng(epoch).permutation(len(images))  # the same on all workers
        for first in range(0, len(order) - settings["batch"] + 1, settings["batch"]):
            own = order[first + rank : first + settings["batch"] : workers]
            x = images[own].astype("float32")[..., None] / 255
            loss = step(tf.constant(x), tf.constant(labels[own].astype("int32")))
        figures = {"epoch": epoch, "loss": float(loss), "seconds": time.perf_counter() - start}
        figures["sum of weights"] = float(sum(np.abs(array).sum() for array in model.get_weights()))
        save(state, figures, rank)
        print(f"worker {rank}: epoch {epoch} {figures['loss']:.3f} {figures['sum of weights']}", flush=True)


def restore(variables):
    """Take the variables from the last checkpoint, if there is one; return the epoch to begin with."""
    checkpoint = train.get_checkpoint()
    if checkpoint is None:
        return 1
    with checkpoint.as_directory() as folder, np.load(Path(folder) / "state.npz") as saved:
        for i, variable in enumerate(variables):
            variable.assign(saved[f"arr_{i}"])
        return int(saved["epoch"]) + 1


def save(variables, figures, rank):
    """Worker 0 writes a checkpoint, all report; nobody goes on before it is in the storage."""
    with tempfile.TemporaryDirectory() as folder:
        if rank == 0:
            arrays = [np.asarray(variable) for variable in variables]
            np.savez(Path(folder) / "state.npz", *arrays, epoch=figures["epoch"])
        train.report(figures, checkpoint=train.Checkpoint.from_directory(folder) if rank == 0 else None)


def main():
    """Start Ray, or find the cluster; train; say how it ended."""
    parser = argparse.ArgumentParser(
        description="Trains chapter 6's network with Ray Train.", allow_abbrev=False
    )
    parser.add_argument("--address", help="of a cluster: auto, or HOST:6379; else Ray starts here")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=64, help="examples of a step, of all together")
    parser.add_argument("--images", type=int, default=2000, help="how many digits to draw")
    parser.add_argument("--data", help="an .npz with x_train and y_train, such as mnist.npz, instead")
    parser.add_argument("--storage", default=str(ROOT / "data" / "cache" / "ray"), help="for checkpoints")
    options = parser.parse_args()

    images, labels = make_digits(options.images, np.random.default_rng(0))
    if options.data:
        with np.load(options.data) as file:
            images, labels = file["x_train"], file["y_train"]
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        if options.address:
            ray.init(options.address, runtime_env={"env_vars": QUIET})
        else:
            ray.init(num_cpus=options.workers, include_dashboard=False, _temp_dir=folder)
        data = ray.put((images, labels))
        trainer = TensorflowTrainer(
            train_worker,
            train_loop_config={"epochs": options.epochs, "batch": options.batch, "data": data},
            scaling_config=train.ScalingConfig(num_workers=options.workers),
            run_config=train.RunConfig(
                storage_path=options.storage,
                name=time.strftime("%Y-%m-%d_%H-%M-%S"),
                failure_config=train.FailureConfig(max_failures=3),
                checkpoint_config=train.CheckpointConfig(num_to_keep=2),
                logging_config=train.LoggingConfig("ERROR"),
            ),
        )
        result = trainer.fit()
        ray.shutdown()
    print("ended:", result.metrics, "checkpoint:", result.checkpoint.path, sep="\n")


if __name__ == "__main__":
    main()
