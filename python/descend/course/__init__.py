"""The course, on the library's own numbers.

Each function measures something and gives back a result: its attributes are the data, `print` tells what
came out, `plot` draws it. `models` are the course's exercises, `why` its reasons, `vectorization` its speed.
"""

from descend.course.broadcasting import (
    Broadcast,
    Broadcasting,
    RankOne,
    broadcast,
    broadcasting,
    rank_1,
)
from descend.course.models.cats import (
    CatClassifier,
    Verdict,
    cat_deep,
    cat_logistic,
    cat_two_layer,
)
from descend.course.models.flower import Flower, FlowerBySize, flower, planar_flower, planar_flower_by_size
from descend.course.models.houses import (
    PriceByFeatures,
    PriceBySize,
    houses,
    price_by_features,
    price_by_size,
)
from descend.course.models.two_forms import TwoForms, cat_logistic_two_forms
from descend.course.pictures import Pictures
from descend.course.result import Result
from descend.course.vectorization import Vectorization, vectorization
from descend.course.why.activations import Activations, activations
from descend.course.why.amount_of_data import AmountOfData, amount_of_data
from descend.course.why.initialisation import Initialisation, initialisation
from descend.course.why.learning_rates import LearningRates, learning_rates
from descend.course.why.linearity import Linearity, linearity
from descend.course.why.saturation import Saturation, saturation
from descend.course.why.sizes import Sizes, sizes
from descend.course.why.surfaces import Surfaces, surfaces

__all__ = [
    "Activations",
    "AmountOfData",
    "Broadcast",
    "Broadcasting",
    "CatClassifier",
    "Flower",
    "FlowerBySize",
    "Initialisation",
    "LearningRates",
    "Linearity",
    "Pictures",
    "PriceByFeatures",
    "PriceBySize",
    "RankOne",
    "Result",
    "Saturation",
    "Sizes",
    "Surfaces",
    "TwoForms",
    "Vectorization",
    "Verdict",
    "activations",
    "amount_of_data",
    "broadcast",
    "broadcasting",
    "cat_deep",
    "cat_logistic",
    "cat_logistic_two_forms",
    "cat_two_layer",
    "flower",
    "houses",
    "initialisation",
    "learning_rates",
    "linearity",
    "planar_flower",
    "planar_flower_by_size",
    "price_by_features",
    "price_by_size",
    "rank_1",
    "saturation",
    "sizes",
    "surfaces",
    "vectorization",
]
