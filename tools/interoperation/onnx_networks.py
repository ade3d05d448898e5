"""Whole networks of PyTorch as ONNX files, larger than fixtures should be."""

import torch
from torch import nn
from torch.nn import functional as F

from onnx_models import exported


class Block(nn.Module):
    """A residual block with a bottleneck, as ResNet's."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        middle = outputs // 2
        self.body = nn.Sequential(
            nn.Conv2d(inputs, middle, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU(),
            nn.Conv2d(middle, middle, 3, stride, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU(),
            nn.Conv2d(middle, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.side = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.body(x) + self.side(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.blocks = nn.Sequential(Block(8, 16, 1), Block(16, 24, 2), Block(24, 32, 2))
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean([2, 3]))


class MobileBlock(nn.Module):
    """Expansion, depthwise convolution, squeeze and excitation, as MobileNet 3."""

    def __init__(self, channels, wide):
        super().__init__()
        self.up = nn.Sequential(nn.Conv2d(channels, wide, 1), nn.BatchNorm2d(wide), nn.Hardswish())
        self.deep = nn.Sequential(nn.Conv2d(wide, wide, 3, padding=1, groups=wide), nn.BatchNorm2d(wide), nn.ReLU6())
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(wide, 4, 1), nn.ReLU(), nn.Conv2d(4, wide, 1), nn.Hardsigmoid())
        self.down = nn.Sequential(nn.Conv2d(wide, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.deep(self.up(x))
        return x + self.down(y * self.squeeze(y))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 8, 3, padding=1)
        self.up, self.join = nn.ConvTranspose2d(8, 6, 2, 2), nn.Conv2d(12, 6, 3, padding=1)
        self.out = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        return torch.sigmoid(self.out(F.relu(self.join(torch.cat([self.up(b), a], 1)))))


class ShuffleBlock(nn.Module):
    """Channels in groups, changed over between them."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1, groups=2)

    def forward(self, x):
        n, c, h, w = x.shape
        return self.conv(x).view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class Attention(nn.Module):
    """Attention of its own, written out."""

    def __init__(self, size, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(size, 3 * size), nn.Linear(size, size)

    def forward(self, x):
        b, t, e = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, e // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = ((q @ k.transpose(-2, -1)) * (e // self.heads) ** -0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(b, t, e))


class VisionTransformer(nn.Module):
    """Patches as a sequence, perhaps with a learned token before them."""

    def __init__(self, token=False):
        super().__init__()
        self.patches, self.places = nn.Conv2d(3, 16, 4, 4), nn.Parameter(torch.zeros(1, 16, 16))
        self.layers = nn.ModuleList(
            nn.ModuleList([nn.LayerNorm(16), Attention(16, 4), nn.LayerNorm(16),
                           nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))]) for _ in range(2))
        self.norm, self.head, self.token = nn.LayerNorm(16), nn.Linear(16, 5), None
        if token:
            self.token, self.places = nn.Parameter(torch.zeros(1, 1, 16)), nn.Parameter(torch.zeros(1, 17, 16))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        x = x + self.places
        for first, attention, second, dense in self.layers:
            x = x + attention(first(x))
            x = x + dense(second(x))
        x = self.norm(x)
        return self.head(x.mean(1) if self.token is None else x[:, 0])


class Heads(nn.Module):
    """PyTorch's own module for attention, of sequences in two layouts."""

    def __init__(self, batch_first, weights=True, sources=False):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=batch_first, kdim=6 if sources else None,
                                               vdim=6 if sources else None)
        self.weights = weights

    def forward(self, x, y=None):
        y = x if y is None else y
        return self.attention(x, y, y, need_weights=self.weights)[0]


class Encoder(nn.Module):
    """PyTorch's own transformer, whose fused path has no counterpart in ONNX."""

    def __init__(self, batch_first, norm_first, activation):
        super().__init__()
        torch.backends.mha.set_fastpath_enabled(False)
        layer = nn.TransformerEncoderLayer(
            8, 2, 16, batch_first=batch_first, norm_first=norm_first, activation=activation)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.encoder(x)


class Language(nn.Module):
    """Words by an embedding, a recurrent layer, and the last step."""

    def __init__(self, kind):
        super().__init__()
        self.embedding, self.head = nn.Embedding(7, 6), nn.Linear(10, 3)
        self.recurrent = kind(6, 5, 2, batch_first=True, bidirectional=True)

    def forward(self, x):
        y, h = self.recurrent(self.embedding(x))
        return self.head(y[:, -1])


class LastStates(nn.Module):
    def __init__(self):
        super().__init__()
        self.recurrent = nn.GRU(4, 5, batch_first=True, bidirectional=True)

    def forward(self, x):
        h = self.recurrent(x)[1]
        return torch.cat([h[0], h[1]], -1)


