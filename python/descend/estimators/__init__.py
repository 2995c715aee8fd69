"""scikit-learn's MLPClassifier and MLPRegressor on descend's networks: one changed import.

Parameters, methods and fitted attributes are scikit-learn's, under the same names, with the same meaning and
defaults, and the same seed starts from the same weights. What differs, on purpose:

- Only `hidden_layer_sizes` may be given by position. (scikit-learn's regressor takes `loss` first since 1.7.)
- A row of weight 0 is as absent, and `loss_` is the mean over examples by weight.
- The gradient of several outputs is the gradient of `loss_`. scikit-learn's is n_outputs times that (issue
  8349): for the same steps multiply `learning_rate_init` of "sgd" by n_outputs and divide `alpha` by it.
- Poisson's loss is the mean over outputs, where scikit-learn takes their sum.
- Adam adds epsilon after the bias is corrected, as its authors do; scikit-learn adds it before.
- `warm_start` goes on with the moments of the last fit (issue 6091) and, like `partial_fit`, with new orders
  of the examples: fitting 10 epochs and 10 more is fitting 20. "invscaling" goes on from `t_` at once. The
  best loss and score are sought anew where what measures them has changed, such as `alpha` or `scoring`.
- `partial_fit` is never offered with "lbfgs".
- Parameters set after a fit are for the next one: what is fitted predicts as before, where scikit-learn's
  takes the new `activation` at once.
- With "sgd" and "adam", a cost that is not finite ends training at once: with early stopping the best weights
  are restored, without it a ValueError is raised and the weights are those of the last good epoch.
- "lbfgs" computes in double precision and returns weights of X's dtype; scikit-learn returns float64.
- `predict_proba` of a classifier that has seen one class has one column of ones, not two.
- The order of the examples in an epoch is drawn by descend, so it is another one than scikit-learn's: same
  seed, same result, for any number of threads.
"""

from descend.estimators.classifier import MLPClassifier
from descend.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
