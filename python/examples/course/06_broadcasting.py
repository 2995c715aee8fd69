# %% [markdown]
"""# 6. Broadcasting, and arrays of rank 1.

NumPy repeats a row (1, n) down, and a column (m, 1) across, to meet a matrix (m, n). It is how b[l], of
shape (n[l], 1), is added to every column of W[l] A[l-1].
"""

# %%
import numpy as np

from descend import course

# %% [markdown]
# Calories from carbohydrates, protein and fat in 100 g of four foods: what share of each food's comes from
# each?

# %%
A = np.array([[56.0, 0.0, 4.4, 68.0], [1.2, 104.0, 52.0, 8.0], [1.8, 135.0, 99.0, 0.9]])
cal = A.sum(axis=0)
percentage = 100 * A / cal.reshape(1, 4)
print(percentage)

# %% [markdown]
# The same, step by step: sums over axis 0 and axis 1, and a row, a column and a number that meet a matrix.

# %%
lesson = course.broadcasting()
print(lesson)
lesson.plot().savefig("06_broadcasting.png")

# %%
print(course.broadcast([[1, 2, 3], [4, 5, 6]], [[100, 200, 300]]).result)
print(course.broadcast([[1, 2, 3], [4, 5, 6]], [[100], [200]]).result)

# %% [markdown]
# A rank-1 array, of shape (5,), is neither a row nor a column: its transpose is itself, and a times a^T is
# one number. Give shapes that say what is meant. Where a matrix is needed, descend does not guess.

# %%
refused = course.rank_1()
print(refused)
refused.plot().savefig("06_rank_1.png")