class ConvRecurrent(nn.Module):
    """Convolutions over an image whose columns a recurrent layer takes one by one."""

    def __init__(self):
        super().__init__()
        self.conv, self.recurrent, self.head = nn.Conv2d(1, 4, 3, padding=1), nn.LSTM(24, 6), nn.Linear(6, 3)

    def forward(self, x):
        y = F.max_pool2d(F.relu(self.conv(x)), 2)
        n, c, h, w = y.shape
        y = y.permute(3, 0, 1, 2).reshape(w, n, c * h)
        return self.head(self.recurrent(y)[0])


class WaveNet(nn.Module):
    """Gated causal convolutions with a growing dilation."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(2, 6, 1)
        self.gates = nn.ModuleList(nn.Conv1d(6, 12, 2, dilation=2**i) for i in range(3))
        self.skips = nn.ModuleList(nn.Conv1d(6, 6, 1) for _ in range(3))

    def forward(self, x):
        x = self.first(x)
        total = 0
        for i, (gate, skip) in enumerate(zip(self.gates, self.skips)):
            a, b = gate(F.pad(x, (2**i, 0))).chunk(2, 1)
            y = torch.tanh(a) * torch.sigmoid(b)
            total = total + skip(y)
            x = x + y
        return total


class Tower(nn.Module):
    """Two inputs: an image and a row of numbers."""

    def __init__(self):
        super().__init__()
        self.conv, self.dense, self.head = nn.Conv2d(3, 4, 3), nn.Linear(5, 6), nn.Linear(4 * 36 + 6, 2)

    def forward(self, image, row):
        return self.head(torch.cat([self.conv(image).flatten(1), torch.relu(self.dense(row))], 1))


class Shared(nn.Module):
    """One layer used twice."""

    def __init__(self):
        super().__init__()
        self.dense, self.head = nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(torch.relu(self.dense(torch.relu(self.dense(x)))))


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


def networks():
    """Every network by name."""
    r = torch.randn
    yield "resnet", exported(ResNet(), r(2, 3, 32, 32))
    yield "resnet, opset 13", exported(ResNet(), r(2, 3, 32, 32), opset=13)
    for opset in (9, 11, 15, 16, 18, 20):
        yield f"resnet, opset {opset}", exported(ResNet(), r(2, 3, 32, 32), opset=opset)
        yield f"mobilenet, opset {opset}", exported(MobileBlock(4, 8), r(2, 4, 10, 10), opset=opset)
        yield f"lstm, opset {opset}", exported(LastStates(), r(2, 6, 4), opset=opset)
    yield "resnet, one example", exported(ResNet(), r(1, 3, 32, 32), dynamic=False)
    yield "mobilenet", exported(nn.Sequential(MobileBlock(4, 8), MobileBlock(4, 12)), r(2, 4, 10, 10), opset=14)
    yield "u-net", exported(UNet(), r(2, 2, 16, 12))
    yield "shuffle", exported(nn.Sequential(ShuffleBlock(6), nn.ReLU(), ShuffleBlock(6)), r(2, 6, 5, 4))
    yield "vision transformer", exported(VisionTransformer(), r(2, 3, 16, 16))
    yield "vision transformer, opset 13", exported(VisionTransformer(), r(2, 3, 16, 16), opset=13)
    yield "vision transformer, one example", exported(VisionTransformer(), r(1, 3, 16, 16), dynamic=False)
    yield "vision transformer, class token", exported(VisionTransformer(token=True), r(2, 3, 16, 16))
    yield "attention, batch first", exported(Heads(True), r(2, 5, 8))
    yield "attention, time first", exported(Heads(False), r(5, 2, 8), batch_axis=1)
    yield "attention, time first, one example", exported(Heads(False), r(5, 1, 8), batch_axis=1)
    yield "attention without weights", exported(Heads(True, weights=False), r(2, 5, 8))
    yield "attention to another sequence", exported(Heads(True, sources=True), r(2, 5, 8), r(2, 7, 6))
    yield "transformer, batch first", exported(Encoder(True, False, "relu"), r(2, 5, 8))
    yield "transformer, normalised first", exported(Encoder(True, True, "gelu"), r(2, 5, 8))
    yield "transformer, time first", exported(Encoder(False, False, "relu"), r(5, 2, 8), batch_axis=1)
    yield "lstm of words", exported(Language(nn.LSTM), torch.randint(0, 7, (2, 6)))
    yield "gru of words", exported(Language(nn.GRU), torch.randint(0, 7, (2, 6)))
    yield "last states", exported(LastStates(), r(2, 6, 4))
    yield "convolutions and lstm", exported(ConvRecurrent(), r(2, 1, 12, 10))
    yield "gated convolutions", exported(WaveNet(), r(2, 2, 12))
    yield "two inputs", exported(Tower(), r(2, 3, 8, 8), r(2, 5))
    yield "a layer used twice", exported(Shared(), r(2, 6))
    yield "quick gelu", exported(nn.Sequential(nn.Linear(5, 6), Swish()), r(2, 5))
