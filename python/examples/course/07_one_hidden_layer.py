# %% [markdown]
"""# 7. One hidden layer: the planar flower.

Z[1] = W[1] X + b[1], A[1] = tanh(Z[1]), Z[2] = W[2] A[1] + b[2], A[2] = sigmoid(Z[2]). Logistic regression
draws one straight line through the flower; four hidden units bend it round the petals.
"""

# %%
from descend import course

lesson = course.planar_flower()
print(lesson.network)
print(lesson)
lesson.plot().savefig("07_one_hidden_layer.png")

# %% [markdown]
# How many units? Too few cannot bend enough; many follow single points.

# %%
by_size = course.planar_flower_by_size()
print(by_size)
by_size.plot().savefig("07_hidden_units.png")
