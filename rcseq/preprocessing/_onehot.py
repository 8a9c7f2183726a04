"""One-hot encoding of DNA."""

import warnings
from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from rcseq import alphabet
from rcseq.preprocessing._base import SequenceTransformer
from rcseq.sequences import FlatCodes, LazyEncoding, Sequences, Windows, window_starts

Align = Literal["center", "left", "right"]
Ambiguous = Literal["zeros", "fractions", "error"]
Output = Literal["onehot", "codes"]
Longer = Literal["warn", "raise", "crop", "scan"]

_CACHED = 2**18  # bytes of the result that are aligned at once, so that they stay in the cache
_HELD = 2**26  # bytes of codes from which on rows are read when they are asked for


class DNAOneHotEncoder(  # type: ignore[call-arg]  # scikit-learn, untyped, takes the keyword
    SequenceTransformer, auto_wrap_output_keys=None
):
    """Encode DNA as arrays of shape ``(n, 4, L)``, channels in the order A C G T.

    In that order the reverse complement of an encoded array is ``x[:, ::-1, ::-1]``. With the
    default ``align="center"`` the encoding keeps to it exactly for strings of any length:
    ``encode(reverse_complement(s)) == encode(s)[:, ::-1, ::-1]``, so that a model which cannot
    tell the strands of an array apart cannot tell the strands of a string apart either. Where an
    odd number of positions is to be padded or cropped, the sequence itself says which side gets
    one more: it is a different side for the two strands. (A palindrome, both of whose strands are
    the same string, then has one encoding for both.)

    Parameters
    ----------
    length : int, default=None
        Positions of the result. Shorter sequences are padded with zeros; see `longer` for longer
        ones. None learns the length of the longest sequence in :meth:`fit`.
    align : {"center", "left", "right"}, default="center"
        The part of the result, or of the sequence, that padding and cropping leave in place.
        ``"left"`` and ``"right"`` anchor a sequence at its first or last base; on sequences that
        are not `length` long the two strands are then encoded differently.
    ambiguous : {"zeros", "fractions", "error"}, default="zeros"
        What becomes of the IUPAC codes: all zeros; their share, half A and half G for R (N stays
        zero); or an error.
    output : {"onehot", "codes"}, default="onehot"
        ``"codes"`` gives one byte a base, ``(n, L)``, a quarter of the memory. The estimators of
        this package take it as it is and expand it batch by batch, on the device.
    dtype : str or dtype, default="uint8"
        Type of the one-hot array; ``ambiguous="fractions"`` needs a floating-point one.
    longer : {"warn", "raise", "crop", "scan"}, default="warn"
        What becomes of a sequence that is longer than `length_`:

        - ``"warn"`` crops it, by `align`, with one warning that says how many bases are not read.
          There is no warning where :meth:`fit` has seen a sequence as long: the given `length`
          cropped it there too.
        - ``"raise"`` refuses it.
        - ``"crop"`` crops it without a word.
        - ``"scan"`` cuts it into windows of `length_` that overlap by half or more, on which
          :class:`~rcseq.SequenceClassifier` and :class:`~rcseq.SequenceRegressor` predict. Their
          answer for the sequence is the largest logit of each output (for more than two classes the
          largest probability of each class, scaled to a sum of one), or the mean of a regressor's
          values. Training sequences must fit into one window.

    Attributes
    ----------
    length_ : int
        Positions of the result.
    longest_ : int
        Bases of the longest sequence seen in :meth:`fit`.
    n_features_in_ : int
        Columns seen in :meth:`fit`, where it was given an array of base codes.

    Notes
    -----
    Input is a list, array or Series of `str`, :class:`Bio.Seq.Seq` or
    :class:`Bio.SeqRecord.SeqRecord`, in any case, with U read as T; or an ``(n, L)`` array of base
    codes, as ``output="codes"`` gives it.

    Examples
    --------
    >>> from rcseq.preprocessing import DNAOneHotEncoder
    >>> encoder = DNAOneHotEncoder().fit(["ACGTT", "ggnu"])
    >>> encoder.transform(["ACGTT"])
    array([[[1, 0, 0, 0, 0],
            [0, 1, 0, 0, 0],
            [0, 0, 1, 0, 0],
            [0, 0, 0, 1, 1]]], dtype=uint8)
    >>> encoder.inverse_transform(encoder.transform(["ggnu"]))
    array(['NGGNT'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "length": [Interval(Integral, 1, None, closed="left"), None],
        "align": [StrOptions(set(get_args(Align)))],
        "ambiguous": [StrOptions(set(get_args(Ambiguous)))],
        "output": [StrOptions(set(get_args(Output)))],
        "dtype": "no_validation",
        "longer": [StrOptions(set(get_args(Longer)))],
    }

    def __init__(
        self,
        length: int | None = None,
        align: Align = "center",
        ambiguous: Ambiguous = "zeros",
        output: Output = "onehot",
        dtype: npt.DTypeLike = "uint8",
        longer: Longer = "warn",
    ) -> None:
        self.length = length
        self.align = align
        self.ambiguous = ambiguous
        self.output = output
        self.dtype = dtype
        self.longer = longer

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the length.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)
        y : None
            Ignored.

        Returns
        -------
        self : DNAOneHotEncoder

        Raises
        ------
        ValueError
            If a parameter is out of its range, or a sequence is empty or holds another letter than
            the IUPAC codes; the message names the parameter, or the sequence and the letter. Also
            for a sequence longer than `length`, with ``longer="raise"`` or ``"scan"``.
        """
        longest = self._longest(X)
        if self.ambiguous == "fractions" and self.output == "onehot":
            _refuse_rounding(self.dtype)
        length = longest if self.length is None else int(self.length)
        if longest > length and self.longer in ("raise", "scan"):
            raise ValueError(
                f"the longest sequence has {longest} bases, but length={length}; to fit with "
                f"longer={self.longer!r}, pass sequences of at most {length} bases, or leave out "
                "length"
            )
        self.length_, self.longest_ = length, longest
        return self

    def transform(self, X: Any) -> Any:
        """Encode sequences.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)

        Returns
        -------
        encoded : ndarray of shape (n_samples, 4, length), or (n_samples, length) of uint8 codes
            With ``longer="scan"``, where a sequence is longer, a
            :class:`~rcseq.sequences.Windows`. Of regions of a genome and of memory-mapped codes,
            from 64 MB of codes upwards, a :class:`~rcseq.sequences.LazyEncoding`, whose rows are
            read and encoded when they are asked for (not with ``ambiguous="error"``).

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If called before :meth:`fit`.
        ValueError
            As in :meth:`fit`; with ``ambiguous="error"`` also for a base that is not A, C, G or T,
            and with ``longer="raise"`` for a sequence longer than `length_`.
        """
        check_is_fitted(self)
        if self._stays_lazy(X):
            return self._lazily(X)
        sequences = self._read(X, reset=False)
        if self.ambiguous == "error":
            _refuse_ambiguous(sequences)
        if self.ambiguous == "fractions" and self.output == "onehot":
            _refuse_rounding(self.dtype)
        windows = None
        lengths = np.diff(sequences.offsets)
        if (lengths > self.length_).any():
            if self.longer == "scan":
                sequences, windows = _cut(sequences, self.length_)
            else:
                self._say_cropped(lengths)
        codes = _encode(sequences, self.length_, self.align, self.ambiguous)
        if windows is not None:
            return Windows(codes, windows)
        return codes if self.output == "codes" else _expand(codes, np.dtype(self.dtype))

    def _stays_lazy(self, X: Any) -> bool:
        """Return whether rows are encoded when asked for: of more than fits beside the rest."""
        if not (isinstance(X, Sequences) and X.is_lazy and len(X)) or self.ambiguous == "error":
            return False
        if len(X) * self.length_ < _HELD:  # read once, not in every epoch
            return False
        return self.longer != "scan" or int(X.lengths.max()) <= self.length_

    def _lazily(self, X: Sequences) -> LazyEncoding:
        self._validate_params()
        lengths = X.lengths
        if (lengths > self.length_).any():
            self._say_cropped(lengths)
        encode = partial(_encode, length=self.length_, align=self.align, ambiguous=self.ambiguous)
        if self.output == "codes":
            return LazyEncoding(X, self.length_, encode)
        if self.ambiguous == "fractions":
            _refuse_rounding(self.dtype)
        return LazyEncoding(X, self.length_, encode, partial(_expand, dtype=np.dtype(self.dtype)))

    def _say_cropped(self, lengths: npt.NDArray[np.intp]) -> None:
        """Refuse sequences that are too long, or warn that they are cropped."""
        longer = lengths > self.length_
        which = (
            f"{longer.sum()} of {len(lengths)} sequences are longer than the {self.length_} bases "
            f"that the encoder reads (the first is sequence {longer.argmax()} with "
            f"{lengths[longer.argmax()]})"
        )
        if self.longer == "raise":
            raise ValueError(
                f"{which}; pass shorter ones, or set longer='scan' to predict on windows of them"
            )
        if self.longer == "warn" and lengths.max() > self.longest_:
            part = "middle" if self.align == "center" else f"{self.align} end"
            lost = int((lengths - self.length_)[longer].sum())
            warnings.warn(
                f"{which}; they are cropped to their {part}, and {lost} of {lengths.sum()} bases "
                "are not read. Set longer='scan' to read all of them, 'raise' to refuse them, or "
                "'crop' to crop them without this warning.",
                UserWarning,
                stacklevel=3,
            )

    def inverse_transform(self, X: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """Strings from encoded sequences.

        Parameters
        ----------
        X : array of shape (n_samples, 4, length) or (n_samples, length)
            One-hot or codes, as :meth:`transform` gives them.

        Returns
        -------
        sequences : ndarray of str, shape (n_samples,)
            An all-zero position is N: padding cannot be told from an unknown base.

        Raises
        ------
        ValueError
            If `X` has another shape, or a position that is the encoding of no base.
        """
        X = np.asarray(X)
        if X.ndim == 3 and X.shape[1] == 4:
            X = alphabet.collapse(X)
        elif X.ndim != 2:
            raise ValueError(
                f"X has the shape {X.shape}; (n, 4, L) for one-hot or (n, L) for codes is needed"
            )
        return np.array([alphabet.decode(codes) for codes in X], dtype=object)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names of the features: ``"A0"`` is base A at position 0.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str, shape (4 * length,) or (length,)
            In the order of ``transform(X).reshape(n, -1)``.
        """
        check_is_fitted(self)
        prefixes = alphabet.NUCLEOTIDES if self.output == "onehot" else ["position"]
        return np.array([f"{p}{i}" for p in prefixes for i in range(self.length_)], dtype=object)

    def set_output(self, *, transform: Literal["default"] | None = None) -> Self:
        """Keep arrays as output; a data frame cannot hold ``(n, 4, L)``.

        Parameters
        ----------
        transform : {"default", None}

        Returns
        -------
        self : DNAOneHotEncoder

        Raises
        ------
        ValueError
            If a data frame is asked for.
        """
        if transform not in (None, "default"):
            raise ValueError(
                f"DNAOneHotEncoder cannot give {transform!r} output, for its arrays have three "
                "axes and a data frame has two; use set_output on the other steps"
            )
        return self


def _refuse_rounding(dtype: npt.DTypeLike) -> None:
    if not np.issubdtype(np.dtype(dtype), np.floating):
        raise ValueError(
            f"ambiguous='fractions' with dtype={dtype!r} would round the fractions to zero; "
            "set dtype='float32'"
        )


def _refuse_ambiguous(sequences: FlatCodes) -> None:
    ambiguous = sequences.codes >= alphabet.N_CODE
    if ambiguous.any():
        where = int(ambiguous.argmax())
        index = int(np.searchsorted(sequences.offsets, where, side="right")) - 1
        raise ValueError(
            f"sequence {index} has {alphabet.LETTERS[sequences.codes[where]]!r} at position "
            f"{where - sequences.offsets[index]} (from 0); ambiguous='error' refuses it, "
            "'zeros' and 'fractions' would take it"
        )


def _encode(
    sequences: FlatCodes, length: int, align: Align, ambiguous: Ambiguous
) -> alphabet.Codes:
    """Make codes of one length, with what is left of the ambiguous ones."""
    codes = _align(sequences, length, align)
    if ambiguous == "zeros" and codes.max() > alphabet.N_CODE:
        codes = np.minimum(codes, alphabet.N_CODE)  # not in place: it may be the input itself
    return codes


def _align(sequences: FlatCodes, length: int, align: Align) -> alphabet.Codes:
    """Pad with N and crop to `length`; returns codes ``(n, length)``, a view where all have it."""
    codes, offsets = sequences
    lengths = np.diff(offsets)
    missing = length - lengths
    if not missing.any():
        return codes.reshape(-1, length)
    if align == "left":
        left = np.zeros_like(missing)
    elif align == "right":
        left = missing
    else:
        # An odd remainder cannot be split evenly. Of the two strands the one that comes later in
        # the order of the codes has the odd position on the left, the other on the right.
        left = missing // 2
        odd = np.flatnonzero(missing % 2)
        left[odd] += _comes_later(codes, offsets[odd], offsets[odd + 1])
    right = missing - left
    # Runs to leave, to keep and to leave again: in the result where it is padded, in the sequences
    # where they are cropped. What is kept is as long in both.
    keep = lengths + np.minimum(left, 0) + np.minimum(right, 0)
    pad = np.stack([np.maximum(left, 0), keep, np.maximum(right, 0)], axis=1)
    crop = np.stack([np.maximum(-left, 0), keep, np.maximum(-right, 0)], axis=1)
    out = np.full((len(missing), length), alphabet.N_CODE, np.uint8)
    rows = max(1, _CACHED // length)
    for first in range(0, len(out), rows):
        part = slice(first, first + rows)
        kept = codes[offsets[first] : offsets[min(first + rows, len(out))]]
        if crop[part, ::2].any():
            kept = kept[_runs(crop[part])]
        out[part].reshape(-1)[_runs(pad[part])] = kept
    return out


def _cut(sequences: FlatCodes, length: int) -> tuple[FlatCodes, npt.NDArray[np.intp]]:
    """Cut sequences into windows; returns them, and the first window of each sequence and the end.

    A sequence that is shorter than a window is a window of its own.
    """
    starts = [window_starts(size, length) for size in sequences.lengths.tolist()]
    counts = np.array([len(part) for part in starts])
    sizes = np.repeat(np.minimum(sequences.lengths, length), counts)
    first = np.concatenate(starts) + np.repeat(sequences.offsets[:-1], counts)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    index = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], sizes)
    return FlatCodes(sequences.codes[index], offsets), np.concatenate([[0], np.cumsum(counts)])


def _runs(lengths: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return a mask with runs of False, True and False of these lengths, ``(n, 3)``."""
    return np.repeat(np.tile([False, True, False], len(lengths)), lengths.ravel())


def _comes_later(
    codes: alphabet.Codes, starts: npt.NDArray[np.intp], stops: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Whether a sequence comes after its reverse complement in the order of the codes."""
    later = np.zeros(len(starts), bool)
    open_ = np.arange(len(starts))
    first, last = starts, stops - 1
    # Base by base from both ends; three quarters of the sequences are decided by each.
    while len(open_):
        forward, backward = codes[first], alphabet.COMPLEMENT_CODES[codes[last]]
        later[open_] = backward < forward
        more = (forward == backward) & (first < last)
        open_, first, last = open_[more], first[more] + 1, last[more] - 1
    return later


def _expand(codes: alphabet.Codes, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    out = np.empty((codes.shape[0], 4, codes.shape[1]), dtype)
    if codes.max(initial=0) > alphabet.N_CODE:
        for channel in range(4):
            out[:, channel] = alphabet.ONE_HOT[:, channel].astype(dtype)[codes]
    else:
        # A comparison writes bytes at the speed of memory where it need not convert them.
        target = out.view(bool) if dtype == np.uint8 else out
        np.equal(codes[:, None], np.arange(4, dtype=np.uint8)[:, None], out=target)
    return out
