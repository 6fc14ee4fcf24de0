"""CNNs and RNNs from scratch: every forward and backward pass in NumPy, nothing hidden.

Layers are pure functions, ``f_forward(*arrays, *, options) -> (out, cache)`` and
``f_backward(dout, cache) ->`` the gradient of each array input, in order (bare when there is
one). The batch is the first axis everywhere, and float32 in means float32 out.
"""
