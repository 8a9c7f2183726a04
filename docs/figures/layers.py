"""Figures of the layers for the user guide, drawn from what the layers compute.

Each is a square of maps with channels as rows and positions as columns: above, an input and what
the layer makes of it; below, the same for the reverse complement. The lower right map must be the
reverse complement of the upper right one, and `draw` raises an error if it is not.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rcseq.nn import DNA, FieldType, RCConv1d

COLOURS = {"forward": "#0b5394", "reverse": "#b45f06", "a": "#38761d", "b": "#741b47"}


def sequence(text: str = "GATTACAAGC") -> torch.Tensor:
    """One-hot DNA of shape (1, 4, L)."""
    return torch.eye(4)[["ACGT".index(base) for base in text]].T[None]


def maps(field_type: str, length: int = 8) -> torch.Tensor:
    """Random feature maps of a type, the same in every figure."""
    torch.manual_seed(0)
    return torch.randn(1, FieldType(field_type).size, length)


def channel_names(field_type: FieldType) -> list[tuple[str, str]]:
    """Name and colour of each channel."""
    names: list[tuple[str, str]] = []
    for kind, count in field_type.blocks:
        if kind == "kmer":
            words = [""]
            for _ in range(count):
                words = [word + base for word in words for base in "ACGT"]
            names += [(word, "black") for word in words]
        elif kind == "reg":
            names += [(f"f{i + 1}", COLOURS["forward"]) for i in range(count)]
            names += [(f"rc f{i + 1}", COLOURS["reverse"]) for i in range(count)]
        else:
            names += [(f"{kind}{i + 1}", COLOURS[kind]) for i in range(count)]
    return names


def draw_map(axes, values: torch.Tensor, field_type: FieldType, title: str, scale: float) -> None:
    """Draw one map, (C, L) or (C,), as a grid of cells."""
    grid = values.detach().reshape(values.shape[0], -1).numpy()
    axes.imshow(grid, cmap="RdBu_r", vmin=-scale, vmax=scale, aspect="auto")
    axes.set_xticks(np.arange(grid.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(grid.shape[0] + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="both", length=0)
    axes.set_xticks([])
    axes.set_yticks(range(grid.shape[0]))
    names, colours = zip(*channel_names(field_type), strict=True)
    labels = axes.set_yticklabels(names, fontsize=8 if len(names) < 10 else 5)
    for label, colour in zip(labels, colours, strict=True):
        label.set_color(colour)
    axes.set_title(title, fontsize=9)


def draw(layer: nn.Module, x: torch.Tensor) -> None:
    """Draw the square of a layer."""
    act_in, act_out = layer.in_type.act, layer.out_type.act
    torch.manual_seed(1)
    y = layer(x)
    torch.manual_seed(1)
    other = layer(act_in(x))
    torch.testing.assert_close(other, act_out(y), rtol=0, atol=1e-5)

    figure, axes = plt.subplots(
        3,
        3,
        figsize=(7.5, 4),
        layout="constrained",
        width_ratios=(1, 0.12, 1),
        height_ratios=(1, 0.12, 1),
    )
    figure.suptitle(repr(layer).split("\n")[0].rstrip("("), fontsize=10, family="monospace")
    scales = [max(1e-6, tensor.abs().max().item()) for tensor in (x, y)]
    for row, values, result, what in [(0, x, y, ""), (2, act_in(x), other, "reverse complement: ")]:
        draw_map(axes[row, 0], values[0], layer.in_type, f"{what}input", scales[0])
        draw_map(axes[row, 2], result[0], layer.out_type, f"{what}output", scales[1])
        draw_arrow(axes[row, 1], "->", (0, 0.5), (1, 0.5))
    for column in (0, 2):
        draw_arrow(axes[1, column], "<->", (0.5, -0.2), (0.5, 1.2))
    axes[1, 1].axis("off")


def draw_arrow(axes, style: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Fill an empty field of the grid with an arrow."""
    axes.axis("off")
    arrow = {"arrowstyle": style, "color": "0.4"}
    axes.annotate("", end, start, arrowprops=arrow, annotation_clip=False)


def kernel_law() -> None:
    """Draw the kernel that two learned filters make."""
    torch.manual_seed(3)
    conv = RCConv1d(DNA, 2, 5)
    kernel = conv.expanded_weight().detach()
    scale = kernel.abs().max().item()
    figure, axes = plt.subplots(1, 4, figsize=(8, 2), layout="constrained")
    for axis, values, (name, colour) in zip(
        axes, kernel, channel_names(conv.out_type), strict=True
    ):
        draw_map(axis, values, DNA, name, scale)
        axis.title.set_color(colour)
    figure.suptitle("the kernel of RCConv1d(DNA -> 2reg, kernel_size=5)", fontsize=10)


def field_types() -> None:
    """Draw a map with each kind of channel, and its reverse complement."""
    field_type = FieldType("2reg+1a+1b")
    x = maps("2reg+1a+1b")
    _, axes = plt.subplots(
        1, 3, figsize=(7.5, 2.6), layout="constrained", width_ratios=(1, 0.12, 1)
    )
    scale = x.abs().max().item()
    draw_map(axes[0], x[0], field_type, "a map of the type 2reg+1a+1b", scale)
    draw_map(axes[2], field_type.act(x)[0], field_type, "its reverse complement", scale)
    draw_arrow(axes[1], "<->", (0, 0.5), (1, 0.5))
