"""The layers in the form that the chapters derive: plain NumPy, one line for one formula.

A storey is a module that holds every layer function under its name: this one, ``scratch.loops``
(the definitions in loops) and ``scratch.fast`` (tuned for memory and processor). A network runs on
any of them, or on any other object with these names: ``ConvNet(backend=plain)``.
"""

from scratch.cnn_layers import conv_backward, conv_forward, max_pool_backward, max_pool_forward
from scratch.layers import (
    batchnorm_backward,
    batchnorm_forward,
    cross_entropy,
    dropout_backward,
    dropout_forward,
    fc_backward,
    fc_forward,
    relu_backward,
    relu_forward,
    running_averages,
    softmax,
    softmax_backward,
    softmax_loss,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from scratch.rnn_layers import (
    attend_backward,
    attend_forward,
    attention_backward,
    attention_forward,
    gru_backward,
    gru_forward,
    gru_step_backward,
    gru_step_forward,
    look_backward,
    look_forward,
    lstm_backward,
    lstm_forward,
    lstm_step_backward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    self_attention_backward,
    self_attention_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
