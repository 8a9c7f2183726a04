"""Transformers from sequences to numbers."""

from rcseq.preprocessing._embedding import EmbeddingTransformer
from rcseq.preprocessing._gapped_kmer import GappedKmerVectorizer
from rcseq.preprocessing._kmer import KmerVectorizer
from rcseq.preprocessing._motif import MotifScorer
from rcseq.preprocessing._onehot import DNAOneHotEncoder

__all__ = [
    "DNAOneHotEncoder",
    "EmbeddingTransformer",
    "GappedKmerVectorizer",
    "KmerVectorizer",
    "MotifScorer",
]
