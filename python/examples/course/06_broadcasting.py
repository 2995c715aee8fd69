# %% [markdown]
"""# 6. Broadcasting, and arrays of rank 1.

NumPy repeats a row (1, n) down, and a column (m, 1) across, to meet a matrix (m, n). It is how b[l], of
shape (n[l], 1), is added to every column of W[l] A[l-1].
"""

# %%
import numpy as np
from matplotlib import pyplot

import descend as ds
from descend import blocks

# %% [markdown]
# Calories from carbohydrates, protein and fat in 100 g of four foods: each column's shares in per cent.

# %%
foods = ["apples", "beef", "eggs", "potatoes"]
A = np.array([[56.0, 0.0, 4.4, 68.0], [1.2, 104.0, 52.0, 8.0], [1.8, 135.0, 99.0, 0.9]])
cal = A.sum(axis=0)
percentage = 100 * A / cal.reshape(1, 4)
print("sum down the columns (axis 0):", cal)
print("sum along the rows (axis 1):  ", A.sum(axis=1))
print(percentage.round(3))

# %%
figure, axes = pyplot.subplots()
bottom = np.zeros(4)
for name, share in zip(["carbohydrates", "protein", "fat"], percentage, strict=True):
    axes.bar(foods, share, bottom=bottom, label=name)
    bottom += share
axes.set_ylabel("share of calories (%)")
axes.legend()
figure.savefig("06_broadcasting.png")

# %% [markdown]
# (m, n) with (1, n), and with (m, 1).

# %%
M = np.array([[1, 2, 3], [4, 5, 6]])
print(M + np.array([[100, 200, 300]]))
print(M + np.array([[100], [200]]))

# %% [markdown]
# A rank-1 array, of shape (5,), is neither a row nor a column: its transpose is itself, and a times a^T is
# one number. Give shapes that say what is meant. Where a matrix is needed, descend does not guess.

# %%
a = np.random.default_rng(0).normal(size=5)
print(a.shape, a.T.shape, (a @ a.T).shape)
column = a.reshape(5, 1)
print(column.shape, column.T.shape, (column @ column.T).shape)

network = ds.Network(5, [ds.Dense(1, "sigmoid")])
refused = []
for what, attempt in {
    "predict": lambda: network.predict(a),
    "linear_forward": lambda: blocks.linear_forward(a, np.ones((1, 5)), np.zeros((1, 1))),
}.items():
    try:
        attempt()
    except ValueError as error:
        refused.append(what)
        print(f"{what}: {error}")
