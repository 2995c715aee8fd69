# %% [markdown]
"""# 2. Logistic regression: from a score to a probability, and what an error costs.

z = w^T x + b, a = sigmoid(z), L(a, y) = -(y log a + (1 - y) log(1 - a)), J = 1/m sum L.
"""

# %%
import numpy as np

import descend as ds
from descend import blocks, course

# %% [markdown]
# The sigmoid, of a number and of a vector.

# %%
s, _ = blocks.activation_forward([[1.0, 2.0, 3.0]], "sigmoid")
print("sigmoid of 1, 2, 3:", s)

# %% [markdown]
# Two examples with two features each, as columns of X, and weights that are not zero. One unit with a
# sigmoid is logistic regression. `cost_and_gradient` takes rows, X.T: the same bytes.

# %%
X = np.array([[1.0, 2.0], [3.0, 4.0]])
Y = np.array([[1.0, 0.0]])

neuron = ds.Network(2, [ds.Dense(1, "sigmoid", init=[[1.0, 2.0]])], dtype="float64")
neuron.layers[0].b = 2.0
cost, gradient = neuron.cost_and_gradient(X.T, Y.T)
dw, db = gradient[:2], gradient[2]
print(f"J = {cost:.12f}, dw = {dw}, db = {db:.12f}")

# %% [markdown]
# The loss of one example by its probability: a confident mistake costs without bound.

# %%
for a in (0.99, 0.9, 0.5, 0.1, 0.01):
    print(f"a = {a:4}: L(a, 1) = {-np.log(a):.4f}   L(a, 0) = {-np.log(1 - a):.4f}")

# %% [markdown]
# Why not squared error, 1/2 (a - y)^2? Because J would have several valleys and plateaus, and gradient
# descent ends in whichever it starts above. With cross-entropy J is one bowl.

# %%
lesson = course.surfaces()
print(lesson)
lesson.plot().savefig("02_logistic_regression.png")
