"""What PyTorch has no function for: text that is copied into the modules that use it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Local(nn.Module):
    """A convolution with filters and biases of their own at every place."""

    def __init__(self, places: tuple[int, int], inputs: int, K: int, F: int, S: int, bias: bool):
        super().__init__()
        self.places, self.F, self.S = places, F, S
        count = places[0] * places[1]
        self.weight = nn.Parameter(torch.empty(count, inputs, K))
        self.bias = nn.Parameter(torch.empty(K, count)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, K, H2, W2)."""
        windows = F.unfold(x, self.F, stride=self.S)
        y = torch.einsum("ncp,pck->nkp", windows, self.weight)
        y = y if self.bias is None else y + self.bias
        return y.reshape(*y.shape[:2], *self.places)


class Scale(nn.Module):
    """Each channel times a trained number, and one added."""

    def __init__(self, channels: int, bias: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """weight * x + bias."""
        shape = (-1, *[1] * (x.dim() - 2))
        y = self.weight.view(shape) * x
        return y if self.bias is None else y + self.bias.view(shape)


class DropPath(nn.Module):
    """In training a share of the images is left out, and the others are scaled up."""

    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """x, or 0 for some images."""
        if not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)


def average_pool(
    x: Tensor,
    F_: int | tuple[int, int],
    S: int | tuple[int, int],
    sides: tuple[int, ...],
    border: tuple[int, ...],
) -> Tensor:
    """The mean of the real pixels of each window, and of the zeros of the border."""
    counted = F.pad(torch.ones_like(x[:1, :1]), border, value=1.0)
    rest = [all_of - of_border for all_of, of_border in zip(sides, border, strict=True)]
    counts = F.avg_pool2d(F.pad(counted, rest), F_, S, divisor_override=1)
    return F.avg_pool2d(F.pad(x, sides), F_, S, divisor_override=1) / counts


def l2_pool(
    x: Tensor, F_: int | tuple[int, int], S: int | tuple[int, int], sides: tuple[int, ...]
) -> Tensor:
    """The root of the sum of squares of each window."""
    return F.avg_pool2d(F.pad(x * x, sides), F_, S, divisor_override=1).sqrt()


def l2_adaptive_pool(x: Tensor, places: tuple[int, int]) -> Tensor:
    """The root of the sum of squares of windows that cover the map."""
    ones = torch.ones_like(x[:1, :1])
    (H, W), (down, across) = x.shape[2:], places
    rows = [len(range(i * H // down, -(-(i + 1) * H // down))) for i in range(down)]
    columns = [len(range(j * W // across, -(-(j + 1) * W // across))) for j in range(across)]
    counts = ones.new_tensor(rows)[:, None] * ones.new_tensor(columns)
    return (F.adaptive_avg_pool2d(x * x, places) * counts).sqrt()


def depth_to_space(x: Tensor, down: int, across: int, by_place: bool) -> Tensor:
    """Each place's depth becomes a block of places."""
    N, C, H, W = x.shape
    C //= down * across
    if by_place:
        x = x.view(N, down, across, C, H, W).permute(0, 3, 4, 1, 5, 2)
    else:
        x = x.view(N, C, down, across, H, W).permute(0, 1, 4, 2, 5, 3)
    return x.reshape(N, C, H * down, W * across)


def space_to_depth(x: Tensor, down: int, across: int, by_place: bool) -> Tensor:
    """Each block of places becomes the depth of one place."""
    N, C, H, W = x.shape
    blocks = x.view(N, C, H // down, down, W // across, across)
    order = (0, 3, 5, 1, 2, 4) if by_place else (0, 1, 3, 5, 2, 4)
    return blocks.permute(order).reshape(N, C * down * across, H // down, W // across)
