"""Tables of the page on ONNX, out of what its tests have noted."""

import json
from collections import Counter
from collections.abc import Iterator

from cnncli.check.check import check
from cnncli.exchange.taken import Taken
from cnncli.exchange.torch.module_text import write
from tests.docs.transcripts import ROOT

LENET = ROOT / "configs" / "lenet5.yaml"
NOTED = ROOT / "tests" / "exchange" / "onnx_models"


def operators() -> str:
    """For each operator that is read the ONNX project's own cases, and why some are left out."""
    noted = json.loads((NOTED / "node_cases.json").read_text())
    lines = ["| operator | cases | run | left out |", "| --- | --- | --- | --- |"]
    for operator, cases in noted.items():
        left = Counter(why.partition(";")[0] for why in cases.values() if why)
        run = len(cases) - left.total()
        reasons = "; ".join(f"{why} ({times})" for why, times in left.most_common())
        lines.append(f"| {operator} | {len(cases)} | {run} | {reasons} |")
    every = [why for cases in noted.values() for why in cases.values()]
    lines.append(f"| **all** | {len(every)} | {every.count('')} | |")
    return "\n".join(lines)


def module() -> str:
    """LeNet-5 as `cnn export --torch` writes it."""
    taken = Taken.of_configuration(*check(LENET).network())
    return f"```python\n{write(taken, 'lenet5.safetensors').text}```"


def agreement() -> str:
    """For each configuration how far ONNX Runtime's scores are from ours."""
    return "\n".join(_agreement())


def _agreement() -> Iterator[str]:
    yield "| configuration | direct kernels | kernels of auto |"
    yield "| --- | --- | --- |"
    for name, each in json.loads((NOTED / "agreement.json").read_text()).items():
        yield f"| {name} | {each['direct']:.1e} | {each['auto']:.1e} |"
