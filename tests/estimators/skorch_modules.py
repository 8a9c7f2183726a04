"""A module and a data set as users of torch have them, and how networks are compared."""

import torch
from torch import nn


class Flat(nn.Module):
    """A module as any user of skorch has one: it knows nothing of this package."""

    def __init__(self, units=8, dropout=0.0):
        super().__init__()
        self.hidden = nn.Linear(160, units)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(units, 1)

    def forward(self, X):
        return self.output(self.dropout(torch.relu(self.hidden(X.flatten(1)))))


class Opaque(torch.utils.data.Dataset):
    """A data set that shows neither X nor y, as one that reads from a disk."""

    def __init__(self, X, y):
        self.inside = X, y

    def __len__(self):
        return len(self.inside[0])

    def __getitem__(self, index):
        return self.inside[0][index], self.inside[1][index]


def weights(net):
    return [p.detach().clone() for p in net.module_.parameters()]


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
