"""Figures of layers, and observing a training loop: process time, one thread, each beside its goal.

Run with `python benchmarks/flow.py`. What the peers are is said in `gram.py`.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import statistics
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from rich.table import Table

from gram import by_eigenvectors, by_loop, seconds_of
from markdown_console import Console
from sightbits.estimation.layers import LayerBatch, LayerSettings, measure_layers
from sightbits.estimation.layers.chains import draw_orders, entropies, reference_of, tell
from sightbits.estimation.layers.kernels import KernelMaker
from sightbits.estimation.layers.pairs import draw_pairs, measure_pairs
from sightbits.networks import training
from sightbits.networks.convolutional import build_network
from sightbits.networks.observing.observer import observe
from sightbits.networks.reference import NetworkChoice
from sightbits.networks.training_plan import TrainingPlan

N = 128
LENET = {
    "conv1": (6, 28, 28),
    "pool1": (6, 14, 14),
    "conv2": (12, 14, 14),
    "pool2": (12, 7, 7),
    "fc1": (120,),
    "out": (10,),
}
N_MAPS, SIDE = 512, 4
N_ALL_PAIRS = N_MAPS * (N_MAPS - 1) // 2
N_MEASURED, N_SAMPLED, N_COMPARED = 4000, 1000, 200
ALPHA = 1.01
ROUNDS = 3
N_STEPS, EVERY = 200, 50
LAYOUT_ROUNDS = 5


def batch_of(shapes: dict[str, tuple[int, ...]]) -> LayerBatch:
    """Made-up activations: positive parts of sums of what the inputs are made of, and noise."""
    rng = np.random.default_rng(0)
    inputs = rng.random((N, 28, 28))
    causes = rng.normal(size=(N, 8))
    layers = {}
    for name, shape in shapes.items():
        weights = rng.normal(size=(8, int(np.prod(shape)))) / 8**0.5
        drawn = causes @ weights + 0.5 * rng.normal(size=(N, weights.shape[1]))
        layers[name] = np.maximum(drawn, 0).reshape(N, *shape).astype(np.float32)
    return LayerBatch(inputs=inputs, labels=rng.integers(0, 10, N), layers=layers)


def time_layers(table: Table) -> None:
    """Six layers, with ten shuffles and without."""
    batch = batch_of(LENET)
    for kernel_size in ("paper", "median"):
        settings = [LayerSettings(kernel_size=kernel_size, shuffles=shuffles, pairs=0) for shuffles in (0, 10)]
        times = seconds_of({str(one.shuffles): lambda one=one: measure_layers(batch, one) for one in settings}, 11)
        for shuffles, seconds in times.items():
            ratio = f"x {seconds / times['0']:.2f}"
            table.add_row(
                f"six layers of LeNet, {kernel_size}, {shuffles} shuffles", f"{seconds * 1e3:.0f} ms", ratio, "x 10"
            )


def time_maps(table: Table) -> None:
    """One layer of 512 maps: each map, sampled pairs, all pairs; and the peers on the same entropies."""
    batch = batch_of({"conv": (N_MAPS, SIDE, SIDE)})
    maker = KernelMaker(batch, LayerSettings(kernel_size="median"))
    none = draw_orders(N, shuffles=0, seed=0)
    inputs, labels = (reference_of(one, none, ALPHA) for one in (maker.of_inputs(batch.inputs), maker.of_labels()))
    layer = maker.of_layer("conv", batch.layers["conv"])
    every = range(N_MAPS)
    times = seconds_of(
        {
            "kernels": lambda: maker.of_layer("conv", batch.layers["conv"]).of_maps(every),
            "singles": lambda: tell(layer.of_maps(every), [inputs, labels]),
            "sampled": lambda: measure_pairs(layer, [inputs], most=N_SAMPLED, seed=0),
            "measured": lambda: measure_pairs(layer, [inputs], most=N_MEASURED, seed=0),
        },
        ROUNDS,
    )
    all_pairs = times["sampled"] + (times["measured"] - times["sampled"]) / (N_MEASURED - N_SAMPLED) * (
        N_ALL_PAIRS - N_SAMPLED
    )
    table.add_row(f"kernels of {N_MAPS} maps, sizes by median", f"{times['kernels']:.2f} s", "", "")
    table.add_row(f"what each of {N_MAPS} maps tells of input and label", f"{times['singles']:.2f} s", "", "1 s")
    table.add_row(f"{N_SAMPLED} of their pairs, input", f"{times['sampled']:.2f} s", "", "3 s")
    table.add_row(f"all {N_ALL_PAIRS:,} pairs, input, from {N_MEASURED}", f"{all_pairs:.0f} s", "", "100 s")

    kernels = layer.of_maps(every)
    pairs = draw_pairs(N_MAPS, most=N_COMPARED, seed=0)
    both = kernels[pairs[:, 0]] * kernels[pairs[:, 1]]
    matrices = np.concatenate([both, both * inputs.kernel]) / N
    tensors = torch.from_numpy(matrices)
    ours, loop, repitl = "ours", "loop of numpy.linalg.eigvalsh", "repitl's way, torch"
    times = seconds_of(
        {
            repitl: lambda: by_eigenvectors(tensors),
            loop: lambda: by_loop(matrices),
            ours: lambda: entropies(matrices, ALPHA),
        },
        ROUNDS,
    )
    off = float(abs(entropies(matrices, ALPHA) - by_loop(matrices)).max())
    for name, seconds in times.items():
        table.add_row(
            f"entropies of {N_COMPARED} pairs and of these with the input, {name}",
            f"{seconds * 1e3:.0f} ms",
            f"x {seconds / times[ours]:.2f}",
            f"off by {off:.0e} nats" if name == loop else "",
        )


def steps_of(loss: torch.nn.Module, *, seed: int = 0) -> Iterator[Any]:
    """Give a small LeNet, then train it, a step each time something is asked for."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = (
        torch.rand(16 * N, 1, 28, 28, generator=generator),
        torch.randint(0, 10, (16 * N,), generator=generator),
    )
    network = build_network(
        NetworkChoice(model="lenet5", activation="relu"), image_shape=(28, 28, 1), n_labels=10, seed=0
    )
    optimiser = torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.95)
    yield network
    while True:
        for start in range(0, len(images), N):
            optimiser.zero_grad()
            loss(network(images[start : start + N]), labels[start : start + N]).backward()
            optimiser.step()
            yield None


