"""Data sets: embedded (``load_*``) and simulated (``make_*``)."""

from rcseq.datasets._embedded import load_nfe2, load_splice

__all__ = ["load_nfe2", "load_splice"]
