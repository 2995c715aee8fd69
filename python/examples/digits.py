"""Handwritten digits: a softmax network with early stopping, saved and loaded again."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import descend as ds

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.2, stratify=y, random_state=0)

network = ds.Network(64, [ds.Dense(64, "relu", dropout=0.1), ds.Dense(10, "softmax")], seed=0)
history = ds.train(
    network,
    X_train,
    y_train,
    optimizer=ds.Adam(learning_rate=2e-3),
    epochs=100,
    batch_size=32,
    validation=0.1,
    metrics=("accuracy",),
    callbacks=[ds.EarlyStopping(patience=10)],
    seed=0,
)
ds.save(network, "digits.safetensors")

again = ds.load("digits.safetensors")
accuracy = np.mean(again.predict(X_test).argmax(axis=1) == y_test)
print(network)
print(f"{len(history.cost)} epochs, cost {history.cost[-1]:.4f}, test accuracy {accuracy:.1%}")