def train(settings: LayerSettings | None) -> float:
    """Return the seconds of a training loop, observed with these settings or not at all."""
    loss = torch.nn.CrossEntropyLoss()
    steps = steps_of(loss)
    network = next(steps)
    watched: Any = nullcontext()
    if settings is not None:
        watched = observe(network, list(LENET), at=EVERY, loss=loss, settings=settings)
    start = time.process_time()
    with watched:
        for _ in range(N_STEPS):
            next(steps)
    return time.process_time() - start


def time_observing(table: Table) -> None:
    """Every fiftieth step of a LeNet, in turns."""
    every: list[tuple[str, LayerSettings | None]] = [("not observed", None)]
    for kernel_size, shuffles in (("paper", 0), ("paper", 2), ("paper", 10), ("median", 2)):
        settings = LayerSettings(kernel_size=kernel_size, shuffles=shuffles, pairs=0)
        every.append((f"{kernel_size}, {shuffles} shuffles", settings))
    taken: dict[str, list[float]] = {name: [] for name, _ in every}
    for _ in range(ROUNDS):
        for name, settings in every:
            taken[name].append(train(settings))
    times = {name: statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in times.items():
        more = f"+ {seconds / times['not observed'] - 1:.1%}"
        table.add_row(f"{N_STEPS} steps of LeNet, {name}", f"{seconds * 1e3:.0f} ms", more, "+ 10 %")


def time_layouts(table: Table) -> None:
    """Training the reference networks, the channels of a pixel together or apart: `laid_out` takes the faster."""
    training.laid_out = lambda _: nullcontext()
    rng = np.random.default_rng(0)
    for model, filters, n_steps in (
        ("lenet5", None, 30),
        ("lenet5", (20, 50), 10),
        ("alexnet", None, 10),
        ("vgg16", None, 2),
    ):
        choice = NetworkChoice(model=model, filters=filters)
        images, labels = rng.integers(0, 256, (n_steps * N, 32, 32, 3), dtype=np.uint8), np.arange(n_steps * N) % 10
        taken: dict[torch.memory_format, list[float]] = {torch.contiguous_format: [], torch.channels_last: []}
        for _ in range(LAYOUT_ROUNDS):
            for layout, seconds in taken.items():
                network = build_network(choice, image_shape=(32, 32, 3), n_labels=10, seed=0)
                network.to(memory_format=layout)
                plan = TrainingPlan(epochs=1, batch=N, rate=0.001)
                trainer = training.Trainer(network, images, labels, plan, value_range=(0.0, 255.0), work={})
                start = time.process_time()
                trainer.advance(trainer.n_steps)
                seconds.append(time.process_time() - start)
        apart, together = (statistics.median(seconds) for seconds in taken.values())
        name = f"{n_steps} steps of {model}, {choice.n_filters[0]} filters in conv1"
        table.add_row(f"{name}, channels apart", f"{apart:.2f} s", "x 1.00", "")
        table.add_row(f"{name}, together", f"{together:.2f} s", f"x {together / apart:.2f}", "")


def main() -> None:
    torch.set_num_threads(1)
    console = Console()
    for measure in (time_layers, time_maps, time_observing, time_layouts):
        table = Table("what", "time", "ratio", "goal", title=f"{N} samples, one thread")
        measure(table)
        console.print(table)


if __name__ == "__main__":
    main()
