"""Transformers from sequences to numbers."""

from rcseq.preprocessing._kmer import KmerVectorizer
from rcseq.preprocessing._onehot import DNAOneHotEncoder

__all__ = ["DNAOneHotEncoder", "KmerVectorizer"]
