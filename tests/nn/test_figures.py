"""The page that explains the layers has a figure of each."""

import re
from pathlib import Path

import rcseq.nn.layers
from rcseq.nn.layers import RCLayer

PAGE = Path(__file__).parents[2] / "docs" / "user_guide" / "symmetry.md"
WITHOUT = {"RCLayer", "TiedLayer", "RCSequential", "RCAttentionBlock"}  # abstract, or composed


def test_every_layer_has_a_figure() -> None:
    drawn = set(re.findall(r"^ +draw\((\w+)\(", PAGE.read_text("utf-8"), flags=re.MULTILINE))
    layers = {
        name
        for name in rcseq.nn.layers.__all__
        if isinstance(layer := getattr(rcseq.nn.layers, name), type) and issubclass(layer, RCLayer)
    }
    assert drawn == layers - WITHOUT
