# %% [markdown]
"""# 1. One neuron: the price of a house.

A neuron takes its inputs, weighs and adds them up, and applies a function: a = g(w x + b). With one input,
the size of a house, and g linear or relu, it predicts a price. Supervised learning is finding w and b from
examples (x, y), here 47 houses sold in Portland, Oregon.
"""

# %%
import numpy as np

import descend as ds
from descend import course

X, y = course.houses()
print(f"m = {len(y)} examples, n_x = {X.shape[1]} features; the first: {X[0]} -> {y[0]:,.0f} dollars")

# %% [markdown]
# The neuron with weights that somebody chose, and what it says of a house of 2000 square feet. A row is an
# example.

# %%
neuron = ds.Network(1, [ds.Dense(1, "relu")], dtype="float64")
layer = neuron.layers[0]
layer.W, layer.b = 150.0, 50_000.0
print(f"relu(150 * 2000 + 50000) = {neuron.predict([[2000.0]])[0, 0]:,.0f}")

# %% [markdown]
# The weights that fit the 47 houses best, found by gradient descent; they are those of least squares.

# %%
lesson = course.price_by_size()
print(lesson)
print("least squares:", np.polyfit(X[:, 0], y, 1))
lesson.plot().savefig("01_one_neuron.png")

# %% [markdown]
# A second feature, the bedrooms, and a hidden layer: more neurons, each a function of all inputs. Of 47
# houses it learns no better than the one neuron does; judge by houses that it has not seen.

# %%
several = course.price_by_features()
print(several)
several.plot().savefig("01_several_features.png")
