# %% [markdown]
"""# 3. Gradient descent: repeat w = w - alpha dJ/dw.

dz = a - y, dw = 1/m sum x dz, db = 1/m sum dz: a slope for every parameter, and a step against it.
"""

# %%
import numpy as np

import descend as ds
from descend import course

# %% [markdown]
# The two examples of lesson 2. A hundred steps by hand, in NumPy.

# %%
X = np.array([[1.0, 2.0], [3.0, 4.0]])
Y = np.array([[1.0, 0.0]])
m = X.shape[1]

w, b = np.array([[1.0], [2.0]]), 2.0
for _ in range(100):
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    dZ = A - Y
    dw, db = X @ dZ.T / m, np.sum(dZ) / m
    w, b = w - 0.009 * dw, b - 0.009 * db
print(f"by hand:      w = {w.ravel()}, b = {b:.12f}")

# %% [markdown]
# The same by the network: an epoch of one full batch is a step.

# %%
neuron = ds.Network(2, [ds.Dense(1, "sigmoid", init=[[1.0, 2.0]])], dtype="float64")
layer = neuron.layers[0]
layer.b = 2.0
history = ds.train(
    neuron, X.T, Y.T, optimizer=ds.GradientDescent(0.009), epochs=100, batch_size="full", progress=False
)
print(f"by the network: w = {layer.W.ravel()}, b = {layer.b[0, 0]:.12f}")
print(f"cost {history.cost[0]:.6f} at first, {history.cost[-1]:.6f} after {len(history.cost)} steps")

# %% [markdown]
# The learning rate alpha: too small crawls, too large climbs.

# %%
lesson = course.learning_rates()
print(lesson)
lesson.plot().savefig("03_gradient_descent.png")
