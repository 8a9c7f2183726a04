"""The classes and functions that a model file may name. Nothing else is imported or called.

A class belongs here if building it from hostile parameters, and setting hostile attributes on it,
can neither run code, open a file, nor crash the process. That leaves out whatever predicts in
compiled code from arrays that it does not check (trees, nearest neighbours, kernel machines), and
callbacks that read or write files.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["ALLOWED", "PRIVATE_STATE", "name_of", "named"]

ALLOWED: dict[str, frozenset[str]] = {
    module: frozenset(names.split())
    for module, names in {
        "rcseq.preprocessing": "DNAOneHotEncoder GappedKmerVectorizer KmerVectorizer MotifScorer",
        "rcseq.estimators": """PosthocConjoined PredefinedValidation SequenceClassifier
            SequenceEnsembleClassifier SequenceEnsembleRegressor SequenceRegressor""",
        "rcseq.model_selection": "ChromosomeKFold ChromosomeSplit SequenceFamilyKFold",
        "rcseq.nn": """ConvNet DilatedConvNet ParallelConvNet ProfileLoss ShrikumarNet ZhouChipNet
            ZhouSimulationNet""",
        "rcseq.strategies": "Strategy",
        "skorch.dataset": "ValidSplit",
        "skorch.callbacks": """BatchScoring EarlyStopping EpochScoring EpochTimer Freezer
            GradientNormClipping LRScheduler PassthroughScoring PrintLog ProgressBar
            WarmRestartLR""",
        "torch.nn": """BCEWithLogitsLoss CrossEntropyLoss HuberLoss KLDivLoss L1Loss MSELoss
            MultiLabelSoftMarginLoss NLLLoss PoissonNLLLoss SmoothL1Loss BCELoss
            CELU ELU GELU Hardswish Identity LeakyReLU Mish ReLU SELU SiLU Sigmoid Softplus Tanh""",
        "torch.optim": """ASGD Adadelta Adagrad Adam AdamW Adamax NAdam RAdam RMSprop Rprop SGD""",
        "torch.optim.lr_scheduler": """ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts
            CyclicLR ExponentialLR LinearLR MultiStepLR OneCycleLR PolynomialLR ReduceLROnPlateau
            StepLR""",
        "torch.utils.data": "DataLoader",
        "sklearn.calibration": """CalibratedClassifierCV _CalibratedClassifier
            _SigmoidCalibration""",
        "sklearn.compose": "TransformedTargetRegressor",
        "sklearn.decomposition": "PCA TruncatedSVD",
        "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis",
        "sklearn.dummy": "DummyClassifier DummyRegressor",
        "sklearn.ensemble": """BaggingClassifier BaggingRegressor StackingClassifier
            StackingRegressor VotingClassifier VotingRegressor""",
        "sklearn.feature_extraction.text": "CountVectorizer TfidfTransformer TfidfVectorizer",
        "sklearn.feature_selection": """SelectFromModel SelectKBest SelectPercentile
            VarianceThreshold chi2 f_classif f_regression""",
        "sklearn.frozen": "FrozenEstimator",
        "sklearn.isotonic": "IsotonicRegression",
        "sklearn.linear_model": """BayesianRidge ElasticNet ElasticNetCV HuberRegressor Lasso
            LassoCV LinearRegression LogisticRegression LogisticRegressionCV Perceptron Ridge
            RidgeCV RidgeClassifier RidgeClassifierCV SGDClassifier SGDRegressor""",
        "sklearn.model_selection": """FixedThresholdClassifier GridSearchCV GroupKFold
            GroupShuffleSplit KFold RandomizedSearchCV ShuffleSplit StratifiedGroupKFold
            StratifiedKFold StratifiedShuffleSplit""",
        "sklearn.multiclass": "OneVsRestClassifier _ConstantPredictor",
        "sklearn.multioutput": "MultiOutputClassifier MultiOutputRegressor",
        "sklearn.naive_bayes": "BernoulliNB ComplementNB GaussianNB MultinomialNB",
        "sklearn.pipeline": "FeatureUnion Pipeline",
        "sklearn.preprocessing": """Binarizer FunctionTransformer LabelBinarizer LabelEncoder
            MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer RobustScaler
            StandardScaler""",
        "sklearn.svm": "LinearSVC LinearSVR",
        "numpy": "abs cbrt exp exp2 expm1 log log10 log1p log2 sqrt square",
    }.items()
}

# Attributes without an underscore at their end that predictions need.
PRIVATE_STATE: dict[str, frozenset[str]] = {
    "sklearn.discriminant_analysis:LinearDiscriminantAnalysis": frozenset({"_max_components"}),
    "sklearn.dummy:DummyClassifier": frozenset({"_strategy"}),
    "sklearn.linear_model:RidgeClassifier": frozenset({"_label_binarizer"}),
    "sklearn.linear_model:RidgeClassifierCV": frozenset({"_label_binarizer"}),
    "sklearn.compose:TransformedTargetRegressor": frozenset({"_training_dim"}),
    "sklearn.ensemble:BaggingClassifier": frozenset({"_max_features", "_n_samples", "_seeds"}),
    "sklearn.ensemble:BaggingRegressor": frozenset({"_max_features", "_n_samples", "_seeds"}),
    "sklearn.ensemble:StackingClassifier": frozenset({"_label_encoder"}),
    "sklearn.feature_extraction.text:TfidfVectorizer": frozenset({"_tfidf"}),
    "sklearn.preprocessing:PowerTransformer": frozenset({"_scaler"}),
}


def name_of(value: Any) -> str | None:
    """Return the name by which the list knows a class or function, or None."""
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        name = {"absolute": "abs"}.get(name, name)
        for module, names in ALLOWED.items():
            if name in names and getattr(import_module(module), name, None) is value:
                return f"{module}:{name}"
    return None


def named(name: Any) -> Any:
    """Import what the list knows by a name; None if it does not know it."""
    module, _, attribute = name.partition(":") if isinstance(name, str) else ("", "", "")
    return (
        getattr(import_module(module), attribute) if attribute in ALLOWED.get(module, ()) else None
    )
