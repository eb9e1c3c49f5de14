# fails test_model: the columns are made from both tables outside the model, so the model alone cannot read a flight.
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CATEGORIES = ["carrier", "origin", "dest", "hour"]
NUMBERS = ["distance", "temp", "wind_speed", "precip", "visib", "pressure"]


def model():
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=500))


def probabilities(train, test):
    both = pd.get_dummies(pd.concat([train, test])[CATEGORIES + NUMBERS], columns=CATEGORIES, dtype=float)
    fitted = model().fit(both.iloc[: len(train)], train["is_late"])
    return fitted.predict_proba(both.iloc[len(train) :])[:, 1]
