# SPDX-License-Identifier: Apache-2.0
"""BERT-like encoders: DistilBertForSequenceClassification and BertModel, as graphs.

The arithmetic is that of transformers 4.30.2 (models/distilbert/modeling_distilbert.py,
models/bert/modeling_bert.py) in evaluation mode; golden.py checks it against that code.
"""
from onnx import TensorProto

LOWEST = -3.4028234663852886e38  # torch.finfo(float32).min, what the models put in place of masked scores


class Encoder:
    """What both share. Hidden states are kept as a matrix [batch * sequence, dim]: Gemm wants one."""

    def __init__(self, graph, dim, heads, epsilon=1e-12):
        self.g, self.dim, self.heads, self.epsilon = graph, dim, heads, epsilon
        graph.input("input_ids", TensorProto.INT64, ["batch", "sequence"])
        graph.input("attention_mask", TensorProto.INT64, ["batch", "sequence"])
        self.mask = graph.node("Cast", ["attention_mask"], name="mask", to=TensorProto.INT32)
        shape = graph.node("Shape", ["input_ids"], name="ids_shape")
        self.length = graph.node("Slice", [shape, graph.integers([1]), graph.integers([2])], name="length")
        self.cube = graph.node("Concat", [shape, graph.integers([dim])], name="hidden_shape", axis=0)
        self.flat = graph.integers([-1, dim])

    def words(self, name, vocabulary):
        return self.g.node("Gather", [self.g.weight(name, [vocabulary, self.dim]), "input_ids"], name="words")

    def positions(self, name, count):
        """The first `length` rows: no Range and no Gather, which some ONNX Runtimes fail on."""
        return self.g.node("Slice", [self.g.weight(name, [count, self.dim]), self.g.integers([0]), self.length],
                           name="positions")

    def matrix(self, x):
        return self.g.node("Reshape", [x, self.flat])

    def attention(self, x, query, key, value, name):
        """Fused: weights stay [out, in] in three Gemms, which ONNX Runtime's own fusion does not recognise."""
        parts = [self.g.node("Reshape", [self.g.linear(x, part, self.dim, self.dim), self.cube])
                 for part in (query, key, value)]
        fused = self.g.node("MultiHeadAttention", parts + ["", self.mask], name=name, domain="com.microsoft",
                            num_heads=self.heads, mask_filter_value=LOWEST)
        return self.matrix(fused)

    def residual_norm(self, x, y, name):
        return self.g.layer_norm(self.g.node("Add", [x, y]), name, self.dim, self.epsilon)

    def feed_forward(self, x, first, second, hidden):
        inner = self.g.gelu(self.g.linear(x, first, self.dim, hidden), first + ".gelu")
        return self.g.linear(inner, second, hidden, self.dim)


def distilbert_classifier(g, config):
    e = Encoder(g, config["dim"], config["n_heads"])
    embeddings = "distilbert.embeddings."
    x = g.node("Add", [e.words(embeddings + "word_embeddings.weight", config["vocab_size"]),
                       e.positions(embeddings + "position_embeddings.weight", config["max_position_embeddings"])])
    x = e.matrix(g.layer_norm(x, embeddings + "LayerNorm", e.dim, e.epsilon))
    for index in range(config["n_layers"]):
        layer = f"distilbert.transformer.layer.{index}."
        a = e.attention(x, layer + "attention.q_lin", layer + "attention.k_lin", layer + "attention.v_lin",
                        layer + "attention")
        x = e.residual_norm(g.linear(a, layer + "attention.out_lin", e.dim, e.dim), x, layer + "sa_layer_norm")
        x = e.residual_norm(e.feed_forward(x, layer + "ffn.lin1", layer + "ffn.lin2", config["hidden_dim"]), x,
                            layer + "output_layer_norm")
    hidden = g.node("Reshape", [x, e.cube], name="hidden")
    first = g.node("Gather", [hidden, g.integers(0)], name="first_token", axis=1)
    pooled = g.node("Relu", [g.linear(first, "pre_classifier", e.dim, e.dim)])
    g.linear(pooled, "classifier", e.dim, config["num_labels"], output="logits")
    g.output("logits", TensorProto.FLOAT, ["batch", config["num_labels"]])


def bert_encoder(g, config):
    e = Encoder(g, config["hidden_size"], config["num_attention_heads"])
    types = g.weight("embeddings.token_type_embeddings.weight", [config["type_vocab_size"], e.dim])
    x = g.node("Add", [e.words("embeddings.word_embeddings.weight", config["vocab_size"]),
                       g.node("Gather", [types, g.integers(0)], name="first_segment")])
    x = g.node("Add", [x, e.positions("embeddings.position_embeddings.weight", config["max_position_embeddings"])])
    x = e.matrix(g.layer_norm(x, "embeddings.LayerNorm", e.dim, e.epsilon))
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}."
        own = layer + "attention.self."
        a = e.attention(x, own + "query", own + "key", own + "value", layer + "attention")
        x = e.residual_norm(g.linear(a, layer + "attention.output.dense", e.dim, e.dim), x,
                            layer + "attention.output.LayerNorm")
        x = e.residual_norm(e.feed_forward(x, layer + "intermediate.dense", layer + "output.dense",
                                           config["intermediate_size"]), x, layer + "output.LayerNorm")
    g.node("Reshape", [x, e.cube], name="last_hidden_state")
    g.output("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", e.dim])
